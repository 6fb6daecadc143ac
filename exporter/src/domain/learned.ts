/**
 * Whose request link it is, learned from time: a return that a minion fired lies between its request
 * and the reply on its link. When all links were looked at, each event is matched once: links that
 * asked nothing at its instant were not it. The minion's link is the one that all others were
 * excluded from. (One outlier would empty a plain intersection for ever: so events are counted.)
 *
 * A worked example: m1 and m2 behind one router return together, link A brackets both returns, link
 * B only m2's: m1 A 1, m2 A 1 B 1. Both return once more, apart: m1 A 2, m2 A 1 B 2. A leads for m1
 * by two: it is m1's, and nobody else's. For m2 so B leads by two: A is taken.
 */
import type { Instant } from '../lib/clock.js';
import { BASIS_GRAINS, BASIS_STATIC } from './address-table.js';
import { canBeAt } from './identity.js';
import { bindLeaders, forgetDead, leaderOf, POINTS, watchBound } from './learned-leads.js';
import { correctParts, isOpenLink, LATE_ROW_MS, openAsking } from './learned-looks.js';
import type { BusEvent, BusEvents } from './observations.js';
import { noteStarted, openMinionStart } from './paired.js';
import type { State } from './state.js';
import {
  addHit,
  CANDIDATES,
  forgetCandidates,
  type Hit,
  halve,
  pushPending,
} from './votes-table.js';

/** Instants come in jiffies of up to 10 ms: an event may seem to lie this much outside. */
export const BRACKET_SLACK_MS = 10;
/** A reply goes a millisecond or two after its event; of that jiffy so much is left. */
const REPLY_SLACK_MS = 3;
/** Events of one minion that follow one another faster may be of one request: the first counts. */
export const EVENT_SPACING_MS = 100;
/** So long after an event all links must have been looked at: replies are out and acknowledged. */
export const SETTLE_MS = 500;
/** A reply follows its event within this time: a link that waits still was not it. */
const REPLIED_MS = 5_000;
/** The bus may be this late: what is older than this is not matched any more. */
export const MATCH_WINDOW_MS = 60_000;
/** For a link that was asking at an event, if it was by an error of a jiffy or a late row. */
const EDGE_POINTS = POINTS / 2;
/** Matched events; then older ones weigh half. */
const EVENTS_MOST = 64;
/** Events matched after one scan: each looks at the exchanges since; the others wait for the next. */
const MATCHED_PER_SCAN = 512;

/** A slot of the link table begins a new life. */
export function openVotes(state: State, slot: number): void {
  const { votes } = state;
  votes.linkLife[slot] = ((votes.linkLife[slot] ?? 0) + 1) >>> 0;
  openAsking(votes, slot);
}

/** A slot of the minion table begins a new life. */
export function openMinionVotes(state: State, slot: number): void {
  const { votes } = state;
  votes.minionLife[slot] = ((votes.minionLife[slot] ?? 0) + 1) >>> 0;
  votes.lastMonoMs[slot] = 0;
  votes.boundSlot[slot] = -1;
  forgetCandidates(votes, slot);
  openMinionStart(state, slot);
}

/** What the bus told: returns and starts came over the request links of their minions. */
export function applyMinionEvents(state: State, told: BusEvents, now: Instant): void {
  for (const event of told.events) {
    if (event.event === 'return' || event.event === 'start') noteMinionEvent(state, event, now);
  }
}

/** An event that came over the request link of a minion. */
export function noteMinionEvent(state: State, event: BusEvent, now: Instant): void {
  const minion = state.minions.slots.get(event.minion ?? '');
  if (minion === undefined || !isOpenMinion(state, minion)) return;
  const { votes } = state;
  const atMonoMs = instantOf(event, now);
  if (event.event === 'start') noteStarted(state, minion, atMonoMs);
  pushPending(votes.pending, { minion, life: votes.minionLife[minion] ?? 0, atMonoMs });
}

/**
 * When Salt fired it, on the clock of this host; the instant of its arrival when its stamp is no
 * instant of the last minute.
 */
function instantOf(event: BusEvent, now: Instant): number {
  const stampMs = (event.stampWallMs ?? Number.NaN) - now.wallMs + now.monoMs;
  const earlyMs = event.arrivedMonoMs - stampMs;
  return earlyMs >= 0 && earlyMs <= MATCH_WINDOW_MS ? stampMs : event.arrivedMonoMs;
}

/** All links were looked at, from this instant on: events before it can be matched. */
export function judgeReturns(state: State, startedMonoMs: number): void {
  const { votes } = state;
  const { pending } = votes;
  if (Number.isNaN(votes.sinceMonoMs)) votes.sinceMonoMs = startedMonoMs;
  correctParts(votes);
  if (pending.first === pending.next) return;
  const asking = askingNow(state);
  const wanted = new Map<number, number>();
  let left = MATCHED_PER_SCAN;
  for (let number = pending.first; number < pending.next && left > 0; number += 1) {
    const at = number % pending.capacity;
    const minion = pending.minion[at] ?? -1;
    const atMonoMs = pending.atMonoMs[at] ?? 0;
    const lives = minion >= 0 && votes.minionLife[minion] === pending.life[at];
    if (lives && atMonoMs > startedMonoMs - SETTLE_MS) continue;
    if (lives) {
      const waits = atMonoMs > startedMonoMs - REPLIED_MS;
      if (waits && isAsking(state, { minion, atMonoMs }, asking)) continue;
      left -= 1;
      const slot = matchEvent(state, { minion, atMonoMs });
      if (slot >= 0) wanted.set(minion, slot);
    }
    pending.minion[at] = -1;
  }
  while (pending.first < pending.next && pending.minion[pending.first % pending.capacity] === -1) {
    pending.first += 1;
  }
  bindLeaders(state, wanted, startedMonoMs);
}

