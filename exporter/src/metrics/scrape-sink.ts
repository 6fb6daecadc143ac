/**
 * The way out of a scrape: bytes are gathered into chunks and handed on, slower when the client is
 * slow, never after it went.
 */
import { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ScrapeResult } from './frame.js';

/**
 * Bytes gathered before they are handed to the stream: large enough that hand-overs cost nothing.
 */
const CHUNK_BYTES = 65_536;
/**
 * What may wait in the stream before we wait for it; the most that a slow client makes us hold,
 * times two with gzip.
 */
const PENDING_BYTES_MAX = 1_048_576;
/**
 * Level 1: for a body of 12.7 MB level 6 took 3.2 times the CPU (118 ms) to save another 19 %. The
 * work runs in the thread pool of libuv.
 */
const GZIP_LEVEL = 1;

export interface SinkOptions {
  readonly gzip: boolean;
  /** A client that has not taken everything by then is cut off. */
  readonly timeoutMs: number;
}

/** The same bytes seen twice. */
interface Chunk {
  readonly buffer: Buffer;
  readonly view: DataView;
}

export class ScrapeSink {
  /** Where the caller writes into `buffer`. */
  position = 0;
  bytes = 0;
  readonly #out: Writable;
  readonly #target: Writable;
  readonly #timer: NodeJS.Timeout;
  readonly #done: Promise<void>;
  #over: () => void = () => undefined;
  /**
   * Chunks that came back: with fresh ones for every 64 kB the collector stopped the world for 8 ms
   * every few scrapes. Only targets that have taken the bytes when they call back may give them
   * back; other streams may still hold a reference.
   */
  readonly #free: Chunk[] = [];
  readonly #recycles: boolean;
  #chunk: Chunk;
  #wake: () => void = () => undefined;
  #result: ScrapeResult | undefined;

  constructor(out: Writable, options: SinkOptions) {
    this.#out = out;
    this.#chunk = createChunk(CHUNK_BYTES);
    this.#recycles = options.gzip || out instanceof ServerResponse;
    if (options.gzip) {
      const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES });
      gzip.pipe(out);
      this.#target = gzip;
    } else {
      this.#target = out;
    }
    this.#done = new Promise((resolve) => {
      this.#over = resolve;
    });
    out.once('finish', () => this.#settle('complete'));
    out.once('close', () => this.#settle('client_gone'));
    out.on('error', () => this.#settle('client_gone'));
    if (this.#target !== out) this.#target.on('error', () => this.#abort('failed'));
    this.#target.on('drain', () => this.#wake());
    this.#timer = setTimeout(() => this.#abort('timeout'), options.timeoutMs);
    if (out.destroyed) this.#abort('client_gone');
  }

  /** False once nobody reads any more: the caller stops. */
  get open(): boolean {
    return this.#result === undefined;
  }

  get buffer(): Buffer {
    return this.#chunk.buffer;
  }

  /** The same bytes as `buffer`. */
  get view(): DataView {
    return this.#chunk.view;
  }

  /** Appends text as UTF-8. */
  text(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    if (text.length * 3 > this.buffer.length - this.position) this.flush();
    if (text.length * 3 <= this.buffer.length) {
      this.position += this.buffer.write(text, this.position);
    } else {
      this.#hand(Buffer.from(text), undefined);
    }
  }

  /** Hands on what was gathered and makes room for at least `reserve` bytes. */
  flush(reserve = CHUNK_BYTES): void {
    if (this.position === 0 && this.buffer.length >= reserve) return;
    if (this.position > 0) this.#hand(this.buffer.subarray(0, this.position), this.#chunk);
    const size = Math.max(CHUNK_BYTES, reserve);
    const free = this.#free.pop();
    this.#chunk = free !== undefined && free.buffer.length >= size ? free : createChunk(size);
    this.position = 0;
  }

  /** True when so much waits in the stream that the caller must await `drained()` first. */
  get full(): boolean {
    return this.open && this.#target.writableLength >= PENDING_BYTES_MAX;
  }

  /** Resolves when the stream took what waited in it, or when the scrape is over. */
  drained(): Promise<void> {
    if (!this.full) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends the body and waits until the client has it. */
  async end(): Promise<ScrapeResult> {
    this.flush();
    if (this.open) this.#target.end();
    await this.#done;
    return this.#result ?? 'complete';
  }

  /** Cuts the connection, so that the client does not take a part for the whole. */
  fail(): ScrapeResult {
    this.#abort('failed');
    return this.#result ?? 'failed';
  }

  #hand(bytes: Buffer, chunk: Chunk | undefined): void {
    if (!this.open) return;
    this.bytes += bytes.length;
    if (chunk === undefined || !this.#recycles) this.#target.write(bytes);
    else this.#target.write(bytes, () => this.#free.push(chunk));
  }

  #abort(result: ScrapeResult): void {
    this.#settle(result);
    this.#out.destroy();
  }

  #settle(result: ScrapeResult): void {
    if (this.#result !== undefined) return;
    this.#result = result;
    clearTimeout(this.#timer);
    if (result !== 'complete' && this.#target !== this.#out) this.#target.destroy();
    this.#wake();
    this.#over();
  }
}

function createChunk(bytes: number): Chunk {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return { buffer, view: new DataView(buffer.buffer) };
}
