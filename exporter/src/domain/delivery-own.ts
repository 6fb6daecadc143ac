/**
 * Our own publish link in the dump: what the kernel has received for us and whether we have read
 * it. Without it a late reading of ours would look like links that run ahead.
 */
import type { Instant } from '../lib/clock.js';
import { PING_BYTES } from './delivery-heartbeat.js';
import { isForgotten, movedBytes, pingsOf, rest } from './delivery-position.js';
import { BASE_CANDIDATE, BASE_KNOWN, BASE_NONE, type Delivery } from './delivery-table.js';
import { bytesBetween } from './delivery-window.js';
import { PEER_OWN } from './identity.js';
import { isEstablished, PHASE_FREE } from './link-table.js';
import type { State } from './state.js';
import { countAtOffset, endOf, NO_KEY } from './stream-index.js';
import { PUBLISH } from './vocabulary.js';

/** Where our own row is not seen nothing tells that we have read everything: wait longer. */
const SETTLE_BLIND_MS = 1_000;
/**
 * Our own base is wrong, not our reading late, when nothing was read for so long and the kernel
 * still counts more.
 */
const OWN_UNREAD_MS = 3_000;

/** An established publish link that the scan at hand lists. */
export function isInScan(state: State, slot: number): boolean {
  const { links, delivery, scans } = state;
  return (
    links.port[slot] === PUBLISH &&
    delivery.columns.noted[slot] === scans.generation &&
    isEstablished(links.phase[slot] ?? PHASE_FREE)
  );
}

/** Whether we have read what our kernel has received. */
export function judgeOwn(state: State, at: Instant, settleMs: number): boolean {
  const { delivery } = state;
  const { columns, index } = delivery;
  const slot = delivery.ownSlot;
  const quietMs = at.monoMs - index.lastArrivedMonoMs;
  if (slot < 0 || !isInScan(state, slot) || state.links.peer[slot] !== PEER_OWN) {
    return quietMs >= SETTLE_BLIND_MS;
  }
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const settled = columns.empty[slot] === 1 && index.lastArrivedMonoMs <= rowMs - settleMs;
  // A gap does not end it: what the publisher never sent us is missing in index and kernel alike.
  if (isForgotten(delivery, slot)) columns.stage[slot] = BASE_NONE;
  if (columns.stage[slot] === BASE_NONE) {
    delivery.ownPingsFrom = Number.POSITIVE_INFINITY;
    if (settled) delivery.ownPingsFrom = delivery.ownPings;
    if (settled) rest(delivery, slot, { stage: BASE_CANDIDATE, pings: Number.NaN });
    return false;
  }
  const span = { from: columns.syncCount[slot] ?? 0, to: index.count };
  const unread = movedBytes(delivery, slot) - bytesBetween(index, NO_KEY, span);
  if (unread === 0 || (settled && pingsOf(delivery, slot, unread) >= 0)) {
    if (!settled) return true;
    delivery.ownPings += unread / PING_BYTES;
    rest(delivery, slot, { stage: BASE_KNOWN, pings: Number.NaN });
    return true;
  }
  if (settled && (unread < 0 || quietMs >= OWN_UNREAD_MS)) columns.stage[slot] = BASE_NONE;
  return false;
}

/** Messages that our kernel had received and that we have read by now; 0 = not known. */
export function ownCount(delivery: Delivery): number {
  const { columns, index, ownSlot: slot } = delivery;
  if (slot < 0 || columns.stage[slot] !== BASE_KNOWN || isForgotten(delivery, slot)) return 0;
  const end = endOf(index, columns.syncCount[slot] ?? 0) + movedBytes(delivery, slot);
  return countAtOffset(index, end);
}
