/** Limits of what is asked of the exporters beside minions, each with its reason. */

/** Questions a second, of all exporters together: a lost job of 10,000 minions must not become a storm of ours. */
export const ASKED_PER_SECOND = 4;
/** Questions under way at once; exporters that hang hold one each for as long as we are patient. */
export const ASKED_AT_ONCE = 8;
/** An exporter on the other side of a satellite link answers within this. */
export const PATIENCE_MS = 3_000;
/** Questions that wait. Full: the oldest goes, counted; verdicts ask again. */
export const QUESTIONS_MAX = 512;
/** A true answer has some 300 bytes. */
export const ANSWER_MAX_BYTES = 16 * 1024;
/** Addresses in one list; what the exporter is built for, three times over. */
export const ADDRESSES_MAX = 32_768;
/** The list itself. */
export const LIST_MAX_BYTES = 8 * 1024 * 1024;
/** How often its file is looked at. */
export const LIST_LOOK_MS = 5_000;
