/** The keys of a master: files named by minion id in one directory per state; their contents are of no interest. */
import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { KEY_STATES, type KeyState } from '../../domain/vocabulary.js';
import { DirectoryListing, ENTRIES_MAX, isPlainName } from './directory-listing.js';
import type { ReasonCounter } from './reasons.js';

/** Below pki_dir, in every version since 0.17 (salt/key.py ACC, PEND, REJ, DEN). */
const DIRECTORIES: Readonly<Record<KeyState, string>> = {
  accepted: 'minions',
  pending: 'minions_pre',
  rejected: 'minions_rejected',
  denied: 'minions_denied',
};

/** Salt 3008 writes a key under a name of Python's mkstemp first and renames it at once; an id may look like that, but stays. */
const TEMPORARY_NAME = /^tmp[a-z0-9_]{8}$/;
const TEMPORARY_MS = 5_000;

interface KeyDirectory {
  readonly state: KeyState;
  readonly listing: DirectoryListing;
  /** Id → modification time of its key, ms. */
  keys: Map<string, number>;
  rejected: Set<string>;
  hasTemporary: boolean;
}

export class KeyFiles {
  readonly #rejects: ReasonCounter;
  readonly #directories: readonly KeyDirectory[];

  constructor(pkiDir: string, rejects: ReasonCounter, entriesMax = ENTRIES_MAX) {
    this.#rejects = rejects;
    this.#directories = KEY_STATES.map((state) => ({
      state,
      listing: new DirectoryListing(join(pkiDir, DIRECTORIES[state]), rejects, entriesMax),
      keys: new Map(),
      rejected: new Set(),
      hasTemporary: false,
    }));
  }

  get paths(): string[] {
    return this.#directories.map(({ listing }) => listing.path);
  }

  /** undefined = the accepted keys were read, all of them; else what is wrong, for people. */
  get problem(): string | undefined {
    const [accepted] = this.#directories;
    const state = accepted?.listing.state;
    if (accepted === undefined || state === 'ok')
      return this.#directories.find(({ listing }) => listing.overfullProblem !== undefined)?.listing
        .overfullProblem;
    const { path } = accepted.listing;
    return state === 'missing'
      ? `${path} does not exist: is --salt.config-dir right, and the directory of the keys mounted?`
      : `${path} cannot be read: run the exporter as a user or in a group that may`;
  }

  /** False until the accepted keys were read once: nothing is known of keys then. */
  get isKnown(): boolean {
    const [accepted] = this.#directories;
    return accepted !== undefined && (accepted.listing.state === 'ok' || accepted.keys.size > 0);
  }

  /** True when keys came, went, or were replaced. */
  refresh(nowWallMs: number): boolean {
    let changed = false;
    for (const directory of this.#directories) {
      if (directory.listing.refresh(nowWallMs) || directory.hasTemporary)
        changed = this.#readDirectory(directory, nowWallMs) || changed;
    }
    return changed;
  }

  /** Looks at these names of one directory only; true when keys came, went or were replaced. */
  refreshNames(path: string, names: ReadonlySet<string>, nowWallMs: number): boolean {
    const directory = this.#directories.find(({ listing }) => listing.path === path);
    if (directory === undefined) return false;
    const isFull = directory.keys.size + names.size > ENTRIES_MAX;
    if (directory.listing.state !== 'ok' || isFull || ![...names].every(isPlainName)) {
      const relisted = directory.listing.refresh(nowWallMs);
      return relisted && this.#readDirectory(directory, nowWallMs);
    }
    let changed = false;
    for (const name of names) {
      const old = directory.keys.get(name);
      if (this.#lookAtKey(directory, name, nowWallMs) === 'key')
        changed = directory.keys.get(name) !== old || changed;
      else changed = directory.keys.delete(name) || changed;
    }
    return changed;
  }

  counts(): Readonly<Record<KeyState, number>> {
    const counts: Record<KeyState, number> = { accepted: 0, pending: 0, rejected: 0, denied: 0 };
    for (const { state, keys } of this.#directories) counts[state] = keys.size;
    return counts;
  }

  oldestPendingWallMs(): number | undefined {
    const times = this.#directories.find(({ state }) => state === 'pending')?.keys.values() ?? [];
    let oldest: number | undefined;
    for (const time of times) oldest = oldest === undefined ? time : Math.min(oldest, time);
    return oldest;
  }

  /** An id in two directories (a host set up anew under its old name is accepted and denied) has the first state of KEY_STATES. */
  byId(): Map<string, { readonly state: KeyState; readonly wallMs: number }> {
    const all = new Map<string, { state: KeyState; wallMs: number }>();
    for (const { state, keys } of this.#directories)
      for (const [id, wallMs] of keys) if (!all.has(id)) all.set(id, { state, wallMs });
    return all;
  }

  #readDirectory(directory: KeyDirectory, nowWallMs: number): boolean {
    const { listing } = directory;
    // The other three come with their first key.
    if (listing.state === 'missing' && directory.state !== 'accepted')
      return this.#forget(directory);
    if (listing.state !== 'ok') return true;
    const before = directory.keys;
    const rejectedBefore = directory.rejected;
    directory.keys = new Map();
    directory.rejected = new Set();
    directory.hasTemporary = false;
    for (const { name } of listing.names) {
      const was = rejectedBefore.has(name);
      if (was) directory.rejected.add(name);
      if (this.#lookAtKey(directory, name, nowWallMs) !== 'reject') directory.rejected.delete(name);
    }
    return !sameEntries(directory.keys, before);
  }

  /** Takes a key up, or counts what stands in the place of one, once. */
  #lookAtKey(directory: KeyDirectory, name: string, nowWallMs: number): 'key' | 'none' | 'reject' {
    const found = lookAt(join(directory.listing.path, name));
    if (found === undefined) return 'none';
    if (found === 'unreadable' || !found.isFile()) {
      const reason = found === 'unreadable' ? found : 'not_a_file';
      if (!directory.rejected.has(name)) this.#rejects.add(reason);
      directory.rejected.add(name);
      return 'reject';
    }
    if (TEMPORARY_NAME.test(name) && nowWallMs - found.mtimeMs < TEMPORARY_MS) {
      directory.hasTemporary = true;
      return 'none';
    }
    directory.keys.set(name, found.mtimeMs);
    return 'key';
  }

  #forget(directory: KeyDirectory): boolean {
    const had = directory.keys.size > 0;
    directory.keys = new Map();
    return had;
  }
}

/** Never follows a link. undefined: it went in between. */
function lookAt(path: string): Stats | 'unreadable' | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return 'unreadable'; // the directory may be listed and not searched
  }
}

function sameEntries(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
