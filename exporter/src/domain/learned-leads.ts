/**
 * Which link leads for a minion, who else may have it, and when that is enough for a name: every
 * other link was excluded by two events, and no other minion can have it.
 *
 * A worked example: m1 was matched three times, link A was asking each time, B once, C never: A
 * leads by two. m2 was matched once, then A was asking and nothing else: A may be m2's, and so it is
 * nobody's. At m2's next event only C was: now m2 missed A as often as it hit, and A is m1's.
 */
import { BASIS_UNKNOWN, NO_MINION } from './address-table.js';
import { bindSlot } from './identity.js';
import { isOpenLink } from './learned-looks.js';
import type { State } from './state.js';
import { IDENTITY_BASES } from './vocabulary.js';
import { CANDIDATES, forgetCandidates, type Hit } from './votes-table.js';

/** For a link that was asking at an event. */
export const POINTS = 4;
/** Events at which the link was and another was not, for each other link. */
const LEAD = 2;
/** Where links ask so often that chance brackets events, a link must have been at so many. */
const HITS_MOST = 6;
/** So many links of others may be at that many instants by chance. */
const CHANCE_MAX = 0.02;
/** Share of the minion's events that its link was at, since the first. */
const HIT_SHARE = 0.75;
/** Events in a row that a link was not at: it is not that minion's. */
const MISSED_MOST = 3;
/** One name excludes that link from others: so often this is followed up after one scan. */
const ROUNDS_MOST = 8;
/** What was answered before is too old to tell how busy a link is. */
const BUSY_WINDOW_MS = 60_000;
/** An event may lie this much outside of an exchange, on both sides together. */
const SLACK_MS = 20;

const LEARNED = IDENTITY_BASES.indexOf('learned');

/** Binds links that lead for their minions, and those that lead then. */
export function bindLeaders(state: State, wanted: Map<number, number>, nowMonoMs: number): void {
  for (let round = 0; round < ROUNDS_MOST && wanted.size > 0; round += 1) {
    if (!bindWanted(state, wanted, nowMonoMs)) break;
    noteLeaders(state, wanted);
  }
}

/** What was bound now excludes links from other minions. */
function noteLeaders(state: State, wanted: Map<number, number>): void {
  const { minions, votes } = state;
  wanted.clear();
  for (let minion = 0; minion < minions.high; minion += 1) {
    if ((votes.events[minion] ?? 0) < LEAD || boundOf(state, minion) >= 0) continue;
    const slot = leaderOf(state, minion);
    if (slot >= 0) wanted.set(minion, slot);
  }
}

/** Links that ended make room; with the one that was the minion's most likely, all begins anew. */
export function forgetDead(state: State, minion: number): void {
  const { votes } = state;
  const { slot, life, hits, more } = votes.candidates;
  const first = minion * CANDIDATES;
  let most = 0;
  let mostDead = 0;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const has = hits[at] ?? 0;
    if (has + (more[at] ?? 0) === 0) continue;
    const candidate = slot[at] ?? -1;
    if (votes.linkLife[candidate] === life[at] && isOpenLink(state, candidate)) {
      most = Math.max(most, has);
      continue;
    }
    mostDead = Math.max(mostDead, has);
    hits[at] = 0;
    more[at] = 0;
  }
  if (mostDead > 0 && mostDead >= most) forgetCandidates(votes, minion);
}

/** A link that was learned and then was not at its minion's events was learned wrongly. */
export function watchBound(state: State, minion: number, hits: ReadonlyMap<number, Hit>): void {
  const { votes } = state;
  const bound = boundOf(state, minion);
  if (bound < 0 || hits.has(bound)) {
    votes.missed[minion] = 0;
    return;
  }
  votes.missed[minion] = (votes.missed[minion] ?? 0) + 1;
  if ((votes.missed[minion] ?? 0) < MISSED_MOST) return;
  bindSlot(state, bound, { minion: NO_MINION, basis: BASIS_UNKNOWN });
  forgetCandidates(votes, minion);
}

/** The link that was learned to be this minion's, or −1. */
function boundOf(state: State, minion: number): number {
  const { links, votes } = state;
  const slot = votes.boundSlot[minion] ?? -1;
  const isIts = links.boundMinion[slot] === minion && links.boundBasis[slot] === LEARNED;
  return isIts && isOpenLink(state, slot) ? slot : -1;
}

/** The link that all others were excluded from, or −1. */
export function leaderOf(state: State, minion: number): number {
  const { votes } = state;
  const { slot, life, hits, more, before } = votes.candidates;
  const first = minion * CANDIDATES;
  let best = -1;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const has = hits[at] ?? 0;
    if (has < LEAD * POINTS || has <= (hits[best] ?? 0)) continue;
    const link = slot[at] ?? -1;
    if (votes.linkLife[link] !== life[at] || !isOpenLink(state, link)) continue;
    if (!isTaken(state, link, minion)) best = at;
  }
  if (best < 0) return -1;
  let other = votes.floor[minion] ?? 0;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const most = (hits[at] ?? 0) + (more[at] ?? 0);
    if (at === best || most <= other || isTaken(state, slot[at] ?? -1, minion)) continue;
    other = most;
  }
  const has = hits[best] ?? 0;
  const since = (votes.events[minion] ?? 0) - (before[best] ?? 0);
  const isIts =
    has - other >= LEAD * POINTS && has + (more[best] ?? 0) >= HIT_SHARE * since * POINTS;
  return isIts && boundOf(state, minion) !== slot[best] ? (slot[best] ?? -1) : -1;
}

