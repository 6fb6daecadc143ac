/**
 * The base of a link: what it had acknowledged when it had everything. No figure of the handshake
 * is trusted (it differs by version, SYN and FIN may count); two settled sights that agree are.
 */
import { breakLedger } from './delivery-breaks.js';
import { movedBytes, pingsOf, rest, type ScanView, type TopicLink } from './delivery-position.js';
import { BASE_CANDIDATE, BASE_KNOWN } from './delivery-table.js';
import { leastToOverflow } from './delivery-tally.js';
import { bytesBetween, messagesBetween } from './delivery-window.js';
import type { State } from './state.js';
import { countAtInstant } from './stream-index.js';

/** A subscriber that sends heartbeats of its own is answered, seven bytes each. */
const ANSWERS_BYTES = 64;
/** Two settled sights are at least this far apart; denser scans confirm nothing to one another. */
const AGREE_AFTER_MS = 500;
/**
 * Greeting and READY of a SUB are 91 bytes; its first subscription follows. A process that stopped
 * in between is connected and is sent nothing.
 */
const UNSUBSCRIBED_BYTES = 91;
/**
 * A link is seen a scan after it opened at the latest; a message before that cannot be on its way
 * to it.
 */
const UNSEEN_MS = 2_000;

/**
 * A settled sight of a link without a base: the first is kept, the second must agree, heartbeats
 * apart, and there must be proof that nothing was still held back by a publisher that stood still:
 * a message went by in between and came through, or the publisher wrote anything to anybody
 * later than the last message, or nothing was published at all since we or the link are there.
 */
export function judgeBase(state: State, link: TopicLink, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const { slot, key } = link;
  if (!((columns.received[slot] ?? 0) > UNSUBSCRIBED_BYTES)) return;
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const sinceMs = columns.syncMonoMs[slot] ?? 0;
  const from = columns.syncCount[slot] ?? 0;
  const expected = bytesBetween(index, key, { from, to: index.count });
  const surplus = movedBytes(delivery, slot) - expected;
  const agrees =
    columns.stage[slot] === BASE_CANDIDATE &&
    (pingsOf(delivery, slot, surplus) >= 0 ||
      (surplus > 0 && surplus < Math.min(index.smallestBytes, ANSWERS_BYTES)));
  if (!agrees) {
    columns.topicKey[slot] = key;
    const written = isUnserved(state, slot) ? 0 : Number.NaN;
    rest(delivery, slot, { stage: BASE_CANDIDATE, pings: Number.NaN, written });
    return;
  }
  if (rowMs - sinceMs < AGREE_AFTER_MS) return;
  const openedMs = state.links.openedMonoMs[slot] ?? 0;
  const proven =
    expected > 0 ||
    index.count === delivery.subscribedCount ||
    index.lastArrivedMonoMs < openedMs - UNSEEN_MS ||
    delivery.aliveMonoMs >= index.lastArrivedMonoMs + view.settleMs;
  if (!proven) return;
  noteUnmeasured(state, link, view);
  columns.pingMonoMs[slot] = rowMs;
  columns.pinged[slot] = 0;
  columns.served[slot] = expected > 0 ? 1 : 0;
  rest(delivery, slot, { stage: BASE_KNOWN, pings: Number.NaN });
}

/**
 * Messages that were published before it was measured: were there enough to fill its pipe, some may
 * have been dropped.
 */
function noteUnmeasured(state: State, { slot, key }: TopicLink, view: ScanView): void {
  const { columns, index } = state.delivery;
  const span = { from: firstSent(state, slot), to: columns.syncCount[slot] ?? 0 };
  const least = leastToOverflow(view.hwm ?? 1);
  if (messagesBetween(index, key, span) >= least) breakLedger(state, slot, 'history');
  columns.broken[slot] = 0;
}

/** What may have been sent on the link before its ledger is known begins after this message. */
export function firstSent({ delivery, requests }: State, slot: number): number {
  const { index, subscribedCount } = delivery;
  const bornMs = requests.bornMonoMs[slot] ?? Number.NaN;
  const isOlder = Number.isNaN(bornMs);
  return isOlder ? subscribedCount : Math.max(subscribedCount, countAtInstant(index, bornMs));
}

/**
 * Nothing was published since it opened, or shortly before, as far as we know: its pipe has not
 * accepted anything.
 */
function isUnserved(state: State, slot: number): boolean {
  const { delivery, links } = state;
  const { columns, index } = delivery;
  const beforeMs = (links.openedMonoMs[slot] ?? 0) - UNSEEN_MS;
  const seenOpening = columns.written[slot] === 0 && columns.era[slot] === delivery.era;
  return seenOpening && delivery.subscribedMonoMs < beforeMs && index.lastArrivedMonoMs < beforeMs;
}

/**
 * Whether a link that is seen for the first time opened a moment ago. What its pipe has accepted can
 * be counted then.
 */
export function wasSeenOpening(state: State, atMonoMs: number): boolean {
  const { scans } = state;
  return !scans.baseline && atMonoMs - scans.lastMonoMs <= UNSEEN_MS;
}
