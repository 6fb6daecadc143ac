/** Books what happened on a request link: for its minion, for the fleet, for ghosts, for workers. */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import { NO_ADDRESS, NO_MINION, wordsOf } from './address-table.js';
import { tellEvent } from './event-feed.js';
import { abandonedText, failedText } from './evidence.js';
import {
  CLIENT_REQUEST_MIN,
  forgetStrangers,
  noteClientAnswered,
  noteClientGone,
} from './ghosts.js';
import { PEER_MINION, PEER_OWN } from './identity.js';
import { diedBetween, RESTART_WINDOW_MS } from './listeners.js';
import { countPublishLoss, noteExchangeOf } from './loss-book.js';
import type { State } from './state.js';
import { REQUEST_PEERS } from './vocabulary.js';

const MINION = REQUEST_PEERS.indexOf('minion');
const LOCAL = REQUEST_PEERS.indexOf('local');
const UNKNOWN = REQUEST_PEERS.indexOf('unknown');
/** Our own canaries: counted nowhere. */
const OWN = -1;
/** `::ffff:127.` as words. */
const MAPPED = 0xffff;
const LOOPBACK_NET = 127;

/** A sample is known to so much of its upper bound: its middle is an eighth of the truth off at most. */
const SERVICE_ROOM = 0.2;

/** A request and its reply. */
export interface Exchange {
  /** Not before this instant it was asked. */
  readonly askedFromMonoMs: number;
  /** The look before, which did not show the request; NaN = not known. */
  readonly lookBeforeMonoMs: number;
  /** Last byte of the request; not after this instant where the two differ. */
  readonly askedMonoMs: number;
  /** Not before this instant it was answered; NaN = not known. */
  readonly repliedFromMonoMs: number;
  /** Last byte of the reply; not after this instant where the two differ. */
  readonly repliedMonoMs: number;
}

export function bookRequestBytes(state: State, slot: number, bytes: number): void {
  const minion = state.links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION || !(bytes > 0)) return;
  const { requestBytes } = state.minions;
  requestBytes[minion] = (requestBytes[minion] ?? 0) + bytes;
}

export function bookReplyBytes(state: State, slot: number, bytes: number): void {
  const minion = state.links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION || !(bytes > 0)) return;
  const { replyBytes } = state.minions;
  replyBytes[minion] = (replyBytes[minion] ?? 0) + bytes;
}

/** A client that waits may be the one that a `new` is for. */
export function noteWaiting(state: State, slot: number): void {
  if (!isClient(state, slot, peerOf(state, slot))) return;
  const sinceMs = state.requests.waitFromMonoMs[slot] ?? Number.NaN;
  state.requests.ghosts.waiting.set(slot, sinceMs);
}

/** One request was answered. */
export function bookExchange(state: State, slot: number, exchange: Exchange): void {
  const { requests } = state;
  const peer = peerOf(state, slot);
  if (peer === OWN) return;
  requests.wedged.answeredInRow += 1;
  const minion = state.links.minion[slot] ?? NO_MINION;
  if (minion !== NO_MINION) noteExchangeOf(state.losses, minion, exchange.repliedMonoMs);
  const { askedMonoMs, repliedMonoMs } = exchange;
  const serviceMs = serviceMsOf(exchange);
  if (serviceMs !== undefined) observe(requests.serviceSeconds, serviceMs / 1_000);
  if (!isClient(state, slot, peer)) return;
  const { askedFromMonoMs: fromMonoMs, lookBeforeMonoMs } = exchange;
  const asked = { fromMonoMs, toMonoMs: askedMonoMs, lookBeforeMonoMs };
  noteClientAnswered(requests.ghosts, asked, repliedMonoMs);
}

/**
 * Time of service, where the bounds of its two instants leave little room. Heartbeats hide instants
 * of long exchanges more often than of short ones: to drop all those would show a master that is
 * quicker than it is.
 */
function serviceMsOf(exchange: Exchange): number | undefined {
  const leastMs = exchange.repliedFromMonoMs - exchange.askedMonoMs;
  const mostMs = exchange.repliedMonoMs - exchange.askedFromMonoMs;
  const isNear = leastMs >= 0 && mostMs - leastMs <= mostMs * SERVICE_ROOM;
  return isNear ? (leastMs + mostMs) / 2 : undefined;
}

