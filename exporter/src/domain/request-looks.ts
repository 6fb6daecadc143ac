/**
 * What a look at a request link tells when it is compared with the look before: a request, a reply,
 * heartbeats, or that nobody can know.
 *
 * A link's peer is a REQ socket: it asks, waits, and asks again only when it was answered. So what
 * was received and not answered yet is one request, its age is that of the last byte received, and
 * what is sent then is its reply.
 *
 * A worked example, a minion of 3008: received 717, acked 107, last data 40 ms ago: handshake 104,
 * a request of 613, nothing but our handshake sent: it waits since 40 ms. A second later received
 * 717, acked 210: the reply of 103 came; sent 980 ms ago, received 1,040 ms ago: served in 60 ms.
 */
import { PEER_MINION } from './identity.js';
import {
  bookExchange,
  bookFailed,
  bookReplyBytes,
  bookRequestBytes,
  type Exchange,
  noteWaiting,
} from './request-book.js';
import {
  type Requests,
  STANCE_QUIET,
  STANCE_REPLIED,
  STANCE_UNKNOWN,
  STANCE_WAITING,
} from './request-table.js';
import {
  BEAT_MIN_MS,
  FAILED_REPLY_BYTES,
  HANDSHAKE_RECEIVED_MAX,
  HANDSHAKE_RECEIVED_MIN,
  HANDSHAKE_SENT,
  isBeatPair,
  isBeats,
  isHandshakeOnly,
  isSeveral,
  LATE_PONGS,
  PING_BYTES,
  PONG_BYTES,
} from './request-wire.js';
import type { State } from './state.js';

/** A PING leaves this much early or late: timers of libzmq, jiffies of the kernel. */
const BEAT_SLACK_MS = 50;
/** Nothing was sent for this many intervals: this listener sends no heartbeats. */
const BEATLESS_INTERVALS = 2.5;
/**
 * A longer reply leaves in more than one round trip: when its last byte was sent says more of the
 * network than of the master. Ten segments, the window that TCP begins with.
 */
const SAMPLED_REPLY_MAX = 14_000;
/** Two rows date one datum this much apart at most: a jiffy of up to 10 ms each. */
const SAME_DATUM_MS = 20;

/** What one row says, with instants in place of ages. */
export interface Look {
  readonly received: number;
  readonly acked: number;
  readonly sendQueue: number;
  readonly retransmits: number;
  readonly receivedMonoMs: number;
  readonly sentMonoMs: number;
  readonly rowMonoMs: number;
  /** 1 when a FIN may be counted as a byte in either direction. */
  readonly fin: 0 | 1;
}

/** What happened on a link between two looks. */
interface Growth {
  readonly look: Look;
  readonly received: number;
  readonly acked: number;
  /** A PING and its PONG can be in it, and so the ages can be theirs. */
  readonly beatPossible: boolean;
  /** The reply was in its time all there, and nothing was sent twice. */
  readonly clean: boolean;
  readonly beforeMonoMs: number;
}

/**
 * Totals since the birth of the link: all that is known of one that lived between two scans. What
 * is older than our watch is known only while its totals are those of a handshake, with one request
 * or none.
 */
export function lookFirst(state: State, slot: number, look: Look): void {
  const { requests } = state;
  const { fin } = look;
  const bornMs = requests.bornMonoMs[slot] ?? Number.NaN;
  const sent = look.acked + look.sendQueue;
  const ageMs = look.rowMonoMs - bornMs;
  const most = Number.isNaN(bornMs) ? Number.POSITIVE_INFINITY : beatsWithin(requests, ageMs);
  requests.beatMonoMs[slot] = bornMs;
  requests.beatExact[slot] = 0;
  requests.draining[slot] = 0;
  requests.stance[slot] = STANCE_QUIET;
  for (let ends = 0; ends <= fin; ends += 1) {
    if (!isHandshakeOnly(sent - ends, look.received - ends, most)) continue;
    noteHandshake(state, slot, look);
    return;
  }
  const unanswered = sent === HANDSHAKE_SENT || sent - fin === HANDSHAKE_SENT;
  if (look.received - fin <= HANDSHAKE_RECEIVED_MAX || (Number.isNaN(bornMs) && !unanswered)) {
    requests.stance[slot] = STANCE_UNKNOWN;
    return;
  }
  requests.acked[slot] = Math.min(HANDSHAKE_SENT, look.acked);
  requests.received[slot] = Math.min(requests.handshakeReceived, look.received);
  requests.retransmits[slot] = 0;
  requests.rowMonoMs[slot] = bornMs;
  // None can be late before the first was sent.
  compare(state, slot, { look, latePongs: 0 });
}

