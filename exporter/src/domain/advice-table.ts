/** What the advice on `pub_hwm` and `worker_threads` rests on: the worst that was seen, and for how long it was looked. */

/** Requests that wait at once are told apart up to here; more fall into the last place. */
export const WAITING_PLACES = 257;

export interface AdviceBook {
  /** Of any link whose host acknowledged: most messages, and the longest time, it was behind. */
  lagMessagesMost: number;
  lagSecondsMost: number;
  /** Of any link: most messages in libzmq's queue. */
  queueMessagesMost: number;
  /** A delivery ledger was known at all. */
  hasLedger: boolean;
  /** Seconds with so many requests waiting, by their number. */
  readonly waitingSeconds: Float64Array;
  waitingMost: number;
  /** When it was looked last; NaN before. */
  lookedMonoMs: number;
}

export function createAdvice(): AdviceBook {
  return {
    lagMessagesMost: 0,
    lagSecondsMost: 0,
    queueMessagesMost: 0,
    hasLedger: false,
    waitingSeconds: new Float64Array(WAITING_PLACES),
    waitingMost: 0,
    lookedMonoMs: Number.NaN,
  };
}
