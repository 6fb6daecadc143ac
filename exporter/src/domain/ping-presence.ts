/**
 * Presence by answers: a minion that answered its last canary job, or returned a job of anybody's
 * since, or within one round of the canaries where it was not asked yet. Unknown while no canary
 * jobs are sent.
 */
import type { Instant } from '../lib/clock.js';
import type { State } from './state.js';

/** Value of a byte column: not known. */
const UNKNOWN = 255;

/** By row of `order`: 1, 0 or 255. */
export function pingPresence(state: State, now: Instant): Uint8Array {
  const { minions, canaries } = state;
  const { order, lastCanaryWallMs, missedCanaryWallMs, lastReturnWallMs } = minions;
  const present = new Uint8Array(order.length).fill(UNKNOWN);
  const { plan } = canaries;
  if (plan?.stance !== 'running') return present;
  const windowMs = (plan.roundSeconds ?? Number.NaN) * 1_000;
  for (let row = 0; row < present.length; row += 1) {
    const slot = order[row] ?? 0;
    const missedMs = missedCanaryWallMs[slot] ?? Number.NaN;
    const returnedMs = lastReturnWallMs[slot] ?? Number.NaN;
    if (!Number.isNaN(missedMs)) present[row] = returnedMs > missedMs ? 1 : 0;
    else if (!Number.isNaN(lastCanaryWallMs[slot] ?? Number.NaN)) present[row] = 1;
    else if (now.wallMs - returnedMs <= windowMs) present[row] = 1;
  }
  return present;
}
