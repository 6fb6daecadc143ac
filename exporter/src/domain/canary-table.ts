/** What is kept of canary jobs: those that are open, and what was counted. */
import { createHistogram, type Histogram } from '../lib/histogram.js';
import type { CanaryPlan, CanaryProbe } from './canary-job.js';
import type { CanaryFileResult, PingResult } from './vocabulary.js';

/** METRICS contract: pings 0.005 … 15 s. A pull needs three more requests. */
const PING_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const FILE_BOUNDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];

interface OpenCanary {
  readonly probe: CanaryProbe;
  readonly minion: string;
  readonly sentMonoMs: number;
  /** The bus was not heard, or not wholly, since it was sent. */
  blind: boolean;
}

export interface Canaries {
  /** By jid, oldest first. */
  readonly open: Map<string, OpenCanary>;
  readonly pings: Record<PingResult, number>;
  readonly files: Record<CanaryFileResult, number>;
  readonly pingSeconds: Histogram;
  readonly fileSeconds: Histogram;
  plan: CanaryPlan | undefined;
  evicted: number;
}

export function createCanaries(): Canaries {
  return {
    open: new Map(),
    pings: { ok: 0, timeout: 0, error: 0 },
    files: { ok: 0, wrong_content: 0, missing: 0, timeout: 0, error: 0 },
    pingSeconds: createHistogram(PING_BOUNDS),
    fileSeconds: createHistogram(FILE_BOUNDS),
    plan: undefined,
    evicted: 0,
  };
}
