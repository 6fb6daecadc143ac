/** What is asked of an exporter beside a minion, and what it tells of one job there. */

/**
 * What the minion knows of its return: the master answered it, the minion gave up without an
 * answer, no connection to the master could be made, or nobody can tell.
 */
export const RETURN_FATES = ['answered', 'abandoned', 'refused', 'unknown'] as const;
export type ReturnFate = (typeof RETURN_FATES)[number];

/** One pair that is not decided. */
export interface MinionQuestion {
  readonly jid: string;
  readonly minion: string;
}

/** What an exporter of role minion saw of one job; undefined = it cannot tell. */
export interface MinionSight {
  /** The publish reached the minion's process. */
  readonly received: boolean | undefined;
  /** The job was executed to its end: its return was handed over to be sent. */
  readonly executed: boolean | undefined;
  /** It waits on the disk of the minion, for a process limit or for want of resources. */
  readonly queued: boolean | undefined;
  readonly returned: ReturnFate;
  /** Seconds back from the answer for which the exporter has seen everything; 0 = not at all. */
  readonly watchedSeconds: number;
}

/** `undefined` sight: the exporter was asked and did not answer. */
export interface MinionAnswer extends MinionQuestion {
  readonly kind: 'minion_answer';
  readonly sight: MinionSight | undefined;
  /** CLOCK_MONOTONIC when it was asked. */
  readonly askedMonoMs: number;
}
