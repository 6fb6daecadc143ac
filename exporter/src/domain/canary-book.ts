/**
 * Canary jobs, booked: published, and then answered, or not in time. Their results are counted here
 * and nowhere else: they are no jobs of people, and do not stand in the families of those.
 */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import { NO_MINION } from './address-table.js';
import {
  type BusBatch,
  CANARY_ABSENT,
  CANARY_SAME,
  MIRRORED,
  NO_CODE,
  NO_NAME,
  SUCCESS,
  SUCCESS_SAID,
} from './bus-batch.js';
import { textOf } from './bus-names.js';
import {
  CANARY_TIMEOUT_MS,
  type CanaryFailure,
  type CanaryFigures,
  type CanaryJob,
  type CanaryPlan,
  type CanaryProbe,
  isCanaryJid,
} from './canary-job.js';
import { countSourceError, noteSuccess } from './source-book.js';
import type { State } from './state.js';
import { CANARY_FILE_RESULTS, type CanaryFileResult, PING_RESULTS } from './vocabulary.js';

/** A minute's worth at the highest budget. Full: the oldest goes, and is counted as an error. */
export const OPEN_CANARIES_MAX = 64;

export function applyCanaryJob(state: State, job: CanaryJob): void {
  const { canaries } = state;
  const { jid, probe, minion, sentMonoMs } = job;
  if (!isCanaryJid(jid) || canaries.open.has(jid)) return;
  const [oldest] = canaries.open.keys();
  if (canaries.open.size >= OPEN_CANARIES_MAX && oldest !== undefined) {
    canaries.evicted += 1;
    endCanary(state, oldest, 'error');
  }
  canaries.open.set(jid, { probe, minion, sentMonoMs, blind: false });
}

export function applyCanaryFailure(state: State, failure: CanaryFailure): void {
  const { jid, probe, reason } = failure;
  countSourceError(state.sources, 'job_canary', { reason, count: 1 });
  if (jid === undefined) count(state, probe, 'error');
  else endCanary(state, jid, 'error');
}

/** A `ret` event; of jobs that are not ours, or not of this process, nothing happens. */
export function noteCanaryReturn(
  state: State,
  batch: BusBatch,
  { row, slot }: { readonly row: number; readonly slot: number },
): void {
  const { canaries, bus } = state;
  const jid = textOf(bus.names.jids, batch.jid[row] ?? NO_NAME);
  const job = jid === undefined ? undefined : canaries.open.get(jid);
  const flags = batch.flags[row] ?? 0;
  if (jid === undefined || job === undefined || (flags & MIRRORED) !== 0) return;
  // Anybody may return for anybody's job; only who was asked counts.
  if (textOf(bus.names.minions, batch.minion[row] ?? NO_NAME) !== job.minion) return;
  const result = resultOf(job.probe, flags, batch.code[row] ?? NO_CODE);
  endCanary(state, jid, result);
  if (slot !== NO_MINION) {
    state.minions.lastCanaryWallMs[slot] = batch.stampWallMs[row] ?? Number.NaN;
    state.minions.missedCanaryWallMs[slot] = Number.NaN;
  }
  if (result !== 'ok') return;
  const seconds = ((batch.arrivedMonoMs[row] ?? Number.NaN) - job.sentMonoMs) / 1_000;
  const histogram = job.probe === 'ping' ? canaries.pingSeconds : canaries.fileSeconds;
  if (seconds >= 0) observe(histogram, seconds);
  if (job.probe === 'ping' && slot !== NO_MINION) {
    state.minions.lastPingWallMs[slot] = batch.stampWallMs[row] ?? Number.NaN;
  }
}

/** Books what is due as timed out; to be called about four times a second. */
export function closeDueCanaries(state: State, now: Instant): void {
  for (const [jid, job] of state.canaries.open) {
    if (now.monoMs - job.sentMonoMs < CANARY_TIMEOUT_MS[job.probe]) continue;
    // Who was silent while nobody listened may have returned.
    if (job.blind) countSourceError(state.sources, 'job_canary', { reason: 'bus_gap', count: 1 });
    else if (job.probe === 'ping') notePingMissed(state, job, now);
    endCanary(state, jid, job.blind ? 'error' : 'timeout');
  }
}

/** Files say less: whose file server hangs may answer everything else. */
function notePingMissed(
  { minions }: State,
  job: { readonly minion: string; readonly sentMonoMs: number },
  now: Instant,
): void {
  const slot = minions.slots.get(job.minion);
  if (slot !== undefined)
    minions.missedCanaryWallMs[slot] = now.wallMs - now.monoMs + job.sentMonoMs;
}

/** The bus was not heard: what is open now may have been answered. */
export function blindCanaries(state: State): void {
  for (const job of state.canaries.open.values()) job.blind = true;
}

export function applyCanaryPlan(state: State, plan: CanaryPlan, now: Instant): void {
  state.canaries.plan = plan;
  if (plan.stance === 'running') noteSuccess(state.sources, 'job_canary', now);
}

export function freezeCanaries({ canaries }: State): CanaryFigures {
  return {
    pings: { ...canaries.pings },
    files: { ...canaries.files },
    open: canaries.open.size,
    plan: canaries.plan,
  };
}

/**
 * Function and return code say whether the function ran; a missing file is a success to both, so the
 * decoder's comparison decides between the other three.
 */
function resultOf(probe: CanaryProbe, flags: number, code: number): CanaryFileResult {
  const isFailed = (flags & SUCCESS_SAID) !== 0 && (flags & SUCCESS) === 0;
  if (isFailed || (code !== 0 && code !== NO_CODE)) return 'error';
  if ((flags & CANARY_SAME) !== 0) return 'ok';
  if (probe === 'ping') return 'error';
  return (flags & CANARY_ABSENT) !== 0 ? 'missing' : 'wrong_content';
}

function endCanary(state: State, jid: string, result: CanaryFileResult): void {
  const job = state.canaries.open.get(jid);
  if (job === undefined) return;
  state.canaries.open.delete(jid);
  count(state, job.probe, result);
}

function count({ canaries }: State, probe: CanaryProbe, result: CanaryFileResult): void {
  if (probe === 'file') {
    const known = CANARY_FILE_RESULTS.find((each) => each === result);
    if (known !== undefined) canaries.files[known] += 1;
    return;
  }
  const known = PING_RESULTS.find((each) => each === result);
  if (known !== undefined) canaries.pings[known] += 1;
}
