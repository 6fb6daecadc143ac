/** Compares what the exporter said of each pair with what was true of it, and the counts with what was promised. */
import type { SaltVersion } from '../lab/install.js';
import { type Cause, type Ceiling, DECIDABLE, type Fault } from './fault.js';

/** A pair that returned, in the words of both sides. */
export const RETURNED = 'returned';
/** It did not return and the injector does not know why: the bench's own failure. */
export const UNEXPLAINED = 'unexplained';

/** Not returned, and no verdict yet. */
export const PENDING = 'pending';

/** `held`: while the fault lasts; `end`: when it was healed and nothing changes any more. */
export type Phase = 'held' | 'end';

/** A line of the report; truth and verdict are `<link> <reason>`, or one of the words here. */
export interface PairRecord {
  readonly kind: 'pair';
  readonly version: SaltVersion;
  readonly fault: string;
  readonly round: number;
  readonly phase: Phase;
  readonly jid: string;
  readonly minion: string;
  readonly started: boolean;
  readonly ended: boolean;
  readonly kept: boolean;
  readonly told: boolean;
  readonly truth: string;
  /** `returned` where the exporter lists no loss, `pending`, `no such job`. */
  readonly verdict: string;
  readonly confidence: string;
  readonly evidence: readonly string[];
}

export interface PublishRecord {
  readonly kind: 'publish';
  readonly version: SaltVersion;
  readonly fault: string;
  readonly round: number;
  readonly reason: string;
  readonly lost: number;
  /** What the exporter counted under that reason, and under all others. */
  readonly counted: number;
  readonly others: number;
}

/** A round that could not be played to its end. */
export interface FailureRecord {
  readonly kind: 'failure';
  readonly version: SaltVersion;
  readonly fault: string;
  readonly round: number;
  readonly why: string;
}

export interface RunRecord {
  readonly kind: 'run';
  readonly version: SaltVersion;
  readonly fault: string;
  readonly at: string;
  readonly jobs: number;
  /** That each job takes. */
  readonly seconds: number;
  readonly minions: number;
  readonly kernel: string;
  readonly node: string;
  /** Commit of the exporter under test; empty where nobody knows. */
  readonly code: string;
  /** Returns, all of them real, that the exporter called suspect. */
  readonly suspects: number;
}

export type Line = PairRecord | PublishRecord | FailureRecord | RunRecord;

export type Outcome = 'right' | 'wrong' | 'unknown' | 'unexplained';

/** One pair, or several that are alike. */
export interface Judged {
  readonly truth: string;
  readonly verdict: string;
  readonly phase: Phase;
}

/** `cause`: why it did not return, or was told to nobody, as far as the injector can say. */
export function truthOf({ kept }: { readonly kept: boolean }, cause: Cause | undefined): string {
  if (cause !== undefined) return `${cause.link} ${cause.reason}`;
  return kept ? RETURNED : UNEXPLAINED;
}

export function outcomeOf({ truth, verdict, phase }: Judged): Outcome {
  if (truth === UNEXPLAINED) return 'unexplained';
  if (truth === verdict) return 'right';
  if (truth === RETURNED) return 'wrong';
  const [link = ''] = truth.split(' ');
  const [said = ''] = verdict.split(' ');
  if (said === 'unknown') return 'unknown';
  // no verdict yet is an answer only while the fault lasts
  if (said === PENDING) return phase === 'held' ? 'unknown' : 'wrong';
  return said === '4_or_5' && (link === '4' || link === '5') ? 'unknown' : 'wrong';
}

/** Figures of one fault on one version. */
export interface Score {
  readonly fault: string;
  readonly version: SaltVersion;
  readonly pairs: number;
  readonly lost: number;
  /** Of the lost ones. */
  readonly right: number;
  readonly unknown: number;
  /** Of the lost ones, and returned pairs that were called lost. */
  readonly wrong: number;
  readonly falseLosses: number;
  readonly unexplained: number;
  readonly publishes: number;
  readonly publishesRight: number;
  readonly ceiling: Ceiling;
  /** Why this does not pass; empty = it passes. */
  readonly problems: readonly string[];
}

