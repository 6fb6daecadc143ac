/**
 * What a settled link lacks: still on its way, or dropped at the high water mark. Only what came
 * later and went through proves a drop.
 */

import { NO_MINION } from './address-table.js';
import { breakLedger } from './delivery-breaks.js';
import { PING_BYTES, pingsAtMost, pingsIn } from './delivery-heartbeat.js';
import { ask, cancelInquiry, isAsking } from './delivery-inquiry.js';
import { beginMissing, lookAt, noteLook } from './delivery-missing.js';
import { movedBytes, pingRange, rest, type ScanView, type TopicLink } from './delivery-position.js';
import { NOT_COUNTED } from './delivery-question.js';
import { BASE_KNOWN, BASE_NONE, type Delivery } from './delivery-table.js';
import { canOverflow } from './delivery-tally.js';
import { bytesBetween, messagesBetween } from './delivery-window.js';
import { tellEvent } from './event-feed.js';
import { droppedText } from './evidence.js';
import { noteHole } from './lives.js';
import type { State } from './state.js';
import { countAtOffset, endOf, NO_KEY } from './stream-index.js';

/** Times that later messages must come through while the lag stays. */
const ROUNDS = 2;
/**
 * A PING alone proves nothing yet: it leaves before what the pipe holds, and an I/O thread that wakes
 * up runs its timers before it learns of new messages. This long after it the thread has written
 * what it had, or the kernel holds some.
 */
const AFTER_PING_MS = 1_000;

/**
 * A settled link that lacks `lag` bytes. The first sight counts them; while they stay and later
 * messages come through the proof grows; if they shrink they were on their way.
 */
export function judgeMissing(
  state: State,
  link: TopicLink & { readonly lag: number },
  view: ScanView,
): void {
  const { delivery } = state;
  const { columns, index, heartbeat } = delivery;
  const { slot, key, lag } = link;
  const before = columns.missingBytes[slot] ?? 0;
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  if (before === 0) {
    begin(delivery, link);
    return;
  }
  const now = lookAt(delivery, slot, lag);
  const change = lag - before;
  const elapsedMs = rowMs - (columns.missingMonoMs[slot] ?? 0);
  const pings = change <= 0 ? pingsIn(heartbeat, -change, elapsedMs) : -1;
  const since = { from: columns.missingCount[slot] ?? 0, to: index.count };
  const published = bytesBetween(index, key, since);
  if (pings < 0) {
    if (change > 0 && change <= published) grow(state, link, view);
    else begin(delivery, link);
    return;
  }
  // Only what is missing beyond it may be asked about after a second look, and that came.
  if ((columns.missingMessages[slot] ?? NOT_COUNTED) !== NOT_COUNTED) cancelInquiry(delivery, slot);
  const rounds = columns.missingRounds[slot] ?? 0;
  if (published > 0) {
    columns.missingRounds[slot] = isShiftedQueue(delivery, link) ? rounds + 1 : ROUNDS;
    columns.missingPingMonoMs[slot] = Number.NaN;
    noteLook(delivery, slot, now);
  } else if (isServed(delivery, slot)) {
    if (pings > 0 && Number.isNaN(columns.missingPingMonoMs[slot] ?? Number.NaN)) {
      columns.missingPingMonoMs[slot] = rowMs;
    }
    if (rowMs - (columns.missingPingMonoMs[slot] ?? Number.NaN) >= AFTER_PING_MS) {
      columns.missingRounds[slot] = ROUNDS;
    }
    if (pings > 0) noteLook(delivery, slot, now);
  }
  if ((columns.missingRounds[slot] ?? 0) >= ROUNDS && !view.held) book(state, link, view);
}

/**
 * Whether messages reached it since its base was found: all of some, or part of those at hand. The
 * first burst of a day may well be the one that overflows.
 */
function isServed(delivery: Delivery, slot: number): boolean {
  const pingsBytes = pingRange(delivery, slot).most * PING_BYTES;
  return delivery.columns.served[slot] === 1 || movedBytes(delivery, slot) > pingsBytes;
}

/**
 * What was missing at the last look and came after all: the link was sent more than was published
 * since. To be asked at every scan, also while the kernel holds something.
 */
export function refuteMissing(delivery: Delivery, link: TopicLink): void {
  const { columns, index, heartbeat } = delivery;
  const { slot, key } = link;
  if ((columns.missingBytes[slot] ?? 0) === 0) return;
  const sent = (columns.acked[slot] ?? 0) + (columns.sendQueue[slot] ?? 0);
  const since = { from: columns.missingCount[slot] ?? 0, to: index.count };
  const surplus = sent - (columns.missingAcked[slot] ?? 0) - bytesBetween(index, key, since);
  const elapsedMs = (columns.rowMonoMs[slot] ?? 0) - (columns.missingMonoMs[slot] ?? 0);
  if (surplus > pingsAtMost(heartbeat, elapsedMs) * PING_BYTES) columns.missingBytes[slot] = 0;
}

/**
 * The link has the answer that it asked for: books what waited for nothing else at this scan. False:
 * nothing did.
 */
export function bookAnswered(state: State, slot: number, view: ScanView): boolean {
  const { columns, scans } = state.delivery;
  if (columns.bookScan[slot] !== scans.count) return false;
  columns.bookScan[slot] = 0;
  book(state, { slot, key: columns.topicKey[slot] ?? NO_KEY }, view);
  return true;
}

