/** A log file that is open: read on from where reading stopped, noticing that it was cut short or grew too fast. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorText } from '../../lib/errors.js';
import { errorCode } from '../../lib/regular-file.js';
import { BEHIND_MAX_BYTES, CHECK_BYTES, CHUNK_BYTES, SKIP_TO_BYTES } from './options.js';

/** What `OpenFile.read` needs: the bytes before the chunk are read again and compared. */
export const READ_BUFFER_BYTES = CHECK_BYTES + CHUNK_BYTES;

export interface FileRead {
  /** Lent: the buffer is read into again. Empty at the end of the file. */
  readonly bytes: Buffer;
  /** The file was cut short, or written anew, since the last reading: these bytes are its first. */
  readonly wasCut: boolean;
  /** Bytes before these that were passed over. */
  readonly skippedBytes: number;
}

export type FileProblem = 'missing' | 'not_a_file' | 'unreadable';

export type Opened =
  | { readonly ok: true; readonly file: OpenFile }
  | { readonly ok: false; readonly problem: FileProblem; readonly detail: string };

/** Device and inode: the same for as long as it is the same file, also under another name. */
export function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

export class OpenFile {
  readonly identity: string;
  /** Wall clock, ms; 0 where the file system does not tell. */
  readonly bornWallMs: number;
  readonly #handle: FileHandle;
  #position = 0;
  /** The bytes before `#position`, as they were read. */
  #check = Buffer.alloc(0);
  #modifiedMs = Number.NaN;

  private constructor(handle: FileHandle, stat: Stats) {
    this.#handle = handle;
    this.identity = identityOf(stat);
    this.bornWallMs = stat.birthtimeMs;
  }

  /** Never waits for the other end of a pipe: `path` may have become anything since it was looked at. */
  static async open(path: string): Promise<Opened> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stat = await handle.stat();
      if (stat.isFile()) return { ok: true, file: new OpenFile(handle, stat) };
      await handle.close();
      return { ok: false, problem: 'not_a_file', detail: 'is no regular file' };
    } catch (error) {
      await handle?.close().catch(() => undefined); // the first failure is the one to tell
      return { ok: false, ...fileProblem(error) };
    }
  }

  get position(): number {
    return this.#position;
  }

  /** Reading goes on at this place; false when it is in the middle of a line. */
  async seek(position: number): Promise<boolean> {
    const wanted = Math.min(CHECK_BYTES, position);
    const check = Buffer.alloc(wanted);
    const { bytesRead } = await this.#handle.read(check, 0, wanted, position - wanted);
    this.#position = position;
    this.#check = bytesRead === wanted ? check : Buffer.alloc(0);
    return position === 0 || this.#check.at(-1) === 0x0a;
  }

  /** To its end, as long as that is now. */
  async seekEnd(): Promise<boolean> {
    return this.seek((await this.#handle.stat()).size);
  }

  /** At most a chunk. Rejects when the file cannot be read. */
  async read(buffer: Buffer): Promise<FileRead> {
    const stat = await this.#handle.stat();
    const isTouched = stat.mtimeMs !== this.#modifiedMs;
    this.#modifiedMs = stat.mtimeMs;
    if (stat.size < this.#position) return this.#fromStart(buffer);
    const behind = stat.size - this.#position;
    if (behind === 0 && !isTouched) return nothing(false);
    if (behind > BEHIND_MAX_BYTES && (await this.#isSame(buffer)))
      return this.#skip(buffer, behind - SKIP_TO_BYTES);
    const bytes = await this.#chunk(buffer);
    return bytes === undefined ? this.#fromStart(buffer) : { ...nothing(false), bytes };
  }

  /** Bytes of it that were not read; for the last words on a file that is given up. */
  async rest(): Promise<number> {
    return Math.max(0, (await this.#handle.stat()).size - this.#position);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #fromStart(buffer: Buffer): Promise<FileRead> {
    await this.seek(0);
    return { wasCut: true, skippedBytes: 0, bytes: (await this.#chunk(buffer)) ?? Buffer.alloc(0) };
  }

  async #skip(buffer: Buffer, skippedBytes: number): Promise<FileRead> {
    await this.seek(this.#position + skippedBytes);
    return {
      ...nothing(false),
      skippedBytes,
      bytes: (await this.#chunk(buffer)) ?? Buffer.alloc(0),
    };
  }

  async #isSame(buffer: Buffer): Promise<boolean> {
    const length = this.#check.length;
    const { bytesRead } = await this.#handle.read(buffer, 0, length, this.#position - length);
    return buffer.subarray(0, bytesRead).equals(this.#check);
  }

  /** undefined: what stands before these bytes is not what was read there. */
  async #chunk(buffer: Buffer): Promise<Buffer | undefined> {
    const before = this.#check.length;
    const { bytesRead } = await this.#handle.read(
      buffer,
      0,
      before + CHUNK_BYTES,
      this.#position - before,
    );
    if (!buffer.subarray(0, Math.min(before, bytesRead)).equals(this.#check)) return undefined;
    this.#position += bytesRead - before;
    this.#check = Buffer.from(buffer.subarray(Math.max(0, bytesRead - CHECK_BYTES), bytesRead));
    return buffer.subarray(before, bytesRead);
  }
}

function nothing(wasCut: boolean): FileRead {
  return { bytes: Buffer.alloc(0), wasCut, skippedBytes: 0 };
}

/** What a failed look at a path, or opening it, says. */
export function fileProblem(error: unknown): {
  readonly problem: FileProblem;
  readonly detail: string;
} {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { problem: 'missing', detail: 'does not exist' };
  if (code === 'ENXIO') return { problem: 'not_a_file', detail: 'is no regular file' };
  return { problem: 'unreadable', detail: `cannot be read: ${code ?? errorText(error)}` };
}
