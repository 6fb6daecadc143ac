/** Folds the track and the samples of many minions to the columns of a timeline. */

import {
  createRows,
  type Folded,
  type FoldedRows,
  MARK_COLUMNS,
  SEGMENT_COLUMNS,
} from './fold-result.js';
import {
  pressureByte,
  pressureOf,
  RowFolder,
  raisePressure,
  shareOf,
  stateOf,
  worstOf,
} from './fold-row.js';
import { GrowingColumns } from './growing-columns.js';
import { MarkRow } from './mark-row.js';
import { PRESSURE, type SampleRows } from './sample-rows.js';
import { NO_DATA, TIMELINE_STATES } from './timeline-states.js';
import { OP_RESET, OP_STATE, type TrackPart } from './track.js';

export interface FoldRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
}

export interface FoldInput {
  readonly range: FoldRange;
  /** Row of a minion by ref, −1 = not asked for. */
  readonly rowOf: Int32Array;
  readonly refs: Uint32Array;
  /** State of each row at the beginning of the first part. */
  readonly states: Uint8Array;
  /** In the order of time. */
  readonly parts: readonly TrackPart[];
  readonly samples: readonly { readonly atMs: number; readonly rows: SampleRows }[];
  readonly stepMs: number;
}

/** Indices into records, grouped by row, in their order within it. */
interface Grouped {
  readonly ends: Uint32Array;
  readonly index: Uint32Array;
}

interface Records {
  readonly count: number;
  readonly row: Int32Array;
  readonly atMs: Float64Array;
  readonly value: Uint32Array;
  readonly op: Uint8Array;
}

export function fold(input: FoldInput): Folded {
  const { range, refs } = input;
  const rows = createRows(refs);
  const columnMs = (range.toMs - range.fromMs) / range.columns;
  const records = gather(input);
  const byRow = group(records.row, records.count, refs.length);
  const pressures = gatherPressures(input);
  const pressuresByRow = group(pressures.row, pressures.count, refs.length);
  const folder = new RowFolder(range.columns, columnMs);
  const folded: Folded = {
    rows,
    segments: new GrowingColumns(SEGMENT_COLUMNS.length, refs.length * 2),
    marks: new GrowingColumns(MARK_COLUMNS.length, 1_024),
    overview: TIMELINE_STATES.map(() => new Int32Array(range.columns + 1)),
    dropped: new Float64Array(range.columns),
  };
  const marks = new MarkRow(range.columns);
  const pressed = { columns: new Uint32Array(range.columns + 1), count: 0 };
  for (let row = 0; row < refs.length; row += 1) {
    foldStates({
      row,
      records,
      byRow,
      folder,
      marks,
      range,
      columnMs,
      rows,
      state: input.states[row] ?? NO_DATA,
    });
    foldPressure({
      row,
      pressures,
      byRow: pressuresByRow,
      folder,
      rows,
      range,
      columnMs,
      stepMs: input.stepMs,
      pressed,
    });
    putSegments(folded, folder, { pressed, row });
    marks.flush(folded, row);
  }
  for (const counts of folded.overview) {
    for (let column = 1; column < range.columns; column += 1) {
      counts[column] = (counts[column] ?? 0) + (counts[column - 1] ?? 0);
    }
  }
  return folded;
}

interface StateFold {
  readonly row: number;
  readonly records: Records;
  readonly byRow: Grouped;
  readonly folder: RowFolder;
  readonly marks: MarkRow;
  readonly range: FoldRange;
  readonly columnMs: number;
  readonly rows: FoldedRows;
  readonly state: number;
}

function foldStates({
  row,
  records,
  byRow,
  folder,
  marks,
  range,
  columnMs,
  rows,
  state: begun,
}: StateFold): void {
  let state = begun;
  let sinceMs = Number.NaN;
  let fromMs = 0;
  const spanMs = range.toMs - range.fromMs;
  folder.begin();
  marks.begin();
  const end = byRow.ends[row] ?? 0;
  for (let i = row === 0 ? 0 : (byRow.ends[row - 1] ?? 0); i < end; i += 1) {
    const record = byRow.index[i] ?? 0;
    const atMs = (records.atMs[record] ?? 0) - range.fromMs;
    const value = records.value[record] ?? 0;
    const op = records.op[record] ?? 0;
    if (op !== OP_STATE) {
      if (atMs >= 0 && atMs < spanMs) marks.add(Math.floor(atMs / columnMs), op, value);
      continue;
    }
    if (value === state || atMs >= spanMs) continue;
    const toMs = Math.max(fromMs, atMs);
    folder.add(state, fromMs, toMs);
    if (atMs >= 0) sinceMs = range.fromMs + toMs;
    fromMs = toMs;
    state = value;
  }
  folder.add(state, fromMs, spanMs);
  folder.end();
  rows.last[row] = state;
  rows.sinceMs[row] = sinceMs;
  rows.seen[row] = folder.seen;
  rows.troubleMs[row] = folder.troubleMs;
  marks.total(rows, row);
}

interface Pressures {
  readonly count: number;
  readonly row: Int32Array;
  readonly atMs: Float64Array;
  readonly ratio: Float32Array;
}