/** Counts messages lost on the link in `slot`, for its minion and for the fleet. */
export function countDropped(
  state: State,
  slot: number,
  lost: { readonly reason: 'hwm' | 'disconnect'; readonly messages: number },
): void {
  const { delivery, links, minions } = state;
  const isHwm = lost.reason === 'hwm';
  const fleet = isHwm ? delivery.droppedHwm : delivery.droppedDisconnect;
  const peer = links.peer[slot] ?? 0;
  fleet[peer] = (fleet[peer] ?? 0) + lost.messages;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) return;
  const own = isHwm ? minions.droppedHwm : minions.droppedDisconnect;
  own[minion] = (own[minion] ?? 0) + lost.messages;
  if (!(lost.messages > 0)) return;
  tellEvent(state, {
    kind: 'drop',
    wallMs: state.scans.lastMonoMs + state.wallOffsetMs,
    minion: minions.ids[minion],
    reason: lost.reason,
    count: lost.messages,
    evidence: droppedText(lost.messages, lost.reason),
  });
}

function begin(delivery: Delivery, { slot, lag }: TopicLink & { readonly lag: number }): void {
  cancelInquiry(delivery, slot);
  beginMissing(delivery, slot, lookAt(delivery, slot, lag));
}

/**
 * How many messages are missing of what had been published at the first look: searched for when it
 * is proven to be lost, for most of what is missing is on its way. NaN = cannot be told,
 * NOT_COUNTED = not yet.
 */
export function countLost(
  delivery: Delivery,
  { slot, key }: TopicLink,
  hwm: number | undefined,
): number {
  const { columns } = delivery;
  const known = columns.missingMessages[slot] ?? Number.NaN;
  if (known !== NOT_COUNTED || isAsking(delivery, slot)) return known;
  const sought = {
    slot,
    key,
    lag: columns.missingBytes[slot] ?? 0,
    span: { from: columns.syncCount[slot] ?? 0, to: columns.missingCounted[slot] ?? 0 },
    written: columns.written[slot] ?? Number.NaN,
    unconfirmed: columns.unconfirmed[slot] ?? 0,
    skipped: 0,
    pings: pingRange(delivery, slot),
  };
  if (canOverflow(delivery, sought, hwm)) ask(delivery, { sought, look: undefined });
  else columns.missingMessages[slot] = Number.NaN;
  return columns.missingMessages[slot] ?? Number.NaN;
}

/**
 * More is missing than at the last look: a second hole behind the first, counted by itself. The last
 * look stays until both are counted.
 */
function grow(state: State, link: TopicLink & { readonly lag: number }, view: ScanView): void {
  const { delivery } = state;
  const { columns, index, heartbeat } = delivery;
  const { slot, key, lag } = link;
  const counted = countLost(delivery, link, view.hwm);
  if (counted === NOT_COUNTED || (counted >= 0 && isAsking(delivery, slot))) return;
  const from = columns.missingCount[slot] ?? 0;
  const elapsedMs = (columns.rowMonoMs[slot] ?? 0) - (columns.missingMonoMs[slot] ?? 0);
  const sought = {
    slot,
    key,
    lag: lag - (columns.missingBytes[slot] ?? 0),
    span: { from, to: index.count },
    written: writtenBy(delivery, link, from),
    unconfirmed: 0,
    skipped: (columns.missingAcked[slot] ?? 0) - (columns.base[slot] ?? 0),
    pings: { least: 0, most: pingsAtMost(heartbeat, elapsedMs) },
  };
  if (counted >= 0 && canOverflow(delivery, sought, view.hwm)) {
    ask(delivery, { sought, look: lookAt(delivery, slot, lag) });
  } else {
    begin(delivery, link);
  }
}

/** What its pipe had accepted with message `to`: all that came after the missing ones were counted. */
function writtenBy(delivery: Delivery, { slot, key }: TopicLink, to: number): number {
  const { columns, index } = delivery;
  const span = { from: columns.missingCounted[slot] ?? 0, to };
  return (columns.missingWritten[slot] ?? Number.NaN) + messagesBetween(index, key, span);
}

/**
 * Whether the link could stand where it stands with the missing bytes still queued in front: an
 * I/O thread that stopped again after as many bytes as came in. Then it stands at the end of a
 * message.
 */
function isShiftedQueue(delivery: Delivery, link: TopicLink): boolean {
  const { columns, index } = delivery;
  const { slot, key } = link;
  if (key !== NO_KEY) return true;
  const start = endOf(index, columns.syncCount[slot] ?? 0);
  const { least, most } = pingRange(delivery, slot);
  for (let k = least; k <= most; k += 1) {
    const offset = start + movedBytes(delivery, slot) - k * PING_BYTES;
    if (endOf(index, countAtOffset(index, offset)) === offset) return true;
  }
  return false;
}

function book(state: State, link: TopicLink, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const { slot } = link;
  const messages = countLost(delivery, link, view.hwm);
  if (messages === NOT_COUNTED) {
    columns.bookScan[slot] = delivery.scans.count;
    return;
  }
  if (Number.isNaN(messages)) {
    delivery.undecided += 1;
    breakLedger(state, slot, 'loss');
    columns.stage[slot] = BASE_NONE;
    columns.missingBytes[slot] = 0;
    return;
  }
  delivery.decided += 1;
  countDropped(state, slot, { reason: 'hwm', messages });
  const from = columns.syncCount[slot] ?? 0;
  noteHole(state, slot, { from, to: columns.missingCounted[slot] ?? index.count, messages });
  const written = writtenBy(delivery, link, index.count);
  rest(delivery, slot, { stage: BASE_KNOWN, pings: Number.NaN, written });
}
