/** Keeps the process small: V8 and the C library would hold for good what only the moment of starting needs. */
import { setFlagsFromString } from 'node:v8';

/** `mallopt` of glibc: parameters of malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
/**
 * Blocks from this size on are mappings of their own, of which only what is used is in memory: the
 * state's tables are. glibc's own default, but fixed: it would follow the largest block that was ever
 * freed.
 */
const MAPPED_FROM_STARTING_BYTES = 128 * 1024;
/** The buffers of a scrape are smaller: to map and unmap each of them costs time. */
const MAPPED_FROM_BYTES = 1024 * 1024;
/** Eight per core otherwise, each with what its thread once freed. What is slow here does not allocate. */
const ARENAS = 1;

/**
 * To be called before the program's parts are loaded: loading them would grow the young generation to
 * a size that is not needed again before thousands of minions are scraped.
 */
export function stayCompact(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}

/** V8's own ways again: from here on it may grow with the work. */
export function growWithWork(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  setFlagsFromString('--no-optimize-for-size');
}

/**
 * Resolves to what is to be called when all has started. Never throws: without koffi, or with a C
 * library other than glibc, memory is as it comes.
 */
export async function boundMalloc(): Promise<() => void> {
  try {
    const { default: koffi } = await import('koffi');
    const mallopt: (parameter: number, value: number) => number = koffi
      .load(null)
      .func('int mallopt(int, int)');
    const mapFrom = (bytes: number) => {
      mallopt(M_MMAP_THRESHOLD, bytes);
      mallopt(M_TRIM_THRESHOLD, 2 * bytes);
    };
    mallopt(M_ARENA_MAX, ARENAS);
    mapFrom(MAPPED_FROM_STARTING_BYTES);
    return () => mapFrom(MAPPED_FROM_BYTES);
  } catch {
    return () => undefined; // the kernel source tells that koffi is missing
  }
}
