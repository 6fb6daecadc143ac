/**
 * Ghost jobs: publishes that ran after the client that asked for them had gone. A `new` on the bus
 * that the exchange of no living client brackets, after a client's request was abandoned; each
 * exchange explains one `new`, each abandoned request one ghost. Without positive evidence there is
 * none.
 *
 * A worked example: workers stand still, a client asks three times and gives up; they run on, three
 * jobs start. No client's data arrived within the second before: three ghosts, proven. Had somebody
 * else's publish been answered in the same moment, one of four `new` would be his, and the ghosts
 * likely, for nothing tells which of the four it was.
 */
import type { BusEvent } from './observations.js';
import { GHOST_CONFIDENCES, type GhostConfidence } from './vocabulary.js';

/** A publish asks with more than this (measured: 229 for a `test.ping`; a bare ping has 42). */
export const CLIENT_REQUEST_MIN = 96;
/**
 * Kernel ages are jiffies of up to 10 ms, and Salt stamps an event a moment after it took the
 * request.
 */
export const BRACKET_SLACK_MS = 20;
/** A client whose data arrived this little before a `new` can be the one that asked for it. */
export const CLIENT_NEAR_MS = 1_000;
/**
 * A `new` is judged this long after it fired, by a complete scan: the reply follows it within
 * milliseconds, and the end of a client's link within a second.
 */
export const JUDGE_AFTER_MS = 2_000;
/**
 * While a living client waits the `new` can still be his: it is judged when he is answered or gone,
 * and not at all when that takes longer than a client's patience.
 */
export const JUDGE_WITHIN_MS = 30_000;
/**
 * An abandoned request runs when its worker does. Salt's own clients are gone after 16 s; workers
 * that stood still for longer than this are restarted, and their requests lost with them.
 */
export const GHOST_WINDOW_MS = 600_000;
/** A stamp this much older than its arrival is no instant of this host's clock. */
const STAMP_AGE_MAX_MS = 60_000;
/** Clients of the last minutes; more in a minute than Salt can publish. Full: the oldest goes. */
const KEPT = 1_024;

/** What a client did, or a `new`: from and to are instants on the monotonic clock. */
interface Span {
  readonly fromMonoMs: number;
  readonly toMonoMs: number;
}

interface News {
  readonly firedMonoMs: number;
  /** Fired and not only arrived then. */
  readonly stamped: boolean;
}

export interface Ghosts {
  /** Answered exchanges of clients, oldest first; each explains one `new`. */
  exchanges: Span[];
  /** When clients' data arrived, explained or not. */
  arrivals: Span[];
  /** Ends of clients whose request was never answered. */
  abandoned: number[];
  news: News[];
  /** Slots of clients that wait, and since when. */
  readonly waiting: Map<number, number>;
  /** Losses of the kernel's events that were seen: an exchange may be missing. */
  losses: number;
  readonly counts: Record<GhostConfidence, number>;
}

export function createGhosts(): Ghosts {
  return {
    exchanges: [],
    arrivals: [],
    abandoned: [],
    news: [],
    waiting: new Map(),
    losses: 0,
    counts: { proven: 0, likely: 0 },
  };
}

/** A client's request was answered: its data arrived within `asked`, its reply left at `toMonoMs`. */
export function noteClientAnswered(ghosts: Ghosts, asked: Span, toMonoMs: number): void {
  keep(ghosts.exchanges, { fromMonoMs: asked.fromMonoMs, toMonoMs });
  keep(ghosts.arrivals, asked);
}

/** A client's link ended with its request unanswered. */
export function noteClientGone(ghosts: Ghosts, asked: Span, endedMonoMs: number): void {
  keep(ghosts.abandoned, endedMonoMs);
  keep(ghosts.arrivals, asked);
}

/** The request server ended: what waited in it will never run. */
export function forgetAbandoned(ghosts: Ghosts): void {
  ghosts.abandoned = [];
}

