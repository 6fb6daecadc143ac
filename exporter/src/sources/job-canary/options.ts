/** Limits and intervals of canary jobs, each with its reason. */

export interface CanaryLimits {
  /** How often it is looked whether a job is due: a quarter of the shortest interval. */
  readonly stepMs: number;
  /** A publish that is not answered by then has failed. */
  readonly publishTimeoutMs: number;
  /** After this an unanswered publish is given up, and another may be sent. */
  readonly unansweredExpiryMs: number;
  /** Pause after a publish that failed, doubled with each that follows, up to the longest. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** So long nothing must be wrong with the master before jobs are sent again. */
  readonly calmMs: number;
}

export const CANARY_LIMITS: CanaryLimits = {
  stepMs: 250,
  /** Salt answers within 5 to 30 ms; its own client waits for 15 or 30 s. */
  publishTimeoutMs: 10_000,
  /** As with pings: longer than any request that Salt's own clients would still wait for. */
  unansweredExpiryMs: 600_000,
  backoffMs: 15_000,
  backoffMaxMs: 900_000,
  calmMs: 15_000,
};

/** A key is 76 characters; what is longer is none. */
export const KEY_MAX_BYTES = 1_024;

/**
 * Names that the pulled files take in turn. A minion keeps what it pulled (`files/<environment>/` of
 * its cache) until somebody clears its cache, so names that are never used again would fill it.
 */
export const FILE_NAMES = 16;