/** Of those that were decided; and over everything together. */
export const RIGHT_LEAST = 0.97;
export const RIGHT_LEAST_OVER_ALL = 0.99;

/** What one fault on one release gave, as counts. */
export interface Counts {
  readonly failures: readonly string[];
  readonly pairs: readonly (Judged & { readonly count: number })[];
  readonly publishes: readonly {
    readonly reason: string;
    readonly lost: number;
    readonly counted: number;
    readonly others: number;
  }[];
  /** Returns that were called suspect: nobody forges any here; undefined: not counted. */
  readonly suspects?: number;
}

export function score(fault: Fault, version: SaltVersion, counts: Counts): Score {
  const { pairs, publishes, failures, suspects = 0 } = counts;
  const ceiling = fault.unknown?.(version) ?? DECIDABLE;
  const isLost = (truth: string) => truth !== RETURNED;
  const of = (outcome: Outcome, among: (truth: string) => boolean = () => true) =>
    sum(pairs.map((pair) => (among(pair.truth) && outcomeOf(pair) === outcome ? pair.count : 0)));
  const tally = {
    pairs: sum(pairs.map(({ count }) => count)),
    lost: sum(pairs.map(({ truth, count }) => (isLost(truth) ? count : 0))),
    right: of('right', isLost),
    unknown: of('unknown'),
    wrong: of('wrong'),
    falseLosses: of('wrong', (truth) => !isLost(truth)),
    unexplained: of('unexplained'),
    publishes: sum(publishes.map(({ lost }) => lost)),
    publishesRight: sum(publishes.map(({ lost, counted }) => Math.min(lost, counted))),
  };
  const problems = [...failures, ...problemsOf(fault, tally, ceiling)];
  if (suspects > 0) problems.push(`${suspects} returns of the minions themselves are suspect`);
  for (const { reason, lost, counted, others } of publishes) {
    if (counted === lost && others === 0) continue;
    problems.push(
      `publishes lost: ${lost} by ${reason}, counted ${counted} and ${others} of others`,
    );
  }
  return { fault: fault.name, version, ...tally, ceiling, problems };
}

type Tally = Omit<Score, 'fault' | 'version' | 'ceiling' | 'problems'>;

function problemsOf(fault: Fault, tally: Tally, ceiling: Ceiling): string[] {
  const problems: string[] = [];
  const { lost, right, wrong, unknown, unexplained, falseLosses } = tally;
  if (tally.pairs + tally.publishes === 0) problems.push('nothing was judged');
  if (fault.expects === 'losses' && lost === 0) problems.push('the injection lost nothing');
  if (fault.expects === 'publishes' && tally.publishes === 0) {
    problems.push('the injection lost no publish');
  }
  if (unexplained > 0) problems.push(`${unexplained} lost pairs that the injector cannot explain`);
  if (falseLosses > 0 && fault.expects === 'none') {
    problems.push(`${falseLosses} returned pairs are called lost`);
  }
  const decided = right + wrong;
  if (decided > 0 && right / decided < RIGHT_LEAST) {
    problems.push(`${right} of ${decided} decided pairs are right`);
  }
  if (lost > 0 && unknown / lost > ceiling.share) {
    problems.push(
      `${unknown} of ${lost} lost pairs are unknown, at most ${percent(ceiling.share)}`,
    );
  }
  return problems;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

/** Counts by truth and verdict. */
export function confusion(
  pairs: readonly Pick<PairRecord, 'truth' | 'verdict'>[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const rows = new Map<string, Map<string, number>>();
  for (const { truth, verdict } of pairs) {
    const row = rows.get(truth) ?? new Map<string, number>();
    rows.set(truth, row);
    row.set(verdict, (row.get(verdict) ?? 0) + 1);
  }
  return rows;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
