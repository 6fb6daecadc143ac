/**
 * Whose connection it is: from the peer's address, or from a binding that a stronger source gave
 * this one connection.
 */
import {
  type AddressTable,
  BASIS_AMBIGUOUS,
  BASIS_GRAINS,
  BASIS_STATIC,
  BASIS_UNKNOWN,
  NO_ADDRESS,
  NO_MINION,
} from './address-table.js';
import { findLink, isEstablished, PHASE_FREE } from './link-table.js';
import {
  CLASS_GRAINS,
  CLASS_MORE,
  CLASS_NAT,
  CLASS_STATIC,
  type MinionFacts,
  NO_FACTS,
} from './minion-table.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';
import { IDENTITY_BASES, type IdentityBasis, PEERS, PUBLISH } from './vocabulary.js';

export const PEER_MINION = PEERS.indexOf('minion');
export const PEER_UNKNOWN = PEERS.indexOf('unknown');
export const PEER_OWN = PEERS.indexOf('own');

const CLASSES = 4;

/** Per address and class: how many minions name it, and one of them. */
interface Votes {
  readonly count: Uint32Array;
  readonly minion: Int32Array;
}

/** Looking at a minion, an address or a link costs an eighth of a new one at most. */
const LOOKS_PER_ROW = 8;

/**
 * Resolves every address anew after the inventory changed. An address that the operator gave to
 * exactly one minion names it; a NAT router's address names nobody unless one id lives behind it;
 * else the cached grains decide, `fqdn_ip*` only where no `ipv4` or `ipv6` does.
 */
export function* resolveSteps(state: State): Steps {
  const { addresses, minions } = state;
  const size = state.limits.rowsPerStep * LOOKS_PER_ROW;
  const votes: Votes = {
    count: new Uint32Array(addresses.high * CLASSES),
    minion: new Int32Array(addresses.high * CLASSES).fill(NO_MINION),
  };
  let hostMinions = 0;
  let hostMinion = NO_MINION;
  yield* inSteps(minions.order.length, size, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const slot = minions.order[row] ?? 0;
      const facts = minions.facts[slot] ?? NO_FACTS;
      voteAll(votes, facts, slot);
      if (!facts.onMasterHost) continue;
      hostMinions += 1;
      hostMinion = slot;
    }
  });
  yield* inSteps(addresses.high, size, (from, to) => {
    for (let entry = Math.max(from, 1); entry < to; entry += 1) {
      resolveEntry(addresses, votes, entry);
    }
  });
  state.inventory.hostMinions = hostMinions;
  for (const loopback of [addresses.loopback4, addresses.loopback6]) {
    if (addresses.basis[loopback] === BASIS_STATIC) continue;
    const basis =
      hostMinions > 1 ? BASIS_AMBIGUOUS : hostMinions === 1 ? BASIS_GRAINS : BASIS_UNKNOWN;
    addresses.basis[loopback] = basis;
    addresses.minion[loopback] = hostMinions === 1 ? hostMinion : NO_MINION;
    addresses.candidates[loopback] = hostMinions;
  }
}

/** Sets whose link this is now. */
export function attributeLink(state: State, slot: number): void {
  const { links, addresses } = state;
  const address = links.address[slot] ?? NO_ADDRESS;
  const bound = links.boundMinion[slot] ?? NO_MINION;
  if (address !== NO_ADDRESS && address === state.ownAddress) {
    links.peer[slot] = PEER_OWN;
    links.minion[slot] = NO_MINION;
    links.basis[slot] = BASIS_UNKNOWN;
  } else if (bound !== NO_MINION) {
    links.peer[slot] = PEER_MINION;
    links.minion[slot] = bound;
    links.basis[slot] = links.boundBasis[slot] ?? BASIS_UNKNOWN;
  } else {
    const minion = addresses.minion[address] ?? NO_MINION;
    links.peer[slot] = minion === NO_MINION ? PEER_UNKNOWN : PEER_MINION;
    links.minion[slot] = minion;
    links.basis[slot] = addresses.basis[address] ?? BASIS_UNKNOWN;
  }
}

/**
 * An established publish link of a minion begins (1) or ends (−1); nothing happens for other links.
 */
export function countEstablished(state: State, slot: number, change: 1 | -1): void {
  const minion = state.links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION || state.links.port[slot] !== PUBLISH) return;
  const { establishedLinks } = state.minions;
  establishedLinks[minion] = (establishedLinks[minion] ?? 0) + change;
  if (change === 1) state.minions.everLinked[minion] = 1;
}

