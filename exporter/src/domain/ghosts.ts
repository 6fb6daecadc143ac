/**
 * Ghost jobs: publishes that ran after the client that asked for them had gone. A `new` on the bus
 * that the exchange of no living client brackets, after a client's request was abandoned; each
 * exchange explains one `new`, each abandoned request one ghost. Without positive evidence there is
 * none.
 *
 * Who can be a client: a peer on the master's own host (`salt`, salt-api, runners, a syndic's daemon
 * on its lower master, and the worker that publishes for a minion: all of them ask over a link of
 * one request), or a stranger, an address that no minion has and from which nobody subscribed. A
 * minion behind a router may have no name, but it has a publish link.
 *
 * A worked example: workers stand still, a client asks three times and gives up; they run on, three
 * jobs start. No client's data arrived within the second before: three ghosts, proven. Had somebody
 * else's publish been answered in the same moment, one of four `new` would be his, and the ghosts
 * likely, for nothing tells which of the four it was.
 *
 * Instants of the kernel's rows are late by as long as the thread that reads them was set aside, on a
 * busy machine by tenths of a second. So what no exchange brackets to the jiffy an exchange explains
 * that may have begun before: one `new` each, exact ones first.
 */
import type { AddressWords } from './address-text.js';
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
/** No row is read later than this, however long ago the look before was. */
const LATE_MAX_MS = 5_000;
/** Clients of the last minutes; more in a minute than Salt can publish. Full: the oldest goes. */
const KEPT = 1_024;
/** Each subscriber that comes is compared with all of these. Full: the oldest goes. */
const KEPT_STRANGERS = 64;

/** From and to are instants on the monotonic clock. */
interface Span {
  readonly fromMonoMs: number;
  readonly toMonoMs: number;
}

/** A request: its last byte came within the span. */
export interface Asked extends Span {
  /** The look before, which did not show it; NaN = not known. */
  readonly lookBeforeMonoMs: number;
}

/** What a client did, from its request to its reply or its end. */
interface Deed extends Span {
  /** It began then at the earliest, were it read late. */
  readonly earliestMonoMs: number;
}

/** A client whose request was never answered. */
interface Gone extends Deed {
  /** Undefined on the master's own host. */
  readonly stranger: AddressWords | undefined;
}

interface News {
  readonly firedMonoMs: number;
  /** Fired and not only arrived then. */
  readonly stamped: boolean;
}

export interface Ghosts {
  /** Answered exchanges of clients, oldest first; each explains one `new`. */
  exchanges: Deed[];
  /** When clients' data arrived, explained or not. */
  arrivals: Span[];
  /** Clients of this host whose request was never answered, and strangers, in order of their ends. */
  abandoned: Gone[];
  strangers: Gone[];
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
    strangers: [],
    news: [],
    waiting: new Map(),
    losses: 0,
    counts: { proven: 0, likely: 0 },
  };
}

/** A client's request was answered: its reply left at `toMonoMs`. */
export function noteClientAnswered(ghosts: Ghosts, asked: Asked, toMonoMs: number): void {
  const deed = deedOf(asked, toMonoMs);
  keep(ghosts.exchanges, deed);
  keep(ghosts.arrivals, { fromMonoMs: deed.earliestMonoMs, toMonoMs: asked.toMonoMs });
}

/** A client's link ended with its request unanswered; `stranger`: from where, if not from this host. */
export function noteClientGone(
  ghosts: Ghosts,
  asked: Asked,
  end: { readonly monoMs: number; readonly stranger: AddressWords | undefined },
): void {
  const { monoMs, stranger } = end;
  const gone = { ...deedOf(asked, monoMs), stranger };
  if (stranger === undefined) keep(ghosts.abandoned, gone);
  else keep(ghosts.strangers, gone, KEPT_STRANGERS);
  keep(ghosts.arrivals, { fromMonoMs: gone.earliestMonoMs, toMonoMs: asked.toMonoMs });
}

/** Somebody subscribes from there: what asked from there was a minion, and no client. */
export function forgetStrangers(ghosts: Ghosts, address: AddressWords): void {
  if (ghosts.strangers.length === 0) return;
  ghosts.strangers = ghosts.strangers.filter(
    ({ stranger }) => stranger?.every((word, i) => word === address[i]) !== true,
  );
}

/** The request server ended: what waited in it will never run. */
export function forgetAbandoned(ghosts: Ghosts): void {
  ghosts.abandoned = [];
  ghosts.strangers = [];
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
  const sorted = ghosts.news.sort((a, b) => a.firedMonoMs - b.firedMonoMs);
  for (const news of sorted.filter((each) => !take(ghosts.exchanges, each, brackets))) {
    const ageMs = atMonoMs - news.firedMonoMs;
    if (ageMs < JUDGE_AFTER_MS) left.push(news);
    else if (take(ghosts.abandoned, news, endedBeforeReply)) continue;
    else if (take(ghosts.strangers, news, endedBeforeReply)) continue;
    else if (isAwaited(ghosts, news.firedMonoMs)) keepWithin(left, news, ageMs);
    else if (!take(ghosts.exchanges, news, mayBracket)) judge(ghosts, news);
  }
  ghosts.news = left;
}

