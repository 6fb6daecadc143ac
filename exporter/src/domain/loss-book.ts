/**
 * Verdicts on lost returns as they were booked: counters by verdict and by minion, what became of
 * them later, and the evidence of the latest. And the signs of life that verdicts rest on.
 */
import { createLossTable, forgetVerdict, type LossTable } from './loss-table.js';
import {
  isUndecided,
  LOSS_LINKS,
  PUBLISH_LOSSES,
  REVISIONS,
  type Revision,
  VERDICTS,
  verdictOf,
} from './loss-vocabulary.js';
import { PORTS } from './vocabulary.js';

/** Verdicts whose evidence is kept; of older ones the verdict alone is known. */
const RECORDS_MAX = 8_192;
/** Answered requests that are remembered of each minion. */
export const EXCHANGES_KEPT = 4;

/** A verdict with what it rests on. */
export interface LossRecord {
  /** Number of its job in the order of their beginnings. */
  readonly order: number;
  readonly jid: string;
  /** Slot of the minion table, and the id that it had. */
  readonly minion: number;
  readonly id: string;
  readonly verdict: number;
  /** Sentences: subject first, then the fact, with the source behind. */
  readonly evidence: readonly string[];
  readonly decidedWallMs: number;
}

export interface Losses {
  /** By number of the verdict − 1. */
  readonly booked: Float64Array;
  /** Index `(number − 1) × REVISIONS + revision`. */
  readonly revised: Float64Array;
  /** Index `minion × LOSS_LINKS + link`. */
  readonly byMinion: Float64Array;
  /** By index into PUBLISH_LOSSES; what the bus tells of is counted with the jobs. */
  readonly publishes: Float64Array;
  /** The latest, by `order/minion`, oldest first. */
  readonly records: Map<string, LossRecord>;
  readonly table: LossTable;
  /** Pairs without a verdict when their job had to make room. */
  evicted: number;
  readonly signs: MinionSigns;
  /** Links that have not ended, chained by minion and port: filled anew for each turn. */
  readonly links: { readonly first: Int32Array; readonly next: Int32Array };
}

/** By slot of the minion table; instants of CLOCK_MONOTONIC, NaN = none. */
export interface MinionSigns {
  /** When its requests were answered, the latest: index `minion × EXCHANGES_KEPT + n`. */
  readonly exchanges: Uint32Array;
  readonly exchangeMonoMs: Float64Array;
  /** It said that it started: when, and whether its process was the same. */
  readonly startMonoMs: Float64Array;
  readonly starts: Float64Array;
  readonly reconnects: Float64Array;
  /** Last event of it on the bus. */
  readonly heardMonoMs: Float64Array;
}

export function createLosses(limits: {
  readonly jobs: number;
  readonly minions: number;
  readonly links: number;
}): Losses {
  const { minions } = limits;
  const f64 = () => new Float64Array(minions);
  return {
    booked: new Float64Array(VERDICTS.length),
    revised: new Float64Array(VERDICTS.length * REVISIONS.length),
    byMinion: new Float64Array(minions * LOSS_LINKS.length),
    publishes: new Float64Array(PUBLISH_LOSSES.length),
    records: new Map(),
    table: createLossTable(limits.jobs, Math.ceil(minions / 32) * 32),
    evicted: 0,
    links: {
      first: new Int32Array(minions * PORTS.length),
      next: new Int32Array(limits.links),
    },
    signs: {
      exchanges: new Uint32Array(minions),
      exchangeMonoMs: new Float64Array(minions * EXCHANGES_KEPT),
      startMonoMs: f64().fill(Number.NaN),
      starts: f64(),
      reconnects: f64(),
      heardMonoMs: f64().fill(Number.NaN),
    },
  };
}

/** A verdict is given; `before`: the undecided one that it takes the place of, or none. */
export function bookVerdict(losses: Losses, record: LossRecord, before: number): void {
  const { verdict, minion } = record;
  if (before !== 0) reviseVerdict(losses, before, isUndecided(verdict) ? 'unknown' : 'other');
  losses.booked[verdict - 1] = (losses.booked[verdict - 1] ?? 0) + 1;
  const link = LOSS_LINKS.indexOf(verdictOf(verdict)?.link ?? 'unknown');
  const at = minion * LOSS_LINKS.length + link;
  losses.byMinion[at] = (losses.byMinion[at] ?? 0) + 1;
  const key = recordKey(record);
  losses.records.delete(key);
  losses.records.set(key, record);
  if (losses.records.size <= RECORDS_MAX) return;
  for (const oldest of losses.records.keys()) {
    losses.records.delete(oldest);
    break;
  }
}

export function reviseVerdict(losses: Losses, verdict: number, to: Revision): void {
  const at = (verdict - 1) * REVISIONS.length + REVISIONS.indexOf(to);
  losses.revised[at] = (losses.revised[at] ?? 0) + 1;
}

export function recordKey(pair: { readonly order: number; readonly minion: number }): string {
  return `${pair.order}/${pair.minion}`;
}

/** A client's publish never became a job. */
export function countPublishLoss(
  { losses }: { readonly losses: Losses },
  reason: 'abandoned' | 'failed',
): void {
  const at = PUBLISH_LOSSES.indexOf(reason);
  losses.publishes[at] = (losses.publishes[at] ?? 0) + 1;
}

/** A request of this minion was answered. */
export function noteExchangeOf(losses: Losses, minion: number, repliedMonoMs: number): void {
  const { signs } = losses;
  const number = signs.exchanges[minion] ?? 0;
  signs.exchanges[minion] = number + 1;
  signs.exchangeMonoMs[minion * EXCHANGES_KEPT + (number % EXCHANGES_KEPT)] = repliedMonoMs;
}

/** The slot of the minion table is given to another minion. */
export function forgetLossesOf(losses: Losses, minion: number, jobs: Iterable<number>): void {
  const { signs } = losses;
  for (const job of jobs) forgetVerdict(losses.table, job, minion);
  losses.byMinion.fill(0, minion * LOSS_LINKS.length, (minion + 1) * LOSS_LINKS.length);
  signs.exchanges[minion] = 0;
  signs.startMonoMs[minion] = Number.NaN;
  signs.starts[minion] = 0;
  signs.reconnects[minion] = 0;
  signs.heardMonoMs[minion] = Number.NaN;
  for (const [key, record] of losses.records) {
    if (record.minion === minion) losses.records.delete(key);
  }
}
