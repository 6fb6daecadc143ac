/** Times as verdicts' evidence says them. */

/** `1.2 s before`, or `after`. */
export function apart(atMs: number, ofMs: number): string {
  return atMs <= ofMs ? `${seconds(ofMs - atMs)} before` : `${seconds(atMs - ofMs)} after`;
}

/** 1,234 → `1.2 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
