/** Shapes of `/api/v1/local…`, of an exporter of role minion. `null` means "not known". */

import type { ReturnFate } from '../domain/minion-answer.js';
import type { SourceView } from './api-types.js';

/** `GET /api/v1/local`. Counters count what this process observed since `startedMs`. */
export interface LocalView {
  readonly atMs: number;
  readonly startedMs: number;
  /** Key id. */
  readonly minion: string | null;
  readonly masters: readonly LocalMasterView[];
  readonly jobs: {
    readonly executed: number;
    readonly queued: number;
    readonly rejectedSerial: number;
    readonly rejectedDecrypt: number;
    readonly notReturned: number;
  };
  /** Options in force by name; switches are 1 and 0. */
  readonly options: Readonly<Record<string, number>>;
  readonly storm: {
    /** Whether a fleet of --local.fleet-size minions with these options invites a storm. */
    readonly invites: boolean | null;
    readonly sentences: readonly string[];
  };
  readonly sources: readonly SourceView[];
}

export interface LocalMasterView {
  /** As the configuration names it; `_other`: an address that it does not explain. */
  readonly master: string;
  readonly publishLinks: number | null;
  readonly requestLinks: number | null;
  /** Bytes that arrived and were not read by the minion; null: there is no publish link. */
  readonly receiveQueueBytes: number | null;
  /** Age of the oldest request without an answer; null: none waits. */
  readonly requestWaitSeconds: number | null;
  readonly requests: {
    readonly answered: number;
    readonly abandoned: number;
    readonly refused: number;
  };
}

/**
 * `GET /api/v1/local/jobs/{jid}`: what this minion knows of one job. `false` means "not so, as far
 * as `watchedSeconds` back": of a job that is older than that it says nothing.
 */
export interface LocalJobView {
  readonly jid: string;
  readonly minion: string | null;
  /** The publish reached the minion's process. */
  readonly received: boolean | null;
  /** Its process runs now. */
  readonly running: boolean | null;
  /** It waits on the disk of the minion now. */
  readonly queued: boolean | null;
  /** It was executed to its end: its return was handed over to be sent. */
  readonly executed: boolean | null;
  /** What the minion heard of its return. */
  readonly returned: ReturnFate;
  readonly watchedSeconds: number;
}
