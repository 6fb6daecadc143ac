/**
 * Whose publish link it is behind an address that several share, where the minion makes both of its
 * links together (Salt 3008 does whenever the publish link ends; it is what its heartbeats are for).
 * The instant of each handshake is known from the phase of its heartbeats: libzmq sends a PING every
 * interval after it. A publish link and a request link of one address that shook hands together,
 * with nobody else's near them, are one minion's; the request link says whose (`learned`).
 *
 * Measured on 3008.5 with ten minions, six behind one router, load 20 on two cores: the handshakes
 * of a minion's two links were −35 … +200 ms apart in 35 of 39 pairs (restarts, publish daemon
 * killed, master restarted); six restarted minions said 2.9 … 4.0 s later that they started. The
 * other four were −3.6 … +1.3 s apart; the two whose logs were read had begun anew after a master
 * restart, given up half-way and begun again, without having said that they
 * started. A PING leaves 1 … 40 ms late and the next is counted from it, each process by itself: the
 * phases of one minion's links moved apart by up to 260 ms in 80 s. So the phase tells the instant
 * of the handshake for the first beats only, and links older than our watch are never paired.
 *
 * A worked example: behind one address publish link P first beats at 10.81 s and request link R at
 * 10.87 s, both opened since the scan at 0.1 s: they shook hands at 0.81 and 0.87 s. Another pair did
 * at 2.3 and 2.4 s. R is learned to be m8's, and m8 said at 4.0 s that it started: P is m8's. Had the
 * other pair come at 1.4 s, neither publish link would be named.
 */
import type { Instant } from '../lib/clock.js';
import { BASIS_AMBIGUOUS, BASIS_UNKNOWN, NO_ADDRESS, NO_MINION } from './address-table.js';
import { bindSlot, canBeAt, PEER_OWN } from './identity.js';
import { isEstablished, PHASE_FREE } from './link-table.js';
import type { Young } from './paired-table.js';
import type { State } from './state.js';
import { IDENTITY_BASES, PUBLISH, REQUEST } from './vocabulary.js';

/** Links of one minion shake hands within this time: half as much again as was seen. */
export const TOGETHER_MS = 300;
/**
 * No other link of the address may have come this near: five times the longest that a minion's
 * second link was seen to follow its first, so that a third link is not one of the two's partner.
 */
export const APART_MS = 1_000;
/**
 * Within this time every other link of the address must have come in a pair too. One without a
 * partner means that somebody's partner is not where it is looked for, and could be mistaken for
 * another's: half as much again as the longest that was seen.
 */
export const ALL_PAIRED_MS = 6_000;
/** A minion says that it started when its links are there: this long after them at most. */
export const STARTED_WITHIN_MS = 20_000;
/** Two beats of both links are in by then, and one of whoever came near them. */
const JUDGED_FROM_MS = 22_000;
/** The phase has drifted too far, or no beat was ever alone in its scan. */
const JUDGED_UNTIL_MS = 60_000;
/** What the phase says must agree with the scans between which it opened: beats are late. */
const PHASE_SLACK_MS = 500;
/** A judgement looks at every young link: 64 of them cost half a millisecond. */
const JUDGED_PER_SCAN = 64;

const LEARNED = IDENTITY_BASES.indexOf('learned');
const PAIRED = IDENTITY_BASES.indexOf('paired');

/** A slot of the link table begins a new life; its address is known. */
export function openPaired(state: State, slot: number): void {
  const { paired, links, scans } = state;
  if (scans.baseline || links.peer[slot] === PEER_OWN || !isShared(state, slot)) return;
  const { young } = paired;
  const at = young.next % young.capacity;
  if (young.next - young.first >= young.capacity) forgetOldest(young);
  young.slot[at] = slot;
  young.life[at] = lifeOf(state, slot);
  young.port[at] = links.port[slot] ?? PUBLISH;
  young.address[at] = links.address[slot] ?? NO_ADDRESS;
  young.fromMonoMs[at] = scans.lastMonoMs;
  young.toMonoMs[at] = links.openedMonoMs[slot] ?? Number.NaN;
  young.bornMonoMs[at] = Number.NaN;
  young.judged[at] = 0;
  young.next += 1;
}

/** A slot of the minion table begins a new life. */
export function openMinionStart(state: State, minion: number): void {
  state.paired.startMonoMs[minion] = Number.NaN;
}

/** The minion said that it started: both of its links are new. */
export function noteStarted(state: State, minion: number, atMonoMs: number): void {
  state.paired.startMonoMs[minion] = atMonoMs;
}

/** A complete scan was applied. */
export function judgePairs(state: State, at: Instant): void {
  const { paired } = state;
  const { young } = paired;
  let left = JUDGED_PER_SCAN;
  for (let number = young.first; number < young.next; number += 1) {
    const entry = number % young.capacity;
    const ageMs = at.monoMs - (young.toMonoMs[entry] ?? 0);
    // Kept although it may end before it is somebody's neighbour.
    bornOf(state, entry);
    if (ageMs < JUDGED_FROM_MS) continue;
    if (left > 0 && young.judged[entry] === 0 && judgeEntry(state, entry)) left -= 1;
    if (ageMs > JUDGED_UNTIL_MS) young.judged[entry] = 1;
    // Until both are older than any neighbour's judgement it stays: it may be a neighbour.
    if (number === young.first && ageMs > 2 * JUDGED_UNTIL_MS) young.first += 1;
  }
  for (let pair = paired.count - 1; pair >= 0; pair -= 1) followPair(state, pair);
}

