/**
 * When something was asked and answered on a request link of nobody's, from what two looks at it
 * differ by: an interval that certainly holds it, as short as the ages allow.
 *
 * A link's peer is a REQ socket: its next request follows the reply to the one before. So an event
 * that came over it lies between the last byte of a request and the last byte of its reply.
 *
 * A worked example, looks at 100.0 and 101.0 s: received grew by 613, acknowledged by 103: one return
 * and its reply, no heartbeat (9 more). Last data came 410 ms before the look and went 380 ms before
 * it: the event lies in 100.590 … 100.620. Had 112 been acknowledged, a PING was in it, whose PONG may
 * be the last that came: the event lies in 100.000 … 100.620.
 */
import { BASIS_AMBIGUOUS, BASIS_UNKNOWN } from './address-table.js';
import { PEER_OWN } from './identity.js';
import { isEstablished, PHASE_FREE } from './link-table.js';
import type { Look } from './request-looks.js';
import {
  HANDSHAKE_RECEIVED_MAX,
  HANDSHAKE_SENT,
  isBeats,
  LATE_PONGS,
  PING_BYTES,
  PONG_BYTES,
} from './request-wire.js';
import type { State } from './state.js';
import { IDENTITY_BASES, REQUEST } from './vocabulary.js';
import { type Asking, pushExchange, type Votes } from './votes-table.js';

/** A return has at least this many bytes: less is a heartbeat or a key exchange. */
export const RETURN_BYTES_MIN = 300;
/**
 * The reply to a return, and to whatever a minion fires, is 103 bytes on 3006, 3007 and 3008: a block
 * of the cipher more or less is allowed. That to a ping is 18 … 25, to a client that publishes 68, a
 * failed one 45, those of the file server and of the pillar are longer.
 */
const USUAL_REPLY_BYTES = 103;
const REPLY_BYTES = { least: 87, most: 119 };
/** The smallest reply of any kind. */
const ANY_REPLY_BYTES_MIN = 13;
/**
 * A request and the acknowledgement of its reply (measured on 3006, 3007 and 3008, up to a kilobyte: 2 in
 * 6,409 of 6,412 exchanges, 3 in the others; two exchanges 4 in 236 of 254, 3 in the others; a
 * heartbeat adds one or two).
 */
const ONE_EXCHANGE_SEGMENTS = 2;
/** Data of one segment, where nothing on the way takes less. */
const SEGMENT_BYTES = 1_400;
/** A PONG, and an acknowledgement of its own for the PING. */
const BEAT_SEGMENTS = 2;
/** What takes longer says little: others' events lie in it too. It may be theirs, no more. */
export const SPEAKS_MAX_MS = 1_500;

/** A busy machine dates a row this much too late (measured: up to 60 ms at a load of five). */
export const LATE_ROW_MS = 100;

/** Two readings differ by so much anyway: each is a jiffy early or late (4 ms on most servers). */
const READINGS_DIFFER_MS = 8;

const LEARNED = IDENTITY_BASES.indexOf('learned');

/** What happened on a link between two looks. */
interface Grown {
  readonly look: Look;
  readonly beforeMonoMs: number;
  readonly received: number;
  readonly acked: number;
  /** That came: data, and acknowledgements of what we sent. */
  readonly segments: number;
  /** Heartbeats that fit in between. */
  readonly beats: number;
  readonly asked: boolean;
  /** What came last is no PONG. */
  readonly plain: boolean;
}

/** A request link whose address does not name its minion. */
export function isOpenLink(state: State, slot: number): boolean {
  const { links } = state;
  if (links.port[slot] !== REQUEST || links.peer[slot] === PEER_OWN) return false;
  if (!isEstablished(links.phase[slot] ?? PHASE_FREE)) return false;
  const basis = links.basis[slot];
  return basis === BASIS_AMBIGUOUS || basis === BASIS_UNKNOWN || basis === LEARNED;
}

/**
 * The row differs from the one before, whose figures the request ledger still has. `segmentsIn`: all
 * that came since the birth of the link.
 */
