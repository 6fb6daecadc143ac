/** Limits and intervals of our subscription to the publish port, each with its reason. */

/**
 * Messages that libzmq keeps for us while the event loop is busy: 10 s at 10,000 publishes a
 * second. Above it our own link would push back on the publisher and lose messages like any slow
 * minion's. Salt's own default is 1,000.
 */
export const RECEIVE_HIGH_WATER_MARK_MESSAGES = 100_000;

/**
 * First wait before libzmq connects again; it doubles up to the maximum. Minions wait 1 to 10 s: we
 * are there before them.
 */
export const RECONNECT_INTERVAL_MS = 500;
export const RECONNECT_INTERVAL_MAX_MS = 5_000;

/**
 * A port that accepts and stays silent is given up after this and tried again; libzmq's default is
 * 30 s.
 */
export const HANDSHAKE_INTERVAL_MS = 10_000;

/**
 * A connection without handshake that libzmq itself does not give up (a banner looks like a peer of
 * ZMTP 1.0) is left after this.
 */
export const GREETING_MAX_MS = HANDSHAKE_INTERVAL_MS + 1_000;

/**
 * A frame that claims more is no publish: libzmq ends the connection instead of allocating what a
 * stranger asks for.
 */
export const MESSAGE_MAX_BYTES = 256 * 1024 * 1024;

/**
 * Counts go to the domain at most this often, so that a burst of messages is not a burst of
 * observations.
 */
export const BATCH_MS = 100;

/** Messages read before other work of the event loop gets its turn. */
export const READ_BATCH_MESSAGES = 64;

/**
 * Wait before a subscription that failed in a way libzmq does not mend itself, or met a stranger,
 * is made anew.
 */
export const REOPEN_MS = 10_000;
