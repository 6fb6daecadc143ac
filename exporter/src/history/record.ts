/** What the history is told and gives back. */
import type { EventKind } from '../domain/event-kinds.js';
import type { Confidence, LossLink } from '../domain/loss-vocabulary.js';
import type { MinionStatus } from '../domain/vocabulary.js';

/** An event with its id; `null` where there is nothing to say. Ids, jids and sentences are untrusted text. */
export interface HistoryRecord {
  readonly id: number;
  readonly atMs: number;
  readonly kind: EventKind;
  readonly minion: string | null;
  readonly status: MinionStatus | null;
  readonly reason: string | null;
  readonly link: LossLink | null;
  readonly confidence: Confidence | null;
  readonly jid: string | null;
  readonly count: number;
  readonly text: string;
}

/** `quiet`: for timelines only. */
export interface ToldRecord extends HistoryRecord {
  readonly quiet: boolean;
}

/**
 * Ids grow by time: the milliseconds since 1970 at which the event was told × 1,024, or one more than
 * the id before. They stay below 2^53 until the year 2248.
 */
export const IDS_PER_MS = 1_024;
/** An event is told at most this long after it happened, steps of the wall clock included. */
export const TOLD_LATE_MS = 3_600_000;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface HistorySettings {
  /** Directory; made if it does not exist. */
  readonly path: string;
  readonly retentionMs: number;
  readonly maxBytes: number;
}

export interface HistoryStatus {
  readonly state: 'works' | 'off' | 'down';
  readonly detail: string;
  readonly fromMs: number | null;
  readonly bytes: number | null;
  readonly dropped: number;
}
