/** Cached grains of a master, in the layouts of 3006/3007 and of 3008 side by side: only files that changed are read again. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import type { LoadReadAhead, ReadAhead } from '../../lib/read-ahead.js';
import { errorCode } from '../../lib/regular-file.js';
import {
  type DecodedGrains,
  decodeGrains,
  type GrainAddresses,
  type GrainsLayout,
} from './decode.js';
import { DirectoryListing, ENTRIES_MAX, isPlainName } from './directory-listing.js';
import type { ReasonCounter } from './reasons.js';

export interface CachedGrains {
  readonly grains: GrainAddresses;
  /** Modification time of the file, ms. */
  readonly wallMs: number;
}

interface CacheFile {
  /** Inode, size and change time: the file is the one that was read. Numbers, not text: 10,000 are compared at each sweep. */
  readonly inode: number;
  readonly size: number;
  /** Changes with the content and with owner and mode, so that a file which became readable is read. */
  readonly changeMs: number;
  readonly wallMs: number;
  /** undefined: the file was rejected. */
  readonly grains: GrainAddresses | undefined;
}

/** Enough for the grains of most minions; grains stand before the pillar. */
const FIRST_PART_BYTES = 64 * 1024;
/** Grains beyond this are not read; a file as a whole may be larger, when its grains come first. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Files that are open at once while the disk fetches them: one after the other waits for the disk ten
 * thousand times.
 */
const READ_AHEAD_FILES = 32;

/** How exactly the time of a file is told whose addresses did not change. */
const TIME_RESOLUTION_MS = 3_600_000;

type Stamp = Omit<CacheFile, 'grains'>;

interface OpenFile {
  readonly id: string;
  readonly stamp: Stamp;
  readonly descriptor: number;
}

export interface GrainsCacheOptions {
  readonly cacheDir: string;
  readonly rejects: ReasonCounter;
  /** Called when there are several files to read; without it they are read one by one. */
  readonly loadReadAhead?: LoadReadAhead | undefined;
}

export class GrainsCache {
  readonly layout: GrainsLayout;
  readonly #listing: DirectoryListing;
  readonly #rejects: ReasonCounter;
  readonly #loadReadAhead: LoadReadAhead | undefined;
  #readAhead: ReadAhead | undefined;
  /** Opened and not read yet, oldest first; empty between sweeps. */
  #opened: OpenFile[] = [];
  readonly #files = new Map<string, CacheFile>();
  /** Id → path of its file, which need not exist. */
  #paths = new Map<string, string>();
  /** Names in the place of a minion's directory or file that are neither. */
  #misplaced = new Set<string>();
  /** One for all files; grows for a large one and is given back after the sweep. */
  #buffer = Buffer.alloc(0);

