/**
 * Follows a log file by its name through rotation: renamed and made anew, copied and cut short,
 * deleted, appearing later. Old lines of a file that was there before us are never read.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.js';
import { errorText } from '../../lib/errors.js';
import type { LineReader } from './line-reader.js';
import { type FileProblem, fileProblem, identityOf, OpenFile } from './open-file.js';
import { BIRTH_LAG_MS, LINES_PER_LOOK, ROTATED_MAX, TORN_LINE_MS, UNNAMED_MS } from './options.js';

/** The closed set of what is counted of a log's file. */
export const TAIL_ERRORS = ['cut_short', 'skipped', 'rotated_away', 'read_failed'] as const;
export type TailError = (typeof TAIL_ERRORS)[number];

export type TailState =
  | { readonly kind: 'reading' }
  | { readonly kind: FileProblem | 'shared'; readonly detail: string };

export interface TailOutlets {
  readonly clock: Clock;
  readonly lines: LineReader;
  /** What comes next does not follow what came before. */
  readonly onMissed: () => void;
  readonly onError: (error: TailError) => void;
  /** Whether another log is this file already. */
  readonly isTaken: (identity: string) => boolean;
}

export interface ByteCounts {
  readonly read: number;
  readonly skipped: number;
}

export class LogTail {
  readonly #path: string;
  readonly #outlets: TailOutlets;
  #file: OpenFile | undefined;
  /** What has the name now, and what had it after the file at hand; the last is the newest. */
  readonly #newer: OpenFile[] = [];
  #state: TailState = { kind: 'missing', detail: 'was not looked for yet' };
  /** Whatever is found is older than our watch. */
  #isFirstLook = true;
  readonly #startedWallMs: number;
  #looks = 0;
  /** The look at which the file at hand, which has lost its name, was at its end. */
  #endedAtLook = -1;
  #unnamedSinceMonoMs: number | undefined;
  #tornSinceMonoMs: number | undefined;
  /** The rest of a line is passed over because of a skip, and counts as skipped. */
  #passesSkipped = false;
  #read = 0;
  #skipped = 0;

  constructor(path: string, outlets: TailOutlets) {
    this.#path = path;
    this.#outlets = outlets;
    this.#startedWallMs = outlets.clock.now().wallMs;
  }

  get state(): TailState {
    return this.#state;
  }

