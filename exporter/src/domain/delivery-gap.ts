/**
 * Gaps in the index: messages that our own subscription never received. Two witnesses: publishes
 * that the event bus announced, and links that acknowledged more than we read. After a gap no
 * link's base is good; each is measured anew.
 */
import type { Delivery } from './delivery-table.js';
import { isFiltering } from './delivery-window.js';
import { PEER_UNKNOWN } from './identity.js';
import type { BusEvents, StreamMessages } from './observations.js';
import type { State } from './state.js';

/** An announced message that is not here by then does not come; `new` is fired 1 ms before it. */
const ANNOUNCED_WAIT_MS = 5_000;
/** A bus that is held up tells of a message this late at most; then it counts as unannounced. */
const UNMATCHED_KEEP_MS = 60_000;
/** The publisher must have written something this long after the announcement. */
const ALIVE_AFTER_MS = 1_000;
/** A link that runs ahead of us holds all decisions for this long. */
const EXCESS_HOLD_MS = 3_000;
/** Announcements come in step with their messages; before that nothing is booked. */
const WITNESS_WAIT_MS = 1_000;

/** Events of the bus: every `new` is one message at least. */
export function applyAnnouncements(state: State, told: BusEvents): void {
  const { delivery } = state;
  // With filtering a target that matches nobody is announced and not sent.
  if (isFiltering(state) || Number.isNaN(delivery.subscribedMonoMs)) return;
  for (const { event, arrivedMonoMs } of told.events) {
    if (event === 'new' && arrivedMonoMs >= delivery.subscribedMonoMs) {
      announce(delivery, arrivedMonoMs);
    }
  }
}

/**
 * Messages that were read: each answers the newest announcement, or waits for its own. The newest,
 * so that a lost one grows old while others come and go: answered oldest first, it would never be
 * 5 s old on a master that publishes every 4 s.
 */
export function matchMessages(delivery: Delivery, messages: StreamMessages): void {
  const { gap } = delivery;
  const count = Math.min(messages.messages, messages.arrivedMonoMs.length);
  for (let m = 0; m < count; m += 1) {
    if (gap.announcedCount > 0) {
      gap.announcedCount -= 1;
    } else {
      keepUnmatched(delivery, messages.arrivedMonoMs[m] ?? 0);
    }
  }
}

/** Forgets what was announced: our subscription was not there all the time. */
export function clearAnnouncements(delivery: Delivery): void {
  delivery.gap.announcedCount = 0;
  delivery.gap.unmatchedCount = 0;
}

/** Announcements whose message did not come while the publisher went on: a gap of one each. */
export function expireAnnouncements(delivery: Delivery, nowMonoMs: number): void {
  const { gap } = delivery;
  let lost = 0;
  while (gap.announcedCount > 0) {
    const announcedMs = gap.announced[gap.announcedFirst] ?? 0;
    if (nowMonoMs - announcedMs < ANNOUNCED_WAIT_MS) break;
    if (delivery.aliveOldMonoMs < announcedMs + ALIVE_AFTER_MS) break;
    gap.announcedFirst = (gap.announcedFirst + 1) % gap.announced.length;
    gap.announcedCount -= 1;
    lost += 1;
  }
  if (lost === 0) return;
  if (nowMonoMs - gap.creditMonoMs > UNMATCHED_KEEP_MS) gap.credit = 0;
  const counted = Math.min(lost, gap.credit);
  gap.credit -= counted;
  gap.messages += lost - counted;
  const everywhere = delivery.droppedAllLinks;
  everywhere[PEER_UNKNOWN] = (everywhere[PEER_UNKNOWN] ?? 0) + lost - counted;
  endEra(delivery);
}

/**
 * A link has acknowledged what we never read: one message at least. The bus, if it is read, tells
 * later how many; what is counted here is not counted again.
 */
export function proveGap(delivery: Delivery, monoMs: number): void {
  delivery.gap.messages += 1;
  delivery.gap.credit += 1;
  delivery.gap.creditMonoMs = monoMs;
  endEra(delivery);
}

/** All bases end. */
export function endEra(delivery: Delivery): void {
  delivery.era = (delivery.era + 1) >>> 0;
  delivery.excessMonoMs = Number.NEGATIVE_INFINITY;
}

/** Whether the index may miss something that is not decided yet. */
export function isWitnessOpen(delivery: Delivery, nowMonoMs: number): boolean {
  const { gap } = delivery;
  if (nowMonoMs - delivery.excessMonoMs < EXCESS_HOLD_MS) return true;
  if (gap.announcedCount === 0) return false;
  return nowMonoMs - (gap.announced[gap.announcedFirst] ?? 0) >= WITNESS_WAIT_MS;
}

function announce(delivery: Delivery, monoMs: number): void {
  const { gap } = delivery;
  gap.lastAnnouncedMonoMs = monoMs;
  while (gap.unmatchedCount > 0) {
    const arrivedMs = gap.unmatched[gap.unmatchedFirst] ?? 0;
    gap.unmatchedFirst = (gap.unmatchedFirst + 1) % gap.unmatched.length;
    gap.unmatchedCount -= 1;
    if (arrivedMs >= monoMs - UNMATCHED_KEEP_MS) return;
  }
  if (gap.announcedCount === gap.announced.length) {
    gap.announcedFirst = (gap.announcedFirst + 1) % gap.announced.length;
    gap.announcedCount -= 1;
    gap.evicted += 1;
  }
  gap.announced[(gap.announcedFirst + gap.announcedCount) % gap.announced.length] = monoMs;
  gap.announcedCount += 1;
}

/** Full: the oldest goes; it would have been forgotten first anyway. */
function keepUnmatched(delivery: Delivery, monoMs: number): void {
  const { gap } = delivery;
  if (gap.unmatchedCount === gap.unmatched.length) {
    gap.unmatchedFirst = (gap.unmatchedFirst + 1) % gap.unmatched.length;
    gap.unmatchedCount -= 1;
  }
  gap.unmatched[(gap.unmatchedFirst + gap.unmatchedCount) % gap.unmatched.length] = monoMs;
  gap.unmatchedCount += 1;
}
