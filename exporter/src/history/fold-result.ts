/** What a fold gives back: figures of each row, segments and marks of all rows, and all rows together. */
import type { GrowingColumns } from './growing-columns.js';

/** Row r is the minion `refs[r]`; the figures are of the range. */
export interface FoldedRows {
  readonly refs: Uint32Array;
  readonly last: Uint8Array;
  /** NaN = since before the range. */
  readonly sinceMs: Float64Array;
  readonly connects: Uint32Array;
  readonly disconnects: Uint32Array;
  readonly flaps: Uint32Array;
  readonly dropped: Float64Array;
  readonly losses: Uint32Array;
  readonly pressureMax: Float32Array;
  readonly troubleMs: Float64Array;
  /** One bit for each state. */
  readonly seen: Uint16Array;
  /** Its segments and marks end here. */
  readonly segmentEnds: Uint32Array;
  readonly markEnds: Uint32Array;
}

export interface Folded {
  readonly rows: FoldedRows;
  /** Columns START and CELL; what is in a cell, fold-row.ts knows. */
  readonly segments: GrowingColumns;
  /** In the order of MARK_COLUMNS. */
  readonly marks: GrowingColumns;
  /** Column, then state: minions. */
  readonly overview: readonly Int32Array[];
  readonly dropped: Float64Array;
}

export const START = 0;
export const CELL = 1;
export const MARK_COLUMNS = [
  'column',
  'connects',
  'disconnects',
  'flaps',
  'losses',
  'dropped',
] as const;

export function createRows(refs: Uint32Array): FoldedRows {
  const { length } = refs;
  return {
    refs,
    last: new Uint8Array(length),
    sinceMs: new Float64Array(length),
    connects: new Uint32Array(length),
    disconnects: new Uint32Array(length),
    flaps: new Uint32Array(length),
    dropped: new Float64Array(length),
    losses: new Uint32Array(length),
    pressureMax: new Float32Array(length),
    troubleMs: new Float64Array(length),
    seen: new Uint16Array(length),
    segmentEnds: new Uint32Array(length),
    markEnds: new Uint32Array(length),
  };
}
