/** What the sources of the minion role tell: how the minion is configured, and what happened to its jobs. */

/** One master of this minion. */
export interface LocalMaster {
  /** As the configuration names it. */
  readonly name: string;
  /** Canonical addresses that the name has; empty = it could not be resolved. */
  readonly addresses: readonly string[];
}

/** What the minion was found to be configured as; replaces the last one. */
export interface LocalConfig {
  readonly kind: 'local_config';
  /** Key id; undefined = could not be found out. */
  readonly minionId: string | undefined;
  readonly version: string | undefined;
  readonly masters: readonly LocalMaster[];
  /** Options in force, from the files or Salt's default; switches are 1 and 0. */
  readonly options: ReadonlyMap<string, number>;
}

/** What can be watched of a minion's jobs, each part by itself. */
export const LOCAL_PARTS = ['bus', 'processes'] as const;
export type LocalPart = (typeof LOCAL_PARTS)[number];

/** A part is watched from this instant on, or no more. */
export interface LocalWatch {
  readonly kind: 'local_watch';
  readonly part: LocalPart;
  readonly watched: boolean;
  readonly monoMs: number;
}

/**
 * What happened to one job. `started`: its process runs; `ended`: no more; `queued`: it was put on
 * disk to wait; `released`: it left that place. `returning`: its return was handed to the minion's
 * main process, to be sent. `settled`: that process heard the master's answer, or gave up.
 */
export type LocalEvent =
  | {
      readonly what: 'started' | 'ended' | 'queued' | 'released';
      readonly jid: string;
      readonly monoMs: number;
    }
  | {
      readonly what: 'returning';
      readonly jid: string;
      /** Names the request until it is settled; undefined before 3006.11. */
      readonly request: string | undefined;
      /** Salt's own question whether a job runs. */
      readonly internal: boolean;
      readonly monoMs: number;
    }
  | {
      readonly what: 'settled';
      readonly request: string;
      readonly answered: boolean;
      readonly monoMs: number;
    };

/** In the order in which they were seen; jids are untrusted text, cut to 128 characters. */
export interface LocalEvents {
  readonly kind: 'local_events';
  readonly events: readonly LocalEvent[];
}
