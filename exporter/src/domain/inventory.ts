/**
 * Takes a new inventory: rows come and go with their keys, addresses are interned, every link is
 * given its minion anew.
 */
import type { Instant } from '../lib/clock.js';
import { acquireText, isIpv4, NO_ADDRESS, releaseAddress } from './address-table.js';
import { tellEvent } from './event-feed.js';
import { minionText } from './evidence.js';
import { dropMinionTopic, openMinionTopic } from './filtered.js';
import { forgetStatus } from './function-status-table.js';
import { attributeSteps, resolveSteps } from './identity.js';
import { forgetCachedReturnsOf } from './job-cache-book.js';
import { forgetSuspects } from './job-suspects-table.js';
import { forgetPairsOf } from './job-table.js';
import { openMinionVotes } from './learned.js';
import { forgetLives } from './lives.js';
import { forgetLossesOf } from './loss-book.js';
import {
  addMinion,
  CLASS_GRAINS,
  CLASS_MORE,
  CLASS_NAT,
  CLASS_STATIC,
  dropMinion,
  type MinionFacts,
  NO_FACTS,
  orderSteps,
} from './minion-table.js';
import type { Inventory, InventoryMinion } from './observations.js';
import { forgetSample } from './sampling.js';
import type { InventoryBook, State } from './state.js';
import { inSteps, type Steps } from './steps.js';

/** What an inventory changes. */
export interface InventoryPlan {
  readonly inventory: Inventory;
  /** Minions that are new or told of in other words, each id once. */
  readonly changed: readonly InventoryMinion[];
  /** Slots of minions that are not listed any more. */
  readonly dropped: readonly number[];
  /** The routers' and the host's addresses are those of last time. */
  readonly sameMap: boolean;
}

/**
 * Compares with the last inventory and changes nothing that can be seen. Minions that are told of
 * in the same words as last time keep their facts, so that one changed file among ten thousand
 * costs little.
 */
export function* planInventory(state: State, inventory: Inventory): Steps<InventoryPlan> {
  const { minions, inventory: book, limits } = state;
  const sameMap = book.known && isSameMap(book, inventory);
  const changed: InventoryMinion[] = [];
  const fresh = new Set<string>();
  let stay = 0;
  book.generation = (book.generation + 1) >>> 0;
  const compare = (minion: InventoryMinion) => {
    const slot = minions.slots.get(minion.id);
    if (slot === undefined) {
      if (fresh.has(minion.id)) return;
      fresh.add(minion.id);
      changed.push(minion);
    } else if (minions.listed[slot] !== book.generation) {
      minions.listed[slot] = book.generation;
      stay += 1;
      const before = minions.facts[slot];
      const same = before?.source !== undefined && isSameMinion(before.source, minion);
      if (same) before.source = minion;
      if (!same || !sameMap) changed.push(minion);
    }
  };
  yield* inSteps(inventory.minions.length, limits.rowsPerStep * COMPARES_PER_ROW, (from, to) => {
    for (let i = from; i < to; i += 1) {
      const minion = inventory.minions[i];
      if (minion !== undefined && hasRow(minion)) compare(minion);
    }
  });
  const dropped: number[] = [];
  if (stay < minions.slots.size) {
    for (const slot of minions.slots.values()) {
      if (minions.listed[slot] !== book.generation) dropped.push(slot);
    }
  }
  return { inventory, changed, dropped, sameMap };
}

/** Takes the key counts, and says whether there is more to take. */
export function noteInventory(state: State, plan: InventoryPlan): boolean {
  const book = state.inventory;
  const { inventory, changed, dropped, sameMap } = plan;
  const isMore = !sameMap || changed.length > 0 || dropped.length > 0;
  if (isMore) return true;
  book.keyCounts = inventory.keyCounts;
  book.oldestPendingWallMs = inventory.oldestPendingWallMs;
  return false;
}

