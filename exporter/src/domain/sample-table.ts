/** The highest figures of each minion since the last sample: a queue can fill and drain between two. */

/** By slot of the minion table; NaN = not known. */
export interface SampleTable {
  readonly queueMessages: Float32Array;
  readonly lagSeconds: Float32Array;
  readonly waitSeconds: Float32Array;
  readonly rttSeconds: Float32Array;
}

/** Row r is the minion `ids[r]`. */
export interface MinionSample {
  readonly wallMs: number;
  readonly ids: readonly string[];
  /** Share of `pub_hwm`, 0 … 1; NaN = not known. */
  readonly pressure: Float32Array;
  readonly lagSeconds: Float32Array;
  /** 0 = none waits. */
  readonly waitSeconds: Float32Array;
  readonly rttSeconds: Float32Array;
}

export function createSamples(minions: number): SampleTable {
  const unknown = () => new Float32Array(minions).fill(Number.NaN);
  return {
    queueMessages: unknown(),
    lagSeconds: unknown(),
    waitSeconds: unknown(),
    rttSeconds: unknown(),
  };
}