/** What changed since the look before. */
export function lookAgain(state: State, slot: number, look: Look): void {
  compare(state, slot, { look, latePongs: LATE_PONGS });
}

function compare(
  state: State,
  slot: number,
  now: { readonly look: Look; readonly latePongs: number },
): void {
  const { requests } = state;
  const { look, latePongs } = now;
  const received = look.received - (requests.received[slot] ?? 0);
  const acked = look.acked - (requests.acked[slot] ?? 0);
  if (received < 0 || acked < 0) {
    forget(requests, slot);
    return;
  }
  const beforeMonoMs = requests.rowMonoMs[slot] ?? Number.NaN;
  const spanMs = Number.isNaN(beforeMonoMs) ? 0 : look.rowMonoMs - beforeMonoMs;
  const most = beatsWithin(requests, spanMs);
  const growth: Growth = {
    look,
    received,
    acked,
    beatPossible: isBeatPossible(requests, slot, look),
    clean: requests.draining[slot] === 0 && look.retransmits === requests.retransmits[slot],
    beforeMonoMs,
  };
  const asked = !isIdle(received, look.fin, { size: PONG_BYTES, most: most + latePongs });
  const replied = !isIdle(acked, look.fin, { size: PING_BYTES, most });
  if ((asked || replied) && !isBeatPair(acked, received, fastBeatsWithin(requests, spanMs))) {
    if (asked && replied) noteBoth(state, slot, growth);
    else if (asked) ask(state, slot, growth);
    else answer(state, slot, growth);
  } else {
    noteBeats(requests, slot, { growth, spanMs });
  }
  if (requests.stance[slot] === STANCE_WAITING && isReplyOut(look, most)) {
    requests.stance[slot] = STANCE_REPLIED;
  }
}

/**
 * Nothing changed for longer than a heartbeat takes. A link whose last word was ours was answered,
 * whatever was before our watch: no PING can have been that word.
 */
export function noteSilence(
  requests: Requests,
  slot: number,
  ages: { readonly sentAgeMs: number; readonly receivedAgeMs: number },
): void {
  const { sentAgeMs, receivedAgeMs } = ages;
  const silentMs = BEATLESS_INTERVALS * requests.beatMs;
  if (sentAgeMs < silentMs) return;
  // A stranger of an older protocol gets none where others do.
  const rowMonoMs = requests.rowMonoMs[slot] ?? Number.NaN;
  if (!(rowMonoMs - requests.pingMonoMs < silentMs)) requests.beatless = true;
  const ours = sentAgeMs < receivedAgeMs && requests.draining[slot] === 0;
  if (ours && requests.stance[slot] === STANCE_UNKNOWN) requests.stance[slot] = STANCE_QUIET;
}

/** Nothing but heartbeats, up to so many, and the FIN of a link that closes. */
function isIdle(
  growth: number,
  fin: 0 | 1,
  beats: { readonly size: number; readonly most: number },
): boolean {
  if (isBeats(growth, beats.size, beats.most)) return true;
  return fin === 1 && isBeats(growth - 1, beats.size, beats.most);
}

/** Heartbeats that can be sent in one direction within a time. */
function beatsWithin(requests: Requests, spanMs: number): number {
  return Math.floor(spanMs / requests.beatMs) + 1;
}

/** The same while nothing is known of this master's interval. */
function fastBeatsWithin(requests: Requests, spanMs: number): number {
  const unknown = Number.isNaN(requests.pingMonoMs) && !requests.beatless;
  return unknown ? Math.floor(spanMs / BEAT_MIN_MS) + 1 : beatsWithin(requests, spanMs);
}

/** A counter that fell: another reader, another connection. What is under way nobody knows. */
function forget(requests: Requests, slot: number): void {
  requests.stance[slot] = STANCE_UNKNOWN;
  requests.beatMonoMs[slot] = Number.NaN;
  requests.beatExact[slot] = 0;
  requests.ghosts.waiting.delete(slot);
}

/** What minions of this master say first, so that the first request of the next one has its size. */
function noteHandshake(state: State, slot: number, look: Look): void {
  const isWhole = look.acked === HANDSHAKE_SENT && look.fin === 0;
  const { received } = look;
  if (!isWhole || state.links.peer[slot] !== PEER_MINION) return;
  if (received < HANDSHAKE_RECEIVED_MIN || received > HANDSHAKE_RECEIVED_MAX) return;
  state.requests.handshakeReceived = received;
}

