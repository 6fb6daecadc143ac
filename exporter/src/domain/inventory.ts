/** Takes a new inventory: rows come and go with their keys, addresses are interned, every link is given its minion anew. */
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
import type { State } from './state.js';

export function applyInventory(state: State, inventory: Inventory, now: Instant): void {
  const book = state.inventory;
  const heldBefore = book.held;
  book.held = [];
  book.refusedAddresses = 0;
  setHostAddresses(state, inventory.hostAddresses);
  const nat = internNat(state, inventory.natAddresses);
  const dropped = dropMinions(state, inventory.minions);
  const host = new Set<number>([...book.host4, ...book.host6]);
  const taken = new Set<string>();
  for (const minion of inventory.minions) {
    if (!hasRow(minion) || taken.has(minion.id)) continue;
    taken.add(minion.id);
    const slot = state.minions.slots.get(minion.id) ?? addMinion(state.minions, minion.id, now);
    if (slot >= 0) state.minions.facts[slot] = readFacts(state, minion, { nat, host });
  }
  orderMinions(state.minions);
  book.known = true;
  book.keyCounts = inventory.keyCounts;
  book.oldestPendingWallMs = inventory.oldestPendingWallMs;
  for (const entry of heldBefore) releaseAddress(state.addresses, entry);
  resolveAddresses(state);
  attributeAllLinks(state, dropped);
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
    dropMinion(state.minions, slot);
    dropped.add(slot);
  }
  return dropped;
}

function setHostAddresses(state: State, addresses: readonly string[]): void {
  const entries = internAll(state, addresses);
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
    const entry = hold(state, address);
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
 * 127.0.0.1 and ::1 stand in everybody's grains and name nobody, unless the operator says so. Whoever else names a NAT router's
 * address (the router may run a minion) is one of those who can be behind it.
 */
function readFacts(
  state: State,
  minion: InventoryMinion,
  map: { readonly nat: NatMap; readonly host: ReadonlySet<number> },
): MinionFacts {
  const { loopback4, loopback6 } = state.addresses;
  const grainAddresses = internAll(state, minion.grainAddresses);
  const addresses: number[] = [];
  const classes: number[] = [];
  const add = (entries: Iterable<number>, kind: number) => {
    for (const entry of entries) {
      if (kind !== CLASS_STATIC && (entry === loopback4 || entry === loopback6)) continue;
      addresses.push(entry);
      classes.push(map.nat.entries.has(entry) ? CLASS_NAT : kind);
    }
  };
  add(internAll(state, minion.staticAddresses), CLASS_STATIC);
  add(map.nat.byMinion.get(minion.id) ?? [], CLASS_NAT);
  add(grainAddresses, CLASS_GRAINS);
  add(internAll(state, minion.moreAddresses), CLASS_MORE);
  return {
    addresses: Int32Array.from(addresses),
    classes: Uint8Array.from(classes),
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

/** Interns and holds until the next inventory; what is no address, or more than one minion may bring, is counted and left out. */
function internAll(state: State, texts: readonly string[]): Int32Array {
  const most = state.limits.addressesPerMinion;
  if (texts.length > most) state.inventory.refusedAddresses += texts.length - most;
  const entries: number[] = [];
  for (let i = 0; i < texts.length && i < most; i += 1) {
    const entry = hold(state, texts[i] ?? '');
    if (entry !== NO_ADDRESS) entries.push(entry);
  }
  return Int32Array.from(entries);
}

function hold(state: State, text: string): number {
  const entry = acquireText(state.addresses, text);
  if (entry === NO_ADDRESS) state.inventory.refusedAddresses += 1;
  else state.inventory.held.push(entry);
  return entry;
}