function foldPressure(of: {
  readonly row: number;
  readonly pressures: Pressures;
  readonly byRow: Grouped;
  readonly folder: RowFolder;
  readonly rows: FoldedRows;
  readonly range: FoldRange;
  readonly columnMs: number;
  readonly stepMs: number;
  readonly pressed: PressedColumns;
}): void {
  const { row, pressures, byRow, folder, rows, range, columnMs, stepMs, pressed } = of;
  pressed.count = 0;
  // Columns below it are noted already: samples ascend.
  let noted = 0;
  const end = byRow.ends[row] ?? 0;
  let most = 0;
  for (let i = row === 0 ? 0 : (byRow.ends[row - 1] ?? 0); i < end; i += 1) {
    const at = byRow.index[i] ?? 0;
    const ratio = pressures.ratio[at] ?? 0;
    const byte = pressureByte(ratio);
    most = Math.max(most, ratio);
    const fromMs = (pressures.atMs[at] ?? 0) - range.fromMs;
    const first = Math.max(0, Math.floor(fromMs / columnMs));
    const last = Math.min(range.columns, Math.ceil((fromMs + stepMs) / columnMs));
    for (let column = first; column < last; column += 1) raisePressure(folder.cells, column, byte);
    for (let column = Math.max(first, noted); column <= last; column += 1) {
      if (column < range.columns) pressed.columns[pressed.count++] = column;
    }
    noted = Math.max(noted, last + 1);
  }
  rows.pressureMax[row] = most;
}

/** Only columns at which something begins are looked at: most rows have few. */
function putSegments(
  { rows, segments, overview }: Folded,
  { cells, breaks, breakCount }: RowFolder,
  { pressed, row }: { readonly pressed: PressedColumns; readonly row: number },
): void {
  let before = -1;
  let worst = -1;
  let state = 0;
  let pressure = 0;
  while (state < breakCount || pressure < pressed.count) {
    const stateAt = state < breakCount ? (breaks[state] ?? 0) : cells.length;
    const pressureAt = pressure < pressed.count ? (pressed.columns[pressure] ?? 0) : cells.length;
    const column = Math.min(stateAt, pressureAt);
    if (stateAt === column) state += 1;
    if (pressureAt === column) pressure += 1;
    const cell = cells[column] ?? 0;
    if (column >= cells.length || cell === before) continue;
    before = cell;
    segments.push(column, stateOf(cell), worstOf(cell), shareOf(cell), pressureOf(cell));
    const code = worstOf(cell);
    if (code === worst) continue;
    if (worst >= 0) bump(overview[worst], column, -1);
    bump(overview[code], column, 1);
    worst = code;
  }
  rows.segmentEnds[row] = segments.length;
}

/** Columns in which the pressure of a row may change, ascending. */
interface PressedColumns {
  readonly columns: Uint32Array;
  count: number;
}

function bump(counts: Int32Array | undefined, column: number, by: number): void {
  if (counts !== undefined) counts[column] = (counts[column] ?? 0) + by;
}

function gather({ range, rowOf, refs, parts }: FoldInput): Records {
  let most = 0;
  for (const { track } of parts) most += track.count;
  let resets = 0;
  for (const { track } of parts) for (const op of track.ops) if (op === OP_RESET) resets += 1;
  most += resets * refs.length;
  const records = {
    count: 0,
    row: new Int32Array(most),
    atMs: new Float64Array(most),
    value: new Uint32Array(most),
    op: new Uint8Array(most),
  };
  const put = (row: number, of: { atMs: number; value: number; op: number }) => {
    const at = records.count++;
    records.row[at] = row;
    records.atMs[at] = of.atMs;
    records.value[at] = of.value;
    records.op[at] = of.op;
  };
  for (const { baseMs, track } of parts) {
    for (let i = 0; i < track.count; i += 1) {
      const atMs = baseMs + (track.offsets[i] ?? 0);
      if (atMs >= range.toMs) continue;
      const op = track.ops[i] ?? 0;
      if (op === OP_RESET) {
        for (let row = 0; row < refs.length; row += 1)
          put(row, { atMs, value: NO_DATA, op: OP_STATE });
        continue;
      }
      const row = rowOf[track.refs[i] ?? 0] ?? -1;
      if (row >= 0) put(row, { atMs, value: track.values[i] ?? 0, op });
    }
  }
  return records;
}

function gatherPressures({ rowOf, samples }: FoldInput): Pressures {
  let most = 0;
  for (const { rows } of samples) most += rows.count;
  const row = new Int32Array(most);
  const atMs = new Float64Array(most);
  const ratio = new Float32Array(most);
  let count = 0;
  for (const sample of samples) {
    const { rows } = sample;
    const column = rows.columns[PRESSURE];
    for (let i = 0; i < rows.count; i += 1) {
      const value = column?.[i] ?? Number.NaN;
      const target = rowOf[rows.refs[i] ?? 0] ?? -1;
      if (target < 0 || Number.isNaN(value)) continue;
      row[count] = target;
      atMs[count] = sample.atMs;
      ratio[count] = value;
      count += 1;
    }
  }
  return { count, row, atMs, ratio };
}

/** By counting: the order within a row stays. */
function group(row: Int32Array, count: number, rows: number): Grouped {
  const ends = new Uint32Array(rows);
  for (let i = 0; i < count; i += 1) bumpAt(ends, row[i] ?? 0, 1);
  for (let r = 1; r < rows; r += 1) bumpAt(ends, r, ends[r - 1] ?? 0);
  const index = new Uint32Array(count);
  const next = ends.slice();
  for (let i = count - 1; i >= 0; i -= 1) {
    const at = (next[row[i] ?? 0] ?? 0) - 1;
    next[row[i] ?? 0] = at;
    index[at] = i;
  }
  return { ends, index };
}

function bumpAt(counts: Uint32Array, at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}
