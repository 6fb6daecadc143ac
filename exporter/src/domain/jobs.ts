/**
 * What the bus tells of jobs, booked: who was expected, who returned, who is missing. A pair (job,
 * minion) is pending until it returns or closes; expected, returned and missing are booked then, so
 * that expected = returned + missing at every instant.
 */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import { NO_MINION } from './address-table.js';
import {
  type BusBatch,
  JOB_GONE,
  JOB_RUNS,
  type JobAnnouncement,
  MIRRORED,
  NO_CODE,
  NO_NAME,
  SCHEDULED,
  SUCCESS,
  SUCCESS_SAID,
  TRIMMED,
  type WorkerStats,
} from './bus-batch.js';
import { jobOf, minionOf, textOf } from './bus-names.js';
import { pairForNew, pairOf, setStatus } from './function-status-table.js';
import { COMMANDS_MAX } from './job-book.js';
import { settleWhenWhole } from './job-close.js';
import { keepEarly, type Return, takeEarly } from './job-early.js';
import { type FunctionRow, rowForNew, rowOf } from './job-functions.js';
import { watchReturn } from './job-suspects.js';
import { addPair, beginJob, dropPair, hasPair, JOB_CLOSED } from './job-table.js';
import { openLosses, refuteLoss, watchCache } from './loss-turns.js';
import type { State } from './state.js';
import { AUTH_ACTS, SUSPECT_EVIDENCE } from './vocabulary.js';

/** Salt's own question whether a job runs: a publish that is nobody's job. */
const FIND_JOB = 'saltutil.find_job';
const OTHER_COMMAND = '_other';
/** A stamp further from its arrival is not the master's, or a clock was set. */
const STAMP_AGE_MAX_MS = 60_000;

const NOT_EXPECTED = SUSPECT_EVIDENCE.indexOf('not_expected');

/** A `new` event. */
export function noteNewJob(
  state: State,
  batch: BusBatch,
  { announced, now }: { readonly announced: JobAnnouncement; readonly now: Instant },
): void {
  const { row, minions, unlisted } = announced;
  const { jobs, bus } = state;
  const { table } = jobs;
  const jid = textOf(bus.names.jids, batch.jid[row] ?? NO_NAME);
  if (jid === undefined || ((batch.flags[row] ?? 0) & MIRRORED) !== 0) return;
  const name = textOf(bus.names.funs, batch.fun[row] ?? NO_NAME) ?? '';
  const internal = name === FIND_JOB;
  const used = functionOfNew(state, batch, { row, name, internal });
  const states = textOf(bus.names.funs, batch.state[row] ?? NO_NAME) ?? '';
  const statusPair = pairForNew(state.functionStatus, name, states);
  const known = table.slots.get(jid);
  if (known !== undefined) {
    jobs.duplicateJids += 1;
    noteElsewhere(state, batch, { row, now });
  }
  const slot =
    known ??
    beginJob(table, { jid, function: used, statusPair, internal, ...publishedAt(batch, row, now) });
  if (known === undefined) openLosses(state, slot);
  expectMinions(state, slot, minions);
  if (internal) noteAsked(state, slot, textOf(bus.names.jids, batch.about[row] ?? NO_NAME));
  if (!internal) {
    used.newJobs += 1;
    used.expected += minions.length + unlisted;
  }
  for (const early of takeEarly(jobs.early, jid, batch.arrivedMonoMs[row] ?? 0)) {
    bookReturn(state, slot, early);
  }
  settleWhenWhole(state, slot, now.monoMs);
}

/** A `new` event whose message is not that of a job in the table. */
export function noteElsewhere(
  { jobs }: State,
  batch: BusBatch,
  { row, now }: { readonly row: number; readonly now: Instant },
): void {
  if (((batch.flags[row] ?? 0) & MIRRORED) !== 0) return;
  const { elsewhere } = jobs;
  elsewhere.monoMs[elsewhere.next] = publishedAt(batch, row, now).monoMs;
  elsewhere.next = (elsewhere.next + 1) % elsewhere.monoMs.length;
}

