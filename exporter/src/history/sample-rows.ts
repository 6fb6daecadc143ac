/**
 * Samples of one step: only minions that depart from idle, in columns of bytes by ascending ref; of
 * several steps the highest.
 */
import type { SeriesMetric } from './record.js';

/** Row i is index i of each; NaN = idle, −1 = not known. */
export interface SampleRows {
  readonly count: number;
  readonly refs: Uint32Array;
  /** In the order of SAMPLE_METRICS. */
  readonly columns: readonly Float32Array[];
}

export const SAMPLE_METRICS = [
  'pressure',
  'lag',
  'rtt',
  'wait',
] as const satisfies readonly SeriesMetric[];
export const PRESSURE = 0;
export const NOT_KNOWN = -1;

const WORD = 4;
const WORDS = 1 + SAMPLE_METRICS.length;

export function viewSamples(body: Uint8Array): SampleRows {
  const count = Math.floor(body.byteLength / (WORDS * WORD));
  const aligned = body.byteOffset % WORD === 0 ? body : new Uint8Array(body);
  const { buffer, byteOffset } = aligned;
  return {
    count,
    refs: new Uint32Array(buffer, byteOffset, count),
    columns: SAMPLE_METRICS.map(
      (_, metric) => new Float32Array(buffer, byteOffset + (metric + 1) * count * WORD, count),
    ),
  };
}

/** The highest of each minion and metric over some steps; index = metric. */
export type Peaks = Map<number, Float32Array>;

export function addToPeaks(peaks: Peaks, rows: SampleRows): void {
  for (let i = 0; i < rows.count; i += 1) {
    const ref = rows.refs[i] ?? 0;
    let peak = peaks.get(ref);
    if (peak === undefined) {
      peak = new Float32Array(SAMPLE_METRICS.length).fill(Number.NaN);
      peaks.set(ref, peak);
    }
    for (let metric = 0; metric < peak.length; metric += 1) {
      const value = rows.columns[metric]?.[i] ?? Number.NaN;
      if (value > (peak[metric] ?? 0) || Number.isNaN(peak[metric])) peak[metric] = value;
    }
  }
}

export function encodeSamples(peaks: Peaks): Buffer {
  const refs = Uint32Array.from(peaks.keys()).sort();
  const body = Buffer.alloc(refs.length * WORDS * WORD);
  const rows = viewSamples(body);
  rows.refs.set(refs);
  for (let i = 0; i < refs.length; i += 1) {
    const peak = peaks.get(refs[i] ?? 0);
    for (let metric = 0; metric < SAMPLE_METRICS.length; metric += 1) {
      const column = rows.columns[metric];
      if (column !== undefined) column[i] = peak?.[metric] ?? Number.NaN;
    }
  }
  return body;
}

/** Row of a minion, or −1. */
export function findRow({ refs, count }: SampleRows, ref: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((refs[middle] ?? 0) < ref) low = middle + 1;
    else high = middle;
  }
  return refs[low] === ref ? low : -1;
}
