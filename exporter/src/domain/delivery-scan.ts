/**
 * What one scan says of the whole stream: how much of it we had read, whether the publisher was
 * quiet, what is open. Then each publish link is judged.
 */
import type { Instant } from '../lib/clock.js';
import { judgeBase } from './delivery-base.js';
import { breakLedger } from './delivery-breaks.js';
import { bookAnswered, judgeMissing, refuteMissing } from './delivery-drops.js';
import { endSteps, judgeEnd } from './delivery-end.js';
import { noteLinkFigures } from './delivery-figures.js';
import { ALIVE_AFTER_MS, expireAnnouncements, isWitnessOpen, proveGap } from './delivery-gap.js';
import { learnInterval, PING_BYTES } from './delivery-heartbeat.js';
import { inquireSteps } from './delivery-inquiry.js';
import { isInScan, judgeOwn, ownCount } from './delivery-own.js';
import {
  isForgotten,
  movedBytes,
  pingRange,
  pingsOf,
  rest,
  type ScanView,
  type TopicLink,
} from './delivery-position.js';
import { isSubscribed } from './delivery-show.js';
import { BASE_KNOWN, BASE_NONE, type Delivery } from './delivery-table.js';
import { markTrail, noteScan } from './delivery-trail.js';
import { bytesBetween, topicOfLink } from './delivery-window.js';
import { judgeFiltered } from './filtered.js';
import { PEER_OWN } from './identity.js';
import { isProxied } from './proxy.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';
import { countAtInstant, countAtOffset, endOf, NO_KEY } from './stream-index.js';

/**
 * A link is settled when the last message is this old: the publisher's one I/O thread has served
 * everybody, the acknowledgements are back and we have read ours.
 */
const SETTLE_MS = 100;
/** 10 µs of the I/O thread a link and message, and half as much for what else it does. */
const SETTLE_PER_LINK_MS = 0.015;
/** Ages are jiffies of up to 10 ms. */
const JIFFY_MS = 10;
/** What a publisher that woke up held back is with us by then. */
const ALIVE_OLD_MS = 1_000;
/** Looking at a known link costs a fraction of a new one. */
const LOOKS_PER_ROW = 8;

/** A complete scan was applied: takes it into the ledger. */
export function* deliverySteps(state: State, at: Instant, startedMonoMs: number): Steps {
  const { delivery, links, limits } = state;
  if (!isSubscribed(delivery)) {
    yield* judgeSteps(state, at, undefined);
    return;
  }
  const view = viewScan(state, at, startedMonoMs);
  noteScan(delivery, startedMonoMs, view);
  yield* inSteps(links.high, limits.rowsPerStep * LOOKS_PER_ROW, (from, to) => {
    for (let slot = from; slot < to; slot += 1) {
      if (isInScan(state, slot)) judgeLink(state, slot, view);
    }
  });
  yield* judgeSteps(state, at, view);
}

/** Links that ended, then the searches for what was asked about; what they find is booked at once. */
function* judgeSteps(state: State, at: Instant, view: ScanView | undefined): Steps {
  yield* endSteps(state, at, view);
  const mark = state.config?.options.get('pub_hwm');
  yield* inquireSteps(state.delivery, mark, (slot) => {
    if (state.delivery.ends.has(slot)) judgeEnd(state, slot, { at, view });
    else if (view !== undefined && bookAnswered(state, slot, view)) {
      noteLinkFigures(state, slot, view);
    }
  });
}

function viewScan(state: State, at: Instant, startedMonoMs: number): ScanView {
  const { delivery } = state;
  const settleMs = SETTLE_MS + SETTLE_PER_LINK_MS * state.survey.publishLinks;
  const caughtUp = judgeOwn(state, at, settleMs);
  // We may read late what was written before it stood still: our own row says when, if there is one.
  const { ownSlot, index } = delivery;
  const isSeen = ownSlot >= 0 && isInScan(state, ownSlot);
  noteAlive(delivery, isSeen ? Number.NEGATIVE_INFINITY : index.lastArrivedMonoMs, at.monoMs);
  if (caughtUp) expireAnnouncements(delivery, at.monoMs);
  return {
    at,
    startedMonoMs,
    caughtUp,
    settleMs,
    ownCount: ownCount(delivery),
    held: isWitnessOpen(delivery, at.monoMs),
    hwm: state.config?.options.get('pub_hwm'),
  };
}

