/**
 * The request ledger: what came in and what was answered on each request link, from the kernel's
 * counters and ages alone.
 */
import type { Instant } from '../lib/clock.js';
import { isCanaryJid } from './canary-job.js';
import { forgetAbandoned, judgeNews, noteNew } from './ghosts.js';
import { noteSameTraffic, noteTraffic } from './learned-looks.js';
import type { LinkLine } from './link-line.js';
import { PHASE_DEAD } from './link-table.js';
import { noteLife } from './lives.js';
import type { BusEvents, LatePing, RequestPing } from './observations.js';
import { bookAbandoned, noteSubscriber } from './request-book.js';
import { type Look, lookAgain, lookFirst, noteSilence } from './request-looks.js';
import { noteSpeech } from './request-speech.js';
import {
  type Requests,
  STANCE_QUIET,
  STANCE_UNKNOWN,
  STANCE_UNSEEN,
  STANCE_WAITING,
} from './request-table.js';
import { BEAT_MS, HANDSHAKE_RECEIVED_MIN, HANDSHAKE_SENT } from './request-wire.js';
import type { State } from './state.js';
import { PUBLISH } from './vocabulary.js';
import { forgetPings, notePing } from './wedged.js';

/** TCP state of a connection that nobody has begun to close. */
const ESTABLISHED = 1;

/** A slot was given to a connection seen for the first time; its figures follow by `noteRequests`. */
export function openRequests(state: State, slot: number): void {
  const { requests, scans } = state;
  requests.stance[slot] = STANCE_UNSEEN;
  requests.rowMonoMs[slot] = Number.NaN;
  requests.bornMonoMs[slot] = scans.baseline ? Number.NaN : scans.lastMonoMs;
  requests.ghosts.waiting.delete(slot);
  if (state.links.port[slot] === PUBLISH) noteSubscriber(state, slot);
}

/** Figures of a request link in a dump or in its destroy event (then `endRequests` follows). */
export function noteRequests(state: State, slot: number, line: LinkLine): void {
  const { requests, links } = state;
  const { sockets, row } = line;
  const rowMonoMs = sockets.rowMonoMs[row] ?? line.at.monoMs;
  // A dump that was begun before the destroy event tells of the time before it.
  const isLate = rowMonoMs < (requests.rowMonoMs[slot] ?? Number.NaN);
  if (isLate || links.phase[slot] === PHASE_DEAD) return;
  const received = sockets.bytesReceived[row] ?? Number.NaN;
  const acked = sockets.bytesAcked[row] ?? Number.NaN;
  if (!isCount(received) || !isCount(acked)) return;
  const sendQueue = sockets.sendQueue[row] ?? 0;
  const unseen = requests.stance[slot] === STANCE_UNSEEN;
  const same = received === requests.received[slot] && acked === requests.acked[slot];
  const sentAgeMs = sockets.lastDataSentMs[row] ?? 0;
  const receivedAgeMs = sockets.lastDataReceivedMs[row] ?? 0;
  const segmentsIn = sockets.segmentsIn[row] ?? 0;
  if (same && sendQueue === 0 && !unseen) {
    const receivedMonoMs = rowMonoMs - receivedAgeMs;
    const sentMonoMs = rowMonoMs - sentAgeMs;
    noteSameTraffic(state, slot, { rowMonoMs, receivedMonoMs, sentMonoMs, segmentsIn });
    if (sentAgeMs > BEAT_MS) noteSilence(requests, slot, { sentAgeMs, receivedAgeMs });
  } else {
    const look: Look = {
      received,
      acked,
      sendQueue,
      retransmits: sockets.totalRetransmits[row] ?? 0,
      receivedMonoMs: rowMonoMs - receivedAgeMs,
      sentMonoMs: rowMonoMs - sentAgeMs,
      rowMonoMs,
      fin: sockets.state[row] === ESTABLISHED ? 0 : 1,
    };
    noteTraffic(state, slot, { look, segmentsIn });
    noteSpeech(state, slot, { look, first: unseen });
    if (unseen || isShaking(requests, slot)) lookFirst(state, slot, look);
    else lookAgain(state, slot, look);
    requests.received[slot] = received;
    requests.acked[slot] = acked;
    requests.retransmits[slot] = look.retransmits;
  }
  requests.rowMonoMs[slot] = rowMonoMs;
  requests.draining[slot] = sendQueue > 1 ? 1 : 0;
}

/** The destroy event of a request link, its last figures taken. */
export function endRequests(state: State, slot: number, at: Instant): void {
  const { requests } = state;
  if (requests.stance[slot] === STANCE_WAITING) bookAbandoned(state, slot, at);
  noteLife(state, slot, { monoMs: at.monoMs, destroyed: true });
  requests.stance[slot] = STANCE_UNKNOWN;
  requests.ghosts.waiting.delete(slot);
}

/** A complete scan was applied. */
export function closeRequestScan(state: State, at: Instant): void {
  const { requests, scans, listeners } = state;
  const { restarts } = listeners.ports.request;
  if (restarts !== requests.listenerRestarts) {
    requests.listenerRestarts = restarts;
    requests.beatMs = BEAT_MS;
    requests.beatless = false;
    forgetPings(requests.wedged);
    forgetAbandoned(requests.ghosts);
  }
  judgeNews(requests.ghosts, at.monoMs, scans.eventsLost + scans.overflowEvents);
}

/** Events of the bus: what was published may be a ghost. */
export function noteJobs(state: State, told: BusEvents, now: Instant): void {
  const wallOffsetMs = now.wallMs - now.monoMs;
  for (const event of told.events) {
    // Our own canary jobs have no client: their requests come from our own address.
    if (event.event !== 'new' || isCanaryJid(event.jid)) continue;
    noteNew(state.requests.ghosts, event, wallOffsetMs);
  }
}

export function notePingResult(state: State, ping: RequestPing, now: Instant): void {
  const { sequence, result } = ping;
  if (sequence === undefined) return;
  const outcome = result === 'ok' ? 'answered' : result === 'timeout' ? 'hung' : 'void';
  notePing(state.requests.wedged, { sequence, outcome }, now.monoMs);
}

export function noteLatePing(state: State, { sequence }: LatePing, now: Instant): void {
  notePing(state.requests.wedged, { sequence, outcome: 'answered' }, now.monoMs);
}

/** Until both sides have said READY growth is no request. */
function isShaking(requests: Requests, slot: number): boolean {
  if (requests.stance[slot] !== STANCE_QUIET) return false;
  const sent = requests.acked[slot] ?? 0;
  return sent < HANDSHAKE_SENT || (requests.received[slot] ?? 0) < HANDSHAKE_RECEIVED_MIN;
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
