/**
 * Books each connect and each disconnect exactly once, for the fleet and for its minion, and what
 * follows: flaps and storms.
 */
import type { Instant } from '../lib/clock.js';
import { BASIS_AMBIGUOUS, NO_ADDRESS, NO_MINION, releaseAddress } from './address-table.js';
import { forgetDelivery } from './delivery.js';
import { tellEvent } from './event-feed.js';
import { type FlapContext, flapOnConnect, flapOnDisconnect } from './flaps.js';
import { countEstablished, PEER_MINION, PEER_UNKNOWN } from './identity.js';
import {
  isEstablished,
  PHASE_DEAD,
  type PHASE_LEFT,
  type PHASE_MISSING,
  PHASE_UP,
  PHASE_WAITING,
  removeLink,
} from './link-table.js';
import { recordEvent } from './recent-events.js';
import type { State } from './state.js';
import { addToStorm, prefixOf, STORM_SPAN_MS } from './storms.js';
import { PEERS, PUBLISH } from './vocabulary.js';

/**
 * A connect waits this long for an identity: a new minion's link opens at once, its grains are
 * cached after its first pillar compile, some seconds later.
 */
export const CONNECT_GRACE_MS = 10_000;

/** How a connection was seen to end. */
export type EndPhase = typeof PHASE_LEFT | typeof PHASE_MISSING | typeof PHASE_DEAD;

/**
 * One end or beginning, told apart from the link table because a full table does not follow every
 * connection.
 */
export interface LinkFact {
  readonly port: number;
  readonly peer: number;
  readonly minion: number;
  readonly address: number;
  readonly at: Instant;
  readonly openedMonoMs: number;
  readonly troubled: boolean;
}

/**
 * Books the connect of a waiting link if it is known whose it is, or `final`: its grace or its life
 * is over.
 */
export function settleConnect(state: State, slot: number, final: boolean): void {
  const { links } = state;
  if (links.phase[slot] !== PHASE_WAITING) return;
  const nobody = links.peer[slot] === PEER_UNKNOWN && links.basis[slot] !== BASIS_AMBIGUOUS;
  if (nobody && !final) return;
  links.phase[slot] = PHASE_UP;
  links.waiting -= 1;
  const at = { monoMs: links.openedMonoMs[slot] ?? 0, wallMs: links.openedWallMs[slot] ?? 0 };
  bookConnect(state, factOf(state, slot, at));
}

/**
 * The connection in `slot` ended: books what is not booked yet and remembers it until nothing can
 * tell of it again.
 */
export function endLink(state: State, slot: number, end: { phase: EndPhase; at: Instant }): void {
  const { links } = state;
  settleConnect(state, slot, true);
  const wasUp = links.phase[slot] === PHASE_UP;
  if (isEstablished(links.phase[slot] ?? 0)) {
    state.survey.dirty = true;
    countEstablished(state, slot, -1);
  }
  if (end.phase === PHASE_DEAD && links.phase[slot] !== PHASE_DEAD) links.dead += 1;
  links.phase[slot] = end.phase;
  links.goneMonoMs[slot] = end.at.monoMs;
  if (wasUp) bookDisconnect(state, factOf(state, slot, end.at));
}

/** Drops a slot whose connection nothing can tell of any more. */
export function forgetLink(state: State, slot: number): void {
  if (state.links.port[slot] === PUBLISH) forgetDelivery(state, slot);
  releaseAddress(state.addresses, state.links.address[slot] ?? NO_ADDRESS);
  removeLink(state.links, slot);
}

