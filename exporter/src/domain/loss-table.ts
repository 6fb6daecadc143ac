/** Verdicts of the pairs (job, minion) of the job table, one byte a pair, and what they wait for. */
import {
  isAwaited,
  isUndecided,
  NO_VERDICT,
  VERDICT_UNHEARD,
  VERDICT_WAITS,
} from './loss-vocabulary.js';

/** Index by slot of the job table. */
export interface LossTable {
  /** Minions of one job. */
  readonly minions: number;
  /** NO_VERDICT, VERDICT_* or the number of a verdict: index `job × minions + minion`. */
  readonly verdicts: Uint8Array;
  /** Pairs that wait for a verdict, and that have an undecided one. */
  readonly waiting: Int32Array;
  readonly undecided: Int32Array;
  /** When its pairs were looked at last, all of them; the minion at which the next look goes on. */
  readonly judgedMonoMs: Float64Array;
  readonly cursor: Int32Array;
  readonly closedMonoMs: Float64Array;
  /** Last return that was heard, in time or late. */
  readonly returnedMonoMs: Float64Array;
  /** When the job cache was asked last; how many of its answers were looked at for lost returns. */
  readonly askedMonoMs: Float64Array;
  readonly cacheLooks: Uint8Array;
}

/** The job cache was looked at often enough. */
export const CACHE_DONE = 255;

export function createLossTable(jobs: number, minions: number): LossTable {
  const f64 = () => new Float64Array(jobs).fill(Number.NaN);
  return {
    minions,
    verdicts: new Uint8Array(jobs * minions),
    waiting: new Int32Array(jobs),
    undecided: new Int32Array(jobs),
    judgedMonoMs: f64(),
    cursor: new Int32Array(jobs),
    closedMonoMs: f64(),
    returnedMonoMs: f64(),
    askedMonoMs: f64(),
    cacheLooks: new Uint8Array(jobs).fill(CACHE_DONE),
  };
}

export function verdictAt(table: LossTable, job: number, minion: number): number {
  return table.verdicts[job * table.minions + minion] ?? NO_VERDICT;
}

export function setVerdict(
  table: LossTable,
  pair: { readonly slot: number; readonly minion: number },
  verdict: number,
): void {
  table.verdicts[pair.slot * table.minions + pair.minion] = verdict;
}

/** The pair is no pair any more. */
export function forgetVerdict(table: LossTable, job: number, minion: number): void {
  const verdict = verdictAt(table, job, minion);
  if (verdict === NO_VERDICT) return;
  table.verdicts[job * table.minions + minion] = NO_VERDICT;
  const counts = isAwaited(verdict) ? table.waiting : table.undecided;
  if (isAwaited(verdict) || isUndecided(verdict)) counts[job] = (counts[job] ?? 0) - 1;
}

/** Another job takes the place; returns the pairs that had no verdict yet. */
export function clearLosses(table: LossTable, job: number): number {
  const from = job * table.minions;
  const waiting = table.waiting[job] ?? 0;
  const hadAny = !Number.isNaN(table.closedMonoMs[job] ?? Number.NaN);
  // A job that never closed has touched none of its bytes.
  if (hadAny) table.verdicts.fill(NO_VERDICT, from, from + table.minions);
  table.waiting[job] = 0;
  table.undecided[job] = 0;
  table.judgedMonoMs[job] = Number.NaN;
  table.cursor[job] = 0;
  table.closedMonoMs[job] = Number.NaN;
  table.returnedMonoMs[job] = Number.NaN;
  table.askedMonoMs[job] = Number.NaN;
  table.cacheLooks[job] = CACHE_DONE;
  return waiting;
}

/** The minions of `bits`, 32 from `first` on, closed without a return. */
export function awaitVerdicts(
  table: LossTable,
  job: number,
  closed: {
    readonly first: number;
    readonly bits: number;
    readonly monoMs: number;
    readonly heard: boolean;
  },
): number {
  let pairs = 0;
  for (let bit = 0; bit < 32; bit += 1) {
    if ((closed.bits & (1 << bit)) === 0) continue;
    const verdict = closed.heard ? VERDICT_WAITS : VERDICT_UNHEARD;
    table.verdicts[job * table.minions + closed.first + bit] = verdict;
    pairs += 1;
  }
  table.waiting[job] = (table.waiting[job] ?? 0) + pairs;
  if (Number.isNaN(table.closedMonoMs[job] ?? Number.NaN)) table.closedMonoMs[job] = closed.monoMs;
  return pairs;
}