  constructor(layout: GrainsLayout, { cacheDir, rejects, loadReadAhead }: GrainsCacheOptions) {
    this.layout = layout;
    this.#rejects = rejects;
    this.#loadReadAhead = loadReadAhead;
    this.#listing = new DirectoryListing(
      join(cacheDir, layout === 'map' ? 'minions' : 'grains'),
      rejects,
    );
  }

  get path(): string {
    return this.#listing.path;
  }

  /** What is wrong with the directory, for people; one that does not exist is no problem: nothing was cached yet. */
  get problem(): string | undefined {
    return this.#listing.state === 'unreadable'
      ? `${this.path} cannot be read: run the exporter as a user or in a group that may`
      : this.#listing.overfullProblem;
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  get(id: string): CachedGrains | undefined {
    const file = this.#files.get(id);
    return file?.grains === undefined ? undefined : { grains: file.grains, wallMs: file.wallMs };
  }

  /** Ids that have an entry, readable or not. */
  ids(): IterableIterator<string> {
    return this.#files.keys();
  }

  /** True when anything changed. */
  refresh(nowWallMs: number): boolean {
    let changed = false;
    if (this.#listing.refresh(nowWallMs)) {
      if (this.#listing.state === 'missing') this.#paths = new Map();
      else if (this.#listing.state === 'ok') this.#paths = this.#entries();
      changed = this.#dropGone();
    }
    // An unreadable directory keeps what was read from it.
    if (this.#listing.state !== 'unreadable')
      for (const [id, path] of this.#paths) changed = this.#takeUp(id, path) || changed;
    return this.#readOpened() || changed;
  }

  /** Looks at these names of the directory only; true when anything changed. */
  refreshNames(names: ReadonlySet<string>): boolean {
    let changed = false;
    for (const name of names) {
      const entry = isPlainName(name) ? this.#entryOf(name) : undefined;
      if (entry === undefined) continue;
      if (!this.#paths.has(entry.id)) {
        const fits = this.#paths.size < ENTRIES_MAX;
        if (!fits || (this.layout === 'map' && !isDirectory(join(this.path, name)))) continue;
        this.#paths.set(entry.id, entry.path);
      }
      changed = this.#takeUp(entry.id, entry.path) || changed;
    }
    return this.#readOpened() || changed;
  }

  /** undefined: no name of an entry, for instance of a file that Salt is still writing. */
  #entryOf(name: string): { readonly id: string; readonly path: string } | undefined {
    if (this.layout === 'map') return { id: name, path: join(this.path, name, 'data.p') };
    if (!name.endsWith('.p') || name.length <= 2) return undefined;
    return { id: name.slice(0, -2), path: join(this.path, name) };
  }

  #entries(): Map<string, string> {
    const entries = new Map<string, string>();
    const misplaced = new Set<string>();
    for (const { name, isDirectory } of this.#listing.names) {
      const entry = this.layout === 'map' && !isDirectory ? undefined : this.#entryOf(name);
      if (entry !== undefined) entries.set(entry.id, entry.path);
      else if (this.layout === 'map') {
        misplaced.add(name);
        if (!this.#misplaced.has(name)) this.#rejects.add('not_a_file');
      }
    }
    this.#misplaced = misplaced;
    return entries;
  }

  #dropGone(): boolean {
    let dropped = false;
    for (const id of [...this.#files.keys()])
      if (!this.#paths.has(id)) dropped = this.#files.delete(id) || dropped;
    return dropped;
  }

  #takeUp(id: string, path: string): boolean {
    const changed = this.#lookAtFile(id, path);
    return (this.#opened.length >= READ_AHEAD_FILES && this.#readOldest()) || changed;
  }

  /** A file that must be read is opened; the reading waits in `#opened`. True when anything changed at once. */
  #lookAtFile(id: string, path: string): boolean {
    let found: Stats | undefined;
    try {
      found = lstatSync(path, { throwIfNoEntry: false });
    } catch {
      // Its directory may not be searched.
      const nothing = { inode: 0, size: 0, changeMs: 0, wallMs: 0 };
      return this.#keep(id, { ...nothing, grains: undefined }, 'unreadable');
    }
    // `minions/<id>/` without data.p: a minion that has a mine and sent no grains yet.
    if (found === undefined) return this.#files.delete(id);
    const stamp = {
      inode: found.ino,
      size: found.size,
      changeMs: found.ctimeMs,
      wallMs: found.mtimeMs,
    };
    if (isSame(this.#files.get(id), stamp)) return false;
    if (!found.isFile()) return this.#keep(id, { ...stamp, grains: undefined }, 'not_a_file');
    const descriptor = openWithoutWaiting(path);
    if (typeof descriptor === 'string')
      return this.#keep(id, { ...stamp, grains: undefined }, descriptor);
    this.#opened.push({ id, stamp, descriptor });
    this.#fetch();
    return false;
  }

  /** The disk is asked for the files that wait, from the second on: a single one is read at once. */
  #fetch(): void {
    if (this.#opened.length < 2) return;
    this.#readAhead ??= this.#loadReadAhead?.();
    const last = this.#opened.at(-1);
    if (last !== undefined) this.#readAhead?.(last.descriptor, FIRST_PART_BYTES);
  }

  #readOpened(): boolean {
    let changed = false;
    while (this.#opened.length > 0) changed = this.#readOldest() || changed;
    this.#forgetContents();
    return changed;
  }

  #readOldest(): boolean {
    const file = this.#opened.shift();
    if (file === undefined) return false;
    const { id, stamp } = file;
    const decoded = this.#readFile(file.descriptor);
    if (!decoded.ok) return this.#keep(id, { ...stamp, grains: undefined }, decoded.reason);
    return this.#keepGrains(id, stamp, decoded.grains);
  }

  #keep(
    id: string,
    file: CacheFile,
    reject: 'unreadable' | 'not_a_file' | 'too_large' | Rejected['reason'] | undefined,
  ): boolean {
    if (reject !== undefined && isSame(this.#files.get(id), file)) return false;
    if (reject !== undefined) this.#rejects.add(reject);
    this.#files.set(id, file);
    return true;
  }

  /**
   * Salt writes a minion's grains anew with every pillar, nearly always the same: then the row stays as it is, but for a time that is
   * renewed once an hour.
   */
  #keepGrains(id: string, stamp: Stamp, grains: GrainAddresses): boolean {
    const old = this.#files.get(id);
    if (old?.grains === undefined || !sameGrains(old.grains, grains)) {
      this.#files.set(id, { ...stamp, grains });
      return true;
    }
    const isRecent = Math.abs(stamp.wallMs - old.wallMs) < TIME_RESOLUTION_MS;
    const wallMs = isRecent ? old.wallMs : stamp.wallMs;
    this.#files.set(id, { ...stamp, wallMs, grains: old.grains });
    return !isRecent;
  }

  #readFile(
    descriptor: number,
  ): DecodedGrains | { ok: false; reason: 'unreadable' | 'not_a_file' | 'too_large' } {
    try {
      const { size, isFile } = statOf(descriptor);
      if (!isFile) return { ok: false, reason: 'not_a_file' };
      const first = decodeGrains(
        this.#fill(descriptor, Math.min(size, FIRST_PART_BYTES)),
        this.layout,
      );
      if (first.ok || first.reason !== 'truncated' || size <= FIRST_PART_BYTES) return first;
      const whole = decodeGrains(
        this.#fill(descriptor, Math.min(size, FILE_MAX_BYTES)),
        this.layout,
      );
      const cutOff = !whole.ok && whole.reason === 'truncated' && size > FILE_MAX_BYTES;
      return cutOff ? { ok: false, reason: 'too_large' } : whole;
    } catch {
      return { ok: false, reason: 'unreadable' };
    } finally {
      closeSync(descriptor);
    }
  }

  #fill(descriptor: number, length: number): Buffer {
    if (this.#buffer.length < length)
      this.#buffer = Buffer.alloc(Math.max(length, FIRST_PART_BYTES));
    let filled = 0;
    while (filled < length) {
      const count = readSync(descriptor, this.#buffer, filled, length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return this.#buffer.subarray(0, filled);
  }

  /** The buffer held pillars, which are secret, and may have grown. */
  #forgetContents(): void {
    if (this.#buffer.length > FIRST_PART_BYTES) this.#buffer = Buffer.alloc(0);
    else this.#buffer.fill(0);
  }
}

function isSame(old: CacheFile | undefined, now: Omit<CacheFile, 'grains' | 'wallMs'>): boolean {
  return old?.inode === now.inode && old.size === now.size && old.changeMs === now.changeMs;
}

function sameGrains(a: GrainAddresses, b: GrainAddresses): boolean {
  return (
    a.addresses.join() === b.addresses.join() && a.moreAddresses.join() === b.moreAddresses.join()
  );
}

/** Never follows a link, never waits for a pipe: between the look and the opening the file may have been exchanged. */
function openWithoutWaiting(path: string): number | 'not_a_file' | 'unreadable' {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    return errorCode(error) === 'ELOOP' ? 'not_a_file' : 'unreadable';
  }
}

/** False for a link to one. */
function isDirectory(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false; // it may not be looked at
  }
}

type Rejected = Extract<DecodedGrains, { ok: false }>;

function statOf(descriptor: number): { size: number; isFile: boolean } {
  const found = fstatSync(descriptor);
  return { size: found.size, isFile: found.isFile() };
}
