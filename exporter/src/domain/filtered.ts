/**
 * Whose publish link it is when the publisher filters: a message for one minion makes exactly one
 * link grow by its size. Names links behind an address that several share, with one publish.
 *
 * A worked example: between two quiet sights one message of 514 bytes for m1 and one of 483 for
 * everybody were published. A link of nobody's grew by 997, or by 1,006 (a heartbeat): it is m1's.
 * One that grew by 483 is not; one that grew by 997 while m2 was sent 514 too is either's.
 *
 * A minion filters only if its own configuration says so too: the link of one that does not grows by
 * what is sent to any. So a link has a name when it also was spared messages for others; one that
 * messages for two minions moved has none.
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
/**
 * Messages for others that a link must have been spared: one may be published before a subscription
 * has reached the publisher.
 */
const SPARED_MIN = 2;
const NONE = -1;
const TAKES_ALL = -2;
const FILTERED = IDENTITY_BASES.indexOf('filtered');

/** A slot of the link table begins a new life. */
export function openFiltered(state: State, slot: number): void {
  const { filtered } = state;
  filtered.count[slot] = -1;
  filtered.spared[slot] = 0;
  filtered.claimed[slot] = NONE;
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
    noteReceived(state, slot, receiverOf(state, { from, to: index.count }, { moved, elapsedMs }));
    bindClaimed(state, slot);
  }
  filtered.count[slot] = index.count;
  filtered.era[slot] = delivery.era;
  filtered.acked[slot] = acked;
  filtered.seenMonoMs[slot] = rowMs;
}

/** What a link was sent between two quiet sights. */
interface Received {
  /** The one minion whose messages explain it, or −1: none, several, or nobody we know. */
  readonly minion: number;
  /** Minions whose messages it was not sent. */
  readonly spared: number;
}

const NOTHING: Received = { minion: NONE, spared: 0 };

function noteReceived(state: State, slot: number, received: Received): void {
  const { filtered, votes } = state;
  filtered.spared[slot] = Math.min(SPARED_MIN, (filtered.spared[slot] ?? 0) + received.spared);
  const { minion } = received;
  const claimed = filtered.claimed[slot] ?? NONE;
  if (minion < 0 || claimed === TAKES_ALL) return;
  const life = votes.minionLife[minion] ?? 0;
  const isOther = claimed >= 0 && (claimed !== minion || filtered.claimedLife[slot] !== life);
  filtered.claimed[slot] = isOther ? TAKES_ALL : minion;
  filtered.claimedLife[slot] = life;
}

/** Unless that minion has another link that lives: then nobody can tell which is which. */
function bindClaimed(state: State, slot: number): void {
  const { filtered, votes, minions } = state;
  const minion = filtered.claimed[slot] ?? NONE;
  if (minion < 0 || filtered.claimedLife[slot] !== votes.minionLife[minion]) return;
  if ((filtered.spared[slot] ?? 0) < SPARED_MIN) return;
  if ((minions.establishedLinks[minion] ?? 0) > 0 || !canBeIts(state, slot, minion)) return;
  bindSlot(state, slot, { minion, basis: FILTERED });
}

function receiverOf(
  state: State,
  span: { readonly from: number; readonly to: number },
  grown: { readonly moved: number; readonly elapsedMs: number },
): Received {
  const { filtered, delivery } = state;
  const { window } = filtered;
  if (window.from !== span.from || window.to !== span.to) {
    filtered.window = measureWindow(delivery.index, span);
  }
  const { common, targeted } = filtered.window;
  if (targeted === undefined) return NOTHING;
  const own = grown.moved - common;
  const explains = (bytes: number) =>
    pingsIn(delivery.heartbeat, own - bytes, grown.elapsedMs) >= 0;
  if (own < 0) return NOTHING;
  if (own === 0 || explains(0)) return { minion: NONE, spared: targeted.size };
  let found = NONE;
  for (const [key, bytes] of targeted) {
    if (!explains(bytes)) continue;
    if (found >= 0) return NOTHING;
    const minion = filtered.minionOfKey.get(key);
    if (minion === undefined) return NOTHING;
    found = minion;
  }
  return found < 0 ? NOTHING : { minion: found, spared: targeted.size - 1 };
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