export function noteTraffic(
  state: State,
  slot: number,
  { look, segmentsIn }: { readonly look: Look; readonly segmentsIn: number },
): void {
  const { votes, requests } = state;
  const segments = (segmentsIn - (votes.asking.segments[slot] ?? 0)) >>> 0;
  votes.asking.segments[slot] = segmentsIn;
  votes.asking.readMonoMs[slot] = look.receivedMonoMs;
  if (!isOpenLink(state, slot)) return;
  const first = Number.isNaN(requests.rowMonoMs[slot] ?? Number.NaN);
  const lastMonoMs = (first ? requests.bornMonoMs : requests.rowMonoMs)[slot] ?? Number.NaN;
  const beforeMonoMs = lastMonoMs - LATE_ROW_MS;
  // Older than our watch: what it asked before is nobody's business.
  if (Number.isNaN(beforeMonoMs)) return;
  const received =
    look.received - look.fin - (first ? HANDSHAKE_RECEIVED_MAX : (requests.received[slot] ?? 0));
  const acked = look.acked - look.fin - (first ? HANDSHAKE_SENT : (requests.acked[slot] ?? 0));
  const spanMs = look.rowMonoMs - lastMonoMs;
  const beats = Math.floor(spanMs / requests.beatMs) + 1;
  const grown: Grown = {
    look,
    beforeMonoMs,
    received,
    acked,
    segments,
    beats,
    asked: received > 0 && !isBeats(received, PONG_BYTES, beats + LATE_PONGS),
    // No PING went, so no PONG came: the last that came is the request's.
    plain: acked === 0 || acked === USUAL_REPLY_BYTES,
  };
  if (acked > 0 && !isBeats(acked, PING_BYTES, beats)) noteReply(state, slot, grown);
  else if (grown.asked) noteRequest(votes.asking, slot, grown);
}

/** Something was asked and nothing answered; or another piece of what is being asked. */
function noteRequest(asking: Asking, slot: number, grown: Grown): void {
  const { look, plain, beforeMonoMs, received } = grown;
  const isPiece = (asking.fromMonoMs[slot] ?? 0) > 0;
  if (!isPiece) asking.fromMonoMs[slot] = plain ? look.receivedMonoMs : beforeMonoMs;
  asking.bytes[slot] = (isPiece ? (asking.bytes[slot] ?? 0) : 0) + received;
}

/** Something was answered, and nothing or something was asked since the look before. */
function noteReply(state: State, slot: number, grown: Grown): void {
  const { votes } = state;
  const { asking } = votes;
  const { look, received, acked, asked, beforeMonoMs } = grown;
  const waitedMs = asking.fromMonoMs[slot] ?? Number.NaN;
  const waited = waitedMs > 0 || waitedMs < 0;
  const requestBytes = (waited ? (asking.bytes[slot] ?? 0) : 0) + Math.max(0, received);
  const again = asked && look.receivedMonoMs > look.sentMonoMs;
  const isOne = isOneReply(grown, requestBytes) && !again && look.sendQueue <= look.fin;
  const alone = isOne && !(waitedMs > 0 && asked);
  const lastAskedMs = grown.plain ? look.receivedMonoMs : beforeMonoMs;
  const fromMonoMs = asked && alone ? lastAskedMs : waited ? Math.abs(waitedMs) : beforeMonoMs;
  // A PONG that came last looks like a request: nobody can tell.
  asking.fromMonoMs[slot] = !again ? Number.NaN : grown.plain ? look.receivedMonoMs : -beforeMonoMs;
  asking.bytes[slot] = again ? received : 0;
  if (acked < REPLY_BYTES.least || requestBytes < RETURN_BYTES_MIN) return;
  if (!isOneReply(grown, requestBytes) && !maybeAmongOthers(grown)) return;
  const toMonoMs = Math.max(look.sentMonoMs, fromMonoMs);
  const speaks = alone && !(waitedMs < 0 && !asked) && toMonoMs - fromMonoMs <= SPEAKS_MAX_MS;
  const life = votes.linkLife[slot] ?? 0;
  const exchange = { slot, life, fromMonoMs, toMonoMs, seenMonoMs: look.rowMonoMs, speaks };
  asking.last[slot] = pushExchange(votes.exchanges, exchange);
}

/** One reply to a return, with heartbeats or without. */
function isOneReply({ acked, segments, beats }: Grown, requestBytes: number): boolean {
  const most = Math.ceil(requestBytes / SEGMENT_BYTES) + 1;
  for (let pings = 0; pings <= beats; pings += 1) {
    const bytes = acked - pings * PING_BYTES;
    if (bytes === USUAL_REPLY_BYTES) return true;
    const isNear = bytes >= REPLY_BYTES.least && bytes <= REPLY_BYTES.most;
    if (isNear && segments <= most + pings * BEAT_SEGMENTS) return true;
  }
  return false;
}

