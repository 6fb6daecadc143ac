/** The track of a stretch of time in memory, by minion: what a timeline is folded from. */
import { RowChains } from './row-chains.js';
import { NO_DATA } from './timeline-states.js';
import { OP_RESET, OP_STATE, type TrackPart } from './track.js';

/** A record's word is its value × 8 + its op. */
const OP_BITS = 3;
const OP_MASK = 7;
/** Messages of one drop; what is beyond is no drop that can happen. */
const VALUE_MAX = 2 ** 28 - 1;
/** The base moves before offsets leave 32 bits; a question's 31 days around it do not move it. */
const REBASE_MS = 1_600_000_000;

export function opOf(word: number): number {
  return word & OP_MASK;
}
export function amountOf(word: number): number {
  return word >>> OP_BITS;
}

export interface WindowSize {
  /** Offsets count from here. */
  readonly baseMs: number;
  readonly records: number;
  /** Refs are below it; more may come. */
  readonly rows: number;
}

export class TrackWindow {
  readonly chains: RowChains;
  baseMs: number;
  /** State before the first record in the chain, by ref. */
  begun: Uint8Array;
  #now: Uint8Array;

  constructor({ baseMs, records, rows }: WindowSize) {
    this.baseMs = baseMs;
    this.chains = new RowChains(records, rows);
    this.begun = new Uint8Array(rows).fill(NO_DATA);
    this.#now = new Uint8Array(rows).fill(NO_DATA);
  }

  /** Before the first part. */
  begin(ref: number, state: number): void {
    this.#reach(ref);
    this.begun[ref] = state;
    this.#now[ref] = state;
  }

  /** Of `wanted` refs, or of all. False: there is no room for some of it. */
  append({ baseMs, track }: TrackPart, wanted?: Uint8Array): boolean {
    if (baseMs - this.baseMs > REBASE_MS) this.#rebase(baseMs);
    const shift = baseMs - this.baseMs;
    const { count, refs, offsets, ops, values } = track;
    for (let i = 0; i < count; i += 1) {
      const op = ops[i] ?? 0;
      const atMs = (offsets[i] ?? 0) + shift;
      if (op === OP_RESET) {
        if (!this.#reset(atMs)) return false;
        continue;
      }
      const ref = refs[i] ?? 0;
      if (wanted !== undefined && wanted[ref] !== 1) continue;
      if (!this.#put(ref, { op, atMs, value: values[i] ?? 0 })) return false;
    }
    return true;
  }

  /** Forgets what is older, as far as that frees memory. */
  trim(beforeMs: number): void {
    const { chains, begun } = this;
    for (let ref = 0; ref < chains.rows; ref += 1) {
      chains.trim(ref, beforeMs - this.baseMs, (from, to) => {
        for (let cell = from; cell < to; cell += 2) {
          const word = chains.cells[cell + 1] ?? 0;
          if (opOf(word) === OP_STATE) begun[ref] = amountOf(word);
        }
      });
    }
  }

  #reset(atMs: number): boolean {
    const { length } = this.#now;
    for (let ref = 0; ref < length; ref += 1) {
      if (this.#now[ref] === NO_DATA) continue;
      if (!this.#put(ref, { op: OP_STATE, atMs, value: NO_DATA })) return false;
    }
    return true;
  }

  #put(
    ref: number,
    { op, atMs, value }: { readonly op: number; readonly atMs: number; readonly value: number },
  ): boolean {
    const { chains } = this;
    this.#reach(ref);
    if (op === OP_STATE) {
      const last = chains.last(ref);
      // It says nothing new, unless it comes before what is known already.
      const isLatest = last < 0 || (chains.cells[last] ?? 0) <= atMs;
      if (isLatest && this.#now[ref] === value) return true;
      this.#now[ref] = value;
    }
    const cell = chains.append(ref, atMs);
    if (cell < 0) return false;
    chains.cells[cell + 1] = (Math.min(VALUE_MAX, value) << OP_BITS) | op;
    return true;
  }

  #reach(ref: number): void {
    if (ref < this.#now.length) return;
    this.chains.reach(ref + 1);
    const grown = () => new Uint8Array(this.chains.rows).fill(NO_DATA);
    const begun = grown();
    begun.set(this.begun);
    this.begun = begun;
    const now = grown();
    now.set(this.#now);
    this.#now = now;
  }

  #rebase(baseMs: number): void {
    this.chains.shift(baseMs - this.baseMs);
    this.baseMs = baseMs;
  }
}