/** Another minion's, as was learned. */
function isTaken(state: State, slot: number, minion: number): boolean {
  const owner = state.links.boundMinion[slot] ?? NO_MINION;
  return owner !== NO_MINION && owner !== minion;
}

/** Binds links that lead for their minions, unless another minion can have them as well. */
function bindWanted(state: State, wanted: ReadonlyMap<number, number>, nowMonoMs: number): boolean {
  let any = false;
  const rivals = rivalsOf(state, wanted);
  const least = hitsNeeded(state, nowMonoMs);
  for (const [minion, slot] of wanted) {
    if (rivals.has(slot) || hitsOf(state, minion, slot) < least * POINTS) continue;
    const before = boundOf(state, minion);
    if (before >= 0) bindSlot(state, before, { minion: NO_MINION, basis: BASIS_UNKNOWN });
    bindSlot(state, slot, { minion, basis: LEARNED });
    state.votes.boundSlot[minion] = slot;
    state.votes.missed[minion] = 0;
    any = true;
  }
  return any;
}

/** Of the wanted links those that another minion without a link may have. */
function rivalsOf(state: State, wanted: ReadonlyMap<number, number>): ReadonlySet<number> {
  const { votes, minions } = state;
  const { slot, life } = votes.candidates;
  const wanting = new Map([...wanted].map(([minion, link]) => [link, minion]));
  const rivals = new Set<number>();
  if (wanting.size < wanted.size) {
    const seen = new Set<number>();
    for (const link of wanted.values()) {
      if (seen.has(link)) rivals.add(link);
      seen.add(link);
    }
  }
  for (let minion = 0; minion < minions.high; minion += 1) {
    const first = minion * CANDIDATES;
    if ((votes.events[minion] ?? 0) === 0) continue;
    for (let at = first; at < first + CANDIDATES; at += 1) {
      const link = slot[at] ?? -1;
      const owner = wanting.get(link);
      if (owner === undefined || owner === minion || votes.linkLife[link] !== life[at]) continue;
      if (isPlausible(state, minion, at) && boundOf(state, minion) < 0) rivals.add(link);
    }
  }
  return rivals;
}

/** Whether the link of this entry may be this minion's rather than any other. */
function isPlausible(state: State, minion: number, at: number): boolean {
  const { slot, life, hits, more } = state.votes.candidates;
  const { linkLife } = state.votes;
  const has = (hits[at] ?? 0) + (more[at] ?? 0);
  const missed = (state.votes.events[minion] ?? 0) * POINTS - has;
  if (has === 0 || missed > LEAD * POINTS || 2 * missed >= has) return false;
  const first = minion * CANDIDATES;
  for (let other = first; other < first + CANDIDATES; other += 1) {
    const link = slot[other] ?? -1;
    if ((hits[other] ?? 0) <= has || linkLife[link] !== life[other]) continue;
    if (!isTaken(state, link, minion)) return false;
  }
  return true;
}

function hitsOf(state: State, minion: number, link: number): number {
  const { slot, life, hits } = state.votes.candidates;
  const first = minion * CANDIDATES;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    if (slot[at] === link && life[at] === state.votes.linkLife[link]) return hits[at] ?? 0;
  }
  return 0;
}

/**
 * At how many events a link must have been so that none is by chance, if the minion's own should not
 * be among those we see: from the share of the last minute that each link was answering something.
 */
function hitsNeeded(state: State, nowMonoMs: number): number {
  const { exchanges, sinceMonoMs, linkLife } = state.votes;
  const spanMs = Math.min(BUSY_WINDOW_MS, nowMonoMs - sinceMonoMs);
  const busyMs = new Map<number, number>();
  for (let at = 0; at < exchanges.capacity; at += 1) {
    const slot = exchanges.slot[at] ?? -1;
    const toMs = exchanges.toMonoMs[at] ?? 0;
    if (slot < 0 || exchanges.speaks[at] === 0 || toMs < nowMonoMs - spanMs) continue;
    if (linkLife[slot] !== exchanges.life[at] || isTaken(state, slot, NO_MINION)) continue;
    const tookMs = toMs - (exchanges.fromMonoMs[at] ?? 0) + SLACK_MS;
    busyMs.set(slot, (busyMs.get(slot) ?? 0) + tookMs);
  }
  for (let hits = LEAD; hits < HITS_MOST; hits += 1) {
    let chance = 0;
    for (const ms of busyMs.values()) chance += Math.min(1, ms / spanMs) ** hits;
    if (chance <= CHANCE_MAX) return hits;
  }
  return HITS_MOST;
}
