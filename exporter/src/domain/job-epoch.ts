/** What an epoch shows of jobs, returns and the events of the bus. */
import type { Histogram } from '../lib/histogram.js';
import type {
  AuthAct,
  BusKind,
  JobOutcome,
  PendingReason,
  PublishError,
  SuspectEvidence,
} from './vocabulary.js';

/** One function, with the states that its jobs name. */
export interface FunctionFigures {
  readonly function: string;
  readonly state: string;
  readonly newJobs: number;
  readonly expected: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly scheduledSucceeded: number;
  readonly scheduledFailed: number;
}

/** Counters since this process watches, but for `pending`. */
export interface JobFigures {
  readonly outcomes: Readonly<Record<JobOutcome, number>>;
  readonly returnSeconds: Histogram;
  readonly expected: number;
  readonly returned: number;
  readonly missing: number;
  readonly unseen: number;
  readonly late: number;
  readonly duplicates: number;
  readonly duplicateJids: number;
  /** Returns that something contradicts. */
  readonly suspects: Readonly<Record<SuspectEvidence, number>>;
  readonly trimmed: number;
  /** undefined while the bus is not read. */
  readonly pending: Readonly<Record<PendingReason, number>> | undefined;
  readonly functions: readonly FunctionFigures[];
  readonly events: Readonly<Record<BusKind, number>>;
  /** By act: what `result` said. */
  readonly auth: Readonly<Record<AuthAct, { readonly true: number; readonly false: number }>>;
  readonly publishErrors: Readonly<Record<PublishError, number>>;
  readonly workers: readonly WorkerFigures[];
  /** Jobs that are open. */
  readonly open: number;
  readonly remembered: number;
  readonly evicted: number;
}

/** Requests of one command that the master's workers answered, as `salt/stats` tells. */
export interface WorkerFigures {
  readonly command: string;
  readonly requests: number;
  readonly seconds: number;
}
