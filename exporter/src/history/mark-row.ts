/** The marks of one row at a time, by column. */
import { type Folded, MARK_COLUMNS } from './fold-result.js';
import { OP_CONNECT, OP_DISCONNECT, OP_DROP, OP_FLAP, OP_LOSS } from './track.js';

const COUNTS = MARK_COLUMNS.length - 1;
const DROPPED = COUNTS - 1;
/** Index of a mark's count by op, in the order of MARK_COLUMNS; −1 = no mark. */
const COUNT_OF_OP = countsByOp([OP_CONNECT, OP_DISCONNECT, OP_FLAP, OP_LOSS, OP_DROP]);
/** Counts of the answer end here; drops are longer. */
const SHORT_MAX = 65_535;

export class MarkRow {
  /** Column c has its counts from COUNTS × c on. */
  readonly #counts: Float64Array;
  readonly #sums = new Float64Array(COUNTS);
  /** Columns that have any. */
  readonly #touched: Uint16Array;
  readonly #isTouched: Uint8Array;
  #length = 0;
  #isSorted = true;

  constructor(columns: number) {
    this.#counts = new Float64Array(columns * COUNTS);
    this.#touched = new Uint16Array(columns);
    this.#isTouched = new Uint8Array(columns);
  }

  add(column: number, op: number, value: number): void {
    const index = COUNT_OF_OP[op] ?? -1;
    if (index < 0) return;
    if (this.#isTouched[column] === 0) {
      this.#isTouched[column] = 1;
      if (this.#length > 0 && (this.#touched[this.#length - 1] ?? 0) > column) {
        this.#isSorted = false;
      }
      this.#touched[this.#length] = column;
      this.#length += 1;
    }
    const amount = index === DROPPED ? value : 1;
    const at = column * COUNTS + index;
    this.#counts[at] = (this.#counts[at] ?? 0) + amount;
    this.#sums[index] = (this.#sums[index] ?? 0) + amount;
  }

  /** Into the result, and begins a new row. */
  flush({ rows, marks, dropped }: Folded, row: number): void {
    const length = this.#length;
    if (length > 0) {
      const [connects = 0, disconnects = 0, flaps = 0, losses = 0, lost = 0] = this.#sums;
      rows.connects[row] = connects;
      rows.disconnects[row] = disconnects;
      rows.flaps[row] = flaps;
      rows.losses[row] = losses;
      rows.dropped[row] = lost;
      if (!this.#isSorted) this.#touched.subarray(0, length).sort();
      marks.reach(length);
      for (let i = 0; i < length; i += 1) {
        const column = this.#touched[i] ?? 0;
        const lostHere = this.#counts[column * COUNTS + DROPPED] ?? 0;
        dropped[column] = (dropped[column] ?? 0) + lostHere;
        this.#move(column, marks.columns, marks.length + i);
        this.#isTouched[column] = 0;
      }
      marks.length += length;
      this.#sums.fill(0);
      this.#length = 0;
      this.#isSorted = true;
    }
    rows.markEnds[row] = marks.length;
  }

  #move(column: number, targets: readonly Uint32Array[], to: number): void {
    for (let index = 0; index <= COUNTS; index += 1) {
      const target = targets[index];
      if (target === undefined) continue;
      if (index === 0) {
        target[to] = column;
        continue;
      }
      const at = column * COUNTS + index - 1;
      const count = this.#counts[at] ?? 0;
      target[to] = index - 1 === DROPPED ? count : Math.min(SHORT_MAX, count);
      this.#counts[at] = 0;
    }
  }
}

function countsByOp(ops: readonly number[]): Int8Array {
  const byOp = new Int8Array(Math.max(...ops) + 1).fill(-1);
  for (const [index, op] of ops.entries()) byOp[op] = index;
  return byOp;
}