/** Several replies, of which one can be that to a return. */
function maybeAmongOthers({ acked, segments }: Grown): boolean {
  return segments > ONE_EXCHANGE_SEGMENTS && acked >= REPLY_BYTES.least + ANY_REPLY_BYTES_MIN;
}

/**
 * The row is as it was, and dates its last data anew. A row is dated too late at times, by tens of
 * milliseconds on a busy machine, and never too early: the earliest of several readings is right.
 */
export function noteSameTraffic(
  state: State,
  slot: number,
  dated: {
    readonly rowMonoMs: number;
    readonly receivedMonoMs: number;
    readonly sentMonoMs: number;
    readonly segmentsIn: number;
  },
): void {
  const { exchanges, asking, linkLife } = state.votes;
  asking.segments[slot] = dated.segmentsIn;
  const readMonoMs = asking.readMonoMs[slot] ?? Number.NaN;
  if (readMonoMs > 0) notePart(state.votes, dated.rowMonoMs, dated.receivedMonoMs - readMonoMs);
  asking.readMonoMs[slot] = Math.min(readMonoMs || dated.receivedMonoMs, dated.receivedMonoMs);
  const at = asking.last[slot] ?? 0;
  if (exchanges.slot[at] !== slot || exchanges.life[at] !== linkLife[slot]) return;
  const { fromMonoMs, toMonoMs } = exchanges;
  exchanges.reread[at] = 1;
  fromMonoMs[at] = Math.min(fromMonoMs[at] ?? 0, dated.receivedMonoMs);
  toMonoMs[at] = Math.max(fromMonoMs[at] ?? 0, Math.min(toMonoMs[at] ?? 0, dated.sentMonoMs));
}

/** One row of a part is dated so much later than once before: and so are they all, at least. */
function notePart({ parts }: Votes, rowMonoMs: number, lateMs: number): void {
  const last = parts.count - 1;
  if (last >= 0 && parts.rowMonoMs[last] === rowMonoMs) {
    parts.lateMs[last] = Math.max(parts.lateMs[last] ?? 0, lateMs);
  } else if (parts.count < parts.capacity) {
    parts.rowMonoMs[parts.count] = rowMonoMs;
    parts.lateMs[parts.count] = lateMs;
    parts.count += 1;
  }
}

/**
 * A dump was applied: what its quiet links tell of how late its parts are dated is true of what was
 * asked and answered on the others.
 *
 * A worked example: a part is dated 5,000. Last data of one of its links came 1,040 ms before: at
 * 3,960; an earlier look had said 3,920. So the part is dated 40 ms late, and an exchange that it
 * shows at 4,500 … 4,520 was at 4,468 … 4,488 (8 ms two readings differ by anyway).
 */
export function correctParts({ exchanges, parts }: Votes): void {
  const { fromMonoMs, toMonoMs, seenMonoMs, reread, capacity } = exchanges;
  const firstMs = parts.rowMonoMs.subarray(0, parts.count).reduce(least, Number.POSITIVE_INFINITY);
  for (let back = 1; back <= capacity; back += 1) {
    const at = (exchanges.cursor - back + capacity) % capacity;
    const seenMs = seenMonoMs[at] ?? 0;
    if ((exchanges.slot[at] ?? -1) < 0 || seenMs < firstMs) break;
    if (reread[at] === 1) continue;
    const part = parts.rowMonoMs.subarray(0, parts.count).indexOf(seenMs);
    if (part < 0) continue;
    const lateMs = Math.max(0, (parts.lateMs[part] ?? 0) - READINGS_DIFFER_MS);
    fromMonoMs[at] = (fromMonoMs[at] ?? 0) - lateMs;
    toMonoMs[at] = (toMonoMs[at] ?? 0) - lateMs;
    reread[at] = 1;
  }
  parts.count = 0;
}

function least(a: number, b: number): number {
  return Math.min(a, b);
}

/** A slot of the link table begins a new life. */
export function openAsking(votes: Votes, slot: number): void {
  votes.asking.fromMonoMs[slot] = Number.NaN;
  votes.asking.bytes[slot] = 0;
  votes.asking.last[slot] = 0;
  votes.asking.segments[slot] = 0;
  votes.asking.readMonoMs[slot] = Number.NaN;
}
