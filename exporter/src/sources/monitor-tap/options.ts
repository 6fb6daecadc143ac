/** Limits of what other programs may push into the tap, each with its reason. */

/**
 * Messages per pusher that wait in libzmq while we are busy; when they are full a pusher that must
 * not wait drops its own.
 */
export const RECEIVE_HIGH_WATER_MARK_MESSAGES = 1_000;

/**
 * The frames of an event have some 100 bytes. libzmq ends a connection that sends more than this in
 * one frame.
 */
export const FRAME_MAX_BYTES = 64 * 1024;

/**
 * At most READ_BATCH_MESSAGES in each READ_SLICE_MS: 5,000 events a second, far more than real
 * sockets have, and a flood costs a bounded share of the event loop. What is above it stays in the
 * pushers' queues.
 */
export const READ_BATCH_MESSAGES = 100;
export const READ_SLICE_MS = 20;

/** Names become label values: so many sources, so many sockets of each, and no more. */
export const SOURCES_MAX = 64;
export const SOCKETS_PER_SOURCE_MAX = 16;

/** When the table is full, a source that was silent for so long makes room for a new one. */
export const SOURCE_IDLE_MS = 3_600_000;

/** Wait before an endpoint that could not be bound, or a socket that failed, is tried again. */
export const REBIND_MS = 10_000;

/** How long a stop waits for libzmq to close the listener; it takes some ms on an idle machine. */
export const RELEASE_MS = 2_000;
