/** Which minions stand on the rows, and in what order: filter, sort, groups. */
import type { Fleet, Minion } from './fleet';
import { SLOW, STATUSES } from './statuses';

export type SortKey = 'worst' | 'flaps' | 'pressure' | 'dropped' | 'name';

export interface OrderWishes {
  readonly sort: SortKey;
  /** `none`, `status`, or the name of a label. */
  readonly group: string;
  readonly search: string;
  /** Statuses to show; empty = all. */
  readonly only: ReadonlySet<number>;
}

export interface Group {
  readonly name: string;
  readonly minions: readonly number[];
}

export interface Order {
  /** Indices of minions, group after group. */
  readonly minions: readonly number[];
  readonly groups: readonly Group[];
}

type Compare = (a: Minion, b: Minion) => number;

const byScore: Compare = (a, b) => b.score - a.score || a.index - b.index;
const number = (value: number | null) => value ?? -1;

const COMPARE: Record<SortKey, Compare> = {
  worst: byScore,
  flaps: (a, b) => number(b.flaps) - number(a.flaps) || byScore(a, b),
  pressure: (a, b) =>
    b.pressureMax - a.pressureMax || b.pressureNow - a.pressureNow || byScore(a, b),
  dropped: (a, b) => number(b.dropped) - number(a.dropped) || byScore(a, b),
  name: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.index - b.index),
};

function matches(minion: Minion, words: string): boolean {
  if (minion.id.toLowerCase().includes(words)) return true;
  if (STATUSES[minion.now].includes(words)) return true;
  return Object.values(minion.labels).some((value) => value.toLowerCase().includes(words));
}

function nameOfGroup(minion: Minion, group: string): string {
  if (group === 'status') return STATUSES[minion.now];
  return minion.labels[group] ?? '';
}

/** Share of a group's minions that were hurt in the range: a rack that flapped as one stands high. */
function hurtShare(members: readonly Minion[]): number {
  const hurt = members.filter((one) => one.worst >= SLOW || (one.flaps ?? 0) > 0);
  return hurt.length / members.length;
}

export function orderFleet(fleet: Fleet, wishes: OrderWishes): Order {
  const words = wishes.search.trim().toLowerCase();
  const shown = fleet.minions.filter(
    (one) =>
      (words === '' || matches(one, words)) && (wishes.only.size === 0 || wishes.only.has(one.now)),
  );
  shown.sort(COMPARE[wishes.sort]);
  if (wishes.group === 'none') return { minions: shown.map((one) => one.index), groups: [] };
  const found = new Map<string, Minion[]>();
  for (const minion of shown) {
    const name = nameOfGroup(minion, wishes.group);
    const members = found.get(name);
    if (members === undefined) found.set(name, [minion]);
    else members.push(minion);
  }
  const groups = [...found];
  if (wishes.sort === 'name') groups.sort(([a], [b]) => (a < b ? -1 : 1));
  else groups.sort(([, a], [, b]) => hurtShare(b) - hurtShare(a));
  const indexed = groups.map(([name, members]) => {
    return { name, minions: members.map((one) => one.index) };
  });
  return { minions: indexed.flatMap((group) => group.minions), groups: indexed };
}

/** Labels by which the fleet can be grouped: those with more than one value, and fewer than minions. */
export function groupLabels(fleet: Fleet): string[] {
  const values = new Map<string, Set<string>>();
  for (const { labels } of fleet.minions) {
    for (const [name, value] of Object.entries(labels)) {
      const seen = values.get(name);
      if (seen === undefined) values.set(name, new Set([value]));
      else seen.add(value);
    }
  }
  const useful = [...values].filter(
    ([, seen]) => seen.size > 1 && seen.size < fleet.minions.length,
  );
  return useful.map(([name]) => name).sort();
}

/** What all ids end with, from a dot on: said once instead of in every row. Empty when it would save little. */
export function sharedSuffix(minions: readonly Minion[]): string {
  const [first, ...others] = minions;
  if (first === undefined || others.length === 0) return '';
  let suffix = first.id.slice(1);
  for (const { id } of others) {
    while (suffix !== '' && (!id.endsWith(suffix) || id.length === suffix.length)) {
      suffix = suffix.slice(1);
    }
  }
  const dot = suffix.indexOf('.');
  return dot < 0 || suffix.length - dot < 4 ? '' : suffix.slice(dot);
}
