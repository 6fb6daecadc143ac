/**
 * The table of the worst minions: one row each, updated in place; on a phone the first rows, and
 * the rest on demand.
 */
import type { MinionStatus } from '../../domain/vocabulary.js';
import type { MinionView, Overview } from '../api-types.js';
import { clockText, durationText } from '../time-text.js';
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
import { BASIS_WORD, numberText, printable, STATUS_WORD } from './words.js';

/** Rows that a phone shows before its reader asks for more. */
const FIRST_ROWS = 12;

interface Shown {
  readonly minion: MinionView;
  readonly atMs: number;
  readonly startedMs: number;
}

export function createWorstPanel(onAll: () => void): {
  update: (overview: Overview, filter: MinionStatus | undefined) => void;
} {
  const table = byId('worst-table');
  const more = byId('worst-more');
  const clear = byId('worst-clear');
  const update = rowList(byId('worst-rows'), createRow);
  more.addEventListener('click', () => {
    table.classList.add('whole');
    setHidden(more, true);
  });
  clear.addEventListener('click', onAll);
  return {
    update: (overview, filter) => {
      const { worst, atMs, exporter } = overview;
      update(worst.rows.map((minion) => ({ minion, atMs, startedMs: exporter.startedMs })));
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
  const id = cell('th', { className: 'id', attributes: { scope: 'row' } });
  const since = cell('td', { className: 'r for' });
  const flaps = cell('td', { className: 'r fact head', word: 'flaps' });
  const disconnects = cell('td', { className: 'r fact', word: 'disc.' });
  const ack = cell('td', { className: 'r fact', word: 'ack' });
  const basis = cell('td', { className: 'fact basis', word: 'identity' });
  const sentence = element('span');
  const from = element('span', { className: 'from' });
  const evidence = cell('td', { className: 'ev', children: [sentence, from] });
  const node = element('tr', {
    attributes: { role: 'row' },
    children: [status, id, since, flaps, disconnects, ack, basis, evidence],
  });
  return {
    node,
    update: (shown) => {
      const { minion } = shown;
      swatch.set(minion.status);
      setText(word, STATUS_WORD[minion.status]);
      setText(id, printable(minion.id));
      setAttribute(id, 'title', printable(minion.id));
      setText(since, sinceText(shown));
      setAttribute(since, 'title', sinceTitle(shown));
      setText(flaps, numberText(minion.flaps));
      setText(disconnects, numberText(minion.disconnects));
      setText(ack, ackText(shown));
      setText(basis, basisText(minion));
      setText(sentence, `${printable(minion.evidence)} `);
      setText(from, `(${printable(minion.evidenceFrom)})`);
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
