/** What is remembered of each publish link to tell whether its own host acknowledges, in columns. */

/** Nothing tells. */
export const PROXY_UNKNOWN = 0;
/** Something between acknowledges for the host. */
export const PROXY_FOUND = 1;

/** Columns by link slot. */
export interface Proxies {
  /** Totals of the last look at which everything was acknowledged; NaN = none yet. */
  readonly acked: Float64Array;
  readonly received: Float64Array;
  readonly retransmits: Uint32Array;
  /** Shortest answer to a heartbeat, ms, and by how much it came behind acknowledgements at least. */
  readonly answerMs: Float32Array;
  readonly behindMs: Float32Array;
  /** Answers since that shortest one was seen, and those of them that took as long. */
  readonly answers: Uint8Array;
  readonly alike: Uint8Array;
  readonly verdict: Uint8Array;
  /** Links of which it was found, ever. */
  found: number;
}

export function createProxies(links: number): Proxies {
  return {
    acked: new Float64Array(links).fill(Number.NaN),
    received: new Float64Array(links).fill(Number.NaN),
    retransmits: new Uint32Array(links),
    answerMs: new Float32Array(links),
    behindMs: new Float32Array(links),
    answers: new Uint8Array(links),
    alike: new Uint8Array(links),
    verdict: new Uint8Array(links),
    found: 0,
  };
}
