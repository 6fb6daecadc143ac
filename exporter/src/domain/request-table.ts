/** What the request ledger remembers of each request link, in columns, and what it counted. */
import { createHistogram, type Histogram } from '../lib/histogram.js';

/** METRICS contract: service and wait 0.008, 0.016 … 32 s, in steps of two: ages are in jiffies. */
const SERVICE_BOUNDS = Array.from({ length: 13 }, (_, power) => 0.008 * 2 ** power);

/** Columns by link slot. */
export interface Requests {
  readonly waiting: Uint8Array;
  readonly serviceSeconds: Histogram;
}

export function createRequests(links: number): Requests {
  return { waiting: new Uint8Array(links), serviceSeconds: createHistogram(SERVICE_BOUNDS) };
}
