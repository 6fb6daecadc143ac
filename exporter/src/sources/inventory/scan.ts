/** The whole inventory as the files have it, sweep by sweep: what changed since the last one, and what is wrong. Blocking: for a thread. */
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import type { Inventory, InventoryMinion } from '../../domain/observations.js';
import type { KeyState } from '../../domain/vocabulary.js';
import type { LoadReadAhead } from '../../lib/read-ahead.js';
import { canonicalAddress } from './decode.js';
import { type CachedGrains, GrainsCache } from './grains-cache.js';
import { KeyFiles } from './key-files.js';
import { ListFile } from './list-file.js';
import { decodeExpected, decodeNatMap, type NatMap, NO_NAT } from './lists.js';
import { type InventoryReason, ReasonCounter } from './reasons.js';

/** Where to look; everything that another run of the same scan would have to start over for. */
export interface ScanPlaces {
  readonly pkiDir: string;
  readonly cacheDir: string;
  /** False: this master keeps no keys, or no grains, in files. */
  readonly hasKeyFiles: boolean;
  readonly hasGrainFiles: boolean;
  /** Layout that this master's Salt reads; undefined = its version is not known. */
  readonly layout: 'map' | 'flat' | undefined;
  readonly expectedMinions: string | undefined;
  readonly natMap: string | undefined;
}

/** Directory → names in it that changed. */
export type ChangedNames = ReadonlyMap<string, ReadonlySet<string>>;

/** All of the inventory but its rows. */
export type InventoryFrame = Omit<Inventory, 'kind' | 'minions'>;

export interface Sweep {
  /** False: nothing changed, and the rest is empty. */
  readonly changed: boolean;
  /** Rows that are new or differ from the last sweep's. */
  readonly upserts: readonly InventoryMinion[];
  readonly removed: readonly string[];
  readonly frame: InventoryFrame;
  readonly errors: readonly (readonly [InventoryReason, number])[];
  /** What is wrong and keeps figures from being right, for people; empty = nothing. */
  readonly problems: readonly string[];
  /** What is wrong with the operator's lists; the rest of the inventory is right. */
  readonly listProblems: readonly string[];
}

const NO_ADDRESSES: readonly string[] = [];

export class InventoryScan {
  readonly #places: ScanPlaces;
  readonly #rejects = new ReasonCounter();
  readonly #keys: KeyFiles;
  readonly #caches: readonly GrainsCache[];
  readonly #expected: ListFile<readonly string[]>;
  readonly #nat: ListFile<NatMap>;
  #rows = new Map<string, InventoryMinion>();
  #hostAddresses = '';
  #problems = '';
  #isFirst = true;

