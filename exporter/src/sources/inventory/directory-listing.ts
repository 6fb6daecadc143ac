/** Names in a directory that somebody else fills: listed again only when it changed, and every unusable name counted once. */
import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { errorCode } from '../../lib/regular-file.js';
import type { ReasonCounter } from './reasons.js';

export interface ListedName {
  readonly name: string;
  /** As the directory itself says; false for a link to one. */
  readonly isDirectory: boolean;
}

export type ListingState = 'ok' | 'missing' | 'unreadable';

/** Entries kept of one directory; three times what the exporter is built for. Full: the rest is counted and left out. */
export const ENTRIES_MAX = 32_768;
/**
 * A directory whose time stamp is younger than this when it is listed may change again within the same tick of the file system's
 * clock, so that its stamp stays equal: it is listed once more.
 */
const SETTLED_MS = 1_000;

/** A name that needs no second look at its bytes: no hidden one, none that was no UTF-8, none that cannot be an id. */
export function isPlainName(name: string): boolean {
  return !name.startsWith('.') && !/[\\/]/.test(name) && !name.includes('\u{fffd}');
}

export class DirectoryListing {
  readonly path: string;
  readonly #rejects: ReasonCounter;
  readonly #entriesMax: number;
  #stamp = '';
  #isSettled = false;
  #rejected = new Set<string>();
  /** More entries than ENTRIES_MAX: figures made from `names` are too low. */
  #isOverfull = false;
  names: readonly ListedName[] = [];
  state: ListingState = 'missing';

  /** `entriesMax`: tests are full with fewer. */
  constructor(path: string, rejects: ReasonCounter, entriesMax = ENTRIES_MAX) {
    this.path = path;
    this.#rejects = rejects;
    this.#entriesMax = entriesMax;
  }

  /** What is too much in it, for people; undefined = nothing. */
  get overfullProblem(): string | undefined {
    if (!this.#isOverfull) return undefined;
    return `${this.path} holds more than ${this.#entriesMax} entries: the rest is left out, and counts are too low`;
  }

  /** True when `names` or `state` was read anew. Names that are left out are counted when they appear. */
  refresh(nowWallMs: number): boolean {
    try {
      const found = statSync(this.path, { bigint: true });
      const stamp = `${found.dev}:${found.ino}:${found.mtimeNs}`;
      if (stamp === this.#stamp && this.#isSettled && this.state === 'ok') return false;
      const entries = readdirSync(this.path, { encoding: 'buffer', withFileTypes: true });
      this.#stamp = stamp;
      this.#isSettled = nowWallMs - Number(found.mtimeMs) > SETTLED_MS;
      this.names = this.#usable(entries);
      this.state = 'ok';
      return true;
    } catch (error) {
      const code = errorCode(error);
      return this.#lose(code === 'ENOENT' ? 'missing' : 'unreadable');
    }
  }

  /** What was listed last stays: a directory that cannot be read just now does not mean that its files are gone. */
  #lose(state: ListingState): boolean {
    if (this.state === state) return false;
    if (state === 'unreadable') this.#rejects.add('directory_unreadable');
    this.state = state;
    this.#stamp = '';
    return true;
  }

  #usable(entries: readonly Dirent<Buffer>[]): ListedName[] {
    const names: ListedName[] = [];
    const rejected = new Set<string>();
    let isOverfull = false;
    const reject = (raw: Buffer, reason: 'name_not_utf8' | 'name_invalid' | 'too_many') => {
      const key = `${reason}:${raw.toString('latin1')}`;
      if (rejected.size < ENTRIES_MAX) rejected.add(key);
      if (!this.#rejected.has(key)) this.#rejects.add(reason);
    };
    for (const entry of entries) {
      const raw = entry.name;
      // Salt's own `.key_cache`, and what editors leave behind.
      if (raw[0] === 0x2e) continue;
      if (names.length >= this.#entriesMax) {
        isOverfull = true;
        reject(raw, 'too_many');
      } else if (!isUtf8(raw)) reject(raw, 'name_not_utf8');
      else if (raw.includes(0x5c)) reject(raw, 'name_invalid');
      else names.push({ name: raw.toString('utf8'), isDirectory: entry.isDirectory() });
    }
    this.#rejected = rejected;
    this.#isOverfull = isOverfull;
    return names;
  }
}
