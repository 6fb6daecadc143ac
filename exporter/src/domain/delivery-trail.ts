/**
 * What each scan saw of a link that lags: how far its kernel had been fed, and what had been
 * published by then. That tells later when a pipe can have been full.
 */

import { PING_BYTES } from './delivery-heartbeat.js';
import type { HoleSights } from './delivery-holes.js';
import { movedBytes, pingRange, type ScanView } from './delivery-position.js';
import { type Delivery, SCANS_KEPT, TRAIL_MARKS } from './delivery-table.js';
import { messagesBetween } from './delivery-window.js';
import { countAtInstant } from './stream-index.js';

/** Clocks of ours and of rows differ by a jiffy at most. */
const JIFFY_MS = 10;
const BYTES_MAX = 2 ** 32 - 1;

/** A scan was taken; `view.caughtUp`: we have read what our kernel holds. */
export function noteScan(delivery: Delivery, startedMonoMs: number, view: ScanView): void {
  const { scans, index } = delivery;
  const endedMs = view.at.monoMs;
  scans.count += 1;
  const at = scans.count % SCANS_KEPT;
  scans.startedMonoMs[at] = Math.min(startedMonoMs, endedMs);
  scans.endedMonoMs[at] = endedMs;
  scans.aliveMonoMs[at] = delivery.aliveMonoMs;
  scans.published[at] = Number.NaN;
  const oldest = Math.max(1, scans.count - SCANS_KEPT + 1);
  scans.open = Math.max(scans.open, oldest);
  scans.served = Math.max(scans.served, oldest);
  const of = (column: Float64Array, scan: number) => column[scan % SCANS_KEPT] ?? Number.NaN;
  while (of(scans.endedMonoMs, scans.served + 1) <= endedMs - view.settleMs) scans.served += 1;
  if (!view.caughtUp || of(scans.endedMonoMs, scans.served) > endedMs - view.settleMs) return;
  // The publisher's I/O thread ran after it, long enough ago: what it held back is here.
  const aliveMs = of(scans.aliveMonoMs, scans.served) - JIFFY_MS;
  for (; of(scans.endedMonoMs, scans.open) <= aliveMs; scans.open += 1) {
    scans.published[scans.open % SCANS_KEPT] = index.count;
  }
}

/** The row at hand of a link that was not sent everything. */
export function markTrail(delivery: Delivery, slot: number): void {
  const { columns, scans } = delivery;
  const bytes = movedBytes(delivery, slot) + (columns.sendQueue[slot] ?? 0);
  if (!(bytes >= 0 && bytes <= BYTES_MAX)) return;
  const first = slot * TRAIL_MARKS;
  let count = columns.trailCount[slot] ?? 0;
  const last = first + count - 1;
  // Of many scans without a move the first and the last tell everything.
  const stands =
    count > 1 && columns.trailBytes[last] === bytes && columns.trailBytes[last - 1] === bytes;
  if (stands) {
    columns.trailScan[last] = scans.count;
    return;
  }
  if (count === TRAIL_MARKS) {
    for (let n = 1; n < TRAIL_MARKS; n += 2) {
      columns.trailScan[first + (n >> 1)] = columns.trailScan[first + n] ?? 0;
      columns.trailBytes[first + (n >> 1)] = columns.trailBytes[first + n] ?? 0;
    }
    count = TRAIL_MARKS >> 1;
  }
  columns.trailScan[first + count] = scans.count;
  columns.trailBytes[first + count] = bytes;
  columns.trailCount[slot] = count + 1;
}

/**
 * The trail of a link as a search for holes wants it, in the ledger's own room: valid until the next
 * call. `span`: the window; `skipped`: bytes before it since the sync.
 */
export function sightsOf(
  delivery: Delivery,
  link: { readonly slot: number; readonly key: number; readonly skipped: number },
  span: { readonly from: number; readonly to: number },
): HoleSights {
  const { columns, scans, sights, index } = delivery;
  const { slot, key, skipped } = link;
  const within = (count: number) =>
    messagesBetween(index, key, {
      from: span.from,
      to: Math.max(span.from, Math.min(span.to, count)),
    });
  sights.count = 0;
  sights.pingsBytes = pingRange(delivery, slot).most * PING_BYTES;
  const first = slot * TRAIL_MARKS;
  for (let n = first; n < first + (columns.trailCount[slot] ?? 0); n += 1) {
    const scan = columns.trailScan[n] ?? 0;
    if (scan <= scans.count - SCANS_KEPT) continue;
    const at = scan % SCANS_KEPT;
    const published = scans.published[at] ?? Number.NaN;
    sights.bytes[sights.count] = (columns.trailBytes[n] ?? 0) - skipped;
    sights.low[sights.count] = within(countAtInstant(index, scans.startedMonoMs[at] ?? 0));
    sights.high[sights.count] = within(Number.isNaN(published) ? span.to : published);
    sights.count += 1;
  }
  return sights;
}