/** The next PING is due an interval after the last one, or after the birth; else at any time. */
function isBeatPossible(requests: Requests, slot: number, look: Look): boolean {
  if (requests.beatless) return false;
  const lastMs = requests.beatMonoMs[slot] ?? Number.NaN;
  return !(look.rowMonoMs < lastMs + requests.beatMs - BEAT_SLACK_MS);
}

/**
 * One PING for certain: dates the next, and the shortest distance of two is the interval. Those that
 * a bad cable held up arrive together, and tell nothing of it.
 */
function noteBeats(
  requests: Requests,
  slot: number,
  grown: { readonly growth: Growth; readonly spanMs: number },
): void {
  const { look, acked, clean } = grown.growth;
  const pings = acked / PING_BYTES;
  if (pings < 1 || !Number.isInteger(pings)) return;
  requests.beatless = false;
  requests.pingMonoMs = look.rowMonoMs;
  const lastMs = requests.beatMonoMs[slot] ?? Number.NaN;
  const exact = requests.beatExact[slot] === 1 && pings === 1;
  const apartMs = pings > 1 ? grown.spanMs / (pings - 1) : look.sentMonoMs - lastMs;
  const isBeat = clean && (pings > 1 || (exact && apartMs >= BEAT_MIN_MS));
  if (isBeat) requests.beatMs = Math.max(BEAT_MIN_MS, Math.min(requests.beatMs, apartMs));
  requests.beatMonoMs[slot] = look.sentMonoMs;
  requests.beatExact[slot] = 1;
}

/** Something was asked, nothing answered since; or another piece of what is being asked. */
function ask(state: State, slot: number, growth: Growth): void {
  const { requests } = state;
  const isPiece = requests.stance[slot] === STANCE_WAITING;
  const before = isPiece ? (requests.waitBytes[slot] ?? 0) : 0;
  bookRequest(state, slot, growth);
  beginWait(state, slot, growth);
  requests.waitBytes[slot] = before + growth.received - growth.look.fin;
  advanceBeat(requests, slot, growth.look);
}

/** Something was answered, nothing asked since. */
function answer(state: State, slot: number, growth: Growth): void {
  const { requests } = state;
  bookReply(state, slot, growth);
  if (hasAsked(requests, slot)) bookExchange(state, slot, keptExchange(requests, slot, growth));
  endWait(requests, slot);
  advanceBeat(requests, slot, growth.look);
}

/**
 * Asked and answered since the look before. Which came last the two ages tell, unless a PONG can
 * have come after; then it was the answer, for a second request within one scan is rare.
 */
function noteBoth(state: State, slot: number, growth: Growth): void {
  const { requests } = state;
  const { look, beforeMonoMs } = growth;
  const hadAsked = hasAsked(requests, slot);
  const asksAgain = look.receivedMonoMs > look.sentMonoMs && !growth.beatPossible;
  bookRequest(state, slot, growth);
  bookReply(state, slot, growth);
  const kept = keptExchange(requests, slot, growth);
  const own = ownExchange(growth);
  const whenever = { repliedFromMonoMs: beforeMonoMs, repliedMonoMs: look.rowMonoMs };
  if (hadAsked) bookExchange(state, slot, asksAgain ? kept : { ...kept, ...whenever });
  if (!hadAsked && !asksAgain) bookExchange(state, slot, own);
  // One more, of which nobody knows when it was asked or when it was answered.
  if (hadAsked !== asksAgain) {
    bookExchange(state, slot, { ...own, ...whenever, askedFromMonoMs: beforeMonoMs });
  }
  endWait(requests, slot);
  if (asksAgain) {
    beginWait(state, slot, growth);
    requests.waitBytes[slot] = growth.received - look.fin;
  }
  advanceBeat(requests, slot, look);
}

function hasAsked(requests: Requests, slot: number): boolean {
  const stance = requests.stance[slot];
  return stance === STANCE_WAITING || stance === STANCE_REPLIED;
}

function beginWait(state: State, slot: number, growth: Growth): void {
  const { requests } = state;
  const { look, beatPossible, beforeMonoMs } = growth;
  requests.stance[slot] = STANCE_WAITING;
  requests.waitMonoMs[slot] = look.receivedMonoMs;
  requests.waitFromMonoMs[slot] = beatPossible ? beforeMonoMs : look.receivedMonoMs;
  requests.waitExact[slot] = beatPossible ? 0 : 1;
  noteWaiting(state, slot);
}

