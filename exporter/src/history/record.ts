/** What the history is told and gives back. */
import type { EventKind } from '../domain/event-kinds.js';
import type { Confidence, LossLink } from '../domain/loss-vocabulary.js';
import type { MinionStatus } from '../domain/vocabulary.js';

/** One thing that happened. */
export interface HistoryEvent {
  /**
   * Grows with time, also over restarts of the exporter; never given twice. What a page resumes
   * after, and the event id of the stream.
   */
  readonly id: number;
  readonly atMs: number;
  readonly kind: EventKind;
  /** Key id; null for an event of the fleet. Untrusted text. */
  readonly minion: string | null;
  /** The status it got, with `status`. */
  readonly status: MinionStatus | null;
  /**
   * The closed word that says more: of `drop` hwm, disconnect or all_links; of `loss` and `revised`
   * the reason of the verdict; of `abandoned` and `failed` who asked (minion, local, unknown); of
   * `listener_restart` the port; of `storm` the cause; of `monitor` libzmq's event name; of `source`
   * and `recorder` up or down; of `minion` new or gone; of `configuration` the option, if it is one.
   */
  readonly reason: string | null;
  /** With `loss` and `revised`: link of the path that the verdict names. */
  readonly link: LossLink | null;
  readonly confidence: Confidence | null;
  readonly jid: string | null;
  /** Messages of `drop` and `gap`, minions of a `storm`; 1 for what happens one at a time. */
  readonly count: number;
  /** Sentence without the id; untrusted text. */
  readonly text: string;
}

/** `quiet`: for timelines only. */
export interface ToldRecord extends HistoryEvent {
  readonly quiet: boolean;
}

/**
 * Ids grow by time: the milliseconds since 1970 at which the event was told × 1,024, or one more than
 * the id before. They stay below 2^53 until the year 2248.
 */
export const IDS_PER_MS = 1_024;
/** An event is told at most this long after it happened, steps of the wall clock included. */
export const TOLD_LATE_MS = 3_600_000;

export interface SpanView {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TotalRow {
  readonly kind: EventKind;
  readonly reason: string | null;
  readonly link: LossLink | null;
  readonly events: number;
  /** Sum of their `count`, e.g. messages dropped. */
  readonly count: number;
}

export type SeriesMetric = 'pressure' | 'lag' | 'rtt' | 'wait';

export interface SeriesRow {
  readonly minion: string;
  readonly metric: SeriesMetric;
  /** pressure: share of `pub_hwm`, 0 … 1; the others seconds. */
  readonly unit: 'ratio' | 'seconds';
  /**
   * Its value where there is no point: 0 (nothing lags, nothing waits), or its usual round trip; null
   * = not known.
   */
  readonly idle: number | null;
  /** Only departures from idle; same length, ascending. */
  readonly atMs: readonly number[];
  readonly values: readonly number[];
}

export interface HistorySettings {
  /** Directory; made if it does not exist. */
  readonly path: string;
  readonly retentionMs: number;
  readonly maxBytes: number;
}

/** How much of the past is known. */
export interface HistoryView {
  /**
   * `works`: events and series are kept. `off`: `--history.path` is not set. `down`: it is set and
   * cannot be used now, `detail` says why; the exporter does all else.
   */
  readonly state: 'works' | 'off' | 'down';
  /** One sentence. */
  readonly detail: string;
  /** Oldest event that is known; null = none is. */
  readonly fromMs: number | null;
  /** Of the store on the disk. */
  readonly bytes: number | null;
  /** Events and samples that could not be kept, since `exporter.startedMs`. */
  readonly dropped: number;
}
