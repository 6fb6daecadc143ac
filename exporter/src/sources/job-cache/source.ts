/**
 * The master's job cache on disk, asked for single jobs: whether the master wrote a return down
 * tells a return that it lost from one that never came. Nothing is read unless somebody asks.
 */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.js';
import type { JobCacheQuestion } from '../../domain/job-cache-answer.js';
import { errorCode } from '../../lib/regular-file.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { digestOf, isWholeJid, jobDirectory } from './layout.js';
import { PATIENCE_MS, QUESTIONS_MAX, RETRY_MS } from './options.js';
import { type JobReading, readJob, UNREADABLE } from './read-job.js';

export const jobCacheSource: SourceDefinition = {
  name: 'job_cache',
  errorReasons: [
    /** A question that found the queue full. */
    'question_dropped',
    /** A text that is no whole id of a job. */
    'jid_invalid',
    /** A job's directory that cannot be read. */
    'job_unreadable',
    /** A job with more entries than are read, or with names that are no text. */
    'job_truncated',
  ],
  enabled: () => true,
  create: (context) => new JobCacheSource(context),
};

type JobCacheError = 'question_dropped' | 'jid_invalid' | 'job_unreadable' | 'job_truncated';

/** Where answers are found; `problem`: why there are none. */
type Place =
  | { readonly ok: true; readonly jobs: string; readonly digest: string }
  | { readonly ok: false; readonly problem: string };

export class JobCacheSource implements Source {
  readonly name = 'job_cache';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  /** In the order of asking; what is asked again keeps its place. */
  readonly #questions = new Map<string, JobCacheQuestion>();
  #place: Place;
  /** The look that is under way, and when it began. */
  #work: Promise<void> | undefined;
  #lookMonoMs = Number.NaN;
  /** When the directory of all jobs was last looked at, and what was wrong with it. */
  #checkedMonoMs = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;
  #isStopped = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#place = placeOf(context.master);
  }

  async start(): Promise<void> {
    await this.#check();
  }

  async reconfigure(_settings: Settings, master: MasterFacts): Promise<void> {
    const place = placeOf(master);
    if (JSON.stringify(place) === JSON.stringify(this.#place)) return;
    this.#place = place;
    this.#questions.clear();
    await this.#check();
  }

  /** What hangs in a dead file server is left there: it holds nothing of ours. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#questions.clear();
  }

  lookUp(questions: readonly JobCacheQuestion[]): void {
    if (!this.#place.ok || this.#isStopped) return;
    for (const question of questions) this.#enqueue(question);
    this.#work ??= this.#answerAll().finally(() => {
      this.#work = undefined;
    });
    const lookMs = this.#context.clock.now().monoMs - this.#lookMonoMs;
    if (lookMs > PATIENCE_MS) {
      this.#health.report(false, `${this.#place.jobs} does not answer: a file system hangs.`);
    }
  }

  /** Resolves when all that was asked is answered. */
  async idle(): Promise<void> {
    await this.#work;
  }

  #enqueue(question: JobCacheQuestion): void {
    if (!this.#questions.has(question.jid) && this.#questions.size >= QUESTIONS_MAX) {
      for (const oldest of this.#questions.keys()) {
        this.#questions.delete(oldest);
        break;
      }
      this.#count('question_dropped');
    }
    this.#questions.set(question.jid, question);
  }

  async #answerAll(): Promise<void> {
    for (;;) {
      const [next] = this.#questions;
      if (next === undefined || this.#isStopped) return;
      const [jid, question] = next;
      this.#questions.delete(jid);
      await this.#answer(question);
    }
  }

  async #answer(question: JobCacheQuestion): Promise<void> {
    const place = this.#place;
    if (!place.ok) return;
    const readMonoMs = this.#context.clock.now().monoMs;
    this.#lookMonoMs = readMonoMs;
    const reading = await this.#read(place, question);
    this.#lookMonoMs = Number.NaN;
    if (this.#isStopped || place !== this.#place) return;
    this.#report();
    this.#context.emit({ kind: 'job_cache', jid: question.jid, readMonoMs, ...reading });
  }

  async #read(
    place: Extract<Place, { ok: true }>,
    { jid, minions }: JobCacheQuestion,
  ): Promise<JobReading> {
    if (!isWholeJid(jid)) {
      this.#count('jid_invalid');
      return UNREADABLE;
    }
    const reading = await readJob({ path: jobDirectory(place.jobs, place.digest, jid), minions });
    if (reading.truncated) this.#count('job_truncated');
    if (reading.state === 'unreadable') this.#count('job_unreadable');
    if (reading.state === 'present') return reading;
    // Where there is no directory of jobs at all, no job is absent.
    await this.#look(reading.state === 'absent' ? 0 : RETRY_MS);
    return this.#problem === undefined ? reading : UNREADABLE;
  }

  async #check(): Promise<void> {
    await this.#look(0);
    this.#report();
  }

  /** Looks at the directory of all jobs, unless that was done within `agoMs`. */
  async #look(agoMs: number): Promise<void> {
    const place = this.#place;
    const { monoMs } = this.#context.clock.now();
    if (!place.ok || monoMs - this.#checkedMonoMs < agoMs) return;
    this.#checkedMonoMs = monoMs;
    this.#problem = await problemOf(place.jobs);
  }

  #report(): void {
    if (!this.#place.ok) this.#health.report(false, this.#place.problem);
    else if (this.#problem !== undefined) this.#health.report(false, this.#problem);
    else this.#health.report(true, `Looks up single jobs in ${this.#place.jobs}.`);
  }

  #count(reason: JobCacheError): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
  }
}

function placeOf({ cacheDir, jobCache }: MasterFacts): Place {
  if (jobCache === undefined) return { ok: false, problem: 'No local job cache is known of.' };
  const { obstacle, hashType } = jobCache;
  if (obstacle !== undefined) {
    const problem = `There is no local job cache (${obstacle}): whether the master wrote a return down is not known.`;
    return { ok: false, problem };
  }
  const digest = digestOf(hashType);
  if (digest === undefined) {
    const problem = `Jobs are kept under digests that cannot be computed here (hash_type: ${hashType}): whether the master wrote a return down is not known.`;
    return { ok: false, problem };
  }
  return { ok: true, jobs: join(cacheDir, 'jobs'), digest };
}

/** In words; undefined: the directory can be read. */
async function problemOf(jobs: string): Promise<string | undefined> {
  try {
    await (await opendir(jobs)).close();
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return `${jobs} does not exist: the master has kept no job yet, or its cachedir is another one.`;
    }
    return `${jobs} cannot be read (${code ?? 'for an unknown reason'}): run the exporter as a user or in a group that may.`;
  }
}