/** A `ret` event; true when it contradicts the job that it names. */
export function noteReturn(
  state: State,
  batch: BusBatch,
  { row, now }: { readonly row: number; readonly now: Instant },
): boolean {
  const { jobs, bus, minions } = state;
  const flags = batch.flags[row] ?? 0;
  if ((flags & MIRRORED) !== 0) return false;
  const minion = minionOf(bus.names, minions, batch.minion[row] ?? NO_NAME);
  if (minion === NO_MINION) return false;
  const failed = isFailure(flags, batch.code[row] ?? NO_CODE);
  const stampWallMs = batch.stampWallMs[row] ?? Number.NaN;
  const told: Return = {
    minion,
    monoMs: batch.arrivedMonoMs[row] ?? 0,
    failed,
    stampWallMs,
    firedMonoMs: stampWallMs - now.wallMs + now.monoMs,
    found: flags & (JOB_RUNS | JOB_GONE),
    about: textOf(bus.names.jids, batch.about[row] ?? NO_NAME),
  };
  const slot = jobOf(bus.names, jobs.table, batch.jid[row] ?? NO_NAME);
  if (slot >= 0) {
    if (!hasPair(jobs.table, jobs.table.expected, { slot, minion })) {
      jobs.suspects[NOT_EXPECTED] = (jobs.suspects[NOT_EXPECTED] ?? 0) + 1;
      return true;
    }
    bookReturn(state, slot, told);
    noteResult(state, told, flags);
    settleWhenWhole(state, slot, told.monoMs);
    return false;
  }
  noteOwnStatus(state, batch, { row, told, scheduled: (flags & SCHEDULED) !== 0 });
  if ((flags & SCHEDULED) !== 0) bookScheduled(state, batch, { row, failed });
  else {
    const jid = textOf(bus.names.jids, batch.jid[row] ?? NO_NAME);
    if (jid !== undefined) keepEarly(jobs.early, jid, told);
  }
  noteResult(state, told, flags);
  return false;
}

export function noteAuth(state: State, batch: BusBatch, row: number): void {
  const act = batch.code[row] ?? AUTH_ACTS.length - 1;
  const index = Math.min(Math.max(act, 0), AUTH_ACTS.length - 1) * 2;
  const accepted = ((batch.flags[row] ?? 0) & SUCCESS) !== 0 ? 1 : 0;
  const { auth } = state.jobs;
  auth[index + accepted] = (auth[index + accepted] ?? 0) + 1;
}

export function notePublishError(state: State, batch: BusBatch, row: number): void {
  const { publishErrors } = state.jobs;
  const reason = batch.code[row] ?? -1;
  if (reason >= 0 && reason < publishErrors.length) {
    publishErrors[reason] = (publishErrors[reason] ?? 0) + 1;
  }
}

/** `salt/stats`; a command beyond the bound counts as `_other`. */
export function noteWorkers(state: State, stats: readonly WorkerStats[]): void {
  const { workers } = state.jobs;
  for (const { command, runs, seconds } of stats) {
    const isKnown = workers.has(command) || workers.size < COMMANDS_MAX;
    const name = isKnown ? command : OTHER_COMMAND;
    const sums = workers.get(name) ?? { requests: 0, seconds: 0 };
    sums.requests += amount(runs);
    sums.seconds += amount(seconds);
    workers.set(name, sums);
  }
}

/** Something of this minion came over the bus. */
export function noteHeard(
  state: State,
  minion: number,
  at: { readonly stampWallMs: number; readonly arrivedMonoMs: number },
): void {
  if (minion === NO_MINION) return;
  state.minions.lastHeardWallMs[minion] = at.stampWallMs;
  state.losses.signs.heardMonoMs[minion] = at.arrivedMonoMs;
}

/** The bus was not heard: who is silent in the jobs at hand may have returned. */
export function noteDeafness(state: State): void {
  const { table } = state.jobs;
  for (const slot of table.slots.values()) table.blind[slot] = 1;
}

function bookReturn(state: State, slot: number, told: Return): void {
  const { jobs } = state;
  const { table } = jobs;
  const at = { slot, minion: told.minion };
  if (!hasPair(table, table.expected, at)) return;
  if (table.internal[slot] === 1) {
    noteFound(state, told);
    return;
  }
  watchReturn(state, at, told);
  if (hasPair(table, table.returned, at)) {
    jobs.duplicates += 1;
    return;
  }
  addPair(table, table.returned, at);
  refuteLoss(state, at);
  const pair = table.statusPair[slot] ?? -1;
  setStatus(state.functionStatus, { minion: told.minion, pair }, told.failed);
  state.losses.table.returnedMonoMs[slot] = told.monoMs;
  table.returnedCount[slot] = (table.returnedCount[slot] ?? 0) + 1;
  const row = table.functions[slot] ?? jobs.functions.other;
  if (told.failed) row.failed += 1;
  else row.succeeded += 1;
  const seconds = (told.stampWallMs - (table.newWallMs[slot] ?? Number.NaN)) / 1_000;
  if (seconds >= 0) {
    observe(jobs.returnSeconds, seconds);
    observe(row.seconds, seconds);
  }
  if (hasPair(table, table.missing, at)) {
    dropPair(table, table.missing, at);
    table.missingCount[slot] = (table.missingCount[slot] ?? 0) - 1;
    jobs.late += 1;
    // It was looked for in the cache when it had not come yet.
    if (table.phase[slot] === JOB_CLOSED) watchCache(state, slot, told.monoMs);
    return;
  }
  jobs.expected += 1;
  jobs.returned += 1;
}

