/** Folds track and pressure of many minions to the columns of a timeline. */
import { CELL, createRows, type Folded, MARK_COLUMNS, START } from './fold-result.js';
import { PressureFolder, pressureByte, RowFolder, withPressure, worstOf } from './fold-row.js';
import { GrowingColumns } from './growing-columns.js';
import { MarkRow } from './mark-row.js';
import type { PressureWindow } from './pressure-window.js';
import { BLOCK } from './row-chains.js';
import { NO_DATA, TIMELINE_STATES } from './timeline-states.js';
import { OP_STATE } from './track.js';
import { amountOf, opOf, type TrackWindow } from './track-window.js';

export interface FoldRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
}

/** Of the rows that are folded, at least what the range needs. */
export interface Past {
  readonly track: TrackWindow;
  readonly pressure: PressureWindow;
}

/** Rows in ascending order, of one window or of several. */
export class Fold {
  readonly folded: Folded;
  readonly #spanMs: number;
  readonly #fromMs: number;
  readonly #columnMs: number;
  readonly #states: RowFolder;
  readonly #pressures: PressureFolder;
  readonly #marks: MarkRow;

  constructor({ fromMs, toMs, columns }: FoldRange, refs: Uint32Array) {
    this.#fromMs = fromMs;
    this.#spanMs = toMs - fromMs;
    this.#columnMs = this.#spanMs / columns;
    this.#states = new RowFolder(columns, this.#columnMs);
    this.#pressures = new PressureFolder(columns, this.#columnMs);
    this.#marks = new MarkRow(columns);
    this.folded = {
      rows: createRows(refs),
      segments: new GrowingColumns(2, 0),
      marks: new GrowingColumns(MARK_COLUMNS.length, 1_024),
      overview: TIMELINE_STATES.map(() => new Int32Array(columns + 1)),
      dropped: new Float64Array(columns),
    };
  }

  /** From row `first` to before row `end`. */
  rows({ track, pressure }: Past, first: number, end: number): void {
    const { segments, rows, dropped } = this.folded;
    const { refs } = rows;
    // Room for all at once, of which only what is written takes memory: no copy is outgrown.
    const changes = track.chains.most + pressure.chains.most + end - first;
    segments.reach(Math.min(changes, (end - first) * dropped.length));
    for (let row = first; row < end; row += 1) {
      const ref = refs[row] ?? 0;
      this.#foldStates(row, ref, track);
      this.#foldPressure(row, ref, pressure);
      this.#putSegments(row);
      this.#marks.flush(this.folded, row);
    }
  }

  /** After the last row: so far each column says how it differs from the one before. */
  end(): Folded {
    for (const counts of this.folded.overview) {
      for (let column = 1; column < counts.length; column += 1) {
        counts[column] = (counts[column] ?? 0) + (counts[column - 1] ?? 0);
      }
    }
    return this.folded;
  }

  #foldStates(row: number, ref: number, { chains, begun, baseMs }: TrackWindow): void {
    const { rows } = this.folded;
    const { cells, nexts } = chains;
    const spanMs = this.#spanMs;
    const shiftMs = baseMs - this.#fromMs;
    const folder = this.#states;
    let state = begun[ref] ?? NO_DATA;
    let sinceMs = Number.NaN;
    let fromMs = 0;
    folder.begin();
    const tail = chains.tails[ref] ?? -1;
    const fill = chains.fills[ref] ?? 0;
    for (let block = chains.heads[ref] ?? -1; block >= 0; block = nexts[block] ?? -1) {
      let cell = block * BLOCK * 2;
      const stop = cell + (block === tail ? fill : BLOCK) * 2;
      for (; cell < stop; cell += 2) {
        const atMs = (cells[cell] ?? 0) + shiftMs;
        if (atMs >= spanMs) continue;
        const word = cells[cell + 1] ?? 0;
        const op = opOf(word);
        const value = amountOf(word);
        if (op !== OP_STATE) {
          if (atMs >= 0) this.#marks.add(Math.floor(atMs / this.#columnMs), op, value);
          continue;
        }
        if (value === state) continue;
        const toMs = Math.max(fromMs, atMs);
        folder.add(state, fromMs, toMs);
        if (atMs >= 0) sinceMs = this.#fromMs + toMs;
        fromMs = toMs;
        state = value;
      }
    }
    folder.add(state, fromMs, spanMs);
    folder.end();
    rows.last[row] = state;
    rows.sinceMs[row] = sinceMs;
    rows.seen[row] = folder.seen;
    rows.troubleMs[row] = folder.troubleMs;
  }

  #foldPressure(row: number, ref: number, window: PressureWindow): void {
    const { chains, begun, baseMs } = window;
    const { cells, floats, nexts } = chains;
    const shiftMs = baseMs - this.#fromMs;
    const folder = this.#pressures;
    folder.begin();
    let most = 0;
    let share = begun[ref] ?? Number.NaN;
    let fromMs = 0;
    const tail = chains.tails[ref] ?? -1;
    const fill = chains.fills[ref] ?? 0;
    for (let block = chains.heads[ref] ?? -1; block >= 0; block = nexts[block] ?? -1) {
      let cell = block * BLOCK * 2;
      const stop = cell + (block === tail ? fill : BLOCK) * 2;
      for (; cell < stop; cell += 2) {
        const atMs = Math.max(0, (cells[cell] ?? 0) + shiftMs);
        most = Math.max(most, this.#addShare(share, fromMs, atMs));
        share = floats[cell + 1] ?? Number.NaN;
        fromMs = atMs;
      }
    }
    most = Math.max(most, this.#addShare(share, fromMs, window.endMs - this.#fromMs));
    folder.end();
    this.folded.rows.pressureMax[row] = most;
  }

  /** What it adds to the highest of the row. */
  #addShare(share: number, fromMs: number, endMs: number): number {
    const toMs = Math.min(endMs, this.#spanMs);
    if (Number.isNaN(share) || !(toMs > fromMs)) return 0;
    this.#pressures.add(pressureByte(share), fromMs, toMs);
    return share;
  }

  /** States and pressures as one list of changes. */
  #putSegments(row: number): void {
    const { rows, segments, overview } = this.folded;
    const states = this.#states.changes;
    const pressures = this.#pressures.changes;
    segments.reach(states.count + pressures.count);
    const starts = segments.column(START);
    const cells = segments.column(CELL);
    let { length } = segments;
    let worst = -1;
    let pressure = 0;
    let byte = 0;
    for (let i = 0; i < states.count; i += 1) {
      const cell = states.cells[i] ?? 0;
      const column = states.starts[i] ?? 0;
      const end = i + 1 < states.count ? (states.starts[i + 1] ?? 0) : Number.POSITIVE_INFINITY;
      while (pressure < pressures.count && (pressures.starts[pressure] ?? 0) <= column) {
        byte = pressures.cells[pressure++] ?? 0;
      }
      starts[length] = column;
      cells[length++] = withPressure(cell, byte);
      while (pressure < pressures.count && (pressures.starts[pressure] ?? 0) < end) {
        byte = pressures.cells[pressure] ?? 0;
        starts[length] = pressures.starts[pressure++] ?? 0;
        cells[length++] = withPressure(cell, byte);
      }
      const code = worstOf(cell);
      if (code === worst) continue;
      if (worst >= 0) bump(overview[worst], column, -1);
      bump(overview[code], column, 1);
      worst = code;
    }
    segments.length = length;
    rows.segmentEnds[row] = length;
  }
}

function bump(counts: Int32Array | undefined, column: number, by: number): void {
  if (counts !== undefined) counts[column] = (counts[column] ?? 0) + by;
}
