/** A histogram with fixed bounds: counts per bucket, not cumulative; the exposition writer sums them up. */

export interface Histogram {
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** One per bound and one more for +Inf. */
  readonly counts: Float64Array;
  sum: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), sum: 0 };
}

export function observe(histogram: Histogram, value: number): void {
  let bucket = 0;
  for (const bound of histogram.bounds) {
    if (value <= bound) break;
    bucket += 1;
  }
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.sum += value;
}

/** A copy that later observations do not change. */
export function freezeHistogram(histogram: Histogram): Histogram {
  return {
    bounds: histogram.bounds,
    counts: histogram.counts.slice(),
    sum: histogram.sum,
  };
}