function endWait(requests: Requests, slot: number): void {
  requests.stance[slot] = STANCE_QUIET;
  requests.ghosts.waiting.delete(slot);
}

/** The exchange whose request an earlier look saw. */
function keptExchange(requests: Requests, slot: number, growth: Growth): Exchange {
  const { look } = growth;
  const keptMonoMs = requests.waitMonoMs[slot] ?? Number.NaN;
  // Two ages of one row differ by whole jiffies; after a PONG the instant kept from before is right.
  const isSame = Math.abs(look.receivedMonoMs - keptMonoMs) <= SAME_DATUM_MS;
  const askedMonoMs = isSame ? look.receivedMonoMs : keptMonoMs;
  const fromMonoMs = requests.waitFromMonoMs[slot] ?? Number.NaN;
  const waited = requests.stance[slot] === STANCE_WAITING ? growth.beforeMonoMs : Number.NaN;
  return {
    askedFromMonoMs: requests.waitExact[slot] === 1 ? askedMonoMs : fromMonoMs,
    lookBeforeMonoMs: Number.NaN,
    askedMonoMs,
    repliedFromMonoMs: isDated(growth) ? look.sentMonoMs : waited,
    repliedMonoMs: look.sentMonoMs,
  };
}

/** The exchange that lies whole between two looks. */
function ownExchange(growth: Growth): Exchange {
  const { look, beatPossible, beforeMonoMs } = growth;
  const exact = isDated(growth) && !isSeveral(growth.acked, look.fin);
  return {
    askedFromMonoMs: beatPossible ? beforeMonoMs : look.receivedMonoMs,
    lookBeforeMonoMs: beforeMonoMs,
    askedMonoMs: look.receivedMonoMs,
    repliedFromMonoMs: exact ? look.sentMonoMs : Number.NaN,
    repliedMonoMs: look.sentMonoMs,
  };
}

/** Whether what was sent last is this one reply, all of it, and was sent once. */
function isDated(growth: Growth): boolean {
  const { look, acked } = growth;
  return (
    growth.clean && !growth.beatPossible && look.sendQueue <= look.fin && acked <= SAMPLED_REPLY_MAX
  );
}

function bookRequest(state: State, slot: number, growth: Growth): void {
  const beats = beatsDue(state.requests, slot, growth.look) * PONG_BYTES;
  bookRequestBytes(state, slot, growth.received - growth.look.fin - beats);
}

function bookReply(state: State, slot: number, growth: Growth): void {
  const { requests } = state;
  const { look, acked } = growth;
  bookReplyBytes(state, slot, acked - look.fin - beatsDue(requests, slot, look) * PING_BYTES);
  // A last piece of 45 bytes is no reply of 45 bytes.
  const isPiece = requests.draining[slot] === 1 && requests.stance[slot] !== STANCE_REPLIED;
  if (isPiece || look.sendQueue > look.fin) return;
  for (let ends = 0; ends <= look.fin; ends += 1) {
    const bytes = acked - ends;
    const isFailed = bytes === FAILED_REPLY_BYTES;
    const withPing = growth.beatPossible && bytes === FAILED_REPLY_BYTES + PING_BYTES;
    if (!isFailed && !withPing) continue;
    bookFailed(state, slot);
    return;
  }
}

/** The reply is in the master's kernel and not acknowledged: more is unsent than PINGs explain. */
function isReplyOut(look: Look, most: number): boolean {
  const unacked = Math.min(look.sendQueue, look.acked + look.sendQueue - HANDSHAKE_SENT);
  const beats = { size: PING_BYTES, most: most + LATE_PONGS - 1 };
  return unacked > look.fin && !isIdle(unacked, look.fin, beats);
}

/** PINGs since the look before, of a link whose beat is known to the instant. */
function beatsDue(requests: Requests, slot: number, look: Look): number {
  if (requests.beatExact[slot] === 0) return 0;
  const sinceMs = look.rowMonoMs - (requests.beatMonoMs[slot] ?? look.rowMonoMs);
  return Math.max(0, Math.floor(sinceMs / requests.beatMs));
}

/** A PING that hides behind a request or a reply was sent in its time. */
function advanceBeat(requests: Requests, slot: number, look: Look): void {
  const beats = beatsDue(requests, slot, look);
  requests.beatMonoMs[slot] = (requests.beatMonoMs[slot] ?? Number.NaN) + beats * requests.beatMs;
}
