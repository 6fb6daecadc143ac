/**
 * Lines appended to a file or to standard output without ever holding up who tells them: what waits is
 * bounded, what finds no room is counted, and a target that fails is tried again.
 */
import { constants, write as writeDescriptor } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorText } from './errors.js';
import type { Logger } from './log.js';

/** A storm of 10,000 minions makes 50,000 lines at once. */
const WAITING_MAX = 65_536;
/** Lines of one write: formatting them takes a millisecond or two of the event loop. */
const BATCH_LINES = 500;
const RETRY_MS = 5_000;
/** A full pipe of a slow reader. */
const BUSY_MS = 100;
const STOP_PATIENCE_MS = 2_000;
/** Lines name hosts: for the owner and the group. */
const MODE = 0o640;
const STANDARD_OUTPUT = 1;
const NEWLINE = 0x0a;

export interface LineFigures {
  readonly works: boolean;
  readonly written: number;
  readonly dropped: number;
}

/** `stdout`, or a path of a regular file that is made if it does not exist. */
export type LineTarget = 'stdout' | { readonly path: string };

interface Batch {
  /** Whole lines. */
  readonly bytes: Buffer;
  readonly lines: number;
  /** Bytes of it that are written. */
  done: number;
}

/** `T`: what a line is made of, when its turn comes. */
export class LineWriter<T> {
  readonly #target: LineTarget;
  readonly #lineOf: (item: T) => string;
  readonly #log: Logger;
  #waiting: T[] = [];
  /** What is being written. */
  #batch: Batch | undefined;
  #file: FileHandle | undefined;
  #works = true;
  #written = 0;
  #dropped = 0;
  #wantsReopen = false;
  #isStopping = false;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** `lineOf`: a line without its end, and with no line break in it. */
  constructor(options: {
    readonly target: LineTarget;
    readonly lineOf: (item: T) => string;
    readonly log: Logger;
  }) {
    this.#target = options.target;
    this.#lineOf = options.lineOf;
    this.#log = options.log;
  }

  figures(): LineFigures {
    return { works: this.#works, written: this.#written, dropped: this.#dropped };
  }

  add(items: readonly T[]): void {
    const room = this.#isStopping ? 0 : Math.max(0, WAITING_MAX - this.#waiting.length);
    for (const item of items.slice(0, room)) this.#waiting.push(item);
    this.#dropped += Math.max(0, items.length - room);
    this.#begin();
  }

  /** The file of that name from here on: after it was renamed. What is under way goes to the old one. */
  reopen(): void {
    this.#wantsReopen = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#begin();
  }

  /** Resolves when it writes nothing just now: all is written, or it waits to try again. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Writes what waits, two seconds at most. */
  async stop(): Promise<void> {
    this.#begin();
    this.#isStopping = true;
    clearTimeout(this.#retry);
    const patience = new AbortController();
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STOP_PATIENCE_MS);
      patience.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([this.settled(), late]);
    patience.abort();
    this.#dropped += this.#waiting.length + (this.#batch?.lines ?? 0);
    this.#waiting = [];
    this.#batch = undefined;
    await this.#close();
  }

  #begin(): void {
    if (this.#running !== undefined || this.#retry !== undefined || this.#isStopping) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // What came after its last look.
      if (this.#waiting.length > 0 || this.#wantsReopen) this.#begin();
    });
  }

  async #run(): Promise<void> {
    try {
      if (this.#target !== 'stdout') this.#file ??= await openFile(this.#target.path);
      while (this.#wantsReopen || this.#batch !== undefined || this.#waiting.length > 0) {
        // Never in the middle of a line.
        if ((this.#batch?.done ?? 0) === 0 && this.#wantsReopen) await this.#openAnew();
        this.#batch ??= this.#nextBatch();
        await this.#writeBatch();
        this.#become(true);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  async #openAnew(): Promise<void> {
    this.#wantsReopen = false;
    if (this.#target === 'stdout') return;
    await this.#close();
    this.#file = await openFile(this.#target.path);
  }

  #nextBatch(): Batch | undefined {
    const items = this.#waiting.slice(0, BATCH_LINES);
    if (items.length === 0) return undefined;
    this.#waiting = this.#waiting.slice(BATCH_LINES);
    const text = items.map((item) => `${this.#lineOf(item)}\n`).join('');
    return { bytes: Buffer.from(text), lines: items.length, done: 0 };
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#batch;
    if (batch === undefined) return;
    while (batch.done < batch.bytes.length) {
      batch.done += await this.#write(batch.bytes.subarray(batch.done));
    }
    this.#batch = undefined;
    this.#written += batch.lines;
  }

  async #write(bytes: Buffer): Promise<number> {
    if (this.#file !== undefined) return (await this.#file.write(bytes)).bytesWritten;
    return new Promise((resolve, reject) => {
      // Not process.stdout: that waits for a reader of the pipe, and all else with it.
      writeDescriptor(STANDARD_OUTPUT, bytes, (error, written) => {
        if (error === null) resolve(written);
        else reject(error);
      });
    });
  }

  /** What is under way stays; a file that was asked to be another one by then begins with a whole line. */
  #failed(error: unknown): void {
    const isBusy = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
    if (!isBusy) this.#become(false, errorText(error));
    if (this.#wantsReopen) this.#leaveTornLine();
    if (this.#isStopping) return;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.#begin();
      },
      isBusy ? BUSY_MS : RETRY_MS,
    ).unref();
  }

  #leaveTornLine(): void {
    const batch = this.#batch;
    if (batch === undefined || batch.done === 0) return;
    const end = batch.bytes.indexOf(NEWLINE, batch.done - 1) + 1;
    const isTorn = end > batch.done;
    const bytes = batch.bytes.subarray(end);
    const lines = bytes.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 0);
    this.#written += batch.lines - lines - (isTorn ? 1 : 0);
    this.#dropped += isTorn ? 1 : 0;
    this.#batch = bytes.length === 0 ? undefined : { bytes, lines, done: 0 };
  }

  #become(works: boolean, detail?: string): void {
    if (works === this.#works) return;
    this.#works = works;
    const target = this.#target === 'stdout' ? 'stdout' : this.#target.path;
    if (works) this.#log.info('Event lines are written again', { target });
    else this.#log.error('Event lines cannot be written; all else goes on', { target, detail });
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    // A descriptor that fails to close is closed all the same.
    await file?.close().catch(() => undefined);
  }
}

/** Never waits for a reader: a pipe without one is refused at once, and so is one with one. */
async function openFile(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, MODE);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${path} is no regular file; write to stdout for a pipe.`);
}
