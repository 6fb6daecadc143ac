/** The marks of one row at a time, by column. */
import { type Folded, type FoldedRows, MARK_COLUMNS } from './fold-result.js';
import { OP_CONNECT, OP_DISCONNECT, OP_DROP, OP_FLAP, OP_LOSS } from './track.js';

/** In the order of MARK_COLUMNS. */
const MARK_OPS = [OP_CONNECT, OP_DISCONNECT, OP_FLAP, OP_LOSS, OP_DROP];

/** `touched` names the columns that have any. */
export class MarkRow {
  readonly #counts: readonly Float64Array[];
  readonly #touched: number[] = [];
  readonly #isTouched: Uint8Array;

  constructor(columns: number) {
    this.#counts = MARK_COLUMNS.slice(1).map(() => new Float64Array(columns));
    this.#isTouched = new Uint8Array(columns);
  }

  begin(): void {
    for (const column of this.#touched) {
      this.#isTouched[column] = 0;
      for (const counts of this.#counts) counts[column] = 0;
    }
    this.#touched.length = 0;
  }

  add(column: number, op: number, value: number): void {
    const counts = this.#counts[MARK_OPS.indexOf(op)];
    if (counts === undefined) return;
    if (this.#isTouched[column] === 0) {
      this.#isTouched[column] = 1;
      this.#touched.push(column);
    }
    counts[column] = (counts[column] ?? 0) + (op === OP_DROP ? value : 1);
  }

  total(rows: FoldedRows, row: number): void {
    if (this.#touched.length === 0) return;
    const sums = this.#counts.map((counts) =>
      this.#touched.reduce((sum, column) => sum + (counts[column] ?? 0), 0),
    );
    const [connects = 0, disconnects = 0, flaps = 0, losses = 0, dropped = 0] = sums;
    rows.connects[row] = connects;
    rows.disconnects[row] = disconnects;
    rows.flaps[row] = flaps;
    rows.losses[row] = losses;
    rows.dropped[row] = dropped;
  }

  flush({ rows, marks, dropped }: Folded, row: number): void {
    this.#touched.sort((a, b) => a - b);
    const [connects, disconnects, flaps, losses, drops] = this.#counts;
    for (const column of this.#touched) {
      const lost = drops?.[column] ?? 0;
      dropped[column] = (dropped[column] ?? 0) + lost;
      const short = (counts: Float64Array | undefined) => Math.min(65_535, counts?.[column] ?? 0);
      marks.push(column, short(connects), short(disconnects), short(flaps), short(losses), lost);
    }
    rows.markEnds[row] = marks.length;
  }
}
