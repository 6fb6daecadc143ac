/**
 * What became of single jobs on this minion, from its own bus and the directories of its processes:
 * received, executed, handed over to be returned, and whether the master answered.
 */
import type { Instant } from '../lib/clock.js';
import type { LocalBook, LocalJob } from './local-book.js';
import type { LocalEvent, LocalWatch } from './local-told.js';
import type { MinionSight } from './minion-answer.js';

/**
 * A return that was not settled after this is given up: Salt tries three times, 5 to 10 s apart,
 * and two that wait take turns; 46 s were seen.
 */
const RETURN_PATIENCE_MS = 120_000;

export function applyLocalEvents(book: LocalBook, events: readonly LocalEvent[]): void {
  for (const event of events) {
    if (event.what === 'settled') settle(book, event);
    else if (event.what === 'returning') noteReturning(book, event);
    else noteProcess(book, event);
  }
}

/** What was not watched for a while may have happened unseen. */
export function applyLocalWatch(book: LocalBook, { part, watched, monoMs }: LocalWatch): void {
  if (!watched) book.watchedMonoMs[part] = Number.NaN;
  else if (Number.isNaN(book.watchedMonoMs[part])) book.watchedMonoMs[part] = monoMs;
}

/** Returns that nobody settled are given up; to be called four times a second. */
export function tickLocal(book: LocalBook, now: Instant): void {
  for (const [request, jid] of book.requests.entries()) {
    const job = book.jobs.get(jid);
    const isOpen = job !== undefined && now.monoMs - job.returningMonoMs < RETURN_PATIENCE_MS;
    if (isOpen) return;
    book.requests.delete(request);
    // An answer may have come while nobody listened, or on a release that tells none.
    const isHeard = job !== undefined && book.watchedMonoMs.bus <= job.returningMonoMs;
    if (job !== undefined && isHeard && book.hearsOutcomes) giveUp(book, job);
  }
}

/** Its process runs at this moment; undefined = it cannot tell. */
export type LocalSight = MinionSight & { readonly running: boolean | undefined };

/** What is known of one job; `now` is when it is asked for. */
export function localSight(book: LocalBook, jid: string, now: Instant): LocalSight {
  const job = book.jobs.get(jid);
  const { bus, processes } = book.watchedMonoMs;
  const seesBus = !Number.isNaN(bus);
  const seesProcesses = !Number.isNaN(processes);
  const executed = job !== undefined && !Number.isNaN(job.returningMonoMs);
  const unseen = (sees: boolean) => (sees ? false : undefined);
  // What began to be watched last is what is known since when; of nothing watched, nothing.
  const watched = [bus, processes].filter((since) => !Number.isNaN(since));
  const since = Math.max(book.forgottenMonoMs, ...watched);
  return {
    received: job === undefined ? unseen(seesProcesses) : true,
    executed: executed || unseen(seesBus),
    queued: job?.isQueued ?? unseen(seesProcesses),
    running: job?.isRunning ?? unseen(seesProcesses),
    returned: job?.fate ?? 'unknown',
    watchedSeconds: watched.length === 0 ? 0 : Math.max(0, (now.monoMs - since) / 1_000),
  };
}

function noteProcess(
  book: LocalBook,
  { what, jid, monoMs }: Extract<LocalEvent, { what: 'started' | 'ended' | 'queued' | 'released' }>,
): void {
  const isEnd = what === 'ended' || what === 'released';
  const job = isEnd ? book.jobs.get(jid) : jobOf(book, jid, monoMs);
  if (job === undefined) return;
  if (what === 'started' || what === 'ended') job.isRunning = what === 'started';
  else job.isQueued = what === 'queued';
  // Its place in the queue is given up later than it begins.
  if (what === 'started') job.isQueued = false;
  if (what !== 'queued') return;
  job.wasQueued = true;
  book.queued += 1;
}

function noteReturning(
  book: LocalBook,
  { jid, request, internal, monoMs }: Extract<LocalEvent, { what: 'returning' }>,
): void {
  const job = jobOf(book, jid, monoMs);
  if (!internal && Number.isNaN(job.returningMonoMs)) book.executed += 1;
  job.returningMonoMs = monoMs;
  job.isQueued = false;
  if (request !== undefined) book.requests.set(request, jid);
}

function settle(
  book: LocalBook,
  { request, answered }: Extract<LocalEvent, { what: 'settled' }>,
): void {
  const job = book.jobs.get(book.requests.get(request) ?? '');
  book.hearsOutcomes = true;
  book.requests.delete(request);
  if (job === undefined) return;
  if (answered) job.fate = 'answered';
  else giveUp(book, job);
}

/** Refused: at that instant no request link to any master was there. */
function giveUp(book: LocalBook, job: LocalJob): void {
  if (job.fate === 'answered') return;
  const isLinked = [...book.links.values()].some((link) => link.isRequest && link.isEstablished);
  if (job.fate === 'unknown') book.notReturned += 1;
  job.fate = book.isSeen && !isLinked ? 'refused' : 'abandoned';
}

function jobOf(book: LocalBook, jid: string, monoMs: number): LocalJob {
  const known = book.jobs.get(jid);
  if (known !== undefined) return known;
  if (book.jobs.size >= book.jobs.maximum) {
    const [oldest] = book.jobs.values();
    if (oldest !== undefined) book.forgottenMonoMs = oldest.seenMonoMs;
  }
  const job: LocalJob = {
    jid,
    seenMonoMs: monoMs,
    isRunning: false,
    isQueued: false,
    wasQueued: false,
    returningMonoMs: Number.NaN,
    fate: 'unknown',
  };
  book.jobs.set(jid, job);
  return job;
}
