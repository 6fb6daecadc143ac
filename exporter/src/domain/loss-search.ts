/** The latest verdicts on lost returns that answer a question: by link, function, minion and job. */
import type { LossRecord } from './loss-book.js';
import type { JobLoss } from './loss-epoch.js';
import { lossOf } from './loss-figures.js';
import {
  type Confidence,
  LOSS_LINKS,
  type LossLink,
  type LossReason,
  verdictOf,
} from './loss-vocabulary.js';
import type { State } from './state.js';

/** Empty sets and undefined ask for all. */
export interface LossFilter {
  readonly minion: ((id: string) => boolean) | undefined;
  readonly function: string | undefined;
  readonly jid: string | undefined;
  readonly links: ReadonlySet<LossLink>;
  readonly reasons: ReadonlySet<LossReason>;
  readonly confidences: ReadonlySet<Confidence>;
}

export interface FoundLoss extends JobLoss {
  /** undefined: its job is not remembered any more. */
  readonly function: string | undefined;
}

export interface LossesFound {
  /** Verdicts that match, of which `rows` are one page, newest first. */
  readonly of: number;
  readonly rows: readonly FoundLoss[];
  /** Of all that match. */
  readonly byLink: Readonly<Record<LossLink, number>>;
  readonly byFunction: ReadonlyMap<string | undefined, number>;
  readonly byMinion: ReadonlyMap<string, number>;
}

/** One pass over at most RECORDS_MAX verdicts. */
export function findLosses(
  state: State,
  filter: LossFilter,
  page: { readonly limit: number; readonly offset: number },
): LossesFound {
  const byLink = Object.fromEntries(LOSS_LINKS.map((link) => [link, 0])) as Record<
    LossLink,
    number
  >;
  const byFunction = new Map<string | undefined, number>();
  const byMinion = new Map<string, number>();
  const rows: FoundLoss[] = [];
  let of = 0;
  for (const record of [...state.losses.records.values()].reverse()) {
    const name = functionOf(state, record.jid);
    const link = verdictOf(record.verdict)?.link ?? 'unknown';
    if (!isAsked(filter, record, name)) continue;
    if (of >= page.offset && rows.length < page.limit) {
      rows.push({ ...lossOf(record, record), function: name });
    }
    of += 1;
    byLink[link] += 1;
    byFunction.set(name, (byFunction.get(name) ?? 0) + 1);
    byMinion.set(record.id, (byMinion.get(record.id) ?? 0) + 1);
  }
  return { of, rows, byLink, byFunction, byMinion };
}

function isAsked(filter: LossFilter, record: LossRecord, name: string | undefined): boolean {
  const verdict = verdictOf(record.verdict);
  const isIn = <T>(set: ReadonlySet<T>, word: T | undefined) =>
    set.size === 0 || (word !== undefined && set.has(word));
  return (
    isIn(filter.links, verdict?.link) &&
    isIn(filter.reasons, verdict?.reason) &&
    isIn(filter.confidences, verdict?.confidence) &&
    (filter.jid === undefined || filter.jid === record.jid) &&
    (filter.function === undefined || filter.function === name) &&
    (filter.minion === undefined || filter.minion(record.id))
  );
}

function functionOf({ jobs }: State, jid: string): string | undefined {
  const slot = jobs.table.slots.get(jid);
  return slot === undefined
    ? undefined
    : (jobs.table.functions[slot] ?? jobs.functions.other).function;
}
