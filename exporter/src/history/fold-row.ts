/**
 * One row of a timeline, folded to columns: the state that held most of each column, the worst, its
 * share, the highest pressure. A cell is one number, so that alike columns are found by comparing.
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

/** Share of `pub_hwm` → 1 … 254; anything above 0 shows. −1 = not known. */
export function pressureByte(ratio: number): number {
  if (ratio < 0) return PRESSURE_UNKNOWN;
  if (!(ratio > 0)) return 0;
  return Math.max(1, Math.round(Math.min(1, ratio) * PRESSURE_MAX));
}

/** What is known wins over what is not: the highest that was measured. */
export function raisePressure(cells: Uint32Array, column: number, byte: number): void {
  const cell = cells[column] ?? 0;
  const before = pressureOf(cell);
  const isHigher =
    before === 0 || before === PRESSURE_UNKNOWN || (byte !== PRESSURE_UNKNOWN && byte > before);
  if (!isHigher || byte === 0) return;
  cells[column] = ((cell & 0xffffff) | (byte << PRESSURE)) >>> 0;
}

/** Takes the stretches of one row in the order of time, and fills its cells. */
export class RowFolder {
  readonly #columnMs: number;
  readonly #held = new Float64Array(STATES);
  readonly cells: Uint32Array;
  /** Columns whose cell may differ from the one before, ascending, `breakCount` of them. */
  readonly breaks: Uint32Array;
  breakCount = 0;
  /** One bit for each state that occurred. */
  seen = 0;
  troubleMs = 0;
  #column = 0;
  /** Stretches in the column at hand; the first began before it. */
  #pieces = 0;
  #firstIsLong = false;
  #first = 0;

  constructor(columns: number, columnMs: number) {
    this.#columnMs = columnMs;
    this.cells = new Uint32Array(columns);
    // Each stretch of time begins two at most, and no column is begun twice.
    this.breaks = new Uint32Array(columns + 1);
  }

  begin(): void {
    this.seen = 0;
    this.troubleMs = 0;
    this.#column = 0;
    this.#pieces = 0;
    this.breakCount = 0;
  }

  /** From where the last one ended (0 at first) to `toMs`; both count from the beginning of the range. */
  add(state: number, fromMs: number, toMs: number): void {
    if (!(toMs > fromMs)) return;
    this.seen |= 1 << state;
    if (state !== OK && state !== NO_DATA) this.troubleMs += toMs - fromMs;
    const { length } = this.cells;
    const last = Math.min(length, Math.floor(toMs / this.#columnMs));
    let from = fromMs;
    if (this.#pieces > 0 || from > this.#column * this.#columnMs) {
      const endMs = (this.#column + 1) * this.#columnMs;
      this.#put(state, from, Math.min(toMs, endMs));
      if (toMs < endMs) return;
      this.#close(toMs > endMs ? state : -1);
      from = endMs;
    }
    if (last > this.#column) {
      this.breaks[this.breakCount++] = this.#column;
      this.cells.fill(plainCell(state), this.#column, last);
      this.#column = last;
    }
    const restMs = last * this.#columnMs;
    if (toMs > restMs && last < length) this.#put(state, Math.max(from, restMs), toMs);
  }

  /** After the last stretch. */
  end(): void {
    if (this.#pieces > 0 && this.#column < this.cells.length) this.#close(-1);
  }

  #put(state: number, fromMs: number, toMs: number): void {
    if (!(toMs > fromMs)) return;
    if (this.#pieces === 0) {
      this.#first = state;
      this.#firstIsLong = fromMs <= this.#column * this.#columnMs;
    }
    this.#pieces += 1;
    this.#held[state] = (this.#held[state] ?? 0) + (toMs - fromMs);
  }

  /** `goesOn`: the state that lasts beyond the column; −1 = none does. */
  #close(goesOn: number): void {
    let most = 0;
    let worst = 0;
    let sum = 0;
    for (let state = 0; state < STATES; state += 1) {
      const heldMs = this.#held[state] ?? 0;
      if (heldMs === 0) continue;
      sum += heldMs;
      worst = state;
      if (heldMs >= (this.#held[most] ?? 0)) most = state;
    }
    const isChange =
      this.#pieces === 2 && this.#firstIsLong && goesOn >= 0 && goesOn !== this.#first;
    if (isChange) worst = most;
    const share = Math.max(1, Math.round(((this.#held[worst] ?? 0) / sum) * WHOLE));
    const whole = isChange ? WHOLE : share;
    this.cells[this.#column] = (most | (worst << WORST) | (whole << SHARE)) >>> 0;
    this.breaks[this.breakCount++] = this.#column;
    this.#column += 1;
    this.#pieces = 0;
    this.#held.fill(0);
  }
}
