/** Quantiles of histograms, for people. */
import type { Histogram } from '../lib/histogram.js';
import { numberOrNull } from './minion-view.js';

/**
 * Upper bound of the bucket that holds the quantile: "at most", never an interpolation. null above
 * the last bound.
 */
export function quantileBound(histogram: Histogram, quantile: number): number | null {
  const total = histogram.counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.ceil(total * quantile);
  let seen = 0;
  for (const [bucket, count] of histogram.counts.entries()) {
    seen += count;
    if (seen >= rank) return numberOrNull(histogram.bounds[bucket]);
  }
  return null;
}