/** Replaces the last inventory; between its steps nothing of the state may be looked at. */
export function* takeInventory(state: State, plan: InventoryPlan, now: Instant): Steps {
  const { minions, inventory: book } = state;
  const { inventory, changed } = plan;
  const size = state.limits.rowsPerStep;
  const heldBefore = book.held;
  book.held = [];
  setHostAddresses(state, inventory.hostAddresses);
  const proxyAddresses = inventory.proxyAddresses ?? [];
  book.proxies = new Set(proxyAddresses.map((text) => hold(state, text, book.held)));
  const map = {
    nat: internNat(state, inventory.natAddresses),
    host: new Set<number>([...book.host4, ...book.host6]),
  };
  yield* dropSteps(state, plan.dropped);
  const sizeBefore = minions.slots.size;
  yield* inSteps(changed.length, size, (from, to) => {
    for (const minion of changed.slice(from, to)) takeMinion(state, minion, { map, now });
  });
  const isOther = plan.dropped.length > 0 || minions.slots.size > sizeBefore;
  if (isOther) yield* orderSteps(minions, size * COMPARES_PER_ROW);
  book.known = true;
  book.keyCounts = inventory.keyCounts;
  book.oldestPendingWallMs = inventory.oldestPendingWallMs;
  book.natAddresses = inventory.natAddresses;
  book.hostAddresses = inventory.hostAddresses;
  book.proxyAddresses = proxyAddresses;
  for (const entry of heldBefore) releaseAddress(state.addresses, entry);
  yield;
  yield* resolveSteps(state);
  yield* attributeSteps(state, new Set(plan.dropped));
}

/** An unchanged minion costs an eighth of a new one at most. */
const COMPARES_PER_ROW = 8;

interface AddressMap {
  readonly nat: NatMap;
  readonly host: ReadonlySet<number>;
}

function takeMinion(
  state: State,
  minion: InventoryMinion,
  to: { readonly map: AddressMap; readonly now: Instant },
): void {
  const { minions } = state;
  const known = minions.slots.get(minion.id);
  const slot = known ?? addMinion(minions, minion.id, to.now);
  if (slot < 0) return;
  if (known === undefined) {
    openMinionVotes(state, slot);
    forgetPairsOf(state.jobs.table, slot);
    forgetLives(state, slot);
    forgetSuspects(state.suspects, slot);
    forgetStatus(state.functionStatus, slot);
    forgetLossesOf(state.losses, slot, state.jobs.table.slots.values());
    forgetSample(state.samples, slot);
    tellMinion(state, minion.id, { isNew: true, wallMs: to.now.wallMs });
    forgetCachedReturnsOf(state.jobCache, slot);
    openMinionTopic(state, slot);
  }
  const before = minions.facts[slot];
  minions.facts[slot] = readFacts(state, minion, to.map);
  if (before !== undefined) releaseFacts(state, before);
}

function isSameMap(book: InventoryBook, inventory: Inventory): boolean {
  if (!isSameList(book.hostAddresses, inventory.hostAddresses)) return false;
  if (!isSameList(book.proxyAddresses, inventory.proxyAddresses ?? [])) return false;
  if (book.natAddresses.size !== inventory.natAddresses.size) return false;
  for (const [address, ids] of inventory.natAddresses) {
    const before = book.natAddresses.get(address);
    if (before === undefined || !isSameList(before, ids)) return false;
  }
  return true;
}

function isSameMinion(a: InventoryMinion, b: InventoryMinion): boolean {
  if (a === b) return true;
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

function dropSteps(state: State, slots: readonly number[]): Steps {
  return inSteps(slots.length, state.limits.rowsPerStep, (from, to) => {
    for (const slot of slots.slice(from, to)) {
      releaseFacts(state, state.minions.facts[slot] ?? NO_FACTS);
      dropMinionTopic(state, slot);
      tellMinion(state, state.minions.ids[slot], { isNew: false, wallMs: Number.NaN });
      dropMinion(state.minions, slot);
    }
  });
}

/** The first inventory lists who was there before us. */
function tellMinion(
  state: State,
  minion: string | undefined,
  { isNew, wallMs }: { readonly isNew: boolean; readonly wallMs: number },
): void {
  const reason = isNew ? 'new' : 'gone';
  const quiet = isNew && !state.inventory.known;
  const evidence = minionText(isNew);
  tellEvent(state, { kind: 'minion', wallMs, minion, reason, evidence, quiet });
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
function readFacts(state: State, minion: InventoryMinion, map: AddressMap): MinionFacts {
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
