/**
 * One row of a timeline, folded to columns: the state that held most of each column, the worst, its
 * share, the highest pressure. A cell is one number, so that alike columns are found by comparing;
 * only columns at which something begins are named.
 */
import { NO_DATA, OK, TIMELINE_STATES } from './timeline-states.js';

const STATES = TIMELINE_STATES.length;
const WORST = 8;
const SHARE = 16;
const PRESSURE = 24;
const BYTE = 255;
const WHOLE = 255;
/** 254 = the mark. */
const PRESSURE_MAX = 254;
export const PRESSURE_UNKNOWN = 255;

export function stateOf(cell: number): number {
  return cell & BYTE;
}
export function worstOf(cell: number): number {
  return (cell >>> WORST) & BYTE;
}
export function shareOf(cell: number): number {
  return (cell >>> SHARE) & BYTE;
}
export function pressureOf(cell: number): number {
  return cell >>> PRESSURE;
}

export function plainCell(state: number): number {
  return (state | (state << WORST) | (WHOLE << SHARE)) >>> 0;
}

export function withPressure(cell: number, byte: number): number {
  return (cell | (byte << PRESSURE)) >>> 0;
}

/** Share of `pub_hwm` → 1 … 254; anything above 0 shows. −1 = not known. */
export function pressureByte(ratio: number): number {
  if (ratio < 0) return PRESSURE_UNKNOWN;
  if (!(ratio > 0)) return 0;
  return Math.max(1, Math.round(Math.min(1, ratio) * PRESSURE_MAX));
}

/** What is known wins over what is not, then the higher. */
function higher(a: number, b: number): number {
  if (a === 0 || a === PRESSURE_UNKNOWN) return b === 0 ? a : b;
  return b === PRESSURE_UNKNOWN || b < a ? a : b;
}

/** Changes of one row: from column `starts[i]` on its cell is `cells[i]`; ascending, `count` of them. */
class RowChanges {
  readonly starts: Uint16Array;
  readonly cells: Uint32Array;
  count = 0;

  constructor(columns: number) {
    this.starts = new Uint16Array(columns + 1);
    this.cells = new Uint32Array(columns + 1);
  }

  /** Columns ascend; of two for one column the later counts. */
  put(column: number, cell: number): void {
    if (this.count > 0 && this.starts[this.count - 1] === column) this.count -= 1;
    if (this.count > 0 && this.cells[this.count - 1] === cell) return;
    this.starts[this.count] = column;
    this.cells[this.count] = cell;
    this.count += 1;
  }
}

/** Takes the stretches of one row in the order of time. */
export class RowFolder {
  readonly #columns: number;
  readonly #columnMs: number;
  readonly #held = new Float64Array(STATES);
  readonly changes: RowChanges;
  /** One bit for each state that occurred. */
  seen = 0;
  troubleMs = 0;
  #column = 0;
  /** Stretches in the column at hand; the first began before it. */
  #pieces = 0;
  #firstIsLong = false;
  #first = 0;
  /** One bit for each state of the column at hand. */
  #here = 0;

  constructor(columns: number, columnMs: number) {
    this.#columns = columns;
    this.#columnMs = columnMs;
    this.changes = new RowChanges(columns);
  }

  begin(): void {
    this.changes.count = 0;
    this.seen = 0;
    this.troubleMs = 0;
    this.#column = 0;
    this.#pieces = 0;
  }

  /** From where the last one ended (0 at first) to `toMs`; both count from the beginning of the range. */
  add(state: number, fromMs: number, toMs: number): void {
    if (!(toMs > fromMs)) return;
    this.seen |= 1 << state;
    if (state !== OK && state !== NO_DATA) this.troubleMs += toMs - fromMs;
    let from = fromMs;
    if (this.#pieces > 0 || from > this.#column * this.#columnMs) {
      const endMs = (this.#column + 1) * this.#columnMs;
      this.#put(state, from, Math.min(toMs, endMs));
      if (toMs < endMs) return;
      this.#close(toMs > endMs ? state : -1);
      from = endMs;
    }
    const last = Math.min(this.#columns, Math.floor(toMs / this.#columnMs));
    if (last > this.#column) {
      this.changes.put(this.#column, plainCell(state));
      this.#column = last;
    }
    const restMs = last * this.#columnMs;
    if (toMs > restMs && last < this.#columns) this.#put(state, Math.max(from, restMs), toMs);
  }

  /** After the last stretch. */
  end(): void {
    if (this.#pieces > 0 && this.#column < this.#columns) this.#close(-1);
  }

  #put(state: number, fromMs: number, toMs: number): void {
    if (!(toMs > fromMs)) return;
    if (this.#pieces === 0) {
      this.#first = state;
      this.#firstIsLong = fromMs <= this.#column * this.#columnMs;
      this.#here = 0;
    }
    this.#pieces += 1;
    const bit = 1 << state;
    const before = (this.#here & bit) === 0 ? 0 : (this.#held[state] ?? 0);
    this.#here |= bit;
    this.#held[state] = before + (toMs - fromMs);
  }

  /** `goesOn`: the state that lasts beyond the column; −1 = none does. */
  #close(goesOn: number): void {
    let most = 0;
    let mostMs = 0;
    let worst = 0;
    let worstMs = 0;
    let sum = 0;
    // From the lowest bit up: of two that held as long the worse one has the column.
    for (let bits = this.#here; bits !== 0; bits &= bits - 1) {
      worst = 31 - Math.clz32(bits & -bits);
      worstMs = this.#held[worst] ?? 0;
      sum += worstMs;
      if (worstMs < mostMs) continue;
      most = worst;
      mostMs = worstMs;
    }
    const isChange =
      this.#pieces === 2 && this.#firstIsLong && goesOn >= 0 && goesOn !== this.#first;
    const share = isChange ? WHOLE : Math.max(1, Math.round((worstMs / sum) * WHOLE));
    if (isChange) worst = most;
    this.changes.put(this.#column, (most | (worst << WORST) | (share << SHARE)) >>> 0);
    this.#column += 1;
    this.#pieces = 0;
  }
}

/** Takes what departs from idle of one row in the order of time; cells are bytes of pressure. */
export class PressureFolder {
  readonly #columns: number;
  readonly #columnMs: number;
  readonly changes: RowChanges;
  /** The last column that was reached, which the next stretch may raise. */
  #column = 0;
  #byte = 0;

  constructor(columns: number, columnMs: number) {
    this.#columns = columns;
    this.#columnMs = columnMs;
    this.changes = new RowChanges(columns);
  }

  begin(): void {
    this.changes.count = 0;
    this.#column = 0;
    this.#byte = 0;
  }

  /** Times count from the beginning of the range. */
  add(byte: number, fromMs: number, toMs: number): void {
    const first = Math.max(0, Math.floor(fromMs / this.#columnMs));
    const end = Math.min(this.#columns, Math.ceil(toMs / this.#columnMs));
    if (end <= first) return;
    if (first > this.#column) this.#leave();
    this.#byte = first === this.#column ? higher(this.#byte, byte) : byte;
    this.#column = first;
    if (end - first === 1) return;
    this.changes.put(first, this.#byte);
    this.#column = end - 1;
    this.#byte = byte;
    if (end - first > 2) this.changes.put(first + 1, byte);
  }

  /** After the last stretch. */
  end(): void {
    this.#leave();
  }

  #leave(): void {
    this.changes.put(this.#column, this.#byte);
    if (this.#column + 1 < this.#columns) this.changes.put(this.#column + 1, 0);
  }
}
