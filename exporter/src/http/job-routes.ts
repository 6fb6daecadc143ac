/** Jobs and lost returns as JSON: `/api/v1/jobs`, `/api/v1/jobs/{jid}`, `/api/v1/losses`. */
import type { JobDetail, JobSummary } from '../domain/loss-epoch.js';
import type { LossesFound, LossFilter } from '../domain/loss-search.js';
import { type Api, serve } from './endpoint.js';
import { Refusal } from './failure.js';
import type { JobDetailView, JobView } from './job-api-types.js';
import { JID_MAX, JOB, JOBS, JOBS_MAX, LOSSES } from './job-endpoints.js';
import { foundLossesView, lossView, timeOf } from './loss-view.js';

/** What is asked of the program: copies of what is known now. */
export interface JobQueries {
  readonly list: (most: number) => Promise<readonly JobSummary[]>;
  /** undefined: no such job is remembered. */
  readonly find: (jid: string) => Promise<JobDetail | undefined>;
  readonly losses: (
    filter: LossFilter,
    page: { readonly limit: number; readonly offset: number },
  ) => Promise<LossesFound>;
}

export function addJobs(api: Api, queries: JobQueries): void {
  serve(api, JOBS, async ({ function: name, phase, missing, limit, offset }) => {
    const rows = (await queries.list(JOBS_MAX))
      .map(jobView)
      .filter(
        (job) =>
          (name === undefined || job.function === name) &&
          (phase === undefined || job.phase === phase) &&
          (!missing || job.missing > 0),
      );
    return { of: rows.length, offset, rows: rows.slice(offset, offset + limit) };
  });
  serve(api, JOB, async (_asked, { place: jid }) => {
    const job = jid.length > JID_MAX ? undefined : await queries.find(jid);
    if (job !== undefined) return detailView(job);
    const message = `No job with this jid is remembered: the latest ${JOBS_MAX} are.`;
    throw new Refusal('not_found', message);
  });
  serve(api, LOSSES, async ({ minion, function: name, jid, limit, offset, ...sets }) => {
    const filter: LossFilter = {
      minion: minion?.matches,
      function: name,
      jid,
      links: sets.link,
      reasons: sets.reason,
      confidences: sets.confidence,
    };
    return foundLossesView(await queries.losses(filter, { limit, offset }), offset);
  });
}

function jobView(job: JobSummary): JobView {
  return {
    jid: job.jid,
    function: job.function,
    state: job.state,
    phase: job.isOpen ? 'open' : 'closed',
    began: timeOf(job.beganWallMs),
    expected: job.expected,
    returned: job.returned,
    missing: job.missing,
    pending: job.expected - job.returned - job.missing,
    unheard: job.isBlind,
  };
}

function detailView(job: JobDetail): JobDetailView {
  return {
    ...jobView(job),
    losses: job.losses.map(lossView),
    lossesOf: job.lossesOf,
    waiting: job.waiting,
    waitingOf: job.waitingOf,
  };
}
