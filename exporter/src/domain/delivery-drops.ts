/**
 * What a settled link lacks: still on its way, or dropped at the high water mark. Only what came
 * later and went through proves a drop.
 */

import { NO_MINION } from './address-table.js';
import { PING_BYTES, pingsAtMost, pingsIn } from './delivery-heartbeat.js';
import { movedBytes, pingRange, rest, type ScanView, type TopicLink } from './delivery-position.js';
import { BASE_KNOWN, BASE_NONE, type Delivery } from './delivery-table.js';
import { NOT_COUNTED, tally } from './delivery-tally.js';
import { bytesBetween, messagesBetween } from './delivery-window.js';
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
  const rounds = columns.missingRounds[slot] ?? 0;
  if (published > 0) {
    columns.missingRounds[slot] = isShiftedQueue(delivery, link) ? rounds + 1 : ROUNDS;
    columns.missingPingMonoMs[slot] = Number.NaN;
    look(delivery, slot, lag);
  } else if (isServed(delivery, slot)) {
    if (pings > 0 && Number.isNaN(columns.missingPingMonoMs[slot] ?? Number.NaN)) {
      columns.missingPingMonoMs[slot] = rowMs;
    }
    if (rowMs - (columns.missingPingMonoMs[slot] ?? Number.NaN) >= AFTER_PING_MS) {
      columns.missingRounds[slot] = ROUNDS;
    }
    if (pings > 0) look(delivery, slot, lag);
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
}

function begin(delivery: Delivery, link: TopicLink & { readonly lag: number }): void {
  const { columns, index } = delivery;
  const { slot, lag } = link;
  columns.missingBytes[slot] = lag;
  columns.missingCounted[slot] = index.count;
  columns.missingMessages[slot] = NOT_COUNTED;
  columns.missingRounds[slot] = 0;
  columns.missingSinceMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
  columns.missingPingMonoMs[slot] = Number.NaN;
  look(delivery, slot, lag);
}

/**
 * Counts what is missing of what had been published at the first look: when it is proven to be lost,
 * for most of what is missing is on its way. NaN = cannot be told, NOT_COUNTED = at the next scan.
 */
export function countLost(
  delivery: Delivery,
  { slot, key }: TopicLink,
  hwm: number | undefined,
): number {
  const { columns } = delivery;
  const known = columns.missingMessages[slot] ?? Number.NaN;
  if (known !== NOT_COUNTED) return known;
  const found = tally(
    delivery,
    {
      slot,
      key,
      lag: columns.missingBytes[slot] ?? 0,
      span: { from: columns.syncCount[slot] ?? 0, to: columns.missingCounted[slot] ?? 0 },
      written: columns.written[slot] ?? Number.NaN,
      unconfirmed: columns.unconfirmed[slot] ?? 0,
      skipped: 0,
      pings: pingRange(delivery, slot),
    },
    hwm,
  );
  columns.missingMessages[slot] = found.messages;
  columns.missingWritten[slot] = found.written;
  return found.messages;
}

/** More is missing than at the last look: a second hole behind the first, counted by itself. */
function grow(state: State, link: TopicLink & { readonly lag: number }, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const { slot, key, lag } = link;
  const counted = countLost(delivery, link, view.hwm);
  const from = columns.missingCount[slot] ?? 0;
  const more = lag - (columns.missingBytes[slot] ?? 0);
  const found = tally(
    delivery,
    {
      slot,
      key,
      lag: more,
      span: { from, to: index.count },
      written: writtenBy(delivery, link, from),
      unconfirmed: 0,
      skipped: (columns.missingAcked[slot] ?? 0) - (columns.base[slot] ?? 0),
      pings: { least: 0, most: 1 },
    },
    view.hwm,
  );
  if (!(counted >= 0 && found.messages >= 0)) {
    begin(delivery, link);
    return;
  }
  columns.missingMessages[slot] = counted + found.messages;
  columns.missingCounted[slot] = index.count;
  columns.missingWritten[slot] = found.written;
  columns.missingRounds[slot] = 0;
  columns.missingPingMonoMs[slot] = Number.NaN;
  look(delivery, slot, lag);
}

/** What its pipe had accepted with message `to`: all that came after the missing ones were counted. */
function writtenBy(delivery: Delivery, { slot, key }: TopicLink, to: number): number {
  const { columns, index } = delivery;
  const span = { from: columns.missingCounted[slot] ?? 0, to };
  return (columns.missingWritten[slot] ?? Number.NaN) + messagesBetween(index, key, span);
}

function look(delivery: Delivery, slot: number, lag: number): void {
  const { columns, index } = delivery;
  columns.missingBytes[slot] = lag;
  columns.missingAcked[slot] = columns.acked[slot] ?? 0;
  columns.missingCount[slot] = index.count;
  columns.missingMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
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
  if (messages === NOT_COUNTED) return;
  if (Number.isNaN(messages)) {
    delivery.undecided += 1;
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
