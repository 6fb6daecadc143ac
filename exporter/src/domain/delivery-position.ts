/** Where a link stands in the stream, measured from the last instant at which it had everything. */
import type { Instant } from '../lib/clock.js';
import { PING_BYTES, PONG_BYTES, pingsAtMost } from './delivery-heartbeat.js';
import { BASE_KNOWN, type Delivery } from './delivery-table.js';
import { messagesBetween } from './delivery-window.js';
import { firstMessage, NO_KEY } from './stream-index.js';

/** libzmq's encoder takes this much out of the pipe at a time, or one larger message. */
export const ENCODER_BYTES = 8_192;

/** Two links of one interval differ by one PING, and by one more where rows are not of one instant. */
const OWN_PINGS_MORE = 2;

/** What holds for all rows of one scan. */
export interface ScanView {
  readonly at: Instant;
  /** All rows are younger. */
  readonly startedMonoMs: number;
  /** Our subscription is up and we have read what our kernel holds. */
  readonly caughtUp: boolean;
  /** A row is quiet when the last message is this much older. */
  readonly settleMs: number;
  /** Messages that our own kernel had received and that we have read; 0 = not known. */
  readonly ownCount: number;
  /** The index may miss something: nothing is booked. */
  readonly held: boolean;
  /** `pub_hwm` in force; undefined = not known, 0 = no limit. */
  readonly hwm: number | undefined;
}

/** A link and the key of the topic that it is sent. */
export interface TopicLink {
  readonly slot: number;
  readonly key: number;
}

/** Bytes that the link acknowledged since `syncCount`, heartbeats among them. */
export function movedBytes(delivery: Delivery, slot: number): number {
  const { columns } = delivery;
  return (columns.acked[slot] ?? 0) - (columns.base[slot] ?? 0);
}

/**
 * The link has everything up to the end of the index: measured from here on. `pings`: how many came
 * since the last such instant, NaN = not known. `written`: what its pipe had accepted by now; without
 * it everything since the last such instant.
 */
export function rest(
  delivery: Delivery,
  slot: number,
  found: { readonly stage: number; readonly pings: number; readonly written?: number },
): void {
  const { columns, index } = delivery;
  const span = { from: columns.syncCount[slot] ?? 0, to: index.count };
  const isFound = found.stage === BASE_KNOWN && columns.stage[slot] !== BASE_KNOWN;
  if (isFound) columns.knownFrom[slot] = span.from;
  const came = () => messagesBetween(index, columns.topicKey[slot] ?? NO_KEY, span);
  columns.written[slot] = found.written ?? (columns.written[slot] ?? 0) + came();
  columns.unconfirmed[slot] = 0;
  columns.trailCount[slot] = 0;
  columns.stage[slot] = found.stage;
  columns.owed[slot] = owedNow(delivery, slot, found.pings);
  columns.era[slot] = delivery.era;
  columns.base[slot] = columns.acked[slot] ?? 0;
  columns.syncCount[slot] = index.count;
  columns.syncOwnPings[slot] = delivery.ownPings;
  columns.syncMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
  columns.syncReceived[slot] = columns.received[slot] ?? 0;
  columns.missingBytes[slot] = 0;
  columns.excessBytes[slot] = 0;
}

/**
 * PONGs since the last sync, which are as many PINGs, of then or of before. NaN when something else
 * was received, too.
 */
function pongsSince(delivery: Delivery, slot: number): number {
  const { columns } = delivery;
  const bytes = (columns.received[slot] ?? 0) - (columns.syncReceived[slot] ?? 0);
  const pongs = bytes / PONG_BYTES;
  return Number.isInteger(pongs) && pongs >= 0 ? pongs : Number.NaN;
}

/**
 * PINGs that can be among the bytes acknowledged since the last sync: as many as were answered, less
 * those that were owed then, and no more than time allows or answers prove.
 */
export function pingRange(delivery: Delivery, slot: number): { least: number; most: number } {
  const { columns, heartbeat } = delivery;
  const elapsedMs = (columns.rowMonoMs[slot] ?? 0) - (columns.syncMonoMs[slot] ?? 0);
  const pongs = pongsSince(delivery, slot);
  const owed = columns.owed[slot] ?? 0;
  const least = Number.isNaN(pongs) ? 0 : Math.max(0, pongs - owed);
  const before = columns.syncOwnPings[slot] ?? 0;
  const isCounted = slot !== delivery.ownSlot && before >= delivery.ownPingsFrom;
  const likeOwn = isCounted
    ? delivery.ownPings - before + OWN_PINGS_MORE
    : Number.POSITIVE_INFINITY;
  const inTime = Math.min(pingsAtMost(heartbeat, elapsedMs), likeOwn);
  return { least, most: pongs > 0 ? Math.max(inTime, pongs + 2) : inTime };
}

/** How many PINGs these bytes since the last sync are, or −1 when they are none or too many. */
export function pingsOf(delivery: Delivery, slot: number, bytes: number): number {
  const pings = bytes / PING_BYTES;
  if (!Number.isInteger(pings) || pings < 0) return -1;
  return pings <= pingRange(delivery, slot).most ? pings : -1;
}

/** All are answered when the last thing that was sent was; else by count. */
function owedNow(delivery: Delivery, slot: number, pings: number): number {
  const { columns } = delivery;
  const pongs = pongsSince(delivery, slot);
  const isAnswered = (columns.receivedMonoMs[slot] ?? 0) >= (columns.sentMonoMs[slot] ?? 0);
  if (isAnswered && pongs > 0) return 0;
  const owed = (columns.owed[slot] ?? 0) + pings - pongs;
  return Number.isNaN(owed) ? Number.POSITIVE_INFINITY : Math.max(0, owed);
}

/** What it is measured from fell out of the ring. */
export function isForgotten(delivery: Delivery, slot: number): boolean {
  return (delivery.columns.syncCount[slot] ?? 0) + 1 < firstMessage(delivery.index);
}
