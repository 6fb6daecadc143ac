/**
 * The figures of one link at the instant of its row: what it has not acknowledged, and what of that
 * waits in libzmq. A worked example: 10 messages of 1,000 bytes published, 3,500 acknowledged, 2,000
 * in the kernel: lag 6,500 bytes or 7 messages, queue 4,500 bytes or 5 messages.
 */
import { PING_BYTES } from './delivery-heartbeat.js';
import { ENCODER_BYTES, movedBytes, pingRange, type ScanView } from './delivery-position.js';
import { BASE_KNOWN, type Delivery } from './delivery-table.js';
import { bytesBetween, isFor } from './delivery-window.js';
import type { State } from './state.js';
import { arrivalOf, countAtInstant, countAtOffset, endOf, NO_KEY } from './stream-index.js';

/** Without heartbeats nothing tells that the publisher runs; it does not stand still for so long. */
const STANDING_MS = 10_000;

/** Where a stretch of the stream of one link ends. */
interface Stretch {
  /** Messages of it that are not whole before the stretch begins. */
  readonly messages: number;
  readonly bytes: number;
  /** First message that is not whole; 0 = none. */
  readonly first: number;
}

/** Sets the figures of the link in `slot`; NaN where its ledger is not known. */
export function noteLinkFigures(state: State, slot: number, view: ScanView): void {
  const { delivery } = state;
  const { columns, index } = delivery;
  const before = columns.queueMessages[slot] ?? Number.NaN;
  const key = columns.topicKey[slot] ?? NO_KEY;
  if (columns.stage[slot] !== BASE_KNOWN || columns.era[slot] !== delivery.era) {
    setFigures(delivery, slot, Number.NaN);
    return;
  }
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const from = columns.syncCount[slot] ?? 0;
  const to = Math.max(from, countAtInstant(index, rowMs), view.ownCount);
  const expected = bytesBetween(index, key, { from, to });
  const pings = pingRange(delivery, slot).least;
  const acked = Math.max(0, movedBytes(delivery, slot) - pings * PING_BYTES);
  if (acked >= expected) {
    setFigures(delivery, slot, 0);
    columns.queueHanded[slot] = acked + endOf(index, from);
    columns.queueCount[slot] = to;
    return;
  }
  const span = { from, to, key };
  const lag = stretchAfter(delivery, span, acked);
  columns.lagBytes[slot] = lag.bytes;
  columns.lagMessages[slot] = lag.messages;
  columns.lagSeconds[slot] = Math.max(0, rowMs - arrivalOf(index, lag.first)) / 1_000;
  const handed = acked + (columns.sendQueue[slot] ?? 0);
  const queue = queueOf(delivery, { from, to, key, slot, handed }, view);
  columns.queueMessages[slot] = queue.messages;
  columns.queueBytes[slot] = queue.bytes;
  columns.queueHanded[slot] = handed + endOf(index, from);
  columns.queueCount[slot] = to;
  const elapsed = (rowMs - (columns.beforeMonoMs[slot] ?? rowMs)) / 1_000;
  const growth = (queue.messages - before) / elapsed;
  columns.queueGrowth[slot] = elapsed > 0 && growth > 0 ? growth : 0;
}

interface Handed extends Span {
  readonly slot: number;
  /** Bytes of the span that the kernel was given. */
  readonly handed: number;
}

/**
 * What of the lag waits in libzmq: what the kernel was not given, but not more than a pipe holds,
 * and not more than what waited at the last scan and what was published since. Where drops are not
 * proven yet it is the upper bound.
 */
