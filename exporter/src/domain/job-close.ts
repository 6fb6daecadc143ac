/**
 * When a pair that is pending closes as missing. The bus does not carry a job's own timeout, so what
 * is usual decides: as long as the command line would have waited, twice as long as nearly all
 * returns of this function took, and as long as a `find_job` says that it runs.
 *
 * A worked example: `state.apply` with a 99th percentile of 120 s, published at 0. Nine of ten
 * minions return within 80 s. At 240 s the tenth is missing, unless a `find_job` was answered with
 * its pid 20 s ago: then it is pending until 30 s after the last such answer.
 */
import type { Instant } from '../lib/clock.js';
import { type FunctionRow, usualSeconds } from './job-functions.js';
import { bitsIn, JOB_CLOSED, JOB_OPEN, pendingBits, pendingCount } from './job-table.js';
import { awaitVerdicts } from './loss-table.js';
import { watchCache } from './loss-turns.js';
import type { State } from './state.js';

/** Salt's own defaults of `timeout` and `gather_job_timeout`, where the configuration is not known. */
const TIMEOUT_SECONDS = 5;
const GATHER_SECONDS = 10;
/** A job may take so many times as long as its function usually does. */
const USUAL_TIMES = 2;
/** `find_job` asks every timeout + gather; one answer may be lost. */
const ASKED_TIMES = 2;
/**
 * Functions that may take minutes, before their own times are known; a first highstate is no loss.
 * By the beginning of the name.
 */
const SLOW_FUNCTIONS: readonly (readonly [prefix: string, seconds: number])[] = [
  ['state.', 1_200],
  ['pkg.', 900],
  ['cmd.', 300],
  ['saltutil.sync', 120],
  ['cp.', 300],
];

/** Seconds after its publish at which a job's pairs close. */
export function waitSeconds(state: State, row: FunctionRow): number {
  const asked = askedSeconds(state);
  const usual = usualSeconds(row);
  if (usual !== undefined) return Math.max(asked, USUAL_TIMES * usual);
  const slow = SLOW_FUNCTIONS.find(([prefix]) => row.function.startsWith(prefix));
  return Math.max(asked, slow?.[1] ?? 0);
}

/** Closes what is due; to be called about four times a second. */
export function closeDueJobs(state: State, now: Instant): void {
  const { table } = state.jobs;
  if (table.open === 0) return;
  const patienceMs = ASKED_TIMES * askedSeconds(state) * 1_000;
  for (const slot of table.slots.values()) {
    if (table.phase[slot] !== JOB_OPEN) continue;
    const row = table.functions[slot] ?? state.jobs.functions.other;
    const ageMs = now.monoMs - (table.newMonoMs[slot] ?? 0);
    if (ageMs < waitSeconds(state, row) * 1_000) continue;
    const runs = now.monoMs - (table.runsMonoMs[slot] ?? Number.NaN) <= patienceMs;
    closePairs(state, slot, { runs, monoMs: now.monoMs });
    if (pendingCount(table, slot) <= 0) closeJob(state, slot, now.monoMs);
  }
}

/** Closes a job at once when nobody is pending any more. */
export function settleWhenWhole(state: State, slot: number, monoMs: number): void {
  const { table } = state.jobs;
  const isWhole = table.phase[slot] === JOB_OPEN && pendingCount(table, slot) <= 0;
  if (isWhole) closeJob(state, slot, monoMs);
}

/** Who is pending is missing from now on; with `runs` not those of whom a `find_job` says that they run. */
function closePairs(
  state: State,
  slot: number,
  { runs, monoMs }: { readonly runs: boolean; readonly monoMs: number },
): void {
  const { table } = state.jobs;
  const from = slot * table.words;
  for (let index = from; index < from + table.words; index += 1) {
    const pending = pendingBits(table, index);
    const closing = runs ? pending & ~(table.runs[index] ?? 0) : pending;
    if (closing === 0) continue;
    table.missing[index] = (table.missing[index] ?? 0) | closing;
    bookMissing(state, slot, { first: (index - from) * 32, bits: closing, monoMs });
  }
}

/** While the bus was not heard nobody knows yet who is missing: the verdict decides. */
function bookMissing(
  state: State,
  slot: number,
  closed: { readonly first: number; readonly bits: number; readonly monoMs: number },
): void {
  const { jobs, losses } = state;
  const { table } = jobs;
  const pairs = bitsIn(closed.bits);
  table.missingCount[slot] = (table.missingCount[slot] ?? 0) + pairs;
  if (table.internal[slot] === 1) return;
  const heard = table.blind[slot] !== 1;
  awaitVerdicts(losses.table, slot, { ...closed, heard });
  if (!heard) return;
  jobs.expected += pairs;
  jobs.missing += pairs;
}

function closeJob(state: State, slot: number, monoMs: number): void {
  const { jobs } = state;
  const { table } = jobs;
  table.phase[slot] = JOB_CLOSED;
  table.open -= 1;
  const expected = table.expectedCount[slot] ?? 0;
  const returned = table.returnedCount[slot] ?? 0;
  if (table.internal[slot] === 1 || expected === 0) return;
  watchCache(state, slot, monoMs);
  const whole = returned === expected;
  if (table.ended[slot] === 1 || (!whole && table.blind[slot] === 1)) return;
  table.ended[slot] = 1;
  const outcome = whole ? 0 : returned > 0 ? 1 : 2;
  jobs.outcomes[outcome] = (jobs.outcomes[outcome] ?? 0) + 1;
}

/** How long the command line waits for an answer, and for that to its `find_job`. */
function askedSeconds({ config }: State): number {
  const timeout = config?.options.get('timeout') ?? TIMEOUT_SECONDS;
  return timeout + (config?.options.get('gather_job_timeout') ?? GATHER_SECONDS);
}
