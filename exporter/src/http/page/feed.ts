/**
 * What happens now: the newest events, newest first, each with its mark, its minion and one
 * sentence.
 */
import type { EventView, Overview } from '../api-types.js';
import { splitEvidence } from '../evidence-text.js';
import { clockText } from '../time-text.js';
import { byId, element, type Row, rowList, setAttribute, setOptional, setText } from './dom.js';
import { createEventMark } from './icons.js';
import { EVENT_WORD, numberText, printable, STATUS_WORD } from './words.js';

interface Shown {
  readonly event: EventView;
  readonly atMs: number;
}

export function createFeedPanel(): { update: (overview: Overview) => void } {
  const update = rowList(byId('feed-list'), createRow);
  return {
    update: ({ events, atMs }) => {
      update(events.rows.map((event) => ({ event, atMs })));
      setText(
        byId('feed-count'),
        events.shown < events.of
          ? `newest ${numberText(events.shown)} of ${numberText(events.of)}`
          : numberText(events.of),
      );
      setOptional(
        byId('feed-empty'),
        events.rows.length === 0 ? 'Nothing happened since the exporter began.' : '',
      );
    },
  };
}

function createRow(): Row<Shown> {
  const time = element('time');
  const mark = createEventMark();
  const kind = element('span', { className: 'vh' });
  const who = element('bdi', { className: 'who' });
  const text = element('span');
  const from = element('span', { className: 'from' });
  const what = element('p', { children: [kind, who, text, from] });
  const node = element('li', { children: [time, mark.node, what] });
  return {
    node,
    update: ({ event, atMs }) => {
      setText(time, clockText(event.atMs, atMs));
      setAttribute(time, 'datetime', new Date(event.atMs).toISOString());
      mark.set(event);
      setText(
        kind,
        `${event.status === null ? EVENT_WORD[event.kind] : STATUS_WORD[event.status]}: `,
      );
      const evidence = splitEvidence(event.text);
      setText(who, event.minion === null ? '' : printable(event.minion));
      setText(text, `${event.minion === null ? '' : ': '}${printable(evidence.text)}`);
      setText(from, evidence.from === undefined ? '' : ` (${printable(evidence.from)})`);
    },
  };
}
