/** The table of lost returns: the latest verdicts, which link of the path, why, and on what evidence. */
import type { Overview } from '../api-types.js';
import { splitEvidence } from '../evidence-text.js';
import type { LossView } from '../job-api-types.js';
import { clockText } from '../time-text.js';
import {
  byId,
  element,
  type Row,
  rowList,
  setAttribute,
  setHidden,
  setOptional,
  setText,
} from './dom.js';
import {
  LINK_WORD,
  type LossBar,
  lossBars,
  lossSummary,
  publishSummary,
  REASON_WORD,
} from './loss-words.js';
import { minionHref } from './route.js';
import { numberText, printable } from './words.js';

interface Shown {
  readonly loss: LossView;
  readonly atMs: number;
}

export function createLossesPanel(): { update: (overview: Overview) => void } {
  const update = rowList(byId('losses-rows'), createRow);
  const bars = rowList(byId('losses-bars'), createBar);
  return {
    update: ({ losses, atMs }) => {
      update(losses.latest.rows.map((loss) => ({ loss, atMs })));
      setText(byId('losses-count'), lossSummary(losses));
      const rows = lossBars(losses);
      bars(rows);
      setHidden(byId('losses-bars'), rows.length === 0);
      setHidden(byId('losses-table'), losses.latest.rows.length === 0);
      setOptional(byId('losses-publishes'), publishSummary(losses));
      const late = losses.returned;
      const none =
        late === 0
          ? 'No return was lost since the exporter began.'
          : `No return is lost: ${numberText(late)} came late.`;
      setOptional(byId('losses-empty'), losses.latest.rows.length === 0 ? none : '');
    },
  };
}

/** As long as its share of the longest; white, as all that is lost. */
function createBar(): Row<LossBar> {
  const word = element('span', { className: 'word' });
  const bar = element('span', { className: 'bar', attributes: { 'aria-hidden': 'true' } });
  const count = element('b');
  return {
    node: element('li', { children: [word, bar, count] }),
    update: (row) => {
      setText(word, row.word);
      bar.style.width = `${row.share * 100}%`;
      setText(count, numberText(row.count));
    },
  };
}

function createRow(): Row<Shown> {
  const time = element('time');
  const when = cell('when r', 'at', [time]);
  const link = element('a');
  const minion = element('th', {
    className: 'id',
    attributes: { scope: 'row', role: 'rowheader' },
    children: [link],
  });
  const jid = cell('num job', 'job');
  const where = cell('fact', 'lost');
  const reason = cell('fact', 'why');
  const sure = cell('fact', 'sure');
  const sentence = element('span');
  const from = element('span', { className: 'from' });
  const evidence = cell('ev', 'evidence', [sentence, from]);
  const node = element('tr', {
    attributes: { role: 'row' },
    children: [minion, jid, where, reason, sure, evidence, when],
  });
  return {
    node,
    update: ({ loss, atMs }) => {
      setText(link, printable(loss.minion));
      setAttribute(link, 'href', minionHref(loss.minion));
      setAttribute(minion, 'title', printable(loss.minion));
      setText(jid, printable(loss.jid));
      setText(where, LINK_WORD[loss.link]);
      setText(reason, REASON_WORD[loss.reason]);
      setText(sure, loss.confidence);
      // The last sentence is what decides; the others are in the API.
      const last = splitEvidence(loss.evidence.at(-1) ?? '');
      setText(sentence, `${printable(last.text)} `);
      setText(from, last.from === undefined ? '' : `(${printable(last.from)})`);
      const decidedMs = loss.decided === null ? Number.NaN : Date.parse(loss.decided);
      setText(time, Number.isNaN(decidedMs) ? '' : clockText(decidedMs, atMs));
      setAttribute(time, 'datetime', loss.decided ?? undefined);
    },
  };
}

function cell(className: string, word: string, children: readonly Element[] = []): HTMLElement {
  return element('td', { className, attributes: { role: 'cell', 'data-word': word }, children });
}
