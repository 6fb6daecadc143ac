/** Shapes of the API for canary jobs and for advice; what holds for all shapes stands in `api-types.ts`. */
import type { CanaryFileResult, CanaryStance, PingResult } from '../domain/vocabulary.js';

/** Advice on one option, from what was seen since `exporter.startedMs`. */
export interface AdviceView {
  readonly option: 'pub_hwm' | 'worker_threads';
  /** `unknown`: too little was seen. `ineffective`: another value would not help. */
  readonly verdict: 'enough' | 'raise' | 'unknown' | 'ineffective';
  /** In force; null = the configuration is not known. */
  readonly current: number | null;
  readonly recommended: number | null;
  /** Sentences: what it rests on, and what it costs. */
  readonly reasons: readonly string[];
}

/** `GET /api/v1/recommendations`. */
export interface RecommendationsView {
  readonly atMs: number;
  /** Since when it was looked. */
  readonly sinceMs: number;
  readonly advice: readonly AdviceView[];
  /** Options of queues that are in force; null = the configuration is not known. */
  readonly options: Readonly<Record<string, number>> | null;
  /** Options of the files that do nothing in this release. */
  readonly ignoredOptions: readonly string[] | null;
  readonly measured: {
    /** Most messages within a second. */
    readonly burstMessagesMax: number | null;
    /** Of any minion: most messages in libzmq's queue, not acknowledged, and the longest stall. */
    readonly queueMessagesMax: number | null;
    readonly lagMessagesMax: number | null;
    readonly stallSecondsMax: number | null;
    readonly droppedAtMark: number;
    readonly requestsWaitingMax: number | null;
    /** For how long the waiting requests were watched. */
    readonly watchedSeconds: number;
  };
  /** What Salt's documentation says of large fleets, and what of it still holds. */
  readonly documentation: string;
  readonly sockets: readonly SocketMarkView[];
}

/** One kind of queue between the processes of Salt. */
export interface SocketMarkView {
  /** ZeroMQ's type. */
  readonly type: string;
  readonly socket: string;
  /** What happens when it is full. */
  readonly atMark: 'drops' | 'blocks' | 'grows';
  readonly detail: string;
  /** What sets the mark, and its default. */
  readonly mark: string;
  /** Metric families that show it. */
  readonly families: readonly string[];
}

/** Jobs of our own that one minion after the other is asked; counters since `exporter.startedMs`. */
export interface CanaryView {
  /** `paused`: the master is in trouble. `error`: the last publish failed; `detail` says why. */
  readonly stance: CanaryStance;
  /** One sentence, `a round of 10,000 minions takes 16 h 40 min at 10 a minute; …`. */
  readonly detail: string;
  /** null: they are off. */
  readonly jobsPerMinute: number | null;
  /** Minions of the round at hand, and the time in which each has its turn; null before the first. */
  readonly minions: number | null;
  readonly roundSeconds: number | null;
  /** Jobs whose return is awaited. */
  readonly open: number;
  readonly ping: {
    readonly results: Readonly<Record<PingResult, number>>;
    /** As of `requestPing`. */
    readonly medianSeconds: number | null;
    readonly p99Seconds: number | null;
  };
  readonly file: {
    /** Why no files are pulled; null = they are. */
    readonly off: string | null;
    readonly results: Readonly<Record<CanaryFileResult, number>>;
    /** As of pings. */
    readonly medianSeconds: number | null;
    readonly p99Seconds: number | null;
  };
}
