/** Asks the kernel to fetch a file while others are read. koffi is loaded on demand; without it nothing is asked. */
import { createRequire } from 'node:module';

/** Returns at once; the first bytes of the file are then on their way into the page cache. */
export type ReadAhead = (descriptor: number, bytes: number) => void;
export type LoadReadAhead = () => ReadAhead;

const POSIX_FADV_WILLNEED = 3;

/** Never throws: without koffi, files are read as ever, one after the other. */
export function loadReadAhead(): ReadAhead {
  try {
    const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
    const advise: (
      ...args: [fd: number, offset: number, length: number, advice: number]
    ) => number = koffi.load(null).func('int posix_fadvise(int, int64, int64, int)');
    return (descriptor, bytes) => {
      advise(descriptor, 0, bytes, POSIX_FADV_WILLNEED);
    };
  } catch {
    return () => undefined; // the reading itself tells what is wrong with a file
  }
}
