/** What each source said of itself: up or down and why, its last success, its counted errors. */
import type { Instant } from '../lib/clock.js';
import type { SourceStatus } from './epoch.js';
import type { MasterConfig } from './observations.js';
import { SOURCES, type SourceName } from './vocabulary.js';

/**
 * A source's reasons are a closed set of its own; this bounds a mistake. Full: the error counts as
 * `other`.
 */
const REASONS_PER_SOURCE = 32;

/** Salt's own feeds: no source of ours reads them, the master's configuration alone decides. */
const SALT_FEEDS: readonly SourceName[] = ['salt_presence_events', 'salt_auth_events'];

const UNREAD_FEED = 'Not known: the configuration of the master could not be read.';

interface SourceEntry {
  up: boolean;
  detail: string;
  lastSuccessMs: number | undefined;
  /** Monotonic instant at which it said that it is down; NaN while it does not. */
  downMonoMs: number;
  readonly errors: Map<string, number>;
}

export type SourceBook = ReadonlyMap<SourceName, SourceEntry>;

export function createSourceBook(): SourceBook {
  const book = new Map<SourceName, SourceEntry>();
  for (const name of SOURCES) {
    book.set(name, {
      up: false,
      detail: 'Nothing was heard from it yet.',
      lastSuccessMs: undefined,
      downMonoMs: Number.NaN,
      errors: new Map(),
    });
  }
  return book;
}

/** Gives back whether it began or ceased to work. */
export function setSourceHealth(
  book: SourceBook,
  health: { readonly source: SourceName; readonly up: boolean; readonly detail: string },
  now: Instant,
): boolean {
  const entry = book.get(health.source);
  if (entry === undefined) return false;
  const isNews = entry.up !== health.up;
  entry.up = health.up;
  entry.detail = health.detail;
  entry.downMonoMs = health.up ? Number.NaN : now.monoMs;
  if (health.up) entry.lastSuccessMs = now.wallMs;
  return isNews;
}

/** The source delivered something that only a working source can. */
export function noteSuccess(book: SourceBook, source: SourceName, now: Instant): void {
  const entry = book.get(source);
  if (entry !== undefined) entry.lastSuccessMs = now.wallMs;
}

/** 0 declares a reason, so that its series exists before its first error; what is no count at all is nothing. */
export function countSourceError(
  book: SourceBook,
  source: SourceName,
  error: { readonly reason: string; readonly count: number },
): void {
  const errors = book.get(source)?.errors;
  if (errors === undefined || !(error.count >= 0) || error.count > Number.MAX_SAFE_INTEGER) return;
  const fits = errors.has(error.reason) || errors.size < REASONS_PER_SOURCE;
  const reason = fits ? error.reason : 'other';
  errors.set(reason, (errors.get(reason) ?? 0) + error.count);
}

/** Whether the source said that it is down, at this instant or later. */
export function saidDownSince(book: SourceBook, source: SourceName, monoMs: number): boolean {
  return (book.get(source)?.downMonoMs ?? Number.NaN) >= monoMs;
}

/**
 * A limitation of the master's configuration puts its source down, whatever the source itself says.
 */
export function listSources(
  book: SourceBook,
  enabled: ReadonlySet<SourceName>,
  config: MasterConfig | undefined,
): SourceStatus[] {
  const isConfigRead = config !== undefined && book.get('master_config')?.up === true;
  return SOURCES.map((source) => {
    const entry = book.get(source);
    const limits = config?.limitations.filter((limit) => limit.source === source) ?? [];
    const isFeed = SALT_FEEDS.includes(source);
    const works = isFeed ? isConfigRead : (entry?.up ?? false);
    const feedSaid = isConfigRead ? 'The master sends them.' : UNREAD_FEED;
    const said = isFeed ? feedSaid : (entry?.detail ?? '');
    const told = limits.map((limit) => `${limit.finding}: ${limit.consequence}`);
    return {
      source,
      enabled: isFeed || enabled.has(source),
      up: works && limits.length === 0,
      detail: told.length > 0 ? told.join(' ') : said,
      lastSuccessMs: entry?.lastSuccessMs,
      errors: new Map(entry?.errors),
    };
  });
}
