/** Limits of what is read from Salt's logs and held of them, each with its reason. */

/** How often a file is looked at: what was written before it was cut short is lost to us for so long at most. */
export const LOOK_MS = 250;
/** The same for files that are not there: what stands in one that appears is read from its beginning. */
export const ABSENT_LOOKS = 20;

/** One read: half a millisecond's worth of decoding, and all that is held of a file at once. */
export const CHUNK_BYTES = 64 * 1024;
/**
 * Read of all logs together in one look: 2 MiB a second, some 15,000 records, which cost a few
 * hundredths of a core. A master at `debug` with a thousand minions writes less.
 */
export const LOOK_BYTES_MAX = 512 * 1024;
/**
 * A file that is further ahead of us than this grows faster than it is read for good: reading goes
 * on SKIP_TO_BYTES before its end, and what lies between is counted. 16 s worth of reading.
 */
export const BEHIND_MAX_BYTES = 32 * 1024 * 1024;
export const SKIP_TO_BYTES = 1024 * 1024;
/** So long after the last skip it is still told that the log grows too fast. */
export const SKIP_TOLD_MS = 60_000;

/** Decoding holds the program's thread for this long in one turn at most … */
export const SLICE_MS = 1;
/** … and looks at the clock after so many lines. */
export const LINES_PER_LOOK = 32;

/**
 * So much of a line is kept; the rest of a longer one passes by. All that is looked for stands at
 * the beginning of a record; returns of a megabyte stand behind it.
 */
export const LINE_KEPT_BYTES = 4_096;
/**
 * A line without its end waits for the rest for this long: Salt writes a record in one call, a full
 * disk or a killed process leaves half of one.
 */
export const TORN_LINE_MS = 5_000;

/** Bytes before the place where reading stopped that must be the same when it goes on. */
export const CHECK_BYTES = 64;
/** Files that were renamed away and are not read to their end yet; beyond it the oldest is given up. */
export const ROTATED_MAX = 4;
/** A file whose name is gone is held open for this long: Salt opens a new one at its next record. */
export const UNNAMED_MS = 10_000;

/**
 * A file is dated by a clock of the kernel that is a jiffy late; one that is older than our watch is
 * history, put back in its place.
 */
export const BIRTH_LAG_MS = 1_000;

/** Header fields of a record stand in its first characters. */
export const HEADER_MAX_CHARACTERS = 1_024;
/** Lines without a header after which the format is said to be another one: at first, and later on. */
export const STRANGE_LINES_FIRST = 50;
export const STRANGE_LINES_LATER = 5_000;

/** Endpoints of a minion's monitored sockets: its masters. */
export const ENDPOINTS_MAX = 64;