function queueOf(
  delivery: Delivery,
  span: Handed,
  view: ScanView,
): { messages: number; bytes: number } {
  const { columns, index } = delivery;
  const { slot, from, to, key, handed } = span;
  const behind = handed + lostBytes(delivery, slot, view);
  const rest = stretchAfter(delivery, span, behind);
  const waiting = { from, to, key, handed: behind, first: rest.first };
  const most = queueLimit(delivery, waiting, view.hwm);
  const messages = Math.min(rest.messages, most.messages);
  const bytes = Math.min(rest.bytes, most.bytes);
  const before = columns.queueBytes[slot] ?? Number.NaN;
  if (Number.isNaN(before) || !(bytes > 0)) return { messages, bytes };
  const since = { from: columns.queueCount[slot] ?? 0, to };
  const gone = handed + endOf(index, from) - (columns.queueHanded[slot] ?? 0);
  const bound = Math.max(0, before + bytesBetween(index, key, since) - gone);
  return bound < bytes
    ? { messages: Math.ceil((messages * bound) / bytes), bytes: bound }
    : { messages, bytes };
}

/**
 * Bytes that are missing and not queued any more, although nothing has proven the drop yet: the
 * kernel took all that the publisher had for this link, and the publisher ran since.
 */
function lostBytes(delivery: Delivery, slot: number, view: ScanView): number {
  const { columns, index } = delivery;
  const missing = columns.missingBytes[slot] ?? 0;
  if (missing === 0) return 0;
  const lastMs = arrivalOf(index, columns.missingCount[slot] ?? 0);
  const age = (columns.rowMonoMs[slot] ?? 0) - (columns.missingSinceMonoMs[slot] ?? 0);
  const runs = delivery.aliveMonoMs >= lastMs + view.settleMs || age >= STANDING_MS;
  return runs || (columns.missingRounds[slot] ?? 0) > 0 ? missing : 0;
}

/** All figures to one value: 0 = nothing is missing, NaN = not known. */
export function setFigures(delivery: Delivery, slot: number, value: number): void {
  const { columns } = delivery;
  columns.lagBytes[slot] = value;
  columns.lagMessages[slot] = value;
  columns.lagSeconds[slot] = value;
  columns.queueBytes[slot] = value;
  columns.queueMessages[slot] = value;
  columns.queueGrowth[slot] = value;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly key: number;
}

/** What of a span lies behind its first `passed` bytes. */
function stretchAfter(delivery: Delivery, span: Span, passed: number): Stretch {
  const { index } = delivery;
  const { from, to, key } = span;
  if (key === NO_KEY || index.topics === undefined) {
    const offset = endOf(index, from) + passed;
    const whole = countAtOffset(index, offset);
    if (whole >= to) return { messages: 0, bytes: 0, first: 0 };
    return { messages: to - whole, bytes: endOf(index, to) - offset, first: whole + 1 };
  }
  let sum = 0;
  let messages = 0;
  let first = 0;
  for (let n = from + 1; n <= to; n += 1) {
    if (!isFor(index, key, n)) continue;
    sum += endOf(index, n) - endOf(index, n - 1);
    if (sum <= passed) continue;
    messages += 1;
    if (first === 0) first = n;
  }
  return { messages, bytes: Math.max(0, sum - passed), first };
}

/**
 * A pipe holds the mark at most; what lies behind it was dropped already and will be booked. The
 * encoder in front of it holds 8,192 bytes, or the rest of one larger message.
 */
function queueLimit(
  delivery: Delivery,
  queue: Span & { readonly handed: number; readonly first: number },
  hwm: number | undefined,
): { messages: number; bytes: number } {
  const none = { messages: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  const { index } = delivery;
  if (hwm === undefined || hwm <= 0 || queue.first === 0) return none;
  if (queue.key !== NO_KEY && index.topics !== undefined) {
    return { messages: hwm + 1, bytes: Number.POSITIVE_INFINITY };
  }
  const start = endOf(index, queue.from) + queue.handed;
  const encoded = Math.max(queue.first, countAtOffset(index, start + ENCODER_BYTES));
  const last = Math.min(queue.to, encoded + hwm);
  return { messages: last - queue.first + 1, bytes: endOf(index, last) - start };
}