function judgeLink(state: State, slot: number, view: ScanView): void {
  const { delivery, links } = state;
  const { columns, index } = delivery;
  noteWritten(delivery, slot, view);
  columns.upMonoMs[slot] = view.startedMonoMs;
  if (links.peer[slot] === PEER_OWN) return;
  if (isProxied(state, slot, view.at)) {
    loseHistory(state, slot);
    noteLinkFigures(state, slot, view);
    return;
  }
  const key = topicOfLink(state, slot);
  const acked = columns.acked[slot] ?? 0;
  const before = columns.beforeAcked[slot] ?? Number.NaN;
  const changed = columns.era[slot] !== delivery.era || columns.topicKey[slot] !== key;
  if (changed || acked < before || isForgotten(delivery, slot)) loseHistory(state, slot);
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const empty = columns.empty[slot] === 1;
  if (key !== undefined) refuteMissing(delivery, { slot, key });
  const quiet = view.caughtUp && index.lastArrivedMonoMs <= rowMs - view.settleMs;
  if (quiet && empty) {
    if (key === undefined) judgeFiltered(state, slot);
    else settleLink(state, { slot, key }, view);
  } else if (empty && key === NO_KEY) {
    advance(delivery, slot, view);
  }
  if (columns.stage[slot] === BASE_KNOWN && isBehind(delivery, slot)) markTrail(delivery, slot);
  noteLinkFigures(state, slot, view);
}

/** What it is measured from means nothing any more. */
function loseHistory(state: State, slot: number): void {
  const { columns } = state.delivery;
  if (columns.stage[slot] === BASE_KNOWN) breakLedger(state, slot, 'history');
  columns.stage[slot] = BASE_NONE;
}

/** Its kernel was not given all that was published since it had everything. */
function isBehind(delivery: Delivery, slot: number): boolean {
  const { columns, index } = delivery;
  const span = { from: columns.syncCount[slot] ?? 0, to: index.count };
  const handed = movedBytes(delivery, slot) + (columns.sendQueue[slot] ?? 0);
  return handed < bytesBetween(index, columns.topicKey[slot] ?? NO_KEY, span);
}

/** Everything published has had its time, and the kernel holds nothing for this link. */
function settleLink(state: State, link: TopicLink, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const { slot, key } = link;
  if (columns.stage[slot] !== BASE_KNOWN) {
    judgeBase(state, link, view);
    return;
  }
  const span = { from: columns.syncCount[slot] ?? 0, to: index.count };
  const expected = bytesBetween(index, key, span);
  const lag = expected - movedBytes(delivery, slot);
  const pings = pingsOf(delivery, slot, -lag);
  if (pings >= 0) {
    if (expected > 0) columns.served[slot] = 1;
    notePings(delivery, slot, { pings, alone: expected === 0 });
    rest(delivery, slot, { stage: BASE_KNOWN, pings });
  } else if (lag < 0 && -lag < index.smallestBytes) {
    // No message is so small: a subscriber that sends heartbeats of its own is answered.
    rest(delivery, slot, { stage: BASE_KNOWN, pings: Number.NaN });
  } else if (lag > 0) {
    judgeMissing(state, { slot, key, lag }, view);
  } else {
    judgeExcess(state, slot, -lag);
  }
}

/**
 * The stream does not pause, and this link keeps up: it stands at the end of a message of the last
 * moments. What it is measured from moves along, so that what may be missing later is sought among
 * few messages.
 */
