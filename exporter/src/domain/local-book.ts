/** What an exporter of role minion knows: the links of this host to its masters, requests, jobs, and how the minion is configured. */
import { BoundedMap } from '../lib/bounded-map.js';
import type { LocalConfig, LocalPart } from './local-told.js';
import type { ReturnFate } from './minion-answer.js';

/** Connections of this host to its masters' ports; a minion has two to each. Full: the rest is not followed. */
export const LOCAL_LINKS_MAX = 4_096;
/** Jobs that can be asked for. Full: the oldest goes, and what is said of older ones is not known. */
const JOBS_MAX = 2_048;
/** Requests that wait for their end. Full: the oldest goes. */
const REQUESTS_MAX = 1_024;

export interface LocalLink {
  readonly master: string;
  readonly isRequest: boolean;
  isEstablished: boolean;
  /** It sent or received anything: a connection, and no mere attempt at one. */
  wasConnected: boolean;
  /** Booked; it may linger in the kernel until its last bytes are given up. */
  isEnded: boolean;
  /** Bytes that were handed to the kernel, and that came, at the last look. */
  sent: number;
  received: number;
  /** Since when a request waits; NaN = none does. */
  waitsMonoMs: number;
  receiveQueue: number;
  generation: number;
}

export interface LocalMasterCounts {
  answered: number;
  abandoned: number;
  refused: number;
}

export interface LocalJob {
  readonly jid: string;
  readonly seenMonoMs: number;
  isRunning: boolean;
  isQueued: boolean;
  wasQueued: boolean;
  /** When its return was handed over to be sent; NaN = it was not. */
  returningMonoMs: number;
  fate: ReturnFate;
}

export interface LocalBook {
  config: LocalConfig | undefined;
  /** Address words, joined → name of the master. */
  addresses: ReadonlyMap<string, string>;
  readonly links: Map<string, LocalLink>;
  generation: number;
  /** A complete scan was applied: who has no link has none. */
  isSeen: boolean;
  /** Until the first complete scan: what a link did before is not known. */
  isBaseline: boolean;
  linksRefused: number;
  readonly masters: Map<string, LocalMasterCounts>;
  readonly jobs: BoundedMap<string, LocalJob>;
  /** Names of requests under way → jid. */
  readonly requests: BoundedMap<string, string>;
  /** Since when each part is watched without a gap; NaN = it is not. */
  readonly watchedMonoMs: Record<LocalPart, number>;
  /** Nothing older than this is known for certain: a job from then was forgotten. */
  forgottenMonoMs: number;
  /** Outcomes of requests were heard on the bus: 3007.17 tells none. */
  hearsOutcomes: boolean;
  executed: number;
  notReturned: number;
  /** Jobs that were put on disk to wait. */
  queued: number;
}

export function createLocalBook(): LocalBook {
  return {
    config: undefined,
    addresses: new Map(),
    links: new Map(),
    generation: 0,
    isSeen: false,
    isBaseline: true,
    linksRefused: 0,
    masters: new Map(),
    jobs: new BoundedMap('local_jobs', JOBS_MAX),
    requests: new BoundedMap('local_requests', REQUESTS_MAX),
    watchedMonoMs: { bus: Number.NaN, processes: Number.NaN },
    forgottenMonoMs: Number.NEGATIVE_INFINITY,
    hearsOutcomes: false,
    executed: 0,
    notReturned: 0,
    queued: 0,
  };
}
