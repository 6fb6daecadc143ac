/**
 * The pressure of a stretch of time in memory, by minion: not each sample, but where it changed. A
 * minion whose queue is not known all day is one record.
 */
import { RowChains } from './row-chains.js';
import { PRESSURE, type SampleRows } from './sample-rows.js';
import type { WindowSize } from './track-window.js';

/** No step yet. */
const NEVER = Number.NEGATIVE_INFINITY;
/** The base moves before offsets leave 32 bits; a question's 31 days around it do not move it. */
const REBASE_MS = 1_600_000_000;

export class PressureWindow {
  /** Words are the share from the record's time on: NaN = idle, −1 = not known. */
  readonly chains: RowChains;
  readonly stepMs: number;
  baseMs: number;
  /** Share before the first record in the chain, by ref. */
  begun: Float32Array;
  #atMs = NEVER;
  /** Who is not idle in the step at hand. */
  #present: number[] = [];
  /** By ref: 1 = it is in `#present`. */
  #isPresent: Uint8Array;

  constructor({ baseMs, records, rows, stepMs }: WindowSize & { readonly stepMs: number }) {
    this.baseMs = baseMs;
    this.stepMs = stepMs;
    this.chains = new RowChains(records, rows);
    this.begun = new Float32Array(rows).fill(Number.NaN);
    this.#isPresent = new Uint8Array(rows);
  }

  /** Where the latest step ends: nothing is known of pressure beyond it. */
  get endMs(): number {
    return this.#atMs + this.stepMs;
  }

  /**
   * The sample of the step that begins at `atMs`, of `wanted` refs or of all. The latest one may be
   * put again with more in it. False: there is no room, or the clock was set back.
   */
  put(sample: { readonly atMs: number; readonly rows: SampleRows }, wanted?: Uint8Array): boolean {
    const { atMs, rows } = sample;
    if (atMs < this.#atMs) return false;
    if (atMs > this.#atMs && !this.#next(atMs)) return false;
    const shares = rows.columns[PRESSURE];
    for (let i = 0; i < rows.count; i += 1) {
      const ref = rows.refs[i] ?? 0;
      const share = shares?.[i] ?? Number.NaN;
      if (Number.isNaN(share) || (wanted !== undefined && wanted[ref] !== 1)) continue;
      if (!this.#raise(ref, share)) return false;
    }
    return true;
  }

  /** Forgets what is older, as far as that frees memory. */
  trim(beforeMs: number): void {
    const { chains, begun } = this;
    for (let ref = 0; ref < chains.rows; ref += 1) {
      chains.trim(ref, beforeMs - this.baseMs, (_from, to) => {
        begun[ref] = chains.floats[to - 1] ?? Number.NaN;
      });
    }
  }

  /** Everybody is idle where the step before ended, until this one says otherwise. */
  #next(atMs: number): boolean {
    const endMs = Math.min(atMs, this.#atMs + this.stepMs);
    for (const ref of this.#present) {
      this.#isPresent[ref] = 0;
      if (!this.#change(ref, endMs - this.baseMs, Number.NaN)) return false;
    }
    this.#present = [];
    if (atMs - this.baseMs > REBASE_MS) {
      this.chains.shift(atMs - this.baseMs);
      this.baseMs = atMs;
    }
    this.#atMs = atMs;
    return true;
  }

  #raise(ref: number, share: number): boolean {
    this.#reach(ref);
    if (this.#isPresent[ref] === 0) {
      this.#isPresent[ref] = 1;
      this.#present.push(ref);
    }
    return this.#change(ref, this.#atMs - this.baseMs, share);
  }

  #change(ref: number, offsetMs: number, share: number): boolean {
    const { cells, floats, fills } = this.chains;
    const last = this.chains.last(ref);
    if (last >= 0 && cells[last] === offsetMs) {
      const goesOn = (fills[ref] ?? 0) > 1 && floats[last - 1] === share;
      // What was said of this instant is replaced; nothing is left of it where all goes on as before.
      if (!goesOn || !this.chains.takeBack(ref)) floats[last + 1] = share;
      return true;
    }
    const before = (last < 0 ? this.begun[ref] : floats[last + 1]) ?? Number.NaN;
    if (Object.is(before, share)) return true;
    const cell = this.chains.append(ref, offsetMs);
    if (cell < 0) return false;
    floats[cell + 1] = share;
    return true;
  }

  #reach(ref: number): void {
    if (ref < this.#isPresent.length) return;
    this.chains.reach(ref + 1);
    const { rows } = this.chains;
    const begun = new Float32Array(rows).fill(Number.NaN);
    begun.set(this.begun);
    this.begun = begun;
    const isPresent = new Uint8Array(rows);
    isPresent.set(this.#isPresent);
    this.#isPresent = isPresent;
  }
}
