/**
 * The table of the worst minions: one row each with its last hours, updated in place; on a phone
 * the first rows, and the rest on demand.
 */
import type { MinionStatus } from '../../domain/vocabulary.js';
import type { MinionView, Overview } from '../api-types.js';
import { clockText, durationText } from '../time-text.js';
import type { TimelineView } from '../timeline-api-types.js';
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
import { createSwatch } from './icons.js';
import { minionHref } from './route.js';
import { createAxis, createStrip } from './strip.js';
import { stripSummary } from './strip-paths.js';
import { createTimelineFeed, SPANS, type Span } from './timeline-feed.js';
import { BASIS_WORD, numberText, printable, STATUS_WORD } from './words.js';

/** Rows that a phone shows before its reader asks for more. */
const FIRST_ROWS = 12;
const STRIP_HEIGHT = 18;
/** Narrower than this no drawing says anything. */
const STRIP_MIN_PX = 80;

interface Shown {
  readonly minion: MinionView;
  readonly atMs: number;
  readonly startedMs: number;
  /** undefined: no history, or none of this minion. */
  readonly timeline: TimelineView | undefined;
}

export interface WorstPanel {
  readonly update: (overview: Overview, filter: MinionStatus | undefined) => void;
  readonly span: (span: Span) => void;
}

export function createWorstPanel(onAll: () => void): WorstPanel {
  const table = byId('worst-table');
  const more = byId('worst-more');
  const clear = byId('worst-clear');
  const update = rowList(byId('worst-rows'), createRow);
  more.addEventListener('click', () => {
    table.classList.add('whole');
    setHidden(more, true);
  });
  clear.addEventListener('click', onAll);
  const axis = createAxis();
  const axisPlace = byId('worst-axis');
  const spans = byId('worst-spans');
  axisPlace.append(axis.node);
  let timeline: TimelineView | undefined;
  let span: Span = SPANS[1];
  let ids: readonly string[] = [];
  let latest: Overview | undefined;
  const feed = createTimelineFeed((view) => {
    timeline = view;
    table.classList.toggle('timed', view !== undefined);
    setHidden(spans, view === undefined);
    axis.show(view);
    showRows();
    ask();
  });
  const ask = (): void => {
    const columns = byId('worst-rows').querySelector('.strip-place')?.clientWidth ?? 0;
    feed.want(columns < STRIP_MIN_PX ? undefined : { ids, columns, span });
  };
  new ResizeObserver(ask).observe(table);
  const showRows = (): void => {
    if (latest === undefined) return;
    const { worst, atMs, exporter } = latest;
    update(worst.rows.map((minion) => ({ minion, atMs, startedMs: exporter.startedMs, timeline })));
  };
  return {
    span: (next) => {
      span = next;
      ask();
    },
    update: (overview, filter) => {
      const { worst } = overview;
      latest = overview;
      showRows();
      ids = worst.rows.map(({ id }) => id);
      ask();
      for (const [index, row] of [...byId('worst-rows').children].entries()) {
        row.classList.toggle('later', index >= FIRST_ROWS);
      }
      setText(byId('worst-count'), countLine(overview, filter));
      setHidden(clear, filter === undefined);
      setHidden(table, worst.rows.length === 0);
      setOptional(byId('worst-empty'), worst.rows.length === 0 ? emptyText(overview, filter) : '');
      const hiddenRows = worst.rows.length - FIRST_ROWS;
      setHidden(more, hiddenRows <= 0 || table.classList.contains('whole'));
      setText(more, `Show ${numberText(Math.max(0, hiddenRows))} more`);
    },
  };
}

function countLine({ worst, fleet }: Overview, filter: MinionStatus | undefined): string {
  if (fleet.minions === null) return 'unknown';
  const what = filter === undefined ? '' : ` ${STATUS_WORD[filter]}`;
  return worst.shown < worst.of
    ? `${numberText(worst.shown)} of ${numberText(worst.of)}${what}`
    : `${numberText(worst.of)}${what}`;
}