/** The reply was that of a handler that raised. */
export function bookFailed(state: State, slot: number): void {
  const peer = peerOf(state, slot);
  if (peer === OWN) return;
  const { failed } = state.requests;
  failed[peer] = (failed[peer] ?? 0) + 1;
  const wallMs = state.scans.lastMonoMs + state.wallOffsetMs;
  const minion = minionOf(state, slot);
  const reason = REQUEST_PEERS[peer];
  tellEvent(state, { kind: 'failed', wallMs, minion, reason, evidence: failedText() });
  if (isClient(state, slot, peer)) countPublishLoss(state, 'failed');
}

/** The link ended, and its request was never answered. */
export function bookAbandoned(state: State, slot: number, at: Instant): void {
  const { requests, listeners } = state;
  const peer = peerOf(state, slot);
  if (peer === OWN) return;
  requests.abandoned[peer] = (requests.abandoned[peer] ?? 0) + 1;
  requests.wedged.answeredInRow = 0;
  tellEvent(state, {
    kind: 'abandoned',
    wallMs: at.wallMs,
    minion: minionOf(state, slot),
    reason: REQUEST_PEERS[peer],
    evidence: abandonedText(requests.waitBytes[slot] ?? 0),
  });
  if (!isClient(state, slot, peer)) return;
  if ((requests.waitBytes[slot] ?? 0) < CLIENT_REQUEST_MIN) return;
  countPublishLoss(state, 'abandoned');
  // What waited in a request server that ended will never run.
  const diedMs = at.monoMs - RESTART_WINDOW_MS;
  if (diedBetween(listeners.ports.request, diedMs, at.monoMs)) return;
  const asked = {
    fromMonoMs: requests.waitFromMonoMs[slot] ?? Number.NaN,
    toMonoMs: requests.waitMonoMs[slot] ?? Number.NaN,
    lookBeforeMonoMs: Number.NaN,
  };
  const from = wordsOf(state.addresses, state.links.address[slot] ?? NO_ADDRESS);
  const stranger = peer === LOCAL ? undefined : from;
  noteClientGone(requests.ghosts, asked, { monoMs: at.monoMs, stranger });
}

function minionOf(state: State, slot: number): string | undefined {
  return state.minions.ids[state.links.minion[slot] ?? NO_MINION];
}

/** A publish link was opened: whoever asks from its address is a minion. */
export function noteSubscriber(state: State, slot: number): void {
  const { addresses, links, requests } = state;
  const address = links.address[slot] ?? NO_ADDRESS;
  if (address === NO_ADDRESS) return;
  addresses.subscribed[address] = 1;
  forgetStrangers(requests.ghosts, wordsOf(addresses, address));
}

/**
 * Index into REQUEST_PEERS, or OWN. The master's own addresses name its clients: a minion on the
 * same host is told apart by a binding only.
 */
function peerOf(state: State, slot: number): number {
  const { links, addresses, inventory } = state;
  if (links.peer[slot] === PEER_OWN) return OWN;
  const address = links.address[slot] ?? NO_ADDRESS;
  const bound = (links.boundMinion[slot] ?? NO_MINION) !== NO_MINION;
  const isHost =
    address !== NO_ADDRESS &&
    (address === addresses.loopback4 ||
      address === addresses.loopback6 ||
      inventory.host4.includes(address) ||
      inventory.host6.includes(address));
  if (isHost && !bound) return LOCAL;
  if (links.peer[slot] === PEER_MINION) return MINION;
  const [a, b, c, d] = wordsOf(addresses, address);
  return a === 0 && b === 0 && c === MAPPED && d >>> 24 === LOOPBACK_NET ? LOCAL : UNKNOWN;
}

/** Whether it can be a client that publishes. */
function isClient(state: State, slot: number, peer: number): boolean {
  const address = state.links.address[slot] ?? NO_ADDRESS;
  const isStranger = address !== NO_ADDRESS && state.addresses.subscribed[address] === 0;
  return peer === LOCAL || (peer === UNKNOWN && isStranger);
}
