/** What is kept of the event bus itself. */
import { createHistogram, type Histogram } from '../lib/histogram.js';

/** METRICS contract: bus lag 0.001 … 60 s. */
const BUS_LAG_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export interface Bus {
  /** undefined until the source told. */
  connected: boolean | undefined;
  readonly lagSeconds: Histogram;
}

export function createBus(): Bus {
  return { connected: undefined, lagSeconds: createHistogram(BUS_LAG_BOUNDS) };
}
