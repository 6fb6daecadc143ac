/** What the event bus told of jobs, for people and programs. */
import type { Epoch } from '../domain/epoch.js';
import type { JobsView } from './api-types.js';
import { quantileBound } from './quantile.js';

export function jobsView({ jobs }: Epoch): JobsView {
  return {
    outcomes: jobs.outcomes,
    open: jobs.open,
    expected: jobs.expected,
    returned: jobs.returned,
    missing: jobs.missing,
    unseen: jobs.unseen,
    pending: jobs.pending ?? null,
    late: jobs.late,
    duplicates: jobs.duplicates,
    duplicateJids: jobs.duplicateJids,
    trimmed: jobs.trimmed,
    suspect: jobs.events.suspect,
    returnMedianSeconds: quantileBound(jobs.returnSeconds, 0.5),
    returnP99Seconds: quantileBound(jobs.returnSeconds, 0.99),
  };
}
