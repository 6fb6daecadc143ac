/**
 * A minion says that it started. On 3007 and 3008 it says so too when it only made its links anew: a
 * process that ended took both of its links with it at one instant.
 */

import { NO_MINION } from './address-table.js';
import type { BusBatch } from './bus-batch.js';
import { LIFE_STALLED, LIFE_TROUBLED, LIVES_KEPT } from './lives-table.js';
import type { State } from './state.js';
import { PUBLISH, REQUEST } from './vocabulary.js';

/** Ends of both links of one process are read within this time; a reconnect takes 50 ms and more. */
const SAME_DEATH_MS = 40;
/** A link that ended longer ago than this has nothing to do with the start. */
const RECENT_MS = 120_000;

/** The older of the two events of one start is not counted. */
export function noteStart(
  state: State,
  batch: BusBatch,
  { row, minion }: { readonly row: number; readonly minion: number },
): void {
  if (minion === NO_MINION || batch.code[row] === 1) return;
  const { signs } = state.losses;
  const atMs = batch.arrivedMonoMs[row] ?? Number.NaN;
  const counts = isReconnect(state, minion, atMs) ? signs.reconnects : signs.starts;
  counts[minion] = (counts[minion] ?? 0) + 1;
  signs.startMonoMs[minion] = atMs;
}

/** Whether its process lived through the end of its last publish link, as far as links tell. */
function isReconnect({ lives }: State, minion: number, atMs: number): boolean {
  const publish = lastLife(lives.ended[PUBLISH * lives.minions + minion] ?? 0);
  const request = lastLife(lives.ended[REQUEST * lives.minions + minion] ?? 0);
  if (publish < 0) return false;
  const of = (PUBLISH * lives.minions + minion) * LIVES_KEPT + publish;
  const endedMs = lives.endedMonoMs[of] ?? Number.NaN;
  if (!(atMs - endedMs <= RECENT_MS)) return false;
  // The publisher gave it up: its process stood still, or its host was away, and runs on now.
  if (((lives.flags[of] ?? 0) & (LIFE_STALLED | LIFE_TROUBLED)) !== 0) return true;
  if (request < 0) return true;
  const other = (REQUEST * lives.minions + minion) * LIVES_KEPT + request;
  return !(Math.abs((lives.endedMonoMs[other] ?? Number.NaN) - endedMs) <= SAME_DEATH_MS);
}

/** Place of the latest of so many, −1 when there are none. */
function lastLife(ended: number): number {
  return ended === 0 ? -1 : (ended - 1) % LIVES_KEPT;
}