/** Behind an address that several share only those can be, where the inventory says who. */
export function canBeAt(state: State, slot: number, minion: number): boolean {
  const { links, addresses } = state;
  const address = links.address[slot] ?? NO_ADDRESS;
  if (addresses.basis[address] !== BASIS_AMBIGUOUS) return true;
  return (state.minions.facts[minion] ?? NO_FACTS).addresses.includes(address);
}

/**
 * Gives one connection to a minion on stronger evidence than its address (`learned`, `filtered`,
 * `paired`); it dies with the connection. False when the connection or the minion is not there.
 */
export function bindLink(
  state: State,
  cookie: { readonly low: number; readonly high: number },
  to: { readonly minion: string; readonly basis: IdentityBasis },
): boolean {
  const slot = findLink(state.links, cookie.low, cookie.high);
  const minion = state.minions.slots.get(to.minion);
  if (slot < 0 || minion === undefined) return false;
  bindSlot(state, slot, { minion, basis: IDENTITY_BASES.indexOf(to.basis) });
  return true;
}

/** The same by slots; NO_MINION takes a binding back. */
export function bindSlot(
  state: State,
  slot: number,
  to: { readonly minion: number; readonly basis: number },
): void {
  state.links.boundMinion[slot] = to.minion;
  state.links.boundBasis[slot] = to.basis;
  const established = isEstablished(state.links.phase[slot] ?? PHASE_FREE);
  if (established) countEstablished(state, slot, -1);
  attributeLink(state, slot);
  if (established) countEstablished(state, slot, 1);
  state.survey.dirty = true;
}

/**
 * After the inventory or the own address changed: every link anew; bindings to `dropped` minions
 * end.
 */
export function* attributeSteps(state: State, dropped: ReadonlySet<number>): Steps {
  const { links } = state;
  state.minions.establishedLinks.fill(0, 0, state.minions.high);
  state.survey.dirty = true;
  yield* inSteps(links.high, state.limits.rowsPerStep * LOOKS_PER_ROW, (from, to) => {
    for (let slot = from; slot < to; slot += 1) {
      const phase = links.phase[slot] ?? PHASE_FREE;
      if (phase === PHASE_FREE) continue;
      if (dropped.has(links.boundMinion[slot] ?? NO_MINION)) links.boundMinion[slot] = NO_MINION;
      attributeLink(state, slot);
      if (isEstablished(phase)) countEstablished(state, slot, 1);
    }
  });
}

function voteAll(votes: Votes, facts: MinionFacts, slot: number): void {
  for (let i = 0; i < facts.addresses.length; i += 1) {
    vote(votes, (facts.addresses[i] ?? 0) * CLASSES + (facts.classes[i] ?? CLASS_MORE), slot);
  }
}

/**
 * The same minion naming an address twice in one class is one vote: its entries follow one another.
 */
function vote(votes: Votes, at: number, slot: number): void {
  if (votes.minion[at] === slot) return;
  votes.minion[at] = slot;
  votes.count[at] = (votes.count[at] ?? 0) + 1;
}

function resolveEntry(addresses: AddressTable, votes: Votes, entry: number): void {
  const at = entry * CLASSES;
  const count = (kind: number) => votes.count[at + kind] ?? 0;
  const decide = (kind: number, basis: number) => {
    const one = count(kind) === 1;
    addresses.minion[entry] = one ? (votes.minion[at + kind] ?? NO_MINION) : NO_MINION;
    addresses.basis[entry] = one ? basis : BASIS_AMBIGUOUS;
    addresses.candidates[entry] = count(kind);
    addresses.decider[entry] = kind;
  };
  if (count(CLASS_NAT) > 0) {
    decide(CLASS_NAT, BASIS_STATIC);
  } else if (count(CLASS_STATIC) > 0) {
    decide(CLASS_STATIC, BASIS_STATIC);
  } else if (count(CLASS_GRAINS) > 0) {
    decide(CLASS_GRAINS, BASIS_GRAINS);
  } else if (count(CLASS_MORE) > 0) {
    decide(CLASS_MORE, BASIS_GRAINS);
  } else {
    addresses.minion[entry] = NO_MINION;
    addresses.basis[entry] = BASIS_UNKNOWN;
    addresses.candidates[entry] = 0;
  }
}
