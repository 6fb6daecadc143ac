/** What is kept of jobs: the table, the functions, and what was counted of them. */
import { createHistogram, type Histogram } from '../lib/histogram.js';
import { createEarly, type Early } from './job-early.js';
import { createJobFunctions, type JobFunctions } from './job-functions.js';
import { createJobTable, type JobTable } from './job-table.js';
import { AUTH_ACTS, JOB_OUTCOMES, PUBLISH_ERRORS, SUSPECT_EVIDENCE } from './vocabulary.js';

/** METRICS contract: returns 0.1 … 3600 s. */
const RETURN_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1_800, 3_600];
/** Commands of `salt/stats` that are told apart; Salt has some forty, but a minion may make some up. */
export const COMMANDS_MAX = 64;
/** A minute's canaries at the highest budget, and as many more. Older ones have their messages. */
const ELSEWHERE_MOST = 128;

/** Announcements that have a message and no place in the job table: our own canaries, jids used twice. */
export interface Elsewhere {
  /** When they were published, in a ring; NaN = none. */
  readonly monoMs: Float64Array;
  next: number;
}

export interface Jobs {
  readonly table: JobTable;
  readonly elsewhere: Elsewhere;
  readonly functions: JobFunctions;
  readonly early: Early;
  readonly returnSeconds: Histogram;
  /** By index into JOB_OUTCOMES. */
  readonly outcomes: Float64Array;
  expected: number;
  returned: number;
  missing: number;
  /** Pairs that closed while the bus was not heard: neither returned nor missing. */
  unseen: number;
  late: number;
  duplicates: number;
  duplicateJids: number;
  /** Returns that something contradicts, by index into SUSPECT_EVIDENCE. */
  readonly suspects: Float64Array;
  trimmed: number;
  /** Index act × 2 + result. */
  readonly auth: Float64Array;
  /** By index into PUBLISH_ERRORS. */
  readonly publishErrors: Float64Array;
  /** Requests by command, as the workers themselves tell. */
  readonly workers: Map<string, { requests: number; seconds: number }>;
}

export function createJobs(limits: { readonly jobs: number; readonly minions: number }): Jobs {
  return {
    table: createJobTable(limits.jobs, limits.minions),
    elsewhere: { monoMs: new Float64Array(ELSEWHERE_MOST).fill(Number.NaN), next: 0 },
    functions: createJobFunctions(),
    early: createEarly(),
    returnSeconds: createHistogram(RETURN_BOUNDS),
    outcomes: new Float64Array(JOB_OUTCOMES.length),
    expected: 0,
    returned: 0,
    missing: 0,
    unseen: 0,
    late: 0,
    duplicates: 0,
    duplicateJids: 0,
    suspects: new Float64Array(SUSPECT_EVIDENCE.length),
    trimmed: 0,
    auth: new Float64Array(AUTH_ACTS.length * 2),
    publishErrors: new Float64Array(PUBLISH_ERRORS.length),
    workers: new Map(),
  };
}
