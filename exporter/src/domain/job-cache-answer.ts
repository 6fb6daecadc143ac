/** What is asked of the job cache, and what its source tells of one job. */
import type { JobCacheState } from './vocabulary.js';

export interface JobCacheQuestion {
  readonly jid: string;
  /** Whom the job expects, those not heard first: their files are looked at first, and one by one. */
  readonly minions: readonly string[];
}

/**
 * What the master's job cache on disk has of one job that was asked for. Existence alone is read;
 * what a minion returned is never opened.
 */
export interface JobCacheAnswer {
  readonly kind: 'job_cache';
  readonly jid: string;
  readonly state: JobCacheState;
  /** `.load.p` is there: the master wrote down what was published. */
  readonly loadWritten: boolean;
  /** `nocache` is there: the publish asked that no return be written. */
  readonly nocache: boolean;
  /** Names of the directories that hold a return; untrusted. */
  readonly minions: readonly string[];
  /** There were more entries than are read, or names that are no text: `minions` may lack some. */
  readonly truncated: boolean;
  /** CLOCK_MONOTONIC when the reading began. */
  readonly readMonoMs: number;
}
