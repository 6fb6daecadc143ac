/** What canary jobs say in a synthetic epoch. */
import type { Epoch } from '../../exporter/src/domain/epoch.js';
import { createHistogram, observe } from '../../exporter/src/lib/histogram.js';

type CanaryParts = Pick<Epoch, 'advice' | 'canaries' | 'canaryPingSeconds' | 'canaryFileSeconds'>;

const PING_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const FILE_BOUNDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];

export function canaryFigures(): CanaryParts {
  const empty = emptyCanaryFigures();
  for (const seconds of [0.03, 0.2]) observe(empty.canaryPingSeconds, seconds);
  observe(empty.canaryFileSeconds, 0.8);
  return {
    ...empty,
    advice: {
      lagMessagesMost: 900,
      lagSecondsMost: 4.25,
      queueMessagesMost: 750,
      waitingSeconds: Float64Array.from({ length: 257 }, (_, n) => (n < 9 ? 3_600 / 2 ** n : 0)),
      waitingMost: 8,
    },
    canaries: {
      pings: { ok: 2, timeout: 1, error: 0 },
      files: { ok: 1, wrong_content: 1, missing: 0, timeout: 2, error: 0 },
      open: 1,
      plan: {
        kind: 'canary_plan',
        stance: 'running',
        detail: 'a round of 5 minions takes 30 s at 10 a minute; pings and file pulls in turn',
        jobsPerMinute: 10,
        minions: 5,
        roundSeconds: 30,
        filesOff: undefined,
      },
    },
  };
}

export function emptyCanaryFigures(): CanaryParts {
  return {
    advice: {
      lagMessagesMost: undefined,
      lagSecondsMost: undefined,
      queueMessagesMost: undefined,
      waitingSeconds: new Float64Array(257),
      waitingMost: 0,
    },
    canaries: {
      pings: { ok: 0, timeout: 0, error: 0 },
      files: { ok: 0, wrong_content: 0, missing: 0, timeout: 0, error: 0 },
      open: 0,
      plan: undefined,
    },
    canaryPingSeconds: createHistogram(PING_BOUNDS),
    canaryFileSeconds: createHistogram(FILE_BOUNDS),
  };
}