/** Links that wait for a reply now, the longest first. */
function askingNow(state: State): readonly number[] {
  const { links, votes } = state;
  const { fromMonoMs } = votes.asking;
  const asking: number[] = [];
  for (let slot = 0; slot < links.high; slot += 1) {
    if ((fromMonoMs[slot] ?? 0) > 0 && isOpenLink(state, slot)) asking.push(slot);
  }
  return asking.sort((a, b) => (fromMonoMs[a] ?? 0) - (fromMonoMs[b] ?? 0));
}

/** Whether a link waits that this event may have come over. */
function isAsking(
  state: State,
  event: { readonly minion: number; readonly atMonoMs: number },
  asking: readonly number[],
): boolean {
  const { fromMonoMs } = state.votes.asking;
  const { minion, atMonoMs } = event;
  return asking.some(
    (slot) =>
      (fromMonoMs[slot] ?? 0) - BRACKET_SLACK_MS <= atMonoMs && canBeAt(state, slot, minion),
  );
}

/** Counts one event; returns the link that may be the minion's now, or −1. */
function matchEvent(
  state: State,
  event: { readonly minion: number; readonly atMonoMs: number },
): number {
  const { votes } = state;
  const { minion, atMonoMs } = event;
  if (!isOpenMinion(state, minion)) return -1;
  if (atMonoMs < votes.sinceMonoMs + SETTLE_MS || atMonoMs <= votes.exchanges.lostMonoMs) return -1;
  const spaceMs = Math.abs(atMonoMs - (votes.lastMonoMs[minion] ?? 0));
  if (spaceMs < EVENT_SPACING_MS) return -1;
  const hits = linksAt(state, event);
  if (hits === undefined) return -1;
  forgetDead(state, minion);
  votes.lastMonoMs[minion] = atMonoMs;
  votes.events[minion] = (votes.events[minion] ?? 0) + 1;
  for (const hit of hits.values()) addHit(votes, minion, hit);
  watchBound(state, minion, hits);
  if ((votes.events[minion] ?? 0) >= EVENTS_MOST) halve(votes, minion);
  return leaderOf(state, minion);
}

/** Links that this event may have come over; undefined = nobody can tell which. */
function linksAt(
  state: State,
  event: { readonly minion: number; readonly atMonoMs: number },
): ReadonlyMap<number, Hit> | undefined {
  const { votes } = state;
  const { minion, atMonoMs } = event;
  const { exchanges } = votes;
  const hits = new Map<number, Hit>();
  for (let back = 1; back <= exchanges.capacity; back += 1) {
    const at = (exchanges.cursor - back + exchanges.capacity) % exchanges.capacity;
    const slot = exchanges.slot[at] ?? -1;
    // What was answered was so before it was seen.
    if (slot < 0 || (exchanges.seenMonoMs[at] ?? 0) < atMonoMs - LATE_ROW_MS) break;
    const fromMonoMs = exchanges.fromMonoMs[at] ?? 0;
    const toMonoMs = exchanges.toMonoMs[at] ?? 0;
    const lateMs = exchanges.reread[at] === 1 ? BRACKET_SLACK_MS : LATE_ROW_MS;
    if (fromMonoMs - BRACKET_SLACK_MS - lateMs > atMonoMs) continue;
    if (toMonoMs + BRACKET_SLACK_MS < atMonoMs) continue;
    const inside =
      fromMonoMs - BRACKET_SLACK_MS <= atMonoMs && atMonoMs <= toMonoMs + REPLY_SLACK_MS;
    if (!canBeAt(state, slot, minion)) continue;
    const life = exchanges.life[at] ?? 0;
    // It ended since: if it was this one, all others would be blamed.
    if (votes.linkLife[slot] !== life || !isOpenLink(state, slot)) return undefined;
    const points = inside ? POINTS : EDGE_POINTS;
    const speaks = exchanges.speaks[at] === 1;
    const before = hits.get(slot);
    if (before?.speaks === true && before.points >= points) continue;
    hits.set(slot, { slot, life, speaks, points, fromMonoMs, toMonoMs });
    if (hits.size > CANDIDATES) return undefined;
  }
  return hits;
}

/** A minion that no request link is known of by its address. */
function isOpenMinion(state: State, minion: number): boolean {
  const { minions } = state;
  if ((minions.requestLinks[minion] ?? 0) === 0) return true;
  const basis = minions.requestBasis[minion];
  return basis !== BASIS_STATIC && basis !== BASIS_GRAINS;
}
