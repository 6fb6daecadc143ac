/** Jobs, returns and the events of the bus as an epoch shows them: copies. */
import { freezeHistogram } from '../lib/histogram.js';
import type { JobFigures } from './job-epoch.js';
import { bitsIn, JOB_OPEN, pendingBits } from './job-table.js';
import { isEstablished, PHASE_FREE } from './link-table.js';
import type { State } from './state.js';
import { isSilent } from './survey.js';
import {
  AUTH_ACTS,
  BUS_KINDS,
  JOB_OUTCOMES,
  type PendingReason,
  PUBLISH_ERRORS,
  REQUEST,
  SUSPECT_EVIDENCE,
} from './vocabulary.js';

/** A `find_job` is answered at once by a minion that has a process to spare. */
const ANSWERED_MS = 5_000;

export function freezeJobs(state: State, nowMonoMs: number): JobFigures {
  const { jobs, bus } = state;
  const { table } = jobs;
  return {
    outcomes: record(JOB_OUTCOMES, (index) => jobs.outcomes[index] ?? 0),
    returnSeconds: freezeHistogram(jobs.returnSeconds),
    expected: jobs.expected,
    returned: jobs.returned,
    missing: jobs.missing,
    unseen: jobs.unseen,
    late: jobs.late,
    duplicates: jobs.duplicates,
    duplicateJids: jobs.duplicateJids,
    suspects: record(SUSPECT_EVIDENCE, (index) => jobs.suspects[index] ?? 0),
    trimmed: jobs.trimmed,
    pending: bus.connected === undefined ? undefined : countPending(state, nowMonoMs),
    functions: jobs.functions.rows.map(({ seconds, uses, ...figures }) => figures),
    events: record(BUS_KINDS, (index) => bus.kinds[index] ?? 0),
    auth: record(AUTH_ACTS, (index) => ({
      true: jobs.auth[index * 2 + 1] ?? 0,
      false: jobs.auth[index * 2] ?? 0,
    })),
    publishErrors: record(PUBLISH_ERRORS, (index) => jobs.publishErrors[index] ?? 0),
    workers: [...jobs.workers].map(([command, { requests, seconds }]) => ({
      command,
      requests,
      seconds,
    })),
    open: table.open,
    remembered: table.slots.size,
    evicted: table.evictedPairs,
  };
}

/**
 * A minion whose request link is silent cannot return; else a `find_job` may have found its job, or
 * not been answered by a minion that was heard of since.
 */
function countPending(state: State, nowMonoMs: number): Record<PendingReason, number> {
  const { table } = state.jobs;
  const counts = { running: 0, queued: 0, blocked: 0, unknown: 0 };
  if (table.open === 0) return counts;
  const blocked = blockedMinions(state);
  for (const slot of table.slots.values()) {
    if (table.phase[slot] !== JOB_OPEN || table.internal[slot] === 1) continue;
    const askedMs = table.askedMonoMs[slot] ?? Number.NaN;
    const isDue = nowMonoMs - askedMs >= ANSWERED_MS;
    for (let word = 0; word < table.words; word += 1) {
      const index = slot * table.words + word;
      const pending = pendingBits(table, index);
      if (pending === 0) continue;
      const stuck = pending & (blocked[word] ?? 0);
      const running = pending & ~stuck & (table.runs[index] ?? 0);
      const silent = isDue ? pending & ~stuck & ~running & (table.asked[index] ?? 0) : 0;
      const queued = heardSince(state, { first: word * 32, bits: silent }, askedMs);
      counts.blocked += bitsIn(stuck);
      counts.running += bitsIn(running);
      counts.queued += queued;
      counts.unknown += bitsIn(pending & ~stuck & ~running) - queued;
    }
  }
  return counts;
}

/** How many of these minions the bus told of since an instant. */
function heardSince(
  { losses }: State,
  minions: { readonly first: number; readonly bits: number },
  monoMs: number,
): number {
  let heard = 0;
  for (let bit = 0, bits = minions.bits; bits !== 0; bit += 1, bits >>>= 1) {
    if ((bits & 1) !== 0 && (losses.signs.heardMonoMs[minions.first + bit] ?? 0) > monoMs)
      heard += 1;
  }
  return heard;
}

function blockedMinions({ links, jobs }: State): Uint32Array {
  const blocked = new Uint32Array(jobs.table.words);
  for (let slot = 0; slot < links.high; slot += 1) {
    if (links.port[slot] !== REQUEST || !isEstablished(links.phase[slot] ?? PHASE_FREE)) continue;
    const minion = links.minion[slot] ?? -1;
    if (minion < 0 || !isSilent(links, slot)) continue;
    blocked[minion >>> 5] = (blocked[minion >>> 5] ?? 0) | (1 << (minion & 31));
  }
  return blocked;
}

function record<K extends string, V>(
  keys: readonly K[],
  value: (index: number) => V,
): Readonly<Record<K, V>> {
  const entries = keys.map((key, index) => [key, value(index)] as const);
  return Object.fromEntries(entries) as Record<K, V>;
}
