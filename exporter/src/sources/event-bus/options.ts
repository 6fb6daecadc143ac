/** Limits of what is read from the event bus and held of it, each with its reason. */

/**
 * Announced size above which a frame is thrown away unread. Salt's own reader gives up at 100 MiB
 * (the buffer of msgpack's unpacker), so nobody can have sent more on purpose.
 */
export const FRAME_MAX_BYTES = 128 * 1024 * 1024;

/**
 * A larger announcement is no frame but noise that looks like one, as is a byte above 0x7f where a
 * length begins.
 */
export const ANNOUNCED_MAX_BYTES = 1024 * 1024 * 1024;

/**
 * So much of a frame is kept to be decoded; the rest of a larger one passes by. Minions trim their
 * returns to 1 MiB (`max_event_size`), lists excepted, and the tag stands at the beginning.
 */
export const FRAME_KEPT_BYTES = 8 * 1024 * 1024;

/** What may stand between the beginning of a frame and its body; 12 bytes do in all versions. */
export const HEADER_MAX_BYTES = 4_096;

/** Where a tag must have ended. Salt has no limit; names of states stand in tags. */
export const TAG_MAX_BYTES = 64 * 1024;

/** Longest name that is handed on; Salt's own are at most 255 bytes, usual ones 20 to 60. */
export const NAME_MAX_CHARACTERS = 128;

/**
 * Names that are numbered in one generation, and the bytes that they may take together. A fleet of
 * 10,000 minions uses a sixth of the first; a generation of jids lasts five hours at 50 jobs a
 * minute. Who fills a table with forged names has it begun anew, which costs what filling it cost.
 */
export const MINIONS_MAX = 65_536;
export const MINIONS_MAX_BYTES = 8 * 1024 * 1024;
export const JIDS_MAX = 16_384;
export const JIDS_MAX_BYTES = 2 * 1024 * 1024;
export const FUNCTIONS_MAX = 4_096;
export const FUNCTIONS_MAX_BYTES = 1024 * 1024;

/** Minions that one announcement lists, and their bytes: what is beyond them is counted only. */
export const LISTED_MAX = 32_768;
export const LISTED_MAX_BYTES = 4 * 1024 * 1024;

/** Commands of one `salt/stats` event; Salt has some forty. */
export const COMMANDS_MAX = 64;

/** `tgt_type` of a publish; Salt's longest is `compound_pillar_exact`. */
export const TARGET_TYPE_MAX_BYTES = 32;

/**
 * Values that are stepped over in one event, some 2 ms of work. The largest returns of real states
 * have a tenth; what stands behind them is not read.
 */
export const VALUES_MAX = 400_000;

/**
 * Bytes that were read and wait to be decoded, with what each read costs beside its bytes. Full:
 * the oldest frames are thrown away undecoded and counted, so that what is told stays fresh. Some
 * 150,000 pings: a return of 10,000 minions, fifteen times, while the program has other work to do.
 */
export const BACKLOG_MAX_BYTES = 32 * 1024 * 1024;
/** The note of what was read when, and its place in the queue. */
export const READ_OVERHEAD_BYTES = 128;

/** What is read goes into pieces of memory of this size, used again and again … */
export const SEGMENT_BYTES = 256 * 1024;
/** … of which one is left when less than this is free: a socket holds about 200 kB. */
export const SEGMENT_LEAST_BYTES = 64 * 1024;
/** Pieces that are kept when nothing waits: what a burst of 10,000 returns needs. */
export const SEGMENTS_KEPT = 8;

/** Decoding holds the program's thread for this long in one turn at most … */
export const SLICE_MS = 2;
/**
 * … and for less when so much waits: the kernel holds some 200 kB for a socket, which is read once
 * in each turn, and what comes faster than that would have to wait with the master.
 */
export const SLICE_BEHIND_MS = 0.5;
export const BEHIND_BYTES = 1024 * 1024;
/** It looks at the clock after so many frames. */
export const FRAMES_PER_LOOK = 32;

/** Pause between two attempts to connect: a restarted master is heard within half a second. */
export const RETRY_MS = 250;
/** The same, after something that is no event bus answered. */
export const STRANGER_RETRY_MS = 5_000;
/** How often the path is looked at, whether another socket stands there than the one we read. */
export const PATH_CHECK_MS = 1_000;

/** `sun_path` of Linux holds 108 bytes with its final zero; libuv would cut a longer path. */
export const SOCKET_PATH_MAX_BYTES = 107;
