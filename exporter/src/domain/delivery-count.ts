/** How many messages a number of bytes are, whichever of a window they were: by bounds alone. */
import { PING_BYTES } from './delivery-heartbeat.js';

/**
 * Messages that `bytes` are, all of them out of a window whose messages end at `ends` (from 0 on);
 * NaN when bounds leave several numbers, or none. `hidden`: bytes of heartbeats that may be among
 * what arrived, so that as many more are missing. Worked examples, sizes 100 100 100: 200 → 2, 150
 * → NaN, 191 with 9 hidden → 2. Sizes 30 40 50 60: 180 → 4, all of them; 70 → 2, no less than
 * 70 ÷ 60 and no more than 70 ÷ 30; 90 → NaN, 2 or 3.
 */
export function countByBounds(
  ends: Float64Array,
  bytes: number,
  hidden: { readonly least: number; readonly most: number },
): number {
  const bounds = measure(ends);
  let found = Number.NaN;
  for (let more = hidden.least; more <= hidden.most; more += PING_BYTES) {
    const missing = bytes + more;
    if (!(missing > 0) || missing > bounds.total) continue;
    const least = Math.ceil(missing / bounds.largest);
    const most = Math.floor(missing / bounds.smallest);
    if (least > most) continue;
    const messages = missing === bounds.total ? ends.length - 1 : least;
    const isOne = least === most || missing === bounds.total;
    if (!isOne || (!Number.isNaN(found) && found !== messages)) return Number.NaN;
    found = messages;
  }
  return found;
}

function measure(ends: Float64Array): { total: number; smallest: number; largest: number } {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let n = 1; n < ends.length; n += 1) {
    const size = (ends[n] ?? 0) - (ends[n - 1] ?? 0);
    if (size < smallest) smallest = size;
    if (size > largest) largest = size;
  }
  return { total: ends.at(-1) ?? 0, smallest, largest };
}
