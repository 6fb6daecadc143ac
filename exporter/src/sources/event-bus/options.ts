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
 * returns to 1 MiB (`max_event_size`), lists excepted, and tag, `id` and `cmd` stand at the
 * beginning.
 */
export const FRAME_KEPT_BYTES = 2 * 1024 * 1024;

/** What may stand between the beginning of a frame and its body; 12 bytes do in all versions. */
export const HEADER_MAX_BYTES = 4_096;

/** Where a tag must have ended. Salt has no limit; names of states stand in tags. */
export const TAG_MAX_BYTES = 64 * 1024;

/** Longest id or jid that is handed on; Salt's own are at most 255 bytes, usual ones 20 to 60. */
export const ID_MAX_CHARACTERS = 128;

/**
 * Bytes that were read and wait to be decoded, with what each chunk costs beside its bytes. Full:
 * the oldest frames are thrown away undecoded and counted, so that what is told stays fresh. Some
 * 150,000 pings: a return of 10,000 minions, fifteen times, while the program has other work to do.
 */
export const BACKLOG_MAX_BYTES = 32 * 1024 * 1024;
/** A Buffer with its ArrayBuffer, and its place in the queue. */
export const CHUNK_OVERHEAD_BYTES = 512;

/** Decoding holds the program's thread for this long in one turn at most … */
export const SLICE_MS = 2;
/** … looks at the clock after so many frames … */
export const FRAMES_PER_LOOK = 32;
/** … and hands over so many events at once, which the domain applies in one step. */
export const BATCH_EVENTS_MAX = 256;

/** Pause between two attempts to connect: a restarted master is heard within half a second. */
export const RETRY_MS = 250;
/** The same, after something that is no event bus answered. */
export const STRANGER_RETRY_MS = 5_000;
/** How often the path is looked at, whether another socket stands there than the one we read. */
export const PATH_CHECK_MS = 1_000;

/** `sun_path` of Linux holds 108 bytes with its final zero; libuv would cut a longer path. */
export const SOCKET_PATH_MAX_BYTES = 107;
