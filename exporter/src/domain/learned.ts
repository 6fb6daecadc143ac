/**
 * Whose request link it is, learned from time: a return that a minion fired lies between the data
 * that arrived on its link and the reply that left on it. Every link that brackets the instant gets
 * a vote; a clear lead binds. (One outlier would empty a plain intersection for ever.)
 *
 * A worked example: m1 and m2 behind one router return together, link A brackets both returns, link
 * B only m2's. Votes: A m1 1, A m2 1, B m2 1: nobody leads. m1 returns alone twice: A m1 3, A m2 1,
 * and m1 has no other link with a vote: A is m1's.
 */
import type { Instant } from '../lib/clock.js';
import {
  BASIS_AMBIGUOUS,
  BASIS_GRAINS,
  BASIS_STATIC,
  BASIS_UNKNOWN,
  NO_MINION,
} from './address-table.js';
import { bindSlot, canBeAt, PEER_OWN, PEER_UNKNOWN } from './identity.js';
import { isEstablished, PHASE_FREE } from './link-table.js';
import type { BusEvent, BusEvents } from './observations.js';
import { noteStarted, openMinionStart } from './paired.js';
import type { State } from './state.js';
import { IDENTITY_BASES, PEERS, REQUEST } from './vocabulary.js';
import {
  addVote,
  CANDIDATES,
  forgetCandidates,
  type Happenings,
  leadOf,
  pushHappening,
} from './votes-table.js';

/**
 * The kernel's ages come in jiffies of up to 10 ms, rounded down: an event may seem to lie this
 * much outside its exchange.
 */
export const BRACKET_SLACK_MS = 10;
/** An exchange that took longer brackets too many events to say anything. */
export const EXCHANGE_MAX_MS = 250;
/**
 * Events of one minion that follow one another faster may belong to one exchange, which is one vote:
 * the first counts. More than an exchange with its slack on both sides.
 */
export const EVENT_SPACING_MS = EXCHANGE_MAX_MS + 3 * BRACKET_SLACK_MS;
/**
 * The bus may be this late, an exchange is seen a scan later: what is older than this is not
 * matched any more.
 */
export const MATCH_WINDOW_MS = 60_000;
/** Votes by which a candidate must lead (measured: no wrong binding in 176 returns). */
export const LEAD = 2;
/**
 * The same where others had votes too and so many request links are open: the more there are, the
 * more often two that are not one's get votes by chance. (Simulated, bench `identity`: a lead of two
 * among 100 and 240 links gave 2 wrong names in 80,000 returns.)
 */
export const LEADS_AMONG: readonly { readonly links: number; readonly lead: number }[] = [
  { links: 12, lead: 2 },
  { links: 120, lead: 3 },
  { links: Number.POSITIVE_INFINITY, lead: 4 },
];
/**
 * Share of a minion's events that its link must bracket: a link that merely answers often at the
 * same time misses more.
 */
export const HIT_SHARE = 0.5;
/** A return has at least this many bytes: less is a heartbeat or a key exchange. */
export const EXCHANGE_BYTES_MIN = 300;
/**
 * The reply to a return, and to whatever a minion fires, is 103 bytes on 3006, 3007 and 3008: two
 * blocks of the cipher more or less are allowed. That to a ping is 18, a failed one 45, those of the
 * file server and of the pillar are longer: they are no returns, and nothing is fired for them.
 */
export const REPLY_BYTES = { least: 71, most: 135 };

const LEARNED = IDENTITY_BASES.indexOf('learned');

/** One request and its reply on one link, the only ones between two looks at it. */
export interface Exchange {
  readonly receivedMonoMs: number;
  readonly repliedMonoMs: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
}

/** A slot of the link table begins a new life. */
export function openVotes(state: State, slot: number): void {
  const { votes } = state;
  votes.linkLife[slot] = ((votes.linkLife[slot] ?? 0) + 1) >>> 0;
  forgetCandidates(votes.ofLink, slot);
}

/** A slot of the minion table begins a new life. */
export function openMinionVotes(state: State, slot: number): void {
  const { votes } = state;
  votes.minionLife[slot] = ((votes.minionLife[slot] ?? 0) + 1) >>> 0;
  votes.minionEvents[slot] = 0;
  votes.minionLastMonoMs[slot] = Number.NaN;
  forgetCandidates(votes.ofMinion, slot);
  openMinionStart(state, slot);
}

