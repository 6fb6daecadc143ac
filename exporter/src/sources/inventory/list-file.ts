/** One of the operator's lists on disk: read again when it changes; a broken one keeps the last good one and says so. */

import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { errorText } from '../../lib/errors.js';
import type { DecodedList } from './lists.js';
import type { InventoryReason, ReasonCounter } from './reasons.js';

/** 32,768 ids of 255 bytes, with room for addresses. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

export interface ListFileOptions<T> {
  /** undefined: the operator gave none. */
  readonly path: string | undefined;
  readonly empty: T;
  readonly decode: (text: string) => DecodedList<T>;
  /** What a broken file counts as. */
  readonly reason: InventoryReason;
  readonly rejects: ReasonCounter;
}

export class ListFile<T> {
  readonly #options: ListFileOptions<T>;
  #stamp: string | undefined;
  #isGood = false;
  /** The last good list. */
  value: T;
  /** What is wrong with the file as it stands, for people. */
  problem: string | undefined;

  constructor(options: ListFileOptions<T>) {
    this.#options = options;
    this.value = options.empty;
  }

  get path(): string | undefined {
    return this.#options.path;
  }

  /** True when the value changed, or what is said about the file. */
  refresh(): boolean {
    const { path } = this.#options;
    if (path === undefined) return false;
    const stamp = stampOf(path);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    const read = this.#read(path);
    if (read.ok) {
      this.value = read.value;
      this.#isGood = true;
      this.problem = undefined;
      return true;
    }
    this.#options.rejects.add(this.#options.reason);
    const kept = this.#isGood ? 'the last good list stays in force' : 'no list is in force';
    this.problem = `${path}: ${read.reason}; ${kept}`;
    return true;
  }

  #read(path: string): DecodedList<T> {
    let descriptor: number;
    try {
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      return { ok: false, reason: `cannot be read (${errorText(error)})` };
    }
    try {
      const found = fstatSync(descriptor);
      if (!found.isFile()) return { ok: false, reason: 'is not a regular file' };
      if (found.size > FILE_MAX_BYTES)
        return { ok: false, reason: `is larger than ${FILE_MAX_BYTES} bytes` };
      const bytes = readFileSync(descriptor);
      if (!isUtf8(bytes)) return { ok: false, reason: 'is not UTF-8 text' };
      return this.#options.decode(bytes.toString('utf8'));
    } catch (error) {
      return { ok: false, reason: `cannot be read (${errorText(error)})` };
    } finally {
      closeSync(descriptor);
    }
  }
}

/** `missing` for a file that is not there or may not be looked at. */
function stampOf(path: string): string {
  try {
    const found = statSync(path, { bigint: true });
    return `${found.dev}:${found.ino}:${found.size}:${found.ctimeNs}`;
  } catch {
    return 'missing';
  }
}