  /** Of the file that has the name, as far as it is open. */
  get identity(): string | undefined {
    return (this.#newer.at(-1) ?? this.#file)?.identity;
  }

  /** Who has the name now? Never rejects. */
  async look(): Promise<void> {
    this.#looks += 1;
    try {
      const found = await stat(this.#path);
      if (!found.isFile()) await this.#lost({ kind: 'not_a_file', detail: 'is no regular file' });
      else if (this.#isOpen(identityOf(found))) this.#named();
      else await this.#take(identityOf(found));
    } catch (error) {
      const { problem, detail } = fileProblem(error);
      await this.#lost({ kind: problem, detail });
    }
  }

  /**
   * The next bytes, read into `buffer`; undefined when there are none for now. They are counted, and
   * to be given to `lines` piece by piece (`feed`). Never rejects.
   */
  async read(buffer: Buffer): Promise<Buffer | undefined> {
    const file = this.#file;
    if (file === undefined) return undefined;
    try {
      const { bytes, wasCut, skippedBytes } = await file.read(buffer);
      if (wasCut) this.#cut();
      if (skippedBytes > 0) this.#skip(skippedBytes);
      this.#read += bytes.length;
      if (bytes.length > 0) {
        this.#endedAtLook = -1;
        this.#tornSinceMonoMs = undefined;
        return bytes;
      }
      this.#endTorn();
      return await this.#atEnd();
    } catch (error) {
      await this.#fail(error);
      return undefined;
    }
  }

  /** Decodes a few lines of what `read` gave; returns where to go on. */
  feed(bytes: Buffer, from: number): number {
    const { lines } = this.#outlets;
    const at = lines.read(bytes, from, LINES_PER_LOOK);
    const passed = lines.takePassedBytes();
    if (this.#passesSkipped) {
      this.#skipped += passed;
      this.#read -= passed;
      if (at < bytes.length || passed === 0) this.#passesSkipped = false;
    }
    return at;
  }

  takeBytes(): ByteCounts {
    const taken = { read: this.#read, skipped: this.#skipped };
    this.#read = 0;
    this.#skipped = 0;
    return taken;
  }

  async close(): Promise<void> {
    const files = [this.#file, ...this.#newer.splice(0)];
    this.#file = undefined;
    for (const file of files) await file?.close().catch(() => undefined); // read only: nothing is lost
  }

  #isOpen(identity: string): boolean {
    return [this.#file, ...this.#newer].some((file) => file?.identity === identity);
  }

  #named(): void {
    this.#unnamedSinceMonoMs = undefined;
    this.#isFirstLook = false;
    this.#state = { kind: 'reading' };
  }

  async #take(identity: string): Promise<void> {
    if (this.#outlets.isTaken(identity)) {
      await this.#lost({ kind: 'shared', detail: 'is the log of another component too' });
      return;
    }
    const opened = await OpenFile.open(this.#path);
    if (!opened.ok) {
      await this.#lost({ kind: opened.problem, detail: opened.detail });
      return;
    }
    const { file } = opened;
    // Renamed once more between the look and the opening: the file that is open already.
    if (this.#isOpen(file.identity)) {
      await file.close();
      return;
    }
    const isOlder = file.bornWallMs > 0 && file.bornWallMs < this.#startedWallMs - BIRTH_LAG_MS;
    const isHistory = this.#isFirstLook || isOlder;
    const isAtLine = !isHistory || (await file.seekEnd());
    this.#named();
    if (this.#file === undefined) this.#begin(file, isAtLine);
    else this.#newer.push(file);
    if (this.#newer.length > ROTATED_MAX) await this.#giveUp();
  }

  #begin(file: OpenFile, isAtLine: boolean): void {
    this.#file = file;
    this.#endedAtLook = -1;
    this.#outlets.lines.reset();
    if (!isAtLine) this.#outlets.lines.passRest();
    this.#outlets.onMissed();
  }

  /** The name is gone, or leads elsewhere; what is open goes on being read for a while. */
  async #lost(state: TailState): Promise<void> {
    this.#state = state;
    // A file that we may not read was there before we may.
    if (state.kind === 'missing' || state.kind === 'not_a_file') this.#isFirstLook = false;
    if (this.#file === undefined) return;
    const { monoMs } = this.#outlets.clock.now();
    this.#unnamedSinceMonoMs ??= monoMs;
    if (monoMs - this.#unnamedSinceMonoMs < UNNAMED_MS || this.#endedAtLook === -1) return;
    await this.#finish();
  }

  /** A file that lost its name is left at the second look at which nothing more came: a writer may be late. */
  async #atEnd(): Promise<undefined> {
    if (this.#endedAtLook === -1) this.#endedAtLook = this.#looks;
    if (this.#newer.length > 0 && this.#looks > this.#endedAtLook) await this.#finish();
    return undefined;
  }

  async #giveUp(): Promise<void> {
    this.#outlets.onError('rotated_away');
    this.#skipped += (await this.#file?.rest()) ?? 0;
    await this.#finish();
  }

  async #finish(): Promise<void> {
    const file = this.#file;
    this.#outlets.lines.endTorn();
    this.#file = undefined;
    const next = this.#newer.shift();
    if (next !== undefined) this.#begin(next, true);
    await file?.close().catch(() => undefined); // read only: nothing is lost
  }

  #cut(): void {
    this.#outlets.onError('cut_short');
    this.#passesSkipped = false;
    this.#outlets.lines.reset();
    this.#outlets.onMissed();
  }

  #skip(bytes: number): void {
    this.#outlets.onError('skipped');
    this.#skipped += bytes;
    this.#passesSkipped = true;
    this.#outlets.lines.passRest();
    this.#outlets.onMissed();
  }

  #endTorn(): void {
    const { lines, clock } = this.#outlets;
    if (!lines.isTorn) return;
    const { monoMs } = clock.now();
    this.#tornSinceMonoMs ??= monoMs;
    if (monoMs - this.#tornSinceMonoMs >= TORN_LINE_MS) lines.endTorn();
  }

  /** A disk or a file server that fails: what is open is let go of, and whatever is there next is taken from its end. */
  async #fail(error: unknown): Promise<void> {
    this.#outlets.onError('read_failed');
    this.#state = { kind: 'unreadable', detail: `cannot be read: ${errorText(error)}` };
    this.#isFirstLook = true;
    this.#outlets.lines.reset();
    await this.close();
  }
}