function emptyText({ fleet, worst }: Overview, filter: MinionStatus | undefined): string {
  if (fleet.minions === null) return 'The minions are not known yet: the inventory was not read.';
  if (filter !== undefined) {
    return `None of ${numberText(fleet.minions)} minions is ${STATUS_WORD[filter]}.`;
  }
  return worst.of === 0 && fleet.minions === 0
    ? 'No minion has an accepted key, and none is expected.'
    : `None of ${numberText(fleet.minions)} minions is in trouble, and none was within the hour.`;
}

/**
 * Cells carry their role and their column's word: on a phone the row is no table row any more to
 * the eye.
 */
function createRow(): Row<Shown> {
  const swatch = createSwatch();
  const word = element('span', { className: 'word' });
  const status = cell('td', { className: 'st', children: [swatch.node, word] });
  const link = element('a');
  const id = cell('th', { className: 'id', attributes: { scope: 'row' }, children: [link] });
  const since = cell('td', { className: 'r for' });
  const flaps = cell('td', { className: 'r fact head', word: 'flaps' });
  const disconnects = cell('td', { className: 'r fact', word: 'disc.' });
  const ack = cell('td', { className: 'r fact ack', word: 'ack' });
  const basis = cell('td', { className: 'fact basis', word: 'identity' });
  const sentence = element('span');
  const from = element('span', { className: 'from' });
  const strip = createStrip(STRIP_HEIGHT);
  const drawn = element('span', { className: 'strip-place', children: [strip.node] });
  const past = element('span', { className: 'vh' });
  const evidence = cell('td', { className: 'ev', children: [drawn, past, sentence, from] });
  const node = element('tr', {
    attributes: { role: 'row' },
    children: [status, id, since, flaps, disconnects, ack, basis, evidence],
  });
  return {
    node,
    update: (shown) => {
      const { minion, timeline } = shown;
      swatch.set(minion.status);
      setText(word, STATUS_WORD[minion.status]);
      setText(link, printable(minion.id));
      setAttribute(link, 'href', minionHref(minion.id));
      setAttribute(id, 'title', printable(minion.id));
      setText(since, sinceText(shown));
      setAttribute(since, 'title', sinceTitle(shown));
      setText(flaps, numberText(minion.flaps));
      setText(disconnects, numberText(minion.disconnects));
      setText(ack, ackText(shown));
      setText(basis, basisText(minion));
      setText(sentence, `${printable(minion.evidence)} `);
      setText(from, `(${printable(minion.evidenceFrom)})`);
      const row = timeline?.rows.ids.indexOf(minion.id) ?? -1;
      const known = row < 0 ? undefined : timeline;
      strip.show(known, Math.max(0, row));
      setText(past, known === undefined ? '' : pastText(known, row));
    },
  };
}

function cell(
  name: 'td' | 'th',
  options: {
    className: string;
    word?: string;
    attributes?: Readonly<Record<string, string>>;
    children?: readonly Element[];
  },
): HTMLElement {
  return element(name, {
    className: options.className,
    attributes: {
      role: name === 'td' ? 'cell' : 'rowheader',
      ...(options.word === undefined ? {} : { 'data-word': options.word }),
      ...options.attributes,
    },
    children: options.children ?? [],
  });
}

function pastText(timeline: TimelineView, row: number): string {
  const summary = stripSummary(timeline, row);
  return summary === '' ? '' : `In this time: ${summary}. `;
}

/** A status that began before the exporter lasts at least as long as the exporter runs. */
function sinceText({ minion, atMs, startedMs }: Shown): string {
  return minion.sinceMs === null
    ? `≥ ${durationText((atMs - startedMs) / 1000)}`
    : durationText((atMs - minion.sinceMs) / 1000);
}

function sinceTitle({ minion, atMs, startedMs }: Shown): string {
  return minion.sinceMs === null
    ? `since before ${clockText(startedMs, atMs)}`
    : `since ${clockText(minion.sinceMs, atMs)}`;
}

function ackText({ minion, atMs }: Shown): string {
  return minion.lastAckMs === null
    ? 'unknown'
    : `${durationText((atMs - minion.lastAckMs) / 1000)} ago`;
}

function basisText({ basis, links }: MinionView): string {
  const known = basis.publish ?? basis.request;
  if (known !== null) return BASIS_WORD[known];
  return links.publish + links.request === 0 ? 'no link' : 'unknown';
}
