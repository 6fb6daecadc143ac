/** Where a link stands in the stream, measured from the last instant at which it had everything. */
import type { Instant } from '../lib/clock.js';
import type { Delivery } from './delivery-table.js';
import { firstMessage } from './stream-index.js';

/** libzmq's encoder takes this much out of the pipe at a time, or one larger message. */
export const ENCODER_BYTES = 8_192;

/** What holds for all rows of one scan. */
export interface ScanView {
  readonly at: Instant;
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

/** The link has everything up to the end of the index: measured from here on. */
export function rest(delivery: Delivery, slot: number, stage: number): void {
  const { columns, index } = delivery;
  columns.stage[slot] = stage;
  columns.era[slot] = delivery.era;
  columns.base[slot] = columns.acked[slot] ?? 0;
  columns.syncCount[slot] = index.count;
  columns.syncMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
  columns.syncReceived[slot] = columns.received[slot] ?? 0;
  columns.missingBytes[slot] = 0;
  columns.excessBytes[slot] = 0;
}

/** What it is measured from fell out of the ring. */
export function isForgotten(delivery: Delivery, slot: number): boolean {
  return (delivery.columns.syncCount[slot] ?? 0) + 1 < firstMessage(delivery.index);
}
