/**
 * Whose publish link it is when the publisher filters: a message for one minion makes exactly one
 * link grow by its size. Names links behind an address that several share, with one publish.
 *
 * A worked example: between two quiet sights one message of 514 bytes for m1 and one of 483 for
 * everybody were published. A link of nobody's grew by 997, or by 1,006 (a heartbeat): it is m1's.
 * One that grew by 483 is not; one that grew by 997 while m2 was sent 514 too is either's.
 */
import { topicHead } from '../lib/topic-head.js';
import { BASIS_GRAINS, BASIS_STATIC } from './address-table.js';
import { pingsIn } from './delivery-heartbeat.js';
import { type FilteredWindow, NO_WINDOW } from './filtered-table.js';
import { bindSlot, canBeAt } from './identity.js';
import type { State } from './state.js';
import { endOf, firstMessage, type StreamIndex, topicKey } from './stream-index.js';
import { IDENTITY_BASES, TOPIC_ALL, TOPIC_BROADCAST, TOPIC_MINION } from './vocabulary.js';

/** In a longer window so many minions were sent something that their sums coincide. */
const WINDOW_MAX = 1_024;
const FILTERED = IDENTITY_BASES.indexOf('filtered');

/** A slot of the link table begins a new life. */
export function openFiltered(state: State, slot: number): void {
  state.filtered.count[slot] = -1;
}

/** A slot of the minion table begins a new life. */
export function openMinionTopic(state: State, slot: number): void {
  const { high, low } = topicHead(state.minions.ids[slot] ?? '');
  const key = topicKey(high, low);
  state.filtered.keyOfMinion[slot] = key;
  state.filtered.minionOfKey.set(key, slot);
}

/** The minion in this slot goes. */
export function dropMinionTopic(state: State, slot: number): void {
  const { minionOfKey, keyOfMinion } = state.filtered;
  const key = keyOfMinion[slot] ?? 0;
  if (minionOfKey.get(key) === slot) minionOfKey.delete(key);
}

/**
 * A quiet sight of a link of nobody's: all that was published has had its time, we have read it
 * all, and the kernel holds nothing for this link.
 */
export function judgeFiltered(state: State, slot: number): void {
  const { filtered, delivery } = state;
  const { columns, index } = delivery;
  const acked = columns.acked[slot] ?? 0;
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const from = filtered.count[slot] ?? -1;
  const isFollowed = from >= 0 && filtered.era[slot] === delivery.era;
  if (isFollowed && from < index.count && from + 1 >= firstMessage(index)) {
    const moved = acked - (filtered.acked[slot] ?? 0);
    const elapsedMs = rowMs - (filtered.seenMonoMs[slot] ?? rowMs);
    const minion = receiverOf(state, { from, to: index.count }, { moved, elapsedMs });
    if (minion >= 0 && canBeIts(state, slot, minion)) {
      bindSlot(state, slot, { minion, basis: FILTERED });
    }
  }
  filtered.count[slot] = index.count;
  filtered.era[slot] = delivery.era;
  filtered.acked[slot] = acked;
  filtered.seenMonoMs[slot] = rowMs;
}

/** The one minion whose messages explain the growth, or −1: none, several, or nobody we know. */
function receiverOf(
  state: State,
  span: { readonly from: number; readonly to: number },
  grown: { readonly moved: number; readonly elapsedMs: number },
): number {
  const { filtered, delivery } = state;
  const { window } = filtered;
  if (window.from !== span.from || window.to !== span.to) {
    filtered.window = measureWindow(delivery.index, span);
  }
  const { common, targeted } = filtered.window;
  if (targeted === undefined) return -1;
  const own = grown.moved - common;
  const explains = (bytes: number) =>
    pingsIn(delivery.heartbeat, own - bytes, grown.elapsedMs) >= 0;
  if (own <= 0 || explains(0)) return -1;
  let found = -1;
  for (const [key, bytes] of targeted) {
    if (!explains(bytes)) continue;
    if (found >= 0) return -1;
    const minion = filtered.minionOfKey.get(key);
    if (minion === undefined) return -1;
    found = minion;
  }
  return found;
}

function measureWindow(
  index: StreamIndex,
  span: { readonly from: number; readonly to: number },
): FilteredWindow {
  const { from, to } = span;
  const { topics } = index;
  if (topics === undefined || to - from > WINDOW_MAX) return { ...NO_WINDOW, from, to };
  const targeted = new Map<number, number>();
  let common = 0;
  for (let n = from + 1; n <= to; n += 1) {
    const at = n % index.capacity;
    const bytes = endOf(index, n) - endOf(index, n - 1);
    const kind = topics.kind[at];
    if (kind === TOPIC_ALL || kind === TOPIC_BROADCAST) common += bytes;
    else if (kind === TOPIC_MINION) {
      const key = topics.key[at] ?? 0;
      targeted.set(key, (targeted.get(key) ?? 0) + bytes);
    }
  }
  return { from, to, common, targeted };
}

/**
 * Not a minion that its own address names a publish link of; behind an address that several share,
 * one of those that the inventory knows there.
 */
function canBeIts(state: State, slot: number, minion: number): boolean {
  const { minions } = state;
  const basis = minions.publishBasis[minion];
  const isNamed = basis === BASIS_STATIC || basis === BASIS_GRAINS;
  if ((minions.publishLinks[minion] ?? 0) > 0 && isNamed) return false;
  return canBeAt(state, slot, minion);
}
