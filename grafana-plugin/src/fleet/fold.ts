/**
 * Folds one minion's intervals into pixels. The worst status of a pixel wins and its share of the
 * pixel is kept; a mean is made nowhere.
 */
import { type Fleet, seek } from './fleet';
import { OK } from './statuses';

/** Shares above this are a whole pixel; below it something else was there too. */
export const WHOLE = 0.995;

/** What one row of pixels holds; reused from row to row. */
export interface PixelRow {
  readonly width: number;
  readonly worst: Uint8Array;
  /** Share of the pixel that the worst status held. */
  readonly share: Float32Array;
  readonly dominant: Uint8Array;
  readonly dominantShare: Float32Array;
  readonly pressure: Uint8Array;
}

export function makePixelRow(width: number): PixelRow {
  return {
    width,
    worst: new Uint8Array(width),
    share: new Float32Array(width),
    dominant: new Uint8Array(width),
    dominantShare: new Float32Array(width),
    pressure: new Uint8Array(width),
  };
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Fills `out` with minion `i` between two times of the range. */
export function foldRow(
  fleet: Fleet,
  i: number,
  { window, out }: { readonly window: Window; readonly out: PixelRow },
): void {
  const { row, start, status, pressure } = fleet.segments;
  const { worst, share, dominant, dominantShare, width } = out;
  worst.fill(0);
  share.fill(0);
  dominant.fill(0);
  dominantShare.fill(0);
  out.pressure.fill(0);
  const scale = width / (window.to - window.from);
  const end = row[i + 1];
  for (let k = seek(fleet.segments, i, window.from); k < end; k++) {
    const first = (start[k] - window.from) * scale;
    if (first >= width) break;
    const until = ((k + 1 < end ? start[k + 1] : fleet.span) - window.from) * scale;
    const last = Math.min(width, until);
    const from = Math.max(0, first);
    const code = status[k];
    for (let x = from | 0; x < last; x++) {
      const part = Math.min(last, x + 1) - Math.max(from, x);
      if (part <= 0) continue;
      if (code > worst[x] || share[x] === 0) {
        worst[x] = code;
        share[x] = part;
      } else if (code === worst[x]) share[x] += part;
      if (part > dominantShare[x]) {
        dominantShare[x] = part;
        dominant[x] = code;
      }
      if (pressure[k] > out.pressure[x]) out.pressure[x] = pressure[k];
    }
  }
  settleBoundaries(out);
}

/** The pixel between two long states is a change, not a mixture: it goes to the larger part. */
function settleBoundaries({ width, worst, share, dominant }: PixelRow): void {
  const isLong = (x: number, code: number) =>
    x >= 0 && x < width && worst[x] === code && share[x] > WHOLE;
  for (let x = 0; x < width; x++) {
    if (share[x] > WHOLE || worst[x] === OK) continue;
    if (isLong(x - 1, worst[x]) === isLong(x + 1, worst[x])) continue;
    if (share[x] < 0.5) worst[x] = dominant[x];
    share[x] = 1;
  }
}
