/** Keeps a long computation from holding the event loop: it works in slices and counts only the time it worked. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** One slice; 5 ms are allowed, the rest is for the batch that is under way when it is over. */
const SLICE_MS = 3;

export class Turn {
  readonly #now: () => number;
  #sliceStartMs: number;
  #busyMs = 0;

  /** `now`: a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#sliceStartMs = now();
  }

  /** True when the slice is used up: the caller awaits `next()` at the next safe place. */
  due(): boolean {
    return this.#now() - this.#sliceStartMs >= SLICE_MS;
  }

  /** Lets everything else that waits run first. */
  async next(): Promise<void> {
    await this.wait(nextTurn());
  }

  /** Waits for something that is not our work. */
  async wait<T>(what: Promise<T>): Promise<T> {
    this.#busyMs += this.#now() - this.#sliceStartMs;
    try {
      return await what;
    } finally {
      this.#sliceStartMs = this.#now();
    }
  }

  /** Milliseconds worked so far. */
  busyMs(): number {
    return this.#busyMs + this.#now() - this.#sliceStartMs;
  }
}
