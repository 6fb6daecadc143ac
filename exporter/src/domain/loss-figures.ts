/** Lost returns as an epoch and the API show them: copies. */
import { hasPair, JOB_FREE, JOB_OPEN } from './job-table.js';
import { type LossRecord, recordKey } from './loss-book.js';
import type { JobDetail, JobLoss, JobSummary, LossFigures, RevisionCount } from './loss-epoch.js';
import { verdictAt } from './loss-table.js';
import {
  isAwaited,
  NO_VERDICT,
  PUBLISH_LOSSES,
  REVISIONS,
  VERDICTS,
  verdictOf,
} from './loss-vocabulary.js';
import type { State } from './state.js';
import { PUBLISH_ERRORS } from './vocabulary.js';

/** Losses of one job that are listed; a job that nobody got has 10,000. */
export const LOSSES_SHOWN_MAX = 1_000;

/** Verdicts that every picture holds. */
const LATEST_SHOWN = 20;

export function freezeLosses(state: State): LossFigures {
  const { losses, jobs } = state;
  const refused = (reason: (typeof PUBLISH_ERRORS)[number]) =>
    jobs.publishErrors[PUBLISH_ERRORS.indexOf(reason)] ?? 0;
  const unanswered = (reason: (typeof PUBLISH_LOSSES)[number]) =>
    losses.publishes[PUBLISH_LOSSES.indexOf(reason)] ?? 0;
  return {
    verdicts: VERDICTS.map((verdict, index) => ({
      ...verdict,
      count: losses.booked[index] ?? 0,
    })),
    revised: countRevisions(losses.revised),
    publishes: {
      abandoned: unanswered('abandoned'),
      failed: unanswered('failed'),
      authentication: refused('authentication'),
      authorization: refused('authorization'),
    },
    latest: listLosses(state, LATEST_SHOWN),
    waiting: losses.table.waiting.reduce((sum, pairs) => sum + pairs, 0),
    evicted: losses.evicted,
  };
}

/** The jobs that are remembered, newest first. */
export function listJobs(state: State, most: number): readonly JobSummary[] {
  const { table } = state.jobs;
  const people = [...table.slots.values()].filter((slot) => table.internal[slot] === 0);
  people.sort((a, b) => (table.order[b] ?? 0) - (table.order[a] ?? 0));
  return people.slice(0, most).map((slot) => summaryOf(state, slot));
}

/** undefined: no such job is remembered. */
export function describeJob(state: State, jid: string): JobDetail | undefined {
  const { table } = state.jobs;
  const slot = table.slots.get(jid);
  if (slot === undefined || table.phase[slot] === JOB_FREE) return undefined;
  const losses: JobLoss[] = [];
  const waiting: string[] = [];
  let lossesOf = 0;
  let waitingOf = 0;
  const order = table.order[slot] ?? 0;
  for (let minion = 0; minion < state.minions.high; minion += 1) {
    if (!hasPair(table, table.expected, { slot, minion })) continue;
    const verdict = verdictAt(state.losses.table, slot, minion);
    const id = state.minions.ids[minion] ?? '';
    if (verdict !== NO_VERDICT && !isAwaited(verdict)) {
      lossesOf += 1;
      const record = state.losses.records.get(recordKey({ order, minion }));
      if (losses.length < LOSSES_SHOWN_MAX) losses.push(lossOf({ verdict, id, jid }, record));
    } else if (!hasPair(table, table.returned, { slot, minion })) {
      waitingOf += 1;
      if (waiting.length < LOSSES_SHOWN_MAX) waiting.push(id);
    }
  }
  losses.sort((a, b) => (a.minion < b.minion ? -1 : 1));
  return { ...summaryOf(state, slot), losses, lossesOf, waiting: waiting.sort(), waitingOf };
}

/** The latest verdicts, newest first. */
export function listLosses(state: State, most: number): readonly JobLoss[] {
  const records = [...state.losses.records.values()].slice(-most).reverse();
  return records.map((record) => lossOf(record, record));
}

/** The latest verdicts on one minion's returns, newest first. */
export function listLossesOf(state: State, id: string, most: number): readonly JobLoss[] {
  const own = [...state.losses.records.values()].filter((record) => record.id === id);
  return own
    .slice(-most)
    .reverse()
    .map((record) => lossOf(record, record));
}

function summaryOf(state: State, slot: number): JobSummary {
  const { table, functions } = state.jobs;
  const row = table.functions[slot] ?? functions.other;
  return {
    jid: table.jids[slot] ?? '',
    function: row.function,
    state: row.state,
    isOpen: table.phase[slot] === JOB_OPEN,
    beganWallMs: table.newWallMs[slot] ?? Number.NaN,
    expected: table.expectedCount[slot] ?? 0,
    returned: table.returnedCount[slot] ?? 0,
    missing: table.missingCount[slot] ?? 0,
    isBlind: table.blind[slot] === 1,
  };
}

/** A verdict with its evidence, as it is told. */
export function lossOf(
  pair: { readonly verdict: number; readonly id: string; readonly jid: string },
  record: LossRecord | undefined,
): JobLoss {
  const verdict = verdictOf(pair.verdict);
  return {
    minion: pair.id,
    jid: pair.jid,
    link: verdict?.link ?? 'unknown',
    reason: verdict?.reason ?? 'unknown',
    confidence: verdict?.confidence ?? 'unknown',
    evidence: record?.evidence ?? [],
    decidedWallMs: record?.decidedWallMs,
  };
}

/** Confidences of one link and reason together. */
function countRevisions(revised: Float64Array): readonly RevisionCount[] {
  const sums = new Map<string, RevisionCount>();
  for (const [index, { link, reason }] of VERDICTS.entries()) {
    for (const [r, to] of REVISIONS.entries()) {
      const key = `${link}/${reason}/${to}`;
      const count = (sums.get(key)?.count ?? 0) + (revised[index * REVISIONS.length + r] ?? 0);
      sums.set(key, { link, reason, to, count });
    }
  }
  return [...sums.values()];
}