function keepWithin(left: News[], news: News, ageMs: number): void {
  if (ageMs < JUDGE_WITHIN_MS) left.push(news);
}

/** True when one of the deeds explains it; that one explains no other. */
function take(deeds: Deed[], news: News, fits: (deed: Deed, atMonoMs: number) => boolean): boolean {
  let best = -1;
  for (let i = 0; i < deeds.length; i += 1) {
    const deed = deeds[i];
    if (deed === undefined || !fits(deed, news.firedMonoMs)) continue;
    if (best < 0 || deed.toMonoMs < (deeds[best]?.toMonoMs ?? 0)) best = i;
  }
  if (best >= 0) deeds.splice(best, 1);
  return best >= 0;
}

function isAwaited(ghosts: Ghosts, firedMonoMs: number): boolean {
  for (const sinceMs of ghosts.waiting.values()) {
    if (sinceMs <= firedMonoMs + CLIENT_NEAR_MS) return true;
  }
  return false;
}

/** A ghost, if somebody gave up before: clients of this host first, strangers prove nothing. */
function judge(ghosts: Ghosts, news: News): void {
  const { firedMonoMs, stamped } = news;
  const before = ({ toMonoMs }: Gone) => toMonoMs < firedMonoMs;
  const own = ghosts.abandoned.findIndex(before);
  const other = ghosts.strangers.findIndex(before);
  if (own >= 0) ghosts.abandoned.splice(own, 1);
  else if (other >= 0) ghosts.strangers.splice(other, 1);
  else return;
  const nearMs = firedMonoMs - CLIENT_NEAR_MS;
  const alone = ghosts.arrivals.every(
    (span) => span.fromMonoMs > firedMonoMs + BRACKET_SLACK_MS || span.toMonoMs < nearMs,
  );
  const confidence = GHOST_CONFIDENCES[stamped && alone && own >= 0 ? 0 : 1] ?? 'likely';
  ghosts.counts[confidence] += 1;
}

function brackets(deed: Deed, atMonoMs: number): boolean {
  return (
    atMonoMs >= deed.fromMonoMs - BRACKET_SLACK_MS && atMonoMs <= deed.toMonoMs + BRACKET_SLACK_MS
  );
}

/** The same if the deed was read late. */
function mayBracket(deed: Deed, atMonoMs: number): boolean {
  return (
    atMonoMs >= deed.earliestMonoMs - BRACKET_SLACK_MS &&
    atMonoMs <= deed.toMonoMs + BRACKET_SLACK_MS
  );
}

/** It went before the reply came: had it still waited for long, its `new` was another's. */
function endedBeforeReply(deed: Deed, atMonoMs: number): boolean {
  return mayBracket(deed, atMonoMs) && deed.toMonoMs - atMonoMs <= JUDGE_AFTER_MS;
}

function deedOf(asked: Asked, toMonoMs: number): Deed {
  const { fromMonoMs, lookBeforeMonoMs } = asked;
  const isKnown = lookBeforeMonoMs <= fromMonoMs;
  const earliestMs = isKnown ? lookBeforeMonoMs : fromMonoMs - CLIENT_NEAR_MS;
  return { fromMonoMs, toMonoMs, earliestMonoMs: Math.max(earliestMs, fromMonoMs - LATE_MAX_MS) };
}

function forgetOld(ghosts: Ghosts, atMonoMs: number): void {
  const fromMs = atMonoMs - JUDGE_WITHIN_MS - STAMP_AGE_MAX_MS;
  const isOld = (span: Span) => span.toMonoMs < fromMs;
  if (ghosts.exchanges.some(isOld)) ghosts.exchanges = ghosts.exchanges.filter((s) => !isOld(s));
  if (ghosts.arrivals.some(isOld)) ghosts.arrivals = ghosts.arrivals.filter((s) => !isOld(s));
  const isLost = (gone: Gone) => atMonoMs - gone.toMonoMs > GHOST_WINDOW_MS;
  if (ghosts.abandoned.some(isLost)) ghosts.abandoned = ghosts.abandoned.filter((g) => !isLost(g));
  if (ghosts.strangers.some(isLost)) ghosts.strangers = ghosts.strangers.filter((g) => !isLost(g));
}

function keep<T>(list: T[], value: T, most = KEPT): void {
  list.push(value);
  if (list.length > most) list.shift();
}
