/**
 * Per-minion series: values are gathered in columns first, then written as bytes, so that no row
 * makes garbage.
 */
import type { Detail } from '../config/settings.js';
import type { MinionFamily, MinionInfoFamily } from './family.js';
import type { Frame } from './frame.js';
import { escapeLabelValue } from './label-text.js';
import { NUMBER_BYTES_MAX, writeNumber } from './number-text.js';
import type { Turn } from './turn.js';

const NEWLINE = 10;
/** Bytes that a copy moves at a time; it may read and write up to three more than asked. */
const WORD = 4;

/** Rows evaluated between two looks at the clock. */
const BATCH_ROWS = 1024;

/** Where rows are written: the same bytes seen twice. */
export interface RowTarget {
  readonly buffer: Uint8Array;
  readonly view: DataView;
}

/** Text as bytes, with slack behind it so that whole words can be read. */
interface EncodedText {
  readonly view: DataView;
  readonly length: number;
}

/** `{minion="…"` of every row, escaped and encoded, end to end. */
export interface MinionLabels {
  readonly ids: readonly string[];
  readonly text: EncodedText;
  /** Row r stands at starts[r] … starts[r + 1]. */
  readonly starts: Uint32Array;
  readonly longest: number;
}

export const NO_MINION_LABELS: MinionLabels = {
  ids: [],
  text: encodeText(''),
  starts: new Uint32Array(1),
  longest: 0,
};

/**
 * The labels of these ids; `last` is returned again when the ids are the same, which they are in
 * nearly every scrape. In slices, for 10,000 new ids take 10 ms.
 */
export async function minionLabels(
  ids: readonly string[],
  last: MinionLabels,
  turn: Turn,
): Promise<MinionLabels> {
  if (ids === last.ids || sameIds(ids, last.ids)) return last;
  const starts = new Uint32Array(ids.length + 1);
  const parts: Buffer[] = [];
  let end = 0;
  let longest = 0;
  for (let row = 0; row < ids.length; row += BATCH_ROWS) {
    const texts = ids.slice(row, row + BATCH_ROWS).map((id) => `{minion="${escapeLabelValue(id)}"`);
    texts.forEach((text, i) => {
      const length = Buffer.byteLength(text);
      longest = Math.max(longest, length);
      end += length;
      starts[row + i + 1] = end;
    });
    parts.push(Buffer.from(texts.join('')));
    if (turn.due()) await turn.next();
  }
  return { ids: ids.slice(), text: slackened(Buffer.concat(parts, end)), starts, longest };
}

/**
 * Values of one family: `perRow` of them for each row, NaN = no series. Info families hold the
 * index of their variant.
 */
export interface Columns {
  readonly family: MinionFamily | MinionInfoFamily;
  readonly perRow: number;
  readonly values: Float64Array;
  rows: number;
  series: number;
}

export function createColumns(family: MinionFamily | MinionInfoFamily, rows: number): Columns {
  const perRow = seriesPerMinion(family);
  return { family, perRow, values: new Float64Array(rows * perRow), rows: 0, series: 0 };
}

/** Series that one minion has at most. */
export function seriesPerMinion(family: MinionFamily | MinionInfoFamily): number {
  return family.kind === 'minion' ? family.variants.length : family.slots;
}

/**
 * Evaluates the next batch of rows; false when all are done. With `problems` the gauges of minions
 * without a problem stay NaN; counters are never filtered, for a counter that comes and goes would
 * fake resets.
 */
export function sampleRows(columns: Columns, frame: Frame, detail: Detail): boolean {
  const { family, perRow, values } = columns;
  const { count, problem } = frame.epoch.minions;
  const end = Math.min(count, columns.rows + BATCH_ROWS);
  const onlyProblems = detail === 'problems' && family.type === 'gauge';
  const read = family.kind === 'minion' ? family.value : family.pick;
  for (let row = columns.rows; row < end; row += 1) {
    const wanted = !onlyProblems || problem[row] === 1;
    for (let i = 0; i < perRow; i += 1) {
      const value = wanted ? read(frame, row, i) : Number.NaN;
      values[row * perRow + i] = value;
      if (!Number.isNaN(value)) columns.series += 1;
    }
  }
  columns.rows = end;
  return end < count;
}

/** A family ready to be written: what its lines are made of and how far it got. */
export interface RowWriter {
  readonly columns: Columns;
  readonly labels: MinionLabels;
  readonly name: EncodedText;
  /** What follows the minion, per variant: `,port="publish"} `. */
  readonly suffixes: readonly EncodedText[];
  /** Bytes that all series of one row take at most. */
  readonly rowBytesMax: number;
  row: number;
}

export function createRowWriter(columns: Columns, labels: MinionLabels): RowWriter {
  const { family } = columns;
  const suffixes = family.variants.map((variant) => {
    const more = variant.map((text, i) => `,${family.labels[i + 1]}="${escapeLabelValue(text)}"`);
    return encodeText(`${more.join('')}} `);
  });
  const name = encodeText(family.name);
  const suffixMax = suffixes.reduce((longest, suffix) => Math.max(longest, suffix.length), 0);
  const lineMax = name.length + labels.longest + suffixMax + NUMBER_BYTES_MAX + 1;
  return { columns, labels, name, suffixes, rowBytesMax: lineMax * columns.perRow + WORD, row: 0 };
}

/** Writes rows until they are done or `target` is full; returns the position after the last one. */
export function writeRows(writer: RowWriter, target: RowTarget, start: number): number {
  const { columns, labels, name, suffixes, rowBytesMax } = writer;
  const { values, perRow, rows, family } = columns;
  const { buffer, view } = target;
  const picks = family.kind === 'minion_info';
  const last = buffer.length - rowBytesMax;
  let position = start;
  let row = writer.row;
  for (; row < rows && position <= last; row += 1) {
    const from = labels.starts[row] ?? 0;
    const to = labels.starts[row + 1] ?? from;
    for (let i = 0; i < perRow; i += 1) {
      const value = values[row * perRow + i] ?? Number.NaN;
      const suffix = suffixes[picks ? value : i];
      if (suffix === undefined || Number.isNaN(value)) continue;
      position = copy(view, name.view, { position, from: 0, to: name.length });
      position = copy(view, labels.text.view, { position, from, to });
      position = copy(view, suffix.view, { position, from: 0, to: suffix.length });
      position = writeNumber(buffer, picks ? 1 : value, position);
      buffer[position] = NEWLINE;
      position += 1;
    }
  }
  writer.row = row;
  return position;
}

/**
 * Word by word in a loop: three times as fast as byte by byte, and calls into `set` or `copy` take
 * longer than the copying.
 */
function copy(
  target: DataView,
  source: DataView,
  { position, from, to }: { position: number; from: number; to: number },
): number {
  for (let i = 0; i < to - from; i += WORD) {
    target.setUint32(position + i, source.getUint32(from + i));
  }
  return position + to - from;
}

function encodeText(text: string): EncodedText {
  return slackened(Buffer.from(text));
}

function slackened(text: Buffer): EncodedText {
  const bytes = new Uint8Array(text.length + WORD);
  bytes.set(text);
  return { view: new DataView(bytes.buffer), length: text.length };
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
