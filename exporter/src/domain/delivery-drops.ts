/**
 * What a settled link lacks: still on its way, or dropped at the high water mark. Only what came
 * later and went through proves a drop.
 */

import { NO_MINION } from './address-table.js';
import { countMissing, type Missing } from './delivery-count.js';
import { PING_BYTES, pingsAtMost, pingsIn } from './delivery-heartbeat.js';
import { movedBytes, pingRange, rest, type ScanView, type TopicLink } from './delivery-position.js';
import { BASE_KNOWN, BASE_NONE, type Delivery } from './delivery-table.js';
import { bytesBetween, windowSizes } from './delivery-window.js';
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
    begin(state, link, view);
    return;
  }
  const change = lag - before;
  const elapsedMs = rowMs - (columns.missingMonoMs[slot] ?? 0);
  const pings = change <= 0 ? pingsIn(heartbeat, -change, elapsedMs) : -1;
  const since = { from: columns.missingCount[slot] ?? 0, to: index.count };
  const published = bytesBetween(index, key, since);
  if (pings < 0) {
    if (change > 0 && change <= published) grow(state, link, view);
    else begin(state, link, view);
    return;
  }
  const rounds = columns.missingRounds[slot] ?? 0;
  if (published > 0) {
    columns.missingRounds[slot] = isShiftedQueue(delivery, link) ? rounds + 1 : ROUNDS;
    columns.missingPingMonoMs[slot] = Number.NaN;
    look(delivery, slot, lag);
  } else if (columns.served[slot] === 1) {
    if (pings > 0 && Number.isNaN(columns.missingPingMonoMs[slot] ?? Number.NaN)) {
      columns.missingPingMonoMs[slot] = rowMs;
    }
    if (rowMs - (columns.missingPingMonoMs[slot] ?? Number.NaN) >= AFTER_PING_MS) {
      columns.missingRounds[slot] = ROUNDS;
    }
    if (pings > 0) look(delivery, slot, lag);
  }
  if ((columns.missingRounds[slot] ?? 0) >= ROUNDS && !view.held) book(state, slot);
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

function begin(state: State, link: TopicLink & { readonly lag: number }, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const { slot, key, lag } = link;
  const span = { from: columns.syncCount[slot] ?? 0, to: index.count };
  const messages = tally(delivery, { slot, key, lag, span, hidden: true }, view);
  columns.missingMessages[slot] = messages;
  columns.missingRounds[slot] = 0;
  columns.missingSinceMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
  columns.missingPingMonoMs[slot] = Number.NaN;
  look(delivery, slot, lag);
}

/** More is missing than at the last look: a second hole behind the first, counted by itself. */
function grow(state: State, link: TopicLink & { readonly lag: number }, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const { slot, key, lag } = link;
  const more = lag - (columns.missingBytes[slot] ?? 0);
  const span = { from: columns.missingCount[slot] ?? 0, to: index.count };
  const messages = tally(delivery, { slot, key, lag: more, span, hidden: false }, view);
  if (Number.isNaN(messages)) {
    begin(state, link, view);
    return;
  }
  columns.missingMessages[slot] = (columns.missingMessages[slot] ?? 0) + messages;
  columns.missingRounds[slot] = 0;
  columns.missingPingMonoMs[slot] = Number.NaN;
  look(delivery, slot, lag);
}

function look(delivery: Delivery, slot: number, lag: number): void {
  const { columns, index } = delivery;
  columns.missingBytes[slot] = lag;
  columns.missingAcked[slot] = columns.acked[slot] ?? 0;
  columns.missingCount[slot] = index.count;
  columns.missingMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
}

/**
 * How many messages of the window are `lag` bytes, with the PINGs that hide some of them; NaN when
 * it cannot be told. Fewer messages than half the mark cannot have filled a pipe: then this is a
 * subscriber that is not sent everything.
 */
function tally(
  delivery: Delivery,
  sought: TopicLink & {
    readonly lag: number;
    readonly span: { readonly from: number; readonly to: number };
    readonly hidden: boolean;
  },
  view: ScanView,
): number {
  const sizes = windowSizes(delivery, sought.key, sought.span);
  if (sizes === undefined || sizes.length < leastToOverflow(view.hwm ?? 1)) return Number.NaN;
  const pings = sought.hidden ? pingRange(delivery, sought.slot) : { least: 0, most: 1 };
  let found = Number.NaN;
  for (let k = pings.least; k <= pings.most; k += 1) {
    const missing: Missing = countMissing(sizes, sought.lag + k * PING_BYTES);
    if (missing.kind === 'impossible') continue;
    if (missing.kind === 'undecided') return Number.NaN;
    if (!Number.isNaN(found) && found !== missing.messages) return Number.NaN;
    found = missing.messages;
  }
  return found;
}

/**
 * Fewest messages that can overflow a pipe: it is full when the mark is reached, counted in messages
 * that the reader has not confirmed, and it confirms every half mark. Mark 1,000 → 501; no mark →
 * never.
 */
export function leastToOverflow(hwm: number): number {
  return hwm > 0 ? hwm - Math.floor((hwm + 1) / 2) + 1 : Number.POSITIVE_INFINITY;
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

function book(state: State, slot: number): void {
  const { delivery } = state;
  const { columns } = delivery;
  const messages = columns.missingMessages[slot] ?? Number.NaN;
  if (Number.isNaN(messages)) {
    delivery.undecided += 1;
    columns.stage[slot] = BASE_NONE;
    columns.missingBytes[slot] = 0;
    return;
  }
  countDropped(state, slot, { reason: 'hwm', messages });
  rest(delivery, slot, { stage: BASE_KNOWN, pings: Number.NaN });
}
