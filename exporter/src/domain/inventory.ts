/**
 * Takes a new inventory: rows come and go with their keys, addresses are interned, every link is
 * given its minion anew.
 */
import type { Instant } from '../lib/clock.js';
import { acquireText, isIpv4, NO_ADDRESS, releaseAddress } from './address-table.js';
import { attributeAllLinks, resolveAddresses } from './identity.js';
import {
  addMinion,
  CLASS_GRAINS,
  CLASS_MORE,
  CLASS_NAT,
  CLASS_STATIC,
  dropMinion,
  type MinionFacts,
  orderMinions,
} from './minion-table.js';
import type { Inventory, InventoryMinion } from './observations.js';
import type { InventoryBook, State } from './state.js';

/**
 * Replaces the last inventory. Minions that are told of in the same words as last time keep their
 * facts, so that one changed file among ten thousand costs little.
 */
export function applyInventory(state: State, inventory: Inventory, now: Instant): void {
  const book = state.inventory;
  const { minions } = state;
  const sameMap = isSameMap(book, inventory);
  const heldBefore = book.held;
  book.held = [];
  setHostAddresses(state, inventory.hostAddresses);
  const map = {
    nat: internNat(state, inventory.natAddresses),
    host: new Set<number>([...book.host4, ...book.host6]),
  };
  const dropped = dropMinions(state, inventory.minions);
  const taken = new Set<string>();
  for (const minion of inventory.minions) {
    if (!hasRow(minion) || taken.has(minion.id)) continue;
    taken.add(minion.id);
    const slot = minions.slots.get(minion.id) ?? addMinion(minions, minion.id, now);
    if (slot < 0) continue;
    const before = minions.facts[slot];
    if (sameMap && before?.source !== undefined && isSameMinion(before.source, minion)) continue;
    minions.facts[slot] = readFacts(state, minion, map);
    if (before !== undefined) releaseFacts(state, before);
  }
  orderMinions(minions);
  book.known = true;
  book.keyCounts = inventory.keyCounts;
  book.oldestPendingWallMs = inventory.oldestPendingWallMs;
  book.natAddresses = inventory.natAddresses;
  book.hostAddresses = inventory.hostAddresses;
  for (const entry of heldBefore) releaseAddress(state.addresses, entry);
  resolveAddresses(state);
  attributeAllLinks(state, dropped);
}

function isSameMap(book: InventoryBook, inventory: Inventory): boolean {
  if (!isSameList(book.hostAddresses, inventory.hostAddresses)) return false;
  if (book.natAddresses.size !== inventory.natAddresses.size) return false;
  for (const [address, ids] of inventory.natAddresses) {
    const before = book.natAddresses.get(address);
    if (before === undefined || !isSameList(before, ids)) return false;
  }
  return true;
}

function isSameMinion(a: InventoryMinion, b: InventoryMinion): boolean {
  return (
    a.key === b.key &&
    a.expected === b.expected &&
    a.cached === b.cached &&
    a.grainsWallMs === b.grainsWallMs &&
    a.keyWallMs === b.keyWallMs &&
    isSameList(a.grainAddresses, b.grainAddresses) &&
    isSameList(a.moreAddresses, b.moreAddresses) &&
    isSameList(a.staticAddresses, b.staticAddresses)
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

/** Only accepted and expected ids are minions; the others are counted as keys. */
function hasRow(minion: InventoryMinion): boolean {
  return minion.key === 'accepted' || minion.expected;
}

function dropMinions(state: State, listed: readonly InventoryMinion[]): ReadonlySet<number> {
  const stay = new Set(listed.filter(hasRow).map((minion) => minion.id));
  const dropped = new Set<number>();
  for (const [id, slot] of [...state.minions.slots]) {
    if (stay.has(id)) continue;
    const facts = state.minions.facts[slot];
    if (facts !== undefined) releaseFacts(state, facts);
    dropMinion(state.minions, slot);
    dropped.add(slot);
  }
  return dropped;
}

function setHostAddresses(state: State, addresses: readonly string[]): void {
  const held: number[] = state.inventory.held;
  const entries = internAll(state, addresses, held);
  state.inventory.host4 = entries.filter((entry) => isIpv4(state.addresses, entry));
  state.inventory.host6 = entries.filter((entry) => !isIpv4(state.addresses, entry));
}

interface NatMap {
  /** Entries of all NAT routers' addresses. */
  readonly entries: ReadonlySet<number>;
  readonly byMinion: ReadonlyMap<string, readonly number[]>;
}

function internNat(state: State, natAddresses: Inventory['natAddresses']): NatMap {
  const entries = new Set<number>();
  const byMinion = new Map<string, number[]>();
  for (const [address, ids] of natAddresses) {
    const entry = hold(state, address, state.inventory.held);
    if (entry === NO_ADDRESS) continue;
    entries.add(entry);
    for (const id of ids) {
      const behind = byMinion.get(id);
      if (behind === undefined) byMinion.set(id, [entry]);
      else behind.push(entry);
    }
  }
  return { entries, byMinion };
}

/**
 * 127.0.0.1 and ::1 stand in everybody's grains and name nobody, unless the operator says so.
 * Whoever else names a NAT router's address (the router may run a minion) is one of those who can
 * be behind it.
 */
function readFacts(
  state: State,
  minion: InventoryMinion,
  map: { readonly nat: NatMap; readonly host: ReadonlySet<number> },
): MinionFacts {
  const { loopback4, loopback6 } = state.addresses;
  const held: number[] = [];
  const grainAddresses = internAll(state, minion.grainAddresses, held);
  const addresses: number[] = [];
  const classes: number[] = [];
  const add = (entries: Iterable<number>, kind: number) => {
    for (const entry of entries) {
      if (kind !== CLASS_STATIC && (entry === loopback4 || entry === loopback6)) continue;
      addresses.push(entry);
      classes.push(map.nat.entries.has(entry) ? CLASS_NAT : kind);
    }
  };
  add(internAll(state, minion.staticAddresses, held), CLASS_STATIC);
  add(map.nat.byMinion.get(minion.id) ?? [], CLASS_NAT);
  add(grainAddresses, CLASS_GRAINS);
  add(internAll(state, minion.moreAddresses, held), CLASS_MORE);
  return {
    source: minion,
    held,
    addresses,
    classes,
    grainAddresses,
    cached: minion.cached,
    hasKey: minion.key !== undefined,
    expected: minion.expected,
    onMasterHost: addresses.some((entry) => map.host.has(entry)),
    behindNat: map.nat.byMinion.has(minion.id),
    grainsWallMs: minion.grainsWallMs,
    keyWallMs: minion.keyWallMs,
  };
}

/**
 * Interns and notes in `held`; what is no address, or more than one minion may bring, is counted
 * and left out.
 */
function internAll(state: State, texts: readonly string[], held: number[]): number[] {
  const most = state.limits.addressesPerMinion;
  if (texts.length > most) state.inventory.refusedAddresses += texts.length - most;
  const entries: number[] = [];
  for (let i = 0; i < texts.length && i < most; i += 1) {
    const entry = hold(state, texts[i] ?? '', held);
    if (entry !== NO_ADDRESS) entries.push(entry);
  }
  return entries;
}

function hold(state: State, text: string, held: number[]): number {
  const entry = acquireText(state.addresses, text);
  if (entry === NO_ADDRESS) state.inventory.refusedAddresses += 1;
  else held.push(entry);
  return entry;
}

function releaseFacts(state: State, facts: MinionFacts): void {
  for (const entry of facts.held) releaseAddress(state.addresses, entry);
}
