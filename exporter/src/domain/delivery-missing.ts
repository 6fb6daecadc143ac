/** What a settled link lacks: the columns of it, and where the link stood when it was looked at. */
import { type Look, NOT_COUNTED } from './delivery-question.js';
import type { Delivery } from './delivery-table.js';

/** As its last row and the index say. */
export function lookAt({ columns, index }: Delivery, slot: number, lag: number): Look {
  return {
    lag,
    acked: columns.acked[slot] ?? 0,
    count: index.count,
    rowMonoMs: columns.rowMonoMs[slot] ?? 0,
  };
}

/** First sight of bytes that are missing. */
export function beginMissing(delivery: Delivery, slot: number, look: Look): void {
  const { columns } = delivery;
  columns.missingCounted[slot] = look.count;
  columns.missingMessages[slot] = NOT_COUNTED;
  columns.missingRounds[slot] = 0;
  columns.missingSinceMonoMs[slot] = look.rowMonoMs;
  columns.missingPingMonoMs[slot] = Number.NaN;
  noteLook(delivery, slot, look);
}

/** The same were missing at another look, or more by now. */
export function noteLook({ columns }: Delivery, slot: number, look: Look): void {
  columns.missingBytes[slot] = look.lag;
  columns.missingAcked[slot] = look.acked;
  columns.missingCount[slot] = look.count;
  columns.missingMonoMs[slot] = look.rowMonoMs;
}