/** A `new` of the bus. `wallOffsetMs`: wall clock less monotonic clock, now. */
export function noteNew(ghosts: Ghosts, event: BusEvent, wallOffsetMs: number): void {
  const stampMs = (event.stampWallMs ?? Number.NaN) - wallOffsetMs;
  const ageMs = event.arrivedMonoMs - stampMs;
  const stamped = ageMs >= -BRACKET_SLACK_MS && ageMs <= STAMP_AGE_MAX_MS;
  keep(ghosts.news, { firedMonoMs: stamped ? stampMs : event.arrivedMonoMs, stamped });
}

/**
 * Judges what can be judged after a complete scan at `atMonoMs`; `losses` is how many of the kernel's
 * events were lost so far.
 */
export function judgeNews(ghosts: Ghosts, atMonoMs: number, losses: number): void {
  const blind = losses !== ghosts.losses;
  ghosts.losses = losses;
  if (blind) ghosts.news = [];
  forgetOld(ghosts, atMonoMs);
  if (ghosts.news.length === 0) return;
  const left: News[] = [];
  for (const news of ghosts.news.sort((a, b) => a.firedMonoMs - b.firedMonoMs)) {
    const ageMs = atMonoMs - news.firedMonoMs;
    if (ageMs < JUDGE_AFTER_MS) left.push(news);
    else if (takeExchange(ghosts, news.firedMonoMs)) continue;
    else if (!isAwaited(ghosts, news.firedMonoMs)) judge(ghosts, news);
    else if (ageMs < JUDGE_WITHIN_MS) left.push(news);
  }
  ghosts.news = left;
}

/** True when an answered client explains it; his exchange explains no other. */
function takeExchange(ghosts: Ghosts, firedMonoMs: number): boolean {
  const { exchanges } = ghosts;
  let best = -1;
  for (let i = 0; i < exchanges.length; i += 1) {
    const span = exchanges[i];
    if (span === undefined || !brackets(span, firedMonoMs)) continue;
    if (best < 0 || span.toMonoMs < (exchanges[best]?.toMonoMs ?? 0)) best = i;
  }
  if (best >= 0) exchanges.splice(best, 1);
  return best >= 0;
}

function isAwaited(ghosts: Ghosts, firedMonoMs: number): boolean {
  for (const sinceMs of ghosts.waiting.values()) {
    if (sinceMs <= firedMonoMs + BRACKET_SLACK_MS) return true;
  }
  return false;
}

function judge(ghosts: Ghosts, news: News): void {
  const { firedMonoMs, stamped } = news;
  const oldest = ghosts.abandoned.findIndex((endedMs) => endedMs < firedMonoMs);
  if (oldest < 0) return;
  ghosts.abandoned.splice(oldest, 1);
  const near = { fromMonoMs: firedMonoMs - CLIENT_NEAR_MS, toMonoMs: firedMonoMs };
  const alone = ghosts.arrivals.every(
    (span) => span.fromMonoMs > near.toMonoMs + BRACKET_SLACK_MS || span.toMonoMs < near.fromMonoMs,
  );
  const confidence = GHOST_CONFIDENCES[stamped && alone ? 0 : 1] ?? 'likely';
  ghosts.counts[confidence] += 1;
}

function brackets(span: Span, atMonoMs: number): boolean {
  return (
    atMonoMs >= span.fromMonoMs - BRACKET_SLACK_MS && atMonoMs <= span.toMonoMs + BRACKET_SLACK_MS
  );
}

function forgetOld(ghosts: Ghosts, atMonoMs: number): void {
  const fromMs = atMonoMs - JUDGE_WITHIN_MS - STAMP_AGE_MAX_MS;
  const isOld = (span: Span) => span.toMonoMs < fromMs;
  if (ghosts.exchanges.some(isOld)) ghosts.exchanges = ghosts.exchanges.filter((s) => !isOld(s));
  if (ghosts.arrivals.some(isOld)) ghosts.arrivals = ghosts.arrivals.filter((s) => !isOld(s));
  const first = ghosts.abandoned[0];
  if (first !== undefined && atMonoMs - first > GHOST_WINDOW_MS) {
    ghosts.abandoned = ghosts.abandoned.filter((endedMs) => atMonoMs - endedMs <= GHOST_WINDOW_MS);
  }
}

function keep<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > KEPT) list.shift();
}
