/** Limits of what is read of the job cache, each with its reason. */

/**
 * Entries of one job's directory that are read: a directory for each minion, three times what the
 * exporter is built for. Full: the answer says that it is cut short.
 */
export const ENTRIES_MAX = 32_768;
/** Entries that one call to the system brings. */
export const ENTRIES_PER_READ = 512;
/**
 * Files `return.p` that are looked for one by one; of more minions the directory alone says that
 * they returned: Salt makes it and writes the return in one go, and only a full disk comes between.
 */
export const FILES_MAX = 1_024;
/**
 * Looks at once: libuv has four threads, which gzip of the scrapes and the logs share, and a file
 * server that hangs holds as many for good.
 */
export const LOOKS_AT_ONCE = 2;
/** Jobs that wait to be looked up. Full: the oldest goes, counted; verdicts ask again. */
export const QUESTIONS_MAX = 256;
/** A look that takes longer hangs: a disk answers within milliseconds. */
export const PATIENCE_MS = 10_000;
/** The directory of all jobs is looked at again after this time while it cannot be read. */
export const RETRY_MS = 10_000;
/**
 * Texts that Salt makes directories of; the event bus cuts longer jids, and the digest of a part
 * names another job.
 */
export const JID_MAX_CHARACTERS = 127;
