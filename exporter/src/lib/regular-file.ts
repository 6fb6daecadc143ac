/** Reads a file that somebody else owns: only a regular one, only up to a size, never waiting for a pipe or a device. */
import { type BigIntStats, constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorText } from './errors.js';

export type FileRead =
  | { readonly ok: true; readonly bytes: Buffer; readonly stamp: string }
  | {
      readonly ok: false;
      readonly reason: 'missing' | 'not_a_file' | 'too_large' | 'unreadable';
      /** For people; names no path. */
      readonly detail: string;
    };

/** `maxBytes` bounds what is held in memory. Follows symbolic links. */
export async function readRegularFile(path: string, maxBytes: number): Promise<FileRead> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    // O_NONBLOCK: opening a FIFO without a writer returns at once instead of hanging a thread of the pool.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) return { ok: false, reason: 'not_a_file', detail: 'is not a regular file' };
    if (stat.size > BigInt(maxBytes))
      return { ok: false, reason: 'too_large', detail: `is larger than ${maxBytes} bytes` };
    const bytes = Buffer.alloc(Number(stat.size));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { ok: true, bytes: bytes.subarray(0, length), stamp: fileStamp(stat) };
  } catch (error) {
    const missing = errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR';
    return {
      ok: false,
      reason: missing ? 'missing' : 'unreadable',
      detail: missing ? 'does not exist' : `cannot be read: ${errorText(error)}`,
    };
  } finally {
    await handle?.close();
  }
}

/** Equal as long as a file is the same one with the same content, as far as the file system can tell. */
export function fileStamp(stat: Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs'>): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

/** `ENOENT` and the like of a failed system call; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
