/** Jobs and lost returns as JSON: `/api/v1/jobs`, `/api/v1/jobs/{jid}`, `/api/v1/losses`. */
import type { Express, Request, Response } from 'express';
import type { JobDetail, JobLoss, JobSummary } from '../domain/loss-epoch.js';
import type { JobDetailView, JobListView, JobView, LossListView } from './job-api-types.js';
import { lossView, timeOf } from './loss-view.js';

/** What is asked of the program: copies of what is known now. */
export interface JobQueries {
  readonly list: (most: number) => Promise<readonly JobSummary[]>;
  /** undefined: no such job is remembered. */
  readonly find: (jid: string) => Promise<JobDetail | undefined>;
  readonly losses: (most: number) => Promise<readonly JobLoss[]>;
}

const LISTED_DEFAULT = 50;
const LISTED_MAX = 512;
/** A jid has 20 digits, and `req` is one too; longer texts are no jids. */
const JID_MAX = 128;

export interface JobRoutes {
  readonly queries: JobQueries;
  readonly fail: (
    request: Request,
    response: Response,
    failure: { status: 400 | 404; code: 'bad_request' | 'not_found'; message: string },
  ) => void;
}

export function addJobs(app: Express, { queries, fail }: JobRoutes): void {
  const badLimit = {
    status: 400,
    code: 'bad_request',
    message: `"limit" must be a whole number from 1 to ${LISTED_MAX}.`,
  } as const;
  app.get('/api/v1/jobs', async (request, response) => {
    const limit = limitOf(request);
    if (limit === undefined) return fail(request, response, badLimit);
    const rows = (await queries.list(limit)).map(jobView);
    send(response, { rows } satisfies JobListView);
  });
  app.get('/api/v1/jobs/:jid', async (request, response) => {
    const { jid } = request.params;
    const job = jid.length > JID_MAX ? undefined : await queries.find(jid);
    if (job !== undefined) return send(response, detailView(job));
    return fail(request, response, {
      status: 404,
      code: 'not_found',
      message: 'No job with this jid is remembered: the latest some hundred are.',
    });
  });
  app.get('/api/v1/losses', async (request, response) => {
    const limit = limitOf(request);
    if (limit === undefined) return fail(request, response, badLimit);
    const rows = (await queries.losses(limit)).map(lossView);
    send(response, { rows } satisfies LossListView);
  });
}

function limitOf(request: Request): number | undefined {
  const asked: unknown = request.query.limit;
  if (asked === undefined) return LISTED_DEFAULT;
  const limit = typeof asked === 'string' && /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  return limit >= 1 && limit <= LISTED_MAX ? limit : undefined;
}

/** Not to be stored: the body names hosts. */
function send(response: Response, body: JobListView | JobDetailView | LossListView): void {
  response.setHeader('Cache-Control', 'no-store');
  response.json(body);
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