/** Whom a `find_job` asks for a job: who has not answered it before is awaited. */
function noteAsked(state: State, asking: number, about: string | undefined): void {
  const { table } = state.jobs;
  const slot = table.slots.get(about ?? '');
  if (slot === undefined) return;
  table.askedMonoMs[slot] = table.newMonoMs[asking] ?? Number.NaN;
  for (let word = 0; word < table.words; word += 1) {
    const at = slot * table.words + word;
    const both = (table.expected[at] ?? 0) & (table.expected[asking * table.words + word] ?? 0);
    table.asked[at] = (table.asked[at] ?? 0) | both;
  }
}

/** What a `find_job` found: the pair it asked for runs, or runs no more. */
function noteFound(state: State, { minion, found, about, monoMs }: Return): void {
  const { table } = state.jobs;
  const slot = table.slots.get(about ?? '');
  if (slot === undefined || found === 0) return;
  const at = { slot, minion };
  if (!hasPair(table, table.expected, at)) return;
  dropPair(table, table.asked, at);
  if (found === JOB_GONE) {
    dropPair(table, table.runs, at);
    addPair(table, table.gone, at);
  } else {
    dropPair(table, table.gone, at);
    addPair(table, table.runs, at);
    table.runsMonoMs[slot] = monoMs;
  }
}

function noteResult(state: State, told: Return, flags: number): void {
  const { minions, jobs } = state;
  if ((flags & TRIMMED) !== 0) jobs.trimmed += 1;
  if (told.found !== 0) return;
  const counts = told.failed ? minions.failedReturns : minions.goodReturns;
  counts[told.minion] = (counts[told.minion] ?? 0) + 1;
  minions.lastReturnWallMs[told.minion] = told.stampWallMs;
}

/** Of a job that nobody published, or that is not announced yet. */
function noteOwnStatus(
  state: State,
  batch: BusBatch,
  own: { readonly row: number; readonly told: Return; readonly scheduled: boolean },
): void {
  const { row, told, scheduled } = own;
  const { functionStatus, bus } = state;
  if (functionStatus.functions.length === 0) return;
  const name = textOf(bus.names.funs, batch.fun[row] ?? NO_NAME) ?? '';
  const states = textOf(bus.names.funs, batch.state[row] ?? NO_NAME) ?? '';
  const pair = pairOf(functionStatus, name, states);
  // Its announcement, if there is one to come, names the states.
  if (!scheduled && functionStatus.pairs[pair]?.state !== states) return;
  setStatus(functionStatus, { minion: told.minion, pair }, told.failed);
}

function bookScheduled(
  state: State,
  batch: BusBatch,
  { row, failed }: { readonly row: number; readonly failed: boolean },
): void {
  const { funs } = state.bus.names;
  const name = textOf(funs, batch.fun[row] ?? NO_NAME) ?? '';
  const states = textOf(funs, batch.state[row] ?? NO_NAME) ?? '';
  const counts = rowOf(state.jobs.functions, name, states);
  if (failed) counts.scheduledFailed += 1;
  else counts.scheduledSucceeded += 1;
}

function expectMinions(state: State, slot: number, numbers: Int32Array): void {
  const { jobs, bus, minions } = state;
  const { table } = jobs;
  for (const number of numbers) {
    const minion = minionOf(bus.names, minions, number);
    const at = { slot, minion };
    if (minion === NO_MINION || hasPair(table, table.expected, at)) continue;
    addPair(table, table.expected, at);
    table.expectedCount[slot] = (table.expectedCount[slot] ?? 0) + 1;
  }
}

function functionOfNew(
  state: State,
  batch: BusBatch,
  job: { readonly row: number; readonly name: string; readonly internal: boolean },
): FunctionRow {
  const { functions } = state.jobs;
  if (job.internal) return functions.other;
  const states = textOf(state.bus.names.funs, batch.state[job.row] ?? NO_NAME) ?? '';
  return rowForNew(functions, job.name, states);
}

/** By its stamp, unless that is not of the last minute: then by its arrival. */
function publishedAt(
  batch: BusBatch,
  row: number,
  now: Instant,
): { readonly monoMs: number; readonly wallMs: number } {
  const arrivedMonoMs = batch.arrivedMonoMs[row] ?? now.monoMs;
  const arrivedWallMs = now.wallMs - (now.monoMs - arrivedMonoMs);
  const stampWallMs = batch.stampWallMs[row] ?? Number.NaN;
  const ageMs = arrivedWallMs - stampWallMs;
  const stamped = Math.abs(ageMs) <= STAMP_AGE_MAX_MS;
  return stamped
    ? { monoMs: arrivedMonoMs - ageMs, wallMs: stampWallMs }
    : { monoMs: arrivedMonoMs, wallMs: arrivedWallMs };
}

/** Untrusted: what is no count adds nothing. */
function amount(value: number): number {
  return value > 0 && Number.isFinite(value) ? value : 0;
}

/** `success` where Salt says it, else the return code; where there is neither, nothing says so. */
function isFailure(flags: number, code: number): boolean {
  if ((flags & SUCCESS_SAID) !== 0) return (flags & SUCCESS) === 0;
  return code !== 0 && code !== NO_CODE;
}