/** True when it cost a look at all young links. */
function judgeEntry(state: State, entry: number): boolean {
  const { young } = state.paired;
  if (young.port[entry] !== PUBLISH || !isThere(state, entry)) {
    young.judged[entry] = 1;
    return false;
  }
  const bornMs = bornOf(state, entry);
  if (Number.isNaN(bornMs)) return false;
  const partner = onlyPartner(state, entry, bornMs);
  if (partner === undefined) return true;
  young.judged[entry] = 1;
  if (partner >= 0) joinPair(state, { publish: entry, request: partner });
  return true;
}

/** The one request link that was made with it; −1 = nobody can tell; undefined = not known yet. */
function onlyPartner(state: State, entry: number, bornMs: number): number | undefined {
  const { young } = state.paired;
  if (bornMs - ALL_PAIRED_MS - TOGETHER_MS <= young.lostMonoMs) return -1;
  let partner = -1;
  let partnerMs = Number.NaN;
  for (let number = young.first; number < young.next; number += 1) {
    const other = number % young.capacity;
    if (other === entry || young.address[other] !== young.address[entry]) continue;
    if (young.port[other] !== REQUEST || !isPartnerAt(state, other, bornMs)) continue;
    if (partner >= 0) return -1;
    partner = other;
    partnerMs = bornOf(state, other);
  }
  if (partner < 0) return -1;
  if (Number.isNaN(partnerMs)) return undefined;
  if (!(Math.abs(partnerMs - bornMs) <= TOGETHER_MS)) return -1;
  const span = { fromMs: Math.min(bornMs, partnerMs), toMs: Math.max(bornMs, partnerMs) };
  return isAlone(state, { entry, partner }, span) ? partner : -1;
}

function isPartnerAt(state: State, entry: number, bornMs: number): boolean {
  return comesNear(state, entry, { fromMs: bornMs, toMs: bornMs, marginMs: TOGETHER_MS });
}

/** Whether no other link of the address came near the two. */
function isAlone(
  state: State,
  pair: { readonly entry: number; readonly partner: number },
  span: { readonly fromMs: number; readonly toMs: number },
): boolean {
  const { young } = state.paired;
  for (let number = young.first; number < young.next; number += 1) {
    const other = number % young.capacity;
    if (other === pair.entry || other === pair.partner) continue;
    if (young.address[other] !== young.address[pair.entry]) continue;
    if (comesNear(state, other, { ...span, marginMs: APART_MS })) return false;
  }
  for (let number = young.first; number < young.next; number += 1) {
    const other = number % young.capacity;
    if (young.address[other] !== young.address[pair.entry]) continue;
    if (!comesNear(state, other, { ...span, marginMs: ALL_PAIRED_MS })) continue;
    if (!hasCounterpart(state, other)) return false;
  }
  return true;
}

/** Whether a link of the other port came together with this one. */
function hasCounterpart(state: State, entry: number): boolean {
  const { young } = state.paired;
  const bornMs = bornOf(state, entry);
  if (Number.isNaN(bornMs)) return false;
  const near = { fromMs: bornMs, toMs: bornMs, marginMs: TOGETHER_MS };
  for (let number = young.first; number < young.next; number += 1) {
    const other = number % young.capacity;
    if (young.address[other] !== young.address[entry]) continue;
    if (young.port[other] !== young.port[entry] && comesNear(state, other, near)) return true;
  }
  return false;
}

/**
 * Whether this link may have shaken hands that near to the span. Where its beats do not tell when,
 * it may have at any instant between the two scans. One that ended without a beat was no minion's
 * own: an authentication, or a client.
 */
function comesNear(
  state: State,
  entry: number,
  near: { readonly fromMs: number; readonly toMs: number; readonly marginMs: number },
): boolean {
  const { young } = state.paired;
  const bornMs = bornOf(state, entry);
  if (Number.isNaN(bornMs) && !isThere(state, entry)) return false;
  const fromMs = Number.isNaN(bornMs) ? (young.fromMonoMs[entry] ?? 0) : bornMs;
  const toMs = Number.isNaN(bornMs) ? (young.toMonoMs[entry] ?? 0) : bornMs;
  return fromMs <= near.toMs + near.marginMs && toMs >= near.fromMs - near.marginMs;
}

