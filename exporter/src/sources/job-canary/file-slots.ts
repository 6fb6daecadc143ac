/** Which of the names of pulled files are in use: each is free again when its pull is over or given up. */
import { CANARY_TIMEOUT_MS } from '../../domain/canary-job.js';
import type { CanaryFacts } from '../source.js';
import { FILE_NAMES } from './options.js';
import {
  allNames,
  fileName,
  findPlace,
  type Place,
  type PullFile,
  removeFiles,
  writePullFile,
} from './pull-files.js';

/** A pull that is not over by then is booked as timed out; a minion that comes later finds no file. */
const HELD_MS = CANARY_TIMEOUT_MS.file + 5_000;
const NOT_SET = 'canary.file-dir is not set';

export class FileSlots {
  readonly #onNotRemoved: (error: unknown) => void;
  #place: Place = { ok: false, problem: NOT_SET };
  /** Until when a name is in use, by its number. */
  readonly #heldMonoMs = new Float64Array(FILE_NAMES).fill(Number.NEGATIVE_INFINITY);
  /** Names whose file is to be removed when they are free. */
  readonly #written = new Set<number>();
  #last = FILE_NAMES - 1;
  /** Files are removed one after the other. */
  #removing: Promise<unknown> = Promise.resolve();

  /** `onNotRemoved`: a file stays for now; it is written over when its name comes again. */
  constructor(onNotRemoved: (error: unknown) => void) {
    this.#onNotRemoved = onNotRemoved;
  }

  /** Why no file is pulled; undefined = they are. */
  get problem(): string | undefined {
    return this.#place.ok ? undefined : this.#place.problem;
  }

  /** Looks at the directory, and removes from it what we left there. */
  async find(directory: string | undefined, canary: CanaryFacts | undefined): Promise<void> {
    await this.clear();
    if (directory === undefined) this.#place = { ok: false, problem: NOT_SET };
    else if (canary === undefined) {
      this.#place = { ok: false, problem: 'the file_roots of the master are not known' };
    } else this.#place = await findPlace(directory, canary.fileRoots);
    await this.clear();
  }

  /** undefined: no name is free, or no file is pulled. Rejects when it cannot be written. */
  async write(nowMonoMs: number): Promise<PullFile | undefined> {
    const place = this.#place;
    const index = (this.#last + 1) % FILE_NAMES;
    if (!place.ok || (this.#heldMonoMs[index] ?? 0) > nowMonoMs) return undefined;
    await this.#removing;
    this.#last = index;
    this.#heldMonoMs[index] = nowMonoMs + HELD_MS;
    this.#written.add(index);
    return writePullFile(place, fileName(index));
  }

  /** Removes the files of pulls that are over. */
  release(nowMonoMs: number): void {
    const place = this.#place;
    if (!place.ok || this.#written.size === 0) return;
    const names: string[] = [];
    for (const index of this.#written) {
      if ((this.#heldMonoMs[index] ?? 0) > nowMonoMs) continue;
      this.#written.delete(index);
      names.push(fileName(index));
    }
    if (names.length === 0) return;
    this.#removing = this.#removing
      .then(() => removeFiles(place.directory, names))
      .catch(this.#onNotRemoved);
  }

  /** Removes all of them. */
  async clear(): Promise<void> {
    const place = this.#place;
    await this.#removing;
    this.#written.clear();
    this.#heldMonoMs.fill(Number.NEGATIVE_INFINITY);
    if (place.ok) await removeFiles(place.directory, allNames()).catch(this.#onNotRemoved);
  }
}
