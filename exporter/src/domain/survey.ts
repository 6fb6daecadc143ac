/**
 * One pass over all links: who has which, what each address carries, who acknowledges; the rest of
 * the domain reads its result.
 */
import { BASIS_UNKNOWN, NO_ADDRESS, NO_MINION } from './address-table.js';
import { clearShown, showLink } from './delivery-show.js';
import { PEER_MINION, PEER_OWN, PEER_UNKNOWN } from './identity.js';
import { isEstablished, type LinkTable, PHASE_FREE } from './link-table.js';
import { isSlow, stalledSince } from './liveness.js';
import { STANCE_WAITING } from './request-table.js';
import type { State } from './state.js';
import { inSteps, runAll, type Steps } from './steps.js';
import { MINION_STATUSES, PEERS, PUBLISH, REQUEST } from './vocabulary.js';
import { HANGING_MS } from './wedged.js';

/** No basis: the minion has no link of that port. */
export const NO_BASIS = 255;
/**
 * A subscriber's handshake is more than this many bytes (measured: 91 for a bare one, 124 and more
 * for Salt's).
 */
export const HANDSHAKE_BYTES = 60;
/**
 * Before this age an unexplained link may be a minion whose grains are on their way, or a port
 * scan.
 */
export const UNEXPLAINED_AGE_MS = 5_000;
/**
 * Retransmission time-outs in a row from which a host counts as silent; the second comes 0.6 s
 * after the data (measured 0.85 s).
 */
const SILENT_BACKOFF = 2;
/**
 * Probes (keepalive or zero window) without any answer; an answered probe sets the kernel's count
 * back to 0.
 */
const SILENT_PROBES = 2;
/** A minion that is one of these has to catch up before it is well again. */
const SLOW = MINION_STATUSES.indexOf('slow');
const STALLED = MINION_STATUSES.indexOf('stalled');
/** Looking at a link costs an eighth of a new one at most. */
const SURVEYED_PER_ROW = 8;

/**
 * Does nothing unless links or identities changed since the last survey, and while an observation
 * is half applied: what was surveyed last then still fits together. `nowMonoMs` dates the age
 * of unexplained links. Links must not change between its steps: to be run by `evaluate`.
 */
export function* surveySteps(state: State, nowMonoMs: number): Steps {
  const book = state.survey;
  if (!book.dirty || state.underway) return;
  book.dirty = false;
  clear(state);
  const { links, limits } = state;
  yield* inSteps(links.high, limits.rowsPerStep * SURVEYED_PER_ROW, (from, to) => {
    for (let slot = from; slot < to; slot += 1) {
      if (isEstablished(links.phase[slot] ?? PHASE_FREE)) countLink(state, slot, nowMonoMs);
    }
  });
}

/** The steps of an evaluation; who comes between them does the rest first, see `finishEvaluation`. */
export function* evaluate(state: State, steps: Steps): Steps {
  state.evaluation = steps;
  yield* steps;
  state.evaluation = undefined;
}

/** Does what is left of an evaluation, so that nobody sees or changes half of it. */
export function finishEvaluation(state: State): void {
  const { evaluation } = state;
  if (evaluation === undefined) return;
  state.evaluation = undefined;
  runAll(evaluation);
}

function countLink(state: State, slot: number, nowMonoMs: number): void {
  const { links, addresses, survey: book } = state;
  const peer = links.peer[slot] ?? PEER_UNKNOWN;
  const port = links.port[slot] ?? PUBLISH;
  const address = links.address[slot] ?? NO_ADDRESS;
  const index = port * PEERS.length + peer;
  book.links[index] = (book.links[index] ?? 0) + 1;
  const byAddress = port === PUBLISH ? addresses.publishLinks : addresses.requestLinks;
  byAddress[address] = (byAddress[address] ?? 0) + 1;
  if (peer === PEER_MINION) countForMinion(state, slot, port);
  if (peer === PEER_OWN) return;
  if (port === REQUEST) countRequest(state, slot);
  if (port !== PUBLISH) return;
  showLink(state, slot);
  countAck(state, slot);
  const isNobodys = links.basis[slot] === BASIS_UNKNOWN;
  if (isNobodys && isUnexplained(links, slot, nowMonoMs)) book.unexplained += 1;
}

/**
 * Whether the peer's host does not answer: data is unacknowledged through time-outs, or probes stay
 * unanswered. Backoff alone is no sign: a host whose window is zero backs off too, with nothing in
 * flight, and answers each probe.
 */
export function isSilent(links: LinkTable, slot: number): boolean {
  if (links.hasInfo[slot] === 0) return false;
  const unanswered = (links.backoff[slot] ?? 0) >= SILENT_BACKOFF && (links.unacked[slot] ?? 0) > 0;
  return unanswered || (links.probes[slot] ?? 0) >= SILENT_PROBES;
}

