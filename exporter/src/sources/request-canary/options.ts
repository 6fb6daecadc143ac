/** Limits and intervals of our pings to the request port, each with its reason. */

export interface PingLimits {
  /** An answer that takes longer counts as `timeout`. */
  readonly timeoutMs: number;
  /** After this an unanswered ping is given up and its place is free again. */
  readonly unansweredExpiryMs: number;
}

export const PING_LIMITS: PingLimits = {
  /**
   * Salt's own clients give a request 5 s before they try again; below 2 s a busy master would look
   * dead.
   */
  timeoutMs: 5_000,
  /**
   * A worker that answers after minutes was busy, not wedged: its late answer must still find our
   * socket. Ten minutes is longer than any request that Salt's own clients would still wait for.
   */
  unansweredExpiryMs: 600_000,
};

/**
 * Pings that may be unanswered at once, however many workers the master has: each holds a socket, a
 * monitor and four descriptors.
 */
export const UNANSWERED_MAX = 64;