function advance(delivery: Delivery, slot: number, view: ScanView): void {
  const { columns, index } = delivery;
  if (columns.stage[slot] !== BASE_KNOWN || columns.missingBytes[slot] !== 0) return;
  const start = endOf(index, columns.syncCount[slot] ?? 0) + movedBytes(delivery, slot);
  const oldest = countAtInstant(index, (columns.rowMonoMs[slot] ?? 0) - view.settleMs);
  const { least, most } = pingRange(delivery, slot);
  for (let pings = least; pings <= most; pings += 1) {
    const offset = start - pings * PING_BYTES;
    const count = countAtOffset(index, offset);
    if (count < oldest || count <= (columns.syncCount[slot] ?? 0)) return;
    if (endOf(index, count) !== offset) continue;
    columns.served[slot] = 1;
    const came = count - (columns.syncCount[slot] ?? 0);
    const written = (columns.written[slot] ?? Number.NaN) + came;
    const unconfirmed = (columns.unconfirmed[slot] ?? 0) + came;
    rest(delivery, slot, { stage: BASE_KNOWN, pings, written });
    columns.unconfirmed[slot] = unconfirmed;
    columns.syncCount[slot] = count;
    return;
  }
}

/**
 * It acknowledged what we never read. On a link that was served since its base was found that is a
 * gap in our index, once the publisher went on for a second and, another second later, we still lack
 * it: one that stands still in the middle of a fan-out has served others before us, and may have
 * written to some after the scan that saw it. On a link that was not served its base was taken while
 * the publisher stood still.
 */
function judgeExcess(state: State, slot: number, excess: number): void {
  const { delivery } = state;
  const { columns } = delivery;
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  if (columns.served[slot] === 0) {
    loseHistory(state, slot);
    return;
  }
  delivery.excessMonoMs = rowMs;
  if (columns.excessBytes[slot] === 0) {
    columns.excessBytes[slot] = excess;
    columns.excessMonoMs[slot] = rowMs;
  } else if (delivery.aliveOldMonoMs >= (columns.excessMonoMs[slot] ?? rowMs) + ALIVE_AFTER_MS) {
    proveGap(delivery, rowMs);
  }
}

/**
 * The kernel was given more since the row before: the publisher ran then. Where nothing waited at
 * both rows it went out at once.
 */
function noteWritten(delivery: Delivery, slot: number, view: ScanView): void {
  const { columns } = delivery;
  const handed = (columns.acked[slot] ?? 0) + (columns.sendQueue[slot] ?? 0);
  if (!(handed > (columns.beforeHanded[slot] ?? Number.NaN))) return;
  const atOnce = columns.empty[slot] === 1 && columns.beforeEmpty[slot] === 1;
  const sentMs = atOnce ? (columns.sentMonoMs[slot] ?? 0) - JIFFY_MS : Number.NEGATIVE_INFINITY;
  noteAlive(delivery, Math.max(sentMs, columns.beforeMonoMs[slot] ?? 0), view.at.monoMs);
}

/** The publisher wrote something at `monoMs`; `nowMonoMs` is the scan's. */
function noteAlive(delivery: Delivery, monoMs: number, nowMonoMs: number): void {
  if (!(monoMs <= nowMonoMs)) return;
  if (monoMs > delivery.aliveMonoMs) delivery.aliveMonoMs = monoMs;
  if (nowMonoMs - delivery.aliveNextMonoMs < ALIVE_OLD_MS) return;
  delivery.aliveOldMonoMs = delivery.aliveNextMonoMs;
  delivery.aliveNextMonoMs = delivery.aliveMonoMs;
}

/** PINGs since the last sync; `alone`: no message was among them, so that their time is known. */
function notePings(
  delivery: Delivery,
  slot: number,
  seen: { readonly pings: number; readonly alone: boolean },
): void {
  const { columns, heartbeat } = delivery;
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const lastMs = columns.pingMonoMs[slot] ?? rowMs;
  if (seen.pings === 0) {
    if (!heartbeat.seen) heartbeat.watchedMs += rowMs - (columns.syncMonoMs[slot] ?? rowMs);
    return;
  }
  const sentMs = columns.sentMonoMs[slot] ?? rowMs;
  heartbeat.seen = true;
  if (seen.alone && columns.pinged[slot] === 1) {
    learnInterval(heartbeat, sentMs - lastMs, seen.pings);
  }
  columns.pingMonoMs[slot] = sentMs;
  columns.pinged[slot] = seen.alone ? 1 : 0;
}