/** The instant of the handshake, once a beat told it; NaN = not known. */
function bornOf(state: State, entry: number): number {
  const { young } = state.paired;
  const knownMs = young.bornMonoMs[entry] ?? Number.NaN;
  if (!Number.isNaN(knownMs) || !isThere(state, entry)) return knownMs;
  const { delivery, requests } = state;
  const slot = young.slot[entry] ?? -1;
  const isPublish = young.port[entry] === PUBLISH;
  const exact = (isPublish ? delivery.columns.pinged : requests.beatExact)[slot] === 1;
  if (!exact) return Number.NaN;
  const beatMs = (isPublish ? delivery.columns.pingMonoMs : requests.beatMonoMs)[slot] ?? 0;
  const learnedMs = isPublish ? delivery.heartbeat.intervalMs : requests.beatMs;
  const intervalMs = Number.isNaN(learnedMs) ? requests.beatMs : learnedMs;
  const openedMs = young.toMonoMs[entry] ?? Number.NaN;
  const beats = Math.max(1, Math.round((beatMs - openedMs) / intervalMs));
  const bornMs = beatMs - beats * intervalMs;
  const fromMs = (young.fromMonoMs[entry] ?? Number.NaN) - PHASE_SLACK_MS;
  if (!(bornMs >= fromMs && bornMs <= openedMs + PHASE_SLACK_MS)) return Number.NaN;
  young.bornMonoMs[entry] = bornMs;
  return bornMs;
}

function joinPair(
  state: State,
  pair: { readonly publish: number; readonly request: number },
): void {
  const { paired } = state;
  const { young } = paired;
  const slot = young.slot[pair.publish] ?? -1;
  const partner = young.slot[pair.request] ?? -1;
  if (!isThere(state, pair.request)) return;
  const bornMs = [pair.publish, pair.request].map((entry) => young.bornMonoMs[entry] ?? Number.NaN);
  paired.partner[slot] = partner;
  paired.partnerLife[slot] = lifeOf(state, partner);
  paired.pairLife[slot] = lifeOf(state, slot);
  paired.bornMonoMs[slot] = Math.max(...bornMs);
  paired.started[slot] = NO_MINION;
  paired.pairs[paired.count] = slot;
  paired.count += 1;
}

/** The publish link is whose the request link is, for as long as both are there. */
function followPair(state: State, pair: number): void {
  const { paired } = state;
  const slot = paired.pairs[pair] ?? -1;
  const partner = paired.partner[slot] ?? -1;
  const lives = paired.pairLife[slot] === lifeOf(state, slot) && isUp(state, slot);
  if (lives && paired.partnerLife[slot] === lifeOf(state, partner) && isUp(state, partner)) {
    nameAs(state, slot, ownerOf(state, slot, partner));
    return;
  }
  if (lives) nameAs(state, slot, NO_MINION);
  paired.count -= 1;
  paired.pairs[pair] = paired.pairs[paired.count] ?? -1;
}

/** Whose request link it was learned to be, if that minion said that it started then. */
function ownerOf(state: State, slot: number, partner: number): number {
  const { links, paired } = state;
  if (links.boundBasis[partner] !== LEARNED) return NO_MINION;
  const minion = links.boundMinion[partner] ?? NO_MINION;
  if (minion === NO_MINION || !isShared(state, slot) || !canBeAt(state, slot, minion)) {
    return NO_MINION;
  }
  if (paired.started[slot] === minion) return minion;
  const sinceMs = (paired.startMonoMs[minion] ?? Number.NaN) - (paired.bornMonoMs[slot] ?? 0);
  if (!(sinceMs >= -TOGETHER_MS && sinceMs <= STARTED_WITHIN_MS)) return NO_MINION;
  paired.started[slot] = minion;
  return minion;
}

/** Takes back only what was given here, and leaves alone what a filtered stream named. */
function nameAs(state: State, slot: number, minion: number): void {
  const { links } = state;
  const bound = links.boundMinion[slot] ?? NO_MINION;
  const isOurs = bound !== NO_MINION && links.boundBasis[slot] === PAIRED;
  if (bound === minion || (bound !== NO_MINION && !isOurs)) return;
  bindSlot(state, slot, { minion, basis: minion === NO_MINION ? BASIS_UNKNOWN : PAIRED });
}

/** Whether the address does not say who it is. */
function isShared(state: State, slot: number): boolean {
  const { links, addresses } = state;
  const basis = addresses.basis[links.address[slot] ?? NO_ADDRESS];
  return basis === BASIS_AMBIGUOUS || basis === BASIS_UNKNOWN;
}

/** Whether the link of this entry is established still. */
function isThere(state: State, entry: number): boolean {
  const { young } = state.paired;
  const slot = young.slot[entry] ?? -1;
  return lifeOf(state, slot) === young.life[entry] && isUp(state, slot);
}

/** Tells one life of a slot from the next. */
function lifeOf(state: State, slot: number): number {
  return state.votes.linkLife[slot] ?? 0;
}

function isUp(state: State, slot: number): boolean {
  return isEstablished(state.links.phase[slot] ?? PHASE_FREE);
}

function forgetOldest(young: Young): void {
  const at = young.first % young.capacity;
  young.lostMonoMs = Math.max(young.lostMonoMs, young.toMonoMs[at] ?? 0);
  young.first += 1;
}
