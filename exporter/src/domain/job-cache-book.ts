/**
 * What the master's job cache on disk says of single jobs: questions that verdicts ask, and the
 * latest answers, by jid. It says which returns the master wrote down, nothing of what is in them.
 */
import { NO_MINION } from './address-table.js';
import type { JobCacheAnswer, JobCacheQuestion } from './job-cache-answer.js';
import type { CachedJob, JobCacheBook } from './job-cache-table.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';

/** Questions of one tick. Full: the oldest goes, counted; whoever still wants to know asks again. */
const QUESTIONS_MAX = 256;
/** Ids that one question names; of more minions a directory alone says that they returned. */
const NAMED_MAX = 1_024;
/** Ids of an answer that are looked up in one step, 0.2 µs each. */
const IDS_PER_STEP = 1_024;

/** Asks what the cache has of this job; the answer comes in a later turn, or never. */
export function askJobCache(state: State, jid: string): void {
  const { jobCache } = state;
  const { questions } = jobCache;
  if (!questions.has(jid) && questions.size >= QUESTIONS_MAX) {
    for (const oldest of questions) {
      questions.delete(oldest);
      break;
    }
    jobCache.droppedQuestions += 1;
  }
  questions.add(jid);
}

/** Hands out what was asked since the last call, each job once, oldest first. */
export function takeJobCacheQuestions(state: State): readonly JobCacheQuestion[] {
  const { questions } = state.jobCache;
  if (questions.size === 0) return [];
  const taken = [...questions].map((jid) => ({ jid, minions: expectedMinions(state, jid) }));
  questions.clear();
  return taken;
}

/** The latest answer; undefined: none came, or it is forgotten. */
export function answerOf(state: State, jid: string): CachedJob | undefined {
  return state.jobCache.answers.get(jid);
}

/** Whether the return of this minion, a slot of the minion table, is written in the cache. */
export function hasCachedReturn(answer: CachedJob, minion: number): boolean {
  if (minion === NO_MINION) return false;
  return ((answer.returned[minion >>> 5] ?? 0) & (1 << (minion & 31))) !== 0;
}

/** Replaces the answer of before when it is read to its end. */
export function* applyJobCacheAnswer(state: State, told: JobCacheAnswer): Steps {
  const { slots, capacity } = state.minions;
  const returned = new Uint32Array(Math.ceil(capacity / 32));
  let strangers = 0;
  yield* inSteps(told.minions.length, IDS_PER_STEP, (from, to) => {
    for (let index = from; index < to; index += 1) {
      const minion = slots.get(told.minions[index] ?? '');
      if (minion === undefined) strangers += 1;
      else returned[minion >>> 5] = (returned[minion >>> 5] ?? 0) | (1 << (minion & 31));
    }
  });
  const { answers } = state.jobCache;
  // So that the oldest answer is the one that was read the longest time ago.
  answers.delete(told.jid);
  answers.set(told.jid, {
    state: told.state,
    loadWritten: told.loadWritten,
    nocache: told.nocache,
    truncated: told.truncated,
    readMonoMs: told.readMonoMs,
    returned,
    strangers,
  });
}

/** A slot of the minion table is given to another minion: no cache has a return of that one. */
export function forgetCachedReturnsOf(book: JobCacheBook, minion: number): void {
  for (const { returned } of book.answers.values()) {
    const index = minion >>> 5;
    returned[index] = (returned[index] ?? 0) & ~(1 << (minion & 31));
  }
}

/** Whom the job expects: those that were not heard first, given up or not, then the others. */
function expectedMinions(state: State, jid: string): readonly string[] {
  const { table } = state.jobs;
  const slot = table.slots.get(jid);
  const ids: string[] = [];
  if (slot === undefined) return ids;
  for (const wanted of ['silent', 'returned'] as const) {
    for (let word = 0; word < table.words; word += 1) {
      const index = slot * table.words + word;
      const expected = table.expected[index] ?? 0;
      const returned = table.returned[index] ?? 0;
      const bits = wanted === 'silent' ? expected & ~returned : returned;
      for (let bit = 0; bit < 32 && bits !== 0; bit += 1) {
        if ((bits & (1 << bit)) === 0) continue;
        ids.push(state.minions.ids[word * 32 + bit] ?? '');
        if (ids.length === NAMED_MAX) return ids;
      }
    }
  }
  return ids;
}
