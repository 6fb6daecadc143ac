/**
 * Canary jobs: what our own jobs are called, what they ask, how long they may take, and what their
 * source tells of them.
 */
import type { CanaryFileResult, CanaryStance, PingResult } from './vocabulary.js';

/**
 * Behind the 20 digits of every jid of ours. Salt allows `_` and a number there and writes its own
 * process number (`unique_jid`), which never begins with 0: so our jobs and people's can never have
 * one jid, and everybody who lists jobs can tell ours.
 */
export const CANARY_JID_SUFFIX = '_04507';
const JID_DIGITS = 20;
const CANARY_JID = new RegExp(`^\\d{${JID_DIGITS}}${CANARY_JID_SUFFIX}$`);

/** The key that the metadata of our jobs carry; Salt hands metadata back with each return. */
export const CANARY_METADATA = 'brinescope_canary';

/**
 * Characters of a file that a minion pulls: one block of any file system, one message to the file
 * server. A return of any other length cannot be it.
 */
export const CANARY_FILE_BYTES = 512;

export const CANARY_PROBES = ['ping', 'file'] as const;
export type CanaryProbe = (typeof CANARY_PROBES)[number];

/**
 * A return that is not there by then is a `timeout`. Pings: the last bound of their histogram; the
 * command line waits 5 s and then asks. Files: a minion's file client gives each of its three or four
 * requests 60 s, and who waits for the first of them already has no file server.
 */
export const CANARY_TIMEOUT_MS: Readonly<Record<CanaryProbe, number>> = {
  ping: 15_000,
  file: 60_000,
};

export function isCanaryJid(jid: string | undefined): boolean {
  return jid?.endsWith(CANARY_JID_SUFFIX) === true && CANARY_JID.test(jid);
}

/** `20261122093000123456_04507`: UTC to the microsecond, as Salt's own. `microseconds`: 0 … 999. */
export function canaryJid(wallMs: number, microseconds: number): string {
  const whole = new Date(wallMs).toISOString().replace(/\D/g, '');
  return `${whole}${String(microseconds).padStart(3, '0')}${CANARY_JID_SUFFIX}`;
}

/** A canary job is about to be published: told before, for its return may overtake the reply. */
export interface CanaryJob {
  readonly kind: 'canary_job';
  readonly jid: string;
  readonly probe: CanaryProbe;
  readonly minion: string;
  readonly sentMonoMs: number;
}

/** It was not published after all, or nobody knows whether it was. */
export interface CanaryFailure {
  readonly kind: 'canary_failure';
  /** undefined: there was not even a job, for want of a key for instance. */
  readonly jid: string | undefined;
  readonly probe: CanaryProbe;
  /** Of the closed set of the source's error reasons. */
  readonly reason: string;
}

/** What the source is up to; told when it changes. */
export interface CanaryPlan {
  readonly kind: 'canary_plan';
  readonly stance: CanaryStance;
  /** One sentence for people. */
  readonly detail: string;
  readonly jobsPerMinute: number;
  /** Minions of the round at hand; undefined before the first. */
  readonly minions: number | undefined;
  /** Time in which each of them has its turn; undefined before the first round. */
  readonly roundSeconds: number | undefined;
  /** Why files are not pulled; undefined = they are. */
  readonly filesOff: string | undefined;
}

/** What an epoch shows; counters since this process watches. */
export interface CanaryFigures {
  readonly pings: Readonly<Record<PingResult, number>>;
  readonly files: Readonly<Record<CanaryFileResult, number>>;
  /** Jobs whose return is awaited. */
  readonly open: number;
  /** undefined: the source does not run. */
  readonly plan: CanaryPlan | undefined;
}