/** Past its handshake as far as can be seen (from /proc nothing can), and some seconds old. */
function isUnexplained(links: LinkTable, slot: number, nowMonoMs: number): boolean {
  const shook = links.hasInfo[slot] === 0 || (links.bytesReceived[slot] ?? 0) >= HANDSHAKE_BYTES;
  return shook && nowMonoMs - (links.openedMonoMs[slot] ?? nowMonoMs) >= UNEXPLAINED_AGE_MS;
}

function clear(state: State): void {
  const { minions, addresses } = state;
  const book = state.survey;
  clearShown(state);
  book.links.fill(0);
  book.unexplained = 0;
  book.publishLinks = 0;
  book.silentLinks = 0;
  book.requestsWaiting = 0;
  book.requestWaitMaxMs = 0;
  book.requestsHanging = 0;
  book.lastAckMonoMs = Number.NaN;
  addresses.publishLinks.fill(0, 0, addresses.high);
  addresses.requestLinks.fill(0, 0, addresses.high);
  minions.publishLinks.fill(0, 0, minions.high);
  minions.requestLinks.fill(0, 0, minions.high);
  minions.publishBasis.fill(NO_BASIS, 0, minions.high);
  minions.requestBasis.fill(NO_BASIS, 0, minions.high);
  minions.silentLinks.fill(0, 0, minions.high);
  minions.stalledLinks.fill(0, 0, minions.high);
  minions.slowLinks.fill(0, 0, minions.high);
  minions.stalledMonoMs.fill(Number.NaN, 0, minions.high);
  minions.requestWaitMs.fill(Number.NaN, 0, minions.high);
  minions.silentMonoMs.fill(Number.NaN, 0, minions.high);
  minions.rttMicros.fill(Number.NaN, 0, minions.high);
}

function countForMinion(state: State, slot: number, port: number): void {
  const { links, minions } = state;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) return;
  const basis = links.basis[slot] ?? BASIS_UNKNOWN;
  if (port !== PUBLISH) {
    minions.requestLinks[minion] = (minions.requestLinks[minion] ?? 0) + 1;
    minions.requestBasis[minion] = basis;
    return;
  }
  minions.publishLinks[minion] = (minions.publishLinks[minion] ?? 0) + 1;
  minions.publishBasis[minion] = basis;
  const rtt = links.rttMicros[slot] ?? 0;
  if (links.hasInfo[slot] === 1 && rtt > 0) minions.rttMicros[minion] = rtt;
}

/** Silent links per minion, and the latest acknowledgement on any link that is not silent. */
function countAck(state: State, slot: number): void {
  const { links, minions } = state;
  const book = state.survey;
  const minion = links.minion[slot] ?? NO_MINION;
  const ackMs = links.ackMonoMs[slot] ?? Number.NaN;
  book.publishLinks += 1;
  if (isSilent(links, slot)) {
    book.silentLinks += 1;
    if (minion === NO_MINION) return;
    minions.silentLinks[minion] = (minions.silentLinks[minion] ?? 0) + 1;
    const sentMs = links.sentMonoMs[slot] ?? Number.NaN;
    const sinceMs = Number.isNaN(sentMs) ? ackMs : Math.max(sentMs, ackMs);
    const knownMs = minions.silentMonoMs[minion] ?? Number.NaN;
    if (Number.isNaN(knownMs) || sinceMs > knownMs) minions.silentMonoMs[minion] = sinceMs;
    return;
  }
  if (!(ackMs <= book.lastAckMonoMs) && !Number.isNaN(ackMs)) book.lastAckMonoMs = ackMs;
  if (minion !== NO_MINION) countLiveness(state, slot, minion);
}

/** A link whose host answers: its process may stand still, or be behind. */
function countLiveness(state: State, slot: number, minion: number): void {
  const { minions, links } = state;
  if (links.hasInfo[slot] === 0) return;
  const sinceMs = stalledSince(state, slot);
  if (!Number.isNaN(sinceMs)) {
    minions.stalledLinks[minion] = (minions.stalledLinks[minion] ?? 0) + 1;
    minions.stalledMonoMs[minion] = sinceMs;
    return;
  }
  const status = minions.status[minion];
  if (!isSlow(state, slot, status === SLOW || status === STALLED)) return;
  minions.slowLinks[minion] = (minions.slowLinks[minion] ?? 0) + 1;
}

/** A request that waits, with its age at the instant of its row. */
function countRequest(state: State, slot: number): void {
  const { links, minions, requests, survey: book } = state;
  if (links.hasInfo[slot] === 0 || requests.stance[slot] !== STANCE_WAITING) return;
  const sinceMs = requests.waitMonoMs[slot] ?? Number.NaN;
  const waitMs = (requests.rowMonoMs[slot] ?? Number.NaN) - sinceMs;
  book.requestsWaiting += 1;
  book.requestWaitMaxMs = Math.max(book.requestWaitMaxMs, waitMs);
  if (waitMs > HANGING_MS) book.requestsHanging += 1;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION || waitMs <= (minions.requestWaitMs[minion] ?? Number.NaN)) return;
  minions.requestWaitMs[minion] = waitMs;
}
