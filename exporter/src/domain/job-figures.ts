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
} from './vocabulary.js';

export function freezeJobs(state: State): JobFigures {
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
    trimmed: jobs.trimmed,
    pending: bus.connected === undefined ? undefined : countPending(state),
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

/** A minion whose request link is silent cannot return; else a `find_job` may have found its job. */
function countPending(state: State): Record<PendingReason, number> {
  const { table } = state.jobs;
  const counts = { running: 0, blocked: 0, unknown: 0 };
  if (table.open === 0) return counts;
  const blocked = blockedMinions(state);
  for (const slot of table.slots.values()) {
    if (table.phase[slot] !== JOB_OPEN || table.internal[slot] === 1) continue;
    for (let word = 0; word < table.words; word += 1) {
      const index = slot * table.words + word;
      const pending = pendingBits(table, index);
      if (pending === 0) continue;
      const stuck = pending & (blocked[word] ?? 0);
      const running = pending & ~stuck & (table.runs[index] ?? 0);
      counts.blocked += bitsIn(stuck);
      counts.running += bitsIn(running);
      counts.unknown += bitsIn(pending & ~stuck & ~running);
    }
  }
  return counts;
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
