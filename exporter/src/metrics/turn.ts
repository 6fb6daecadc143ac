/**
 * Keeps a long computation from holding the event loop: it works in slices and counts only the time
 * it worked.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** One slice; 5 ms are allowed, the rest is for the batch that is under way when it is over. */
const SLICE_MS = 3;

export class Turn {
  readonly #now: () => number;
  #sliceStartMs: number;
  #resumedMs: number;
  #busyMs = 0;

  /** `now`: a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#sliceStartMs = now();
    this.#resumedMs = this.#sliceStartMs;
  }

  /** True when the slice is used up: the caller awaits `next()` at the next safe place. */
  due(): boolean {
    return this.#now() - this.#sliceStartMs >= SLICE_MS;
  }

  /** Lets everything else that waits run first. */
  async next(): Promise<void> {
    await this.wait(nextTurn());
    this.#sliceStartMs = this.#resumedMs;
  }

  /**
   * Waits for something that is not our work. That is no new slice: a socket that takes everything
   * at once says so before the event loop went round.
   */
  async wait<T>(what: Promise<T>): Promise<T> {
    this.#busyMs += this.#now() - this.#resumedMs;
    try {
      return await what;
    } finally {
      this.#resumedMs = this.#now();
    }
  }

  /** Milliseconds worked so far. */
  busyMs(): number {
    return this.#busyMs + this.#now() - this.#resumedMs;
  }
}
