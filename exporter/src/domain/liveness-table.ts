/** What is remembered of each publish link to tell whether the process behind it runs. */

/** Columns by link slot; instants on the monotonic clock, NaN = never. */
export interface Liveness {
  readonly rowMonoMs: Float64Array;
  /** First sight, then each answer to a heartbeat. */
  readonly signMonoMs: Float64Array;
  /** What its host had acknowledged then. */
  readonly signAcked: Float64Array;
  /** From the answer before it to that one; NaN before the second. */
  readonly gapMs: Float64Array;
  /** 1 when that sign was an answer. */
  readonly answers: Uint8Array;
  /** Since when the window is closed and nothing moved; NaN = open. */
  readonly blockedMonoMs: Float64Array;
  readonly acked: Float64Array;
  /** The last row that acknowledged more than the one before it. */
  readonly drainMonoMs: Float64Array;
  /** The window that its host announced last, and the widest so far, bytes; NaN = not known. */
  readonly window: Float64Array;
  readonly widestWindow: Float64Array;
  /** Some link answered a heartbeat. */
  beats: boolean;
}

export function createLiveness(links: number): Liveness {
  const f64 = () => new Float64Array(links);
  return {
    rowMonoMs: f64(),
    signMonoMs: f64(),
    signAcked: f64(),
    gapMs: f64(),
    answers: new Uint8Array(links),
    blockedMonoMs: f64(),
    acked: f64(),
    drainMonoMs: f64(),
    window: f64(),
    widestWindow: f64(),
    beats: false,
  };
}
