/** What jobs and the events of the bus say in a synthetic epoch: columns from sketches, and figures of the fleet. */

import type { Epoch, MinionColumns } from '../../exporter/src/domain/epoch.js';
import { STATUS_FAILED, STATUS_WELL } from '../../exporter/src/domain/function-status-table.js';
import type { JobFigures } from '../../exporter/src/domain/job-epoch.js';
import {
  LOSS_LINKS,
  PUBLISH_LOSSES,
  REVISIONS,
  VERDICTS,
} from '../../exporter/src/domain/loss-vocabulary.js';
import { AUTH_ACTS, BUS_KINDS } from '../../exporter/src/domain/vocabulary.js';
import { createHistogram, observe } from '../../exporter/src/lib/histogram.js';

/** One minion's returns; what is left out was never heard. */
export interface JobSketch {
  readonly returns?: readonly [good: number, failed: number];
  readonly lastReturnMs?: number;
  readonly lastHeardMs?: number;
  readonly lastPingMs?: number;
  /** By link, as LOSS_LINKS names them. */
  readonly lost?: readonly number[];
  readonly starts?: readonly [start: number, reconnect: number];
}

type JobColumns = Pick<
  MinionColumns,
  | 'goodReturns'
  | 'failedReturns'
  | 'lastReturnMs'
  | 'lastHeardMs'
  | 'lastPingMs'
  | 'lostReturns'
  | 'starts'
  | 'reconnects'
>;

const RETURN_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1_800, 3_600];

export function jobColumns(sketches: readonly (JobSketch | undefined)[]): JobColumns {
  const from = (read: (sketch: JobSketch) => number | undefined, missing: number) =>
    Float64Array.from(sketches, (sketch) => read(sketch ?? {}) ?? missing);
  return {
    goodReturns: from(({ returns }) => returns?.[0], 0),
    failedReturns: from(({ returns }) => returns?.[1], 0),
    lastReturnMs: from(({ lastReturnMs }) => lastReturnMs, Number.NaN),
    lastHeardMs: from(({ lastHeardMs }) => lastHeardMs, Number.NaN),
    lastPingMs: from(({ lastPingMs }) => lastPingMs, Number.NaN),
    lostReturns: Float64Array.from(
      sketches.flatMap((sketch) => LOSS_LINKS.map((_, link) => sketch?.lost?.[link] ?? 0)),
    ),
    starts: from(({ starts }) => starts?.[0], 0),
    reconnects: from(({ starts }) => starts?.[1], 0),
  };
}

const NO_FUNCTION = {
  newJobs: 0,
  expected: 0,
  succeeded: 0,
  failed: 0,
  scheduledSucceeded: 0,
  scheduledFailed: 0,
};

export function jobFigures(): Pick<Epoch, 'jobs' | 'functionStatus'> {
  const empty = emptyJobFigures();
  const { returnSeconds } = empty.jobs;
  for (const seconds of [0.05, 0.4, 20, 4_000]) observe(returnSeconds, seconds);
  const other = { function: '_other', state: '', ...NO_FUNCTION, scheduledSucceeded: 2 };
  const ping = { function: 'test.ping', state: '', ...NO_FUNCTION };
  const apply = { function: 'state.apply', state: 'my "web"', ...NO_FUNCTION };
  return {
    jobs: {
      ...empty.jobs,
      outcomes: { complete: 7, partial: 2, none: 1 },
      expected: 40,
      returned: 31,
      missing: 9,
      unseen: 3,
      late: 2,
      duplicates: 1,
      duplicateJids: 1,
      suspects: { not_expected: 1, request_link: 2, job_cache: 3 },
      trimmed: 1,
      pending: { running: 1, queued: 3, blocked: 2, unknown: 4 },
      functions: [
        other,
        { ...ping, newJobs: 8, expected: 32, succeeded: 27, failed: 0 },
        { ...apply, newJobs: 2, expected: 8, succeeded: 3, failed: 1, scheduledFailed: 1 },
      ],
      events: { ...empty.jobs.events, new: 12, ret: 33, suspect: 1, custom: 5 },
      auth: {
        ...empty.jobs.auth,
        accept: { true: 9, false: 0 },
        reject: { true: 0, false: 2 },
      },
      publishErrors: { authentication: 2, authorization: 1 },
      workers: [{ command: '_return', requests: 31, seconds: 0.75 }],
      open: 3,
      remembered: 13,
      evicted: 0,
    },
    functionStatus: {
      pairs: [
        { function: 'state.apply', state: 'highstate' },
        { function: 'state.apply', state: 'my "web"' },
      ],
      values: Uint8Array.of(STATUS_WELL, STATUS_FAILED),
    },
  };
}

export function emptyJobFigures(): Pick<Epoch, 'jobs' | 'functionStatus'> {
  const events = Object.fromEntries(BUS_KINDS.map((kind) => [kind, 0]));
  const auth = Object.fromEntries(AUTH_ACTS.map((act) => [act, { true: 0, false: 0 }]));
  return {
    functionStatus: { pairs: [], values: new Uint8Array(0) },
    jobs: {
      outcomes: { complete: 0, partial: 0, none: 0 },
      returnSeconds: createHistogram(RETURN_BOUNDS),
      expected: 0,
      returned: 0,
      missing: 0,
      unseen: 0,
      late: 0,
      duplicates: 0,
      duplicateJids: 0,
      suspects: { not_expected: 0, request_link: 0, job_cache: 0 },
      trimmed: 0,
      pending: undefined,
      functions: [{ function: '_other', state: '', ...NO_FUNCTION }],
      events: events as JobFigures['events'],
      auth: auth as JobFigures['auth'],
      publishErrors: { authentication: 0, authorization: 0 },
      workers: [],
      open: 0,
      remembered: 0,
      evicted: 0,
    },
  };
}

/** Verdicts n = 1, 2, 3 … of the closed set were given n times; every fifth was taken back once. */
export function lossFigures(): Pick<Epoch, 'losses'> {
  const { losses } = emptyLossFigures();
  return {
    losses: {
      ...losses,
      verdicts: losses.verdicts.map((verdict, index) => ({ ...verdict, count: index + 1 })),
      revised: losses.revised.map((revision, index) => ({
        ...revision,
        count: index % 5 === 0 ? 1 : 0,
      })),
      publishes: { abandoned: 3, failed: 2, authentication: 2, authorization: 1 },
      latest: [
        {
          minion: 'db-1',
          jid: '20260102030405678901',
          link: '3',
          reason: 'disconnect',
          confidence: 'proven',
          evidence: [
            'Its publish link ended 0.3 s after the publish, before its host acknowledged it. (kernel)',
          ],
          decidedWallMs: 1_767_323_040_000,
        },
      ],
      waiting: 4,
    },
  };
}

export function emptyLossFigures(): Pick<Epoch, 'losses'> {
  const reasons = new Map(
    VERDICTS.map(({ link, reason }) => [`${link}/${reason}`, { link, reason }]),
  );
  const publishes = Object.fromEntries(PUBLISH_LOSSES.map((reason) => [reason, 0]));
  return {
    losses: {
      verdicts: VERDICTS.map((verdict) => ({ ...verdict, count: 0 })),
      revised: [...reasons.values()].flatMap((row) =>
        REVISIONS.map((to) => ({ ...row, to, count: 0 })),
      ),
      publishes: publishes as Epoch['losses']['publishes'],
      latest: [],
      waiting: 0,
      evicted: 0,
    },
  };
}