/** Exactly one request was answered on this link since the last look at it. */
export function noteExchange(state: State, slot: number, exchange: Exchange): void {
  const { receivedMonoMs, repliedMonoMs, requestBytes, replyBytes } = exchange;
  const lasted = repliedMonoMs - receivedMonoMs;
  if (!(lasted >= 0 && lasted <= EXCHANGE_MAX_MS)) return;
  if (!(requestBytes >= EXCHANGE_BYTES_MIN) || !isOpenLink(state, slot)) return;
  if (!(replyBytes >= REPLY_BYTES.least && replyBytes <= REPLY_BYTES.most)) return;
  const { votes } = state;
  const fromMs = receivedMonoMs - BRACKET_SLACK_MS;
  const toMs = repliedMonoMs + BRACKET_SLACK_MS;
  const life = votes.linkLife[slot] ?? 0;
  pushHappening(votes.exchanges, { who: slot, life, fromMs, toMs });
  eachOverlap(votes.events, { fromMs, toMs }, (minion, minionLife, atMs) => {
    if (votes.minionLife[minion] === minionLife) vote(state, slot, { minion, atMs });
  });
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
  const atMs = instantOf(event, now);
  if (event.event === 'start') noteStarted(state, minion, atMs);
  if (Math.abs(atMs - (votes.minionLastMonoMs[minion] ?? Number.NaN)) < EVENT_SPACING_MS) return;
  votes.minionLastMonoMs[minion] = atMs;
  const life = votes.minionLife[minion] ?? 0;
  votes.minionEvents[minion] = ((votes.minionEvents[minion] ?? 0) + 1) >>> 0;
  pushHappening(votes.events, { who: minion, life, fromMs: atMs, toMs: atMs });
  eachOverlap(votes.exchanges, { fromMs: atMs, toMs: atMs }, (slot, linkLife) => {
    if (votes.linkLife[slot] !== linkLife || !isOpenLink(state, slot)) return;
    vote(state, slot, { minion, atMs });
  });
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

function eachOverlap(
  ring: Happenings,
  span: { readonly fromMs: number; readonly toMs: number },
  visit: (who: number, life: number, fromMs: number) => void,
): void {
  const { capacity, who, life, fromMonoMs, toMonoMs } = ring;
  for (let at = 0; at < capacity; at += 1) {
    if ((who[at] ?? -1) < 0) break;
    if ((fromMonoMs[at] ?? 0) > span.toMs || (toMonoMs[at] ?? 0) < span.fromMs) continue;
    visit(who[at] ?? -1, life[at] ?? 0, fromMonoMs[at] ?? 0);
  }
}

/** A request link whose address does not name its minion. */
function isOpenLink(state: State, slot: number): boolean {
  const { links } = state;
  if (links.port[slot] !== REQUEST || links.peer[slot] === PEER_OWN) return false;
  if (!isEstablished(links.phase[slot] ?? PHASE_FREE)) return false;
  const basis = links.basis[slot];
  return basis === BASIS_AMBIGUOUS || basis === BASIS_UNKNOWN || basis === LEARNED;
}

/** A minion that no request link is known of by its address. */
function isOpenMinion(state: State, minion: number): boolean {
  const { minions } = state;
  if ((minions.requestLinks[minion] ?? 0) === 0) return true;
  const basis = minions.requestBasis[minion];
  return basis !== BASIS_STATIC && basis !== BASIS_GRAINS;
}

function vote(
  state: State,
  slot: number,
  { minion, atMs }: { readonly minion: number; readonly atMs: number },
): void {
  if (!canBeAt(state, slot, minion)) return;
  const { votes, links } = state;
  const asMinion = {
    who: minion,
    life: votes.minionLife[minion] ?? 0,
    isAlive: (who: number, life: number) => votes.minionLife[who] === life,
  };
  const asLink = {
    who: slot,
    life: votes.linkLife[slot] ?? 0,
    isAlive: (who: number, life: number) =>
      votes.linkLife[who] === life && isEstablished(links.phase[who] ?? PHASE_FREE),
  };
  const event = { events: votes.minionEvents[minion] ?? 0, atMs, spacingMs: EVENT_SPACING_MS };
  addVote(votes.ofLink, slot, { ...asMinion, ...event });
  const given = addVote(votes.ofMinion, minion, { ...asLink, ...event });
  if (given < LEAD || links.boundMinion[slot] === minion) return;
  const ahead = [leadOf(votes.ofLink, slot, asMinion), leadOf(votes.ofMinion, minion, asLink)];
  // Nobody else had a vote: the lead is all that was given.
  const alone = ahead.every((lead) => lead === given);
  if (Math.min(...ahead) < (alone ? LEAD : leadAmong(state, slot))) return;
  if (given < HIT_SHARE * eventsSince(state, minion, asLink)) return;
  bindAlone(state, slot, minion);
}

/** Links that can have been mistaken for one another: those of this address, or all of nobody's. */
function leadAmong(state: State, slot: number): number {
  const { survey, addresses, links } = state;
  const nobodys = survey.links[REQUEST * PEERS.length + PEER_UNKNOWN] ?? 0;
  const beside = addresses.requestLinks[links.address[slot] ?? 0] ?? 0;
  const open = Math.max(nobodys, beside);
  return LEADS_AMONG.find((step) => open <= step.links)?.lead ?? Number.POSITIVE_INFINITY;
}

/** A minion keeps one request link: a clear lead on this one ends what was learned of another. */
function bindAlone(state: State, slot: number, minion: number): void {
  const { links } = state;
  const { ofMinion, linkLife } = state.votes;
  const first = minion * CANDIDATES;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const other = ofMinion.who[at] ?? -1;
    if ((ofMinion.votes[at] ?? 0) === 0 || other === slot) continue;
    if (linkLife[other] !== ofMinion.life[at] || links.boundMinion[other] !== minion) continue;
    bindSlot(state, other, { minion: NO_MINION, basis: BASIS_UNKNOWN });
  }
  bindSlot(state, slot, { minion, basis: LEARNED });
}

/** Events of the minion since this link first bracketed one, that one included. */
function eventsSince(
  state: State,
  minion: number,
  link: { readonly who: number; readonly life: number },
): number {
  const { ofMinion, minionEvents } = state.votes;
  const first = minion * CANDIDATES;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    if (ofMinion.who[at] !== link.who || ofMinion.life[at] !== link.life) continue;
    return (minionEvents[minion] ?? 0) - (ofMinion.eventsBefore[at] ?? 0) + 1;
  }
  return Number.POSITIVE_INFINITY;
}
