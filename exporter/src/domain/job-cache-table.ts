/** What is kept of the job cache on disk: open questions, and the latest answers by jid. */
import { BoundedMap } from '../lib/bounded-map.js';
import type { JobCacheState } from './vocabulary.js';

/** Jobs whose answers are kept, as many as the table of jobs has. Full: the oldest answer goes, counted. */
const ANSWERS_MAX = 512;

/** The latest answer on one job. */
export interface CachedJob {
  /** `absent`: the master has no directory for this job; `unreadable`: nobody knows. */
  readonly state: JobCacheState;
  /** The master wrote down what was published. */
  readonly loadWritten: boolean;
  /** The publish asked for no cache: nobody's return is ever written, and none is missing there. */
  readonly nocache: boolean;
  /** There were more entries than are read: who is not among the returns may have returned. */
  readonly truncated: boolean;
  /** CLOCK_MONOTONIC when the reading began: what was written later is not in it. */
  readonly readMonoMs: number;
  /** One bit for each slot of the minion table; see `hasCachedReturn`. */
  readonly returned: Uint32Array;
  /** Returns of ids that no key is known of: resources, minions behind a syndic. */
  readonly strangers: number;
}

export interface JobCacheBook {
  readonly questions: Set<string>;
  readonly answers: BoundedMap<string, CachedJob>;
  droppedQuestions: number;
}

export function createJobCacheBook(): JobCacheBook {
  return {
    questions: new Set(),
    answers: new BoundedMap('job_cache_answers', ANSWERS_MAX),
    droppedQuestions: 0,
  };
}
