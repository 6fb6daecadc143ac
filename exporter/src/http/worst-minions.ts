/**
 * Which minions a reader must see first: the worst N of any number, found in one pass without
 * sorting the fleet.
 */
import type { MinionColumns } from '../domain/epoch.js';
import { MINION_STATUSES, type MinionStatus } from '../domain/vocabulary.js';

/**
 * Higher is shown first. A flapping minion that is `ok` right now stands above `stale` ones: those
 * are decommissioned hosts and standby masters' keys, which nobody must get up for.
 */
const SEVERITY: Readonly<Record<MinionStatus, number>> = {
  absent: 7,
  half_open: 6,
  stalled: 5,
  slow: 4,
  ambiguous: 3,
  unknown: 2,
  ok: 1,
  stale: 0,
};
const SEVERITIES = MINION_STATUSES.map((status) => SEVERITY[status]);
const OK = MINION_STATUSES.indexOf('ok');

export interface WorstRows {
  /** Row numbers, worst first. */
  readonly rows: readonly number[];
  /** How many there are in all. */
  readonly of: number;
}

/**
 * Without `status`: minions that are not `ok`, or were not within the hour. With it: all minions of
 * that status. Order: severity, newest change, flaps, id.
 */
export function worstMinions(
  minions: MinionColumns,
  options: { limit: number; status: MinionStatus | undefined },
): WorstRows {
  const wanted = options.status === undefined ? -1 : MINION_STATUSES.indexOf(options.status);
  const best: number[] = [];
  let of = 0;
  for (let row = 0; row < minions.count; row += 1) {
    const status = minions.status[row] ?? OK;
    const listed = wanted < 0 ? status !== OK || minions.problem[row] === 1 : status === wanted;
    if (!listed) continue;
    of += 1;
    insert(minions, best, { row, limit: options.limit });
  }
  return { rows: best, of };
}

/**
 * Keeps `best` sorted and at most `limit` long; one comparison for nearly every row of a large
 * fleet.
 */
function insert(
  minions: MinionColumns,
  best: number[],
  { row, limit }: { row: number; limit: number },
): void {
  const last = best.at(-1);
  if (best.length >= limit && (last === undefined || compareWorst(minions, row, last) >= 0)) return;
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareWorst(minions, row, best[middle] ?? row) < 0) high = middle;
    else low = middle + 1;
  }
  best.splice(low, 0, row);
  if (best.length > limit) best.pop();
}

/** Order of two rows, the worse first; negative when `a` comes before `b`. */
export function compareWorst(minions: MinionColumns, a: number, b: number): number {
  const severity = severityOf(minions, b) - severityOf(minions, a);
  if (severity !== 0) return severity;
  const sinceA = known(minions.statusSinceMs[a]);
  const sinceB = known(minions.statusSinceMs[b]);
  if (sinceA !== sinceB) return sinceB > sinceA ? 1 : -1;
  const flaps = (minions.flaps[b] ?? 0) - (minions.flaps[a] ?? 0);
  return flaps !== 0 ? flaps : a - b;
}

function severityOf(minions: MinionColumns, row: number): number {
  return SEVERITIES[minions.status[row] ?? OK] ?? 0;
}

/** A status that began before this process watched is the oldest of its kind. */
function known(sinceMs: number | undefined): number {
  return sinceMs === undefined || Number.isNaN(sinceMs) ? 0 : sinceMs;
}