export function bookConnect(state: State, fact: LinkFact): void {
  const index = fact.port * PEERS.length + fact.peer;
  state.connects[index] = (state.connects[index] ?? 0) + 1;
  if (fact.port !== PUBLISH || fact.peer !== PEER_MINION) return;
  const { minions } = state;
  const { minion, at } = fact;
  minions.connects[minion] = (minions.connects[minion] ?? 0) + 1;
  // A connect that waited for its identity is booked late and must not hide a newer one.
  if (!((minions.lastConnectWallMs[minion] ?? Number.NaN) > at.wallMs)) {
    minions.lastConnectWallMs[minion] = at.wallMs;
  }
  const overlaps = (minions.establishedLinks[minion] ?? 0) > 1;
  const openMs = minions.openDisconnectMonoMs[minion] ?? Number.NaN;
  if (flapOnConnect(flapContext(state), minion, { monoMs: at.monoMs, overlaps })) {
    bookFlap(state, minion, { at, downMs: at.monoMs - openMs });
  } else {
    tell(state, minion, { kind: 'connect', wallMs: at.wallMs, figure: 0 });
  }
}

export function bookDisconnect(state: State, fact: LinkFact): void {
  const index = fact.port * PEERS.length + fact.peer;
  state.disconnects[index] = (state.disconnects[index] ?? 0) + 1;
  if (fact.port !== PUBLISH || fact.peer !== PEER_MINION) return;
  const { minions } = state;
  const { minion, at } = fact;
  minions.disconnects[minion] = (minions.disconnects[minion] ?? 0) + 1;
  minions.lastDisconnectWallMs[minion] = at.wallMs;
  tell(state, minion, {
    kind: 'disconnect',
    wallMs: at.wallMs,
    figure: fact.troubled ? 1 : 0,
  });
  const openMs = minions.openConnectMonoMs[minion] ?? Number.NaN;
  const ended = { monoMs: at.monoMs, openedMonoMs: fact.openedMonoMs };
  if (flapOnDisconnect(flapContext(state), minion, ended)) {
    bookFlap(state, minion, { at, downMs: openMs - at.monoMs });
  }
  countForStorm(state, fact);
}

function factOf(state: State, slot: number, at: Instant): LinkFact {
  const { links } = state;
  return {
    port: links.port[slot] ?? PUBLISH,
    peer: links.peer[slot] ?? PEER_UNKNOWN,
    minion: links.minion[slot] ?? NO_MINION,
    address: links.address[slot] ?? NO_ADDRESS,
    at,
    openedMonoMs: links.openedMonoMs[slot] ?? 0,
    troubled: (links.backoff[slot] ?? 0) > 0 || (links.probes[slot] ?? 0) > 1,
  };
}

function bookFlap(
  state: State,
  minion: number,
  flap: { readonly at: Instant; readonly downMs: number },
): void {
  state.minions.flaps[minion] = (state.minions.flaps[minion] ?? 0) + 1;
  state.flaps += 1;
  tell(state, minion, { kind: 'flap', wallMs: flap.at.wallMs, figure: flap.downMs });
}

function countForStorm(state: State, fact: LinkFact): void {
  const { minions, storms } = state;
  const counted = minions.stormMonoMs[fact.minion] ?? Number.NaN;
  if (fact.at.monoMs - counted < STORM_SPAN_MS) return;
  minions.stormMonoMs[fact.minion] = fact.at.monoMs;
  const prefix = prefixOf(state.addresses, fact.address);
  const { monoMs, wallMs } = fact.at;
  addToStorm(storms, { monoMs, wallMs, troubled: fact.troubled, prefix }, minions.order.length);
}

/** Inside a storm people are not told of single links: the storm says it. History has them all. */
function tell(
  state: State,
  minion: number,
  event: {
    readonly kind: 'connect' | 'disconnect' | 'flap';
    readonly wallMs: number;
    readonly figure: number;
  },
): void {
  const { kind, wallMs, figure } = event;
  const happened = { kind, wallMs, minion: state.minions.ids[minion], evidence: figure };
  tellEvent(state, happened);
  if (state.storms.active === undefined) recordEvent(state.recent, happened);
}

function flapContext(state: State): FlapContext {
  return {
    minions: state.minions,
    listeners: state.listeners,
    windowMs: state.options.flapWindowSeconds * 1_000,
  };
}
