/** Series of Prometheus, sorted by family and minion, and cut to what a browser can hold. */
import { codeOf, SLOW } from './statuses';

/** One series as a panel gets it. */
export interface Series {
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface MinionSeries {
  readonly id: string;
  /** Labels by which it can be grouped; those of one family only are left out. */
  readonly labels: Readonly<Record<string, string>>;
  readonly status: Series[];
  readonly pressure: Series[];
  readonly flaps: Series[];
  readonly connects: Series[];
  readonly disconnects: Series[];
  readonly dropped: Series[];
  readonly identity: Series[];
}

export interface SortedSeries {
  readonly minions: readonly MinionSeries[];
  /** Counters of the whole fleet. */
  readonly fleet: readonly Series[];
  readonly stepMs: number;
  readonly hwm: number | null;
}

const FAMILIES: Readonly<Record<string, Exclude<keyof MinionSeries, 'id' | 'labels'>>> = {
  salt_minion_status: 'status',
  salt_minion_queue_pressure_ratio: 'pressure',
  salt_minion_flaps_total: 'flaps',
  salt_minion_connects_total: 'connects',
  salt_minion_disconnects_total: 'disconnects',
  salt_minion_dropped_messages_total: 'dropped',
  salt_minion_identity_info: 'identity',
};
const FLEET_FAMILIES = new Set(['salt_master_restarts_total', 'salt_reconnect_storms_total']);
/** Labels that say what a series is, not whose it is. */
const OWN_LABELS = new Set(['__name__', 'minion', 'status', 'reason', 'port', 'basis', 'source']);

/** Beyond these a browser is slow and Prometheus slower; only the exporter's own timeline folds. */
export const MAX_MINIONS = 1000;
export const MAX_POINTS = 1_500_000;
/** Used when every series has one sample. */
const FALLBACK_STEP_MS = 60_000;

function ownerLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !OWN_LABELS.has(name)));
}

function emptyMinion(id: string, labels: Record<string, string>): MinionSeries {
  const lists = { status: [], pressure: [], flaps: [], connects: [], disconnects: [] };
  return { id, labels, ...lists, dropped: [], identity: [] };
}

/** Smallest distance of two samples of one series: what the range query's step was. */
function stepOf(series: readonly Series[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (const { times } of series) {
    for (let k = 1; k < times.length; k++) {
      const distance = times[k] - times[k - 1];
      if (distance > 0 && distance < step) step = distance;
    }
  }
  return Number.isFinite(step) ? step : FALLBACK_STEP_MS;
}

export function sortSeries(all: readonly Series[]): SortedSeries {
  const minions = new Map<string, MinionSeries>();
  const marks = all.filter((series) => series.family === 'salt_publish_hwm_messages');
  for (const series of all) {
    const list = FAMILIES[series.family];
    const id = series.labels.minion;
    if (list === undefined || id === undefined) continue;
    // The same id under two masters is two rows: each master has its own link to it.
    const key = `${id}\0${series.labels.master ?? ''}`;
    const known = minions.get(key);
    const minion = known ?? emptyMinion(id, ownerLabels(series.labels));
    if (known === undefined) minions.set(key, minion);
    minion[list].push(series);
  }
  const shown = [...minions.values()].filter((minion) => minion.status.length > 0);
  const newest = marks.at(-1)?.values;
  return {
    minions: shown,
    fleet: all.filter((series) => FLEET_FAMILIES.has(series.family)),
    stepMs: stepOf(shown.flatMap((minion) => minion.status)),
    hwm: newest === undefined || newest.length === 0 ? null : newest[newest.length - 1],
  };
}

function pointsOf(minion: MinionSeries): number {
  const lists = [minion.status, minion.pressure, minion.flaps, minion.connects];
  lists.push(minion.disconnects, minion.dropped);
  return lists.flat().reduce((sum, series) => sum + series.times.length, 0);
}

/** How much a minion went through: samples of bad statuses, the worse the heavier, and the newest one. */
function troubleOf(minion: MinionSeries): number {
  let trouble = 0;
  for (const series of minion.status) {
    const code = codeOf(series.labels.status ?? '');
    if (code >= SLOW) trouble += series.times.length * (code - SLOW + 1);
  }
  for (const series of [...minion.dropped, ...minion.flaps]) {
    const { values } = series;
    if (values.length > 1 && values[values.length - 1] !== values[0]) trouble += 1000;
  }
  return trouble;
}

/** The worst minions that fit; the notice says how many were left out. */
export function cutSeries({ minions }: SortedSeries): {
  readonly minions: readonly MinionSeries[];
  readonly notices: readonly string[];
} {
  let points = 0;
  for (const minion of minions) points += pointsOf(minion);
  if (minions.length <= MAX_MINIONS && points <= MAX_POINTS) return { minions, notices: [] };
  const worst = minions.map((minion) => ({ minion, trouble: troubleOf(minion) }));
  worst.sort((a, b) => b.trouble - a.trouble);
  const kept: MinionSeries[] = [];
  let used = 0;
  for (const { minion } of worst) {
    used += pointsOf(minion);
    if (kept.length >= MAX_MINIONS || (used > MAX_POINTS && kept.length > 0)) break;
    kept.push(minion);
  }
  const format = (value: number) => value.toLocaleString('en-US');
  const notice =
    `Showing the worst ${format(kept.length)} of ${format(minions.length)} minions: ` +
    `${format(points)} samples are more than a browser holds. ` +
    'The Brinescope data source folds them on the server.';
  return { minions: kept, notices: [notice] };
}