  constructor(places: ScanPlaces, loadReadAhead?: LoadReadAhead) {
    this.#places = places;
    const rejects = this.#rejects;
    const cache = { cacheDir: places.cacheDir, rejects, loadReadAhead };
    this.#keys = new KeyFiles(places.pkiDir, rejects);
    this.#caches = [new GrainsCache('flat', cache), new GrainsCache('map', cache)];
    this.#expected = new ListFile({
      path: places.expectedMinions,
      empty: NO_ADDRESSES,
      decode: decodeExpected,
      reason: 'expected_minions',
      rejects,
    });
    this.#nat = new ListFile({
      path: places.natMap,
      empty: NO_NAT,
      decode: decodeNatMap,
      reason: 'nat_map',
      rejects,
    });
  }

  /** Directories whose changes matter at once. */
  directories(): string[] {
    const lists = [this.#expected.path, this.#nat.path].flatMap((path) =>
      path === undefined ? [] : [dirname(path)],
    );
    const keys = this.#places.hasKeyFiles ? this.#keys.paths : [];
    const caches = this.#places.hasGrainFiles ? this.#caches.map(({ path }) => path) : [];
    return [...new Set([...keys, ...caches, ...lists])];
  }

  /** With `names` only these are looked at, which the watches of `directories` told; what no watch tells needs a sweep without. */
  sweep(nowWallMs: number, names?: ChangedNames): Sweep {
    const parts = names === undefined ? this.#lookAtAll(nowWallMs) : this.#lookAt(names, nowWallMs);
    parts.push(this.#expected.refresh(), this.#nat.refresh());
    const hostAddresses = ownAddresses();
    const hostText = hostAddresses.join();
    const problems = this.#problemsNow();
    const listProblems = [this.#expected.problem, this.#nat.problem].filter(isDefined);
    const said = [...problems, ...listProblems].join('\n');
    const changed =
      this.#isFirst ||
      parts.includes(true) ||
      hostText !== this.#hostAddresses ||
      said !== this.#problems;
    this.#isFirst = false;
    this.#hostAddresses = hostText;
    this.#problems = said;
    const frame = this.#frame(hostAddresses);
    const rows = changed ? this.#difference() : { upserts: [], removed: [] };
    return { changed, ...rows, frame, errors: this.#rejects.take(), problems, listProblems };
  }

  /** Each must run, whatever the others found. */
  #lookAtAll(nowWallMs: number): boolean[] {
    const keys = this.#places.hasKeyFiles ? [this.#keys.refresh(nowWallMs)] : [];
    const caches = this.#places.hasGrainFiles ? this.#caches : [];
    return [...keys, ...caches.map((cache) => cache.refresh(nowWallMs))];
  }

  #lookAt(names: ChangedNames, nowWallMs: number): boolean[] {
    const found: boolean[] = [];
    for (const [directory, changed] of names) {
      if (this.#places.hasKeyFiles)
        found.push(this.#keys.refreshNames(directory, changed, nowWallMs));
      const cache = this.#caches.find(({ path }) => path === directory);
      if (cache !== undefined && this.#places.hasGrainFiles)
        found.push(cache.refreshNames(changed));
    }
    return found;
  }

  #problemsNow(): string[] {
    const keys = this.#places.hasKeyFiles ? this.#keys.problem : undefined;
    const caches = this.#places.hasGrainFiles ? this.#caches.map(({ problem }) => problem) : [];
    return [keys, ...caches].filter(isDefined);
  }

  #frame(hostAddresses: readonly string[]): InventoryFrame {
    const known = this.#places.hasKeyFiles && this.#keys.isKnown;
    return {
      keyCounts: known ? this.#keys.counts() : undefined,
      oldestPendingWallMs: known ? this.#keys.oldestPendingWallMs() : undefined,
      natAddresses: this.#nat.value.nat,
      proxyAddresses: this.#nat.value.proxies,
      hostAddresses,
    };
  }

  /** Rows are made anew and compared: arrays of an unchanged file are the same arrays. */
  #difference(): Pick<Sweep, 'upserts' | 'removed'> {
    const keys = this.#places.hasKeyFiles ? this.#keys.byId() : new Map<string, never>();
    const expected = new Set(this.#expected.value);
    const statics = this.#nat.value.minions;
    const ids = new Set([...keys.keys(), ...expected, ...statics.keys()]);
    for (const cache of this.#caches) for (const id of cache.ids()) ids.add(id);
    for (const members of this.#nat.value.nat.values()) for (const id of members) ids.add(id);
    const bank = this.#bank();
    const rows = new Map<string, InventoryMinion>();
    const upserts: InventoryMinion[] = [];
    for (const id of ids) {
      const grains = this.#newestGrains(id);
      const row = makeRow(id, {
        key: keys.get(id),
        expected: expected.has(id),
        cached: bank?.get(id) !== undefined,
        grains,
        staticAddresses: statics.get(id) ?? NO_ADDRESSES,
      });
      const old = this.#rows.get(id);
      const same = old !== undefined && sameRow(old, row);
      rows.set(id, same ? old : row);
      if (!same) upserts.push(row);
    }
    const removed = [...this.#rows.keys()].filter((id) => !rows.has(id));
    this.#rows = rows;
    return { upserts, removed };
  }

  /** The cache that Salt's own presence looks into; without a version: 3008's where it has entries. */
  #bank(): GrainsCache | undefined {
    const [flat, map] = this.#caches;
    if (this.#places.layout === 'flat') return flat;
    if (this.#places.layout === 'map') return map;
    return flat === undefined || flat.isEmpty ? map : flat;
  }

  /** Both layouts may stand side by side after an upgrade: the newer file of a minion tells. */
  #newestGrains(id: string): CachedGrains | undefined {
    let newest: CachedGrains | undefined;
    for (const cache of this.#caches) {
      const found = cache.get(id);
      if (found !== undefined && (newest === undefined || found.wallMs > newest.wallMs))
        newest = found;
    }
    return newest;
  }
}

interface RowParts {
  readonly key: { readonly state: KeyState; readonly wallMs: number } | undefined;
  readonly expected: boolean;
  readonly cached: boolean;
  readonly grains: CachedGrains | undefined;
  readonly staticAddresses: readonly string[];
}

function makeRow(id: string, parts: RowParts): InventoryMinion {
  const { key, grains } = parts;
  return {
    id,
    key: key?.state,
    expected: parts.expected,
    cached: parts.cached,
    grainAddresses: grains?.grains.addresses ?? NO_ADDRESSES,
    moreAddresses: grains?.grains.moreAddresses ?? NO_ADDRESSES,
    staticAddresses: parts.staticAddresses,
    grainsWallMs: grains?.wallMs,
    keyWallMs: key?.wallMs,
  };
}

function sameRow(a: InventoryMinion, b: InventoryMinion): boolean {
  return (
    a.key === b.key &&
    a.expected === b.expected &&
    a.cached === b.cached &&
    a.grainAddresses === b.grainAddresses &&
    a.moreAddresses === b.moreAddresses &&
    a.staticAddresses === b.staticAddresses &&
    a.grainsWallMs === b.grainsWallMs &&
    a.keyWallMs === b.keyWallMs
  );
}

/** Addresses of this host without loopback, sorted; the exporter shares the master's network namespace. */
function ownAddresses(): string[] {
  const addresses = new Set<string>();
  for (const entries of Object.values(networkInterfaces()))
    for (const { address, internal } of entries ?? []) {
      const canonical = internal ? undefined : canonicalAddress(address);
      if (canonical !== undefined) addresses.add(canonical);
    }
  return [...addresses].sort();
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
