/** Time as the program sees it: a wall clock for timestamps, a monotonic clock for ages and intervals. */

/**
 * One instant on both clocks.
 * `monoMs`: CLOCK_MONOTONIC in milliseconds, the same in every thread; all durations are differences of it.
 * `wallMs`: milliseconds since the epoch, may step; only for timestamps that people or Prometheus read.
 */
export interface Instant {
  readonly monoMs: number;
  readonly wallMs: number;
}

export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = {
  now: () => ({ monoMs: monotonicMs(), wallMs: Date.now() }),
};

/** CLOCK_MONOTONIC in milliseconds. `performance.now()` is not used: its origin differs per worker thread. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
