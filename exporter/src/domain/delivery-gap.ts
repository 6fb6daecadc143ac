/**
 * Gaps in the index: messages that our own subscription never received. Two witnesses: publishes
 * that the event bus announced, and links that acknowledged more than we read. After a gap no
 * link's base is good; each is measured anew.
 */
import type { Delivery, GapBook } from './delivery-table.js';
import { isFiltering } from './delivery-window.js';
import { PEER_UNKNOWN } from './identity.js';
import type { BusEvents, StreamMessages } from './observations.js';
import type { State } from './state.js';

/** An announced message that is not here by then does not come; `new` is fired 1 ms before it. */
const ANNOUNCED_WAIT_MS = 5_000;
/** A message that comes so soon after an announcement, or before it, is its own. */
const PROMPT_MS = 100;
/** With each of those the bus is believed to be less late. */
const LATE_DECAY = 0.8;
/** The message of an announcement this young may be under way. */
const UNDERWAY_MS = 250;
/** A message waits for its announcement twice as long as the bus was late, and this. */
const PATIENCE_MS = 500;
/** A bus that is held up tells of a message this late at most; then it counts as unannounced. */
const UNMATCHED_KEEP_MS = 60_000;
/** The publisher must have written something this long after the first sign of a gap. */
export const ALIVE_AFTER_MS = 1_000;
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
 * Messages that were read: each answers the newest announcement if that is of the same moment, else
 * it waits a while for its own, which a bus that is late tells after it. Would it answer any, the debt
 * of a lost one would be handed on from message to message for ever.
 */
export function matchMessages(delivery: Delivery, messages: StreamMessages): void {
  const { gap } = delivery;
  const count = Math.min(messages.messages, messages.arrivedMonoMs.length);
  for (let m = 0; m < count; m += 1) {
    const arrivedMs = messages.arrivedMonoMs[m] ?? 0;
    settleOld(delivery, arrivedMs);
    const newest = (gap.announcedFirst + gap.announcedCount - 1) % gap.announced.length;
    const apartMs = Math.abs(arrivedMs - (gap.announced[newest] ?? 0));
    const isPrompt = gap.announcedCount > 0 && apartMs <= PROMPT_MS;
    if (isPrompt) gap.lateMs *= LATE_DECAY;
    if (isPrompt && gap.lateMs <= PROMPT_MS) gap.announcedCount -= 1;
    else keepUnmatched(delivery, arrivedMs);
  }
}

/** Forgets what was announced: our subscription was not there all the time. */
export function clearAnnouncements(delivery: Delivery): void {
  delivery.gap.announcedCount = 0;
  delivery.gap.unmatchedCount = 0;
}

/**
 * Announcements whose message did not come while the publisher went on: a gap of one each, unless a
 * message that waits for its announcement, or was taken for that of one still under way, can be
 * theirs.
 */
export function expireAnnouncements(delivery: Delivery, nowMonoMs: number): void {
  const { gap } = delivery;
  settleOld(delivery, nowMonoMs);
  let old = 0;
  for (; old < gap.announcedCount; old += 1) {
    const announcedMs = gap.announced[(gap.announcedFirst + old) % gap.announced.length] ?? 0;
    if (nowMonoMs - announcedMs < ANNOUNCED_WAIT_MS) break;
    if (delivery.aliveOldMonoMs < announcedMs + ALIVE_AFTER_MS) break;
  }
  const underway = announcedSince(gap, nowMonoMs - UNDERWAY_MS);
  const lost = Math.max(0, old - gap.unmatchedCount - underway);
  if (lost === 0) return;
  gap.announcedFirst = (gap.announcedFirst + lost) % gap.announced.length;
  gap.announcedCount -= lost;
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
  gap.latelyAt = (gap.latelyAt + 1) % gap.lately.length;
  gap.lately[gap.latelyAt] = monoMs;
  settleOld(delivery, monoMs);
  while (gap.unmatchedCount > 0) {
    const arrivedMs = takeUnmatched(delivery);
    if (arrivedMs < monoMs - UNMATCHED_KEEP_MS) continue;
    if (gap.announcedCount === 0) gap.lateMs = Math.max(gap.lateMs, monoMs - arrivedMs);
    return;
  }
  if (gap.announcedCount === gap.announced.length) {
    dropOldest(gap);
    gap.evicted += 1;
  }
  gap.announced[(gap.announcedFirst + gap.announcedCount) % gap.announced.length] = monoMs;
  gap.announcedCount += 1;
}

/** A message that waited in vain for its own announcement answers the oldest one. */
function settleOld(delivery: Delivery, nowMonoMs: number): void {
  const { gap } = delivery;
  const patienceMs = Math.min(ANNOUNCED_WAIT_MS, 2 * gap.lateMs + PATIENCE_MS);
  while (gap.announcedCount > 0 && gap.unmatchedCount > 0) {
    if (nowMonoMs - (gap.unmatched[gap.unmatchedFirst] ?? 0) <= patienceMs) return;
    takeUnmatched(delivery);
    dropOldest(gap);
  }
}

function dropOldest(gap: GapBook): void {
  gap.announcedFirst = (gap.announcedFirst + 1) % gap.announced.length;
  gap.announcedCount -= 1;
}

/** Announcements since then; more than can be told apart: no end of them. */
function announcedSince({ lately }: GapBook, monoMs: number): number {
  let count = 0;
  for (const announcedMs of lately) count += announcedMs > monoMs ? 1 : 0;
  return count < lately.length ? count : Number.POSITIVE_INFINITY;
}

/** Instant of the oldest message without an announcement, which is forgotten. */
function takeUnmatched({ gap }: Delivery): number {
  const arrivedMs = gap.unmatched[gap.unmatchedFirst] ?? 0;
  gap.unmatchedFirst = (gap.unmatchedFirst + 1) % gap.unmatched.length;
  gap.unmatchedCount -= 1;
  return arrivedMs;
}

/** Full: the oldest goes; it would have been forgotten first anyway. */
function keepUnmatched(delivery: Delivery, monoMs: number): void {
  const { gap } = delivery;
  if (gap.unmatchedCount === gap.unmatched.length) takeUnmatched(delivery);
  gap.unmatched[(gap.unmatchedFirst + gap.unmatchedCount) % gap.unmatched.length] = monoMs;
  gap.unmatchedCount += 1;
}
