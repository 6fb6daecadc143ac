/** What canary jobs found, for people and programs. */
import type { Epoch } from '../domain/epoch.js';
import type { CanaryView } from './advice-api-types.js';
import { quantileBound } from './quantile.js';

export function canaryView({ canaries, canaryPingSeconds, canaryFileSeconds }: Epoch): CanaryView {
  const { plan } = canaries;
  return {
    stance: plan?.stance ?? 'off',
    detail: plan?.detail ?? 'no canary jobs: canary.jobs is off',
    jobsPerMinute: plan?.jobsPerMinute ?? null,
    minions: plan?.minions ?? null,
    roundSeconds: plan?.roundSeconds ?? null,
    open: canaries.open,
    ping: {
      results: canaries.pings,
      medianSeconds: quantileBound(canaryPingSeconds, 0.5),
      p99Seconds: quantileBound(canaryPingSeconds, 0.99),
    },
    file: {
      off: plan === undefined ? 'canary.jobs is off' : (plan.filesOff ?? null),
      results: canaries.files,
      medianSeconds: quantileBound(canaryFileSeconds, 0.5),
      p99Seconds: quantileBound(canaryFileSeconds, 0.99),
    },
  };
}
