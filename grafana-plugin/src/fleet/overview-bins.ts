/** The whole fleet over the whole range: how many minions are in each status that is not ok, per pixel. */
import { DROP, type Fleet } from './fleet';
import { NODATA, OK, SLOW, STALE, STATUSES, UNKNOWN } from './statuses';

/** A fault shorter than a pixel still shows: it counts as a third of one. */
const LEAST_SHARE = 0.34;

export interface OverviewBins {
  readonly width: number;
  /** Minions by status and pixel. */
  readonly counts: readonly Float32Array[];
  /** Messages dropped, by pixel. */
  readonly drops: Float32Array;
  /** Most minions that were not ok at once, at least 1, and the pixel where. */
  readonly peak: number;
  readonly peakAt: number;
}

export function makeOverviewBins(fleet: Fleet, width: number): OverviewBins {
  const counts = STATUSES.map(() => new Float32Array(width + 1));
  const drops = new Float32Array(width + 1);
  const scale = width / fleet.span;
  const { row, start, status } = fleet.segments;
  for (let i = 0; i < fleet.minions.length; i++) {
    for (let k = row[i]; k < row[i + 1]; k++) {
      const code = status[k];
      if (code === OK || code === STALE) continue;
      const until = k + 1 < row[i + 1] ? start[k + 1] : fleet.span;
      const begins = code >= SLOW && (k === row[i] || status[k - 1] !== code);
      addSpan(counts[code], [start[k] * scale, until * scale], begins ? LEAST_SHARE : 0);
    }
  }
  for (let k = 0; k < fleet.marks.at.length; k++) {
    if (fleet.marks.kind[k] !== DROP) continue;
    drops[Math.min(width - 1, (fleet.marks.at[k] * scale) | 0)] += fleet.marks.count[k];
  }
  return { width, counts, drops, ...peakOf(counts, width) };
}

function addSpan(into: Float32Array, [from, to]: readonly [number, number], least: number): void {
  const first = from | 0;
  const last = Math.min(into.length - 2, to | 0);
  for (let x = first; x <= last; x++) {
    const part = Math.min(to, x + 1) - Math.max(from, x);
    into[x] += Math.max(part, x === first ? least : 0);
  }
}

function peakOf(counts: readonly Float32Array[], width: number) {
  let peak = 1;
  let peakAt = 0;
  for (let x = 0; x < width; x++) {
    let sum = 0;
    for (let code = UNKNOWN; code < counts.length; code++) sum += counts[code][x];
    if (sum > peak) {
      peak = sum;
      peakAt = x;
    }
  }
  return { peak, peakAt };
}

/** Whether most of the fleet was not recorded in this pixel. */
export function isUnrecorded(bins: OverviewBins, x: number, minions: number): boolean {
  return bins.counts[NODATA][x] > minions * 0.3;
}
