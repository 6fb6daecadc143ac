/**
 * Shapes of a timeline, as the store's thread writes it and `GET /api/v1/timeline` gives it: status
 * and pressure of many minions over time, folded to the pixels of whoever draws them. Worst wins, its
 * share is shown.
 */
import type { EventKind } from '../domain/event-kinds.js';
import type { HistoryView, SpanView } from './record.js';
import type { TimelineState } from './timeline-states.js';

/** Column c covers [fromMs + c × columnMs, fromMs + (c + 1) × columnMs). */
export interface TimelineView {
  readonly atMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
  readonly columnMs: number;
  /** Codes of `segments`: always ok, no_data, stale, unknown, ambiguous, slow, stalled, half_open, absent. */
  readonly states: readonly TimelineState[];
  /** Step of the pressure that went into the fold; null while nothing was recorded. */
  readonly pressureStepSeconds: number | null;
  /** Minions that match, of which this page holds `rows.ids.length` from `offset` on. */
  readonly of: number;
  readonly offset: number;
  readonly rows: TimelineRows;
  readonly encoding: 'arrays' | 'base64';
  /** Row r owns segments `ends[r − 1] … ends[r] − 1` (0 before the first). */
  readonly segments: TimelineSegments;
  /** Row r owns marks `ends[r − 1] … ends[r] − 1`. */
  readonly marks: TimelineMarks;
  /** Events of the fleet, ascending: lines through all rows. At most 500, the latest. */
  readonly fleet: readonly TimelineFleetMark[];
  /** Spans in which the exporter did not watch; rows are `no_data` there. */
  readonly gaps: readonly SpanView[];
  readonly overview: TimelineOverview;
  readonly history: HistoryView;
  /** What this answer leaves out or could not know, one sentence each. */
  readonly notices: readonly string[];
}

/** A column of numbers, or with `encoding=base64` the bytes of the typed array that is named. */
export type TimelineColumn = readonly number[] | string;

/** Of each row of the page; all of the same length. Figures are of the range. */
export interface TimelineRows {
  /** Key ids; untrusted text. */
  readonly ids: readonly string[];
  /** State code at the end of the range. */
  readonly last: readonly number[];
  /** Since when; null = since before the range. */
  readonly sinceMs: readonly (number | null)[];
  readonly disconnects: readonly number[];
  readonly flaps: readonly number[];
  /** Messages. */
  readonly dropped: readonly number[];
  readonly losses: readonly number[];
  /** Highest share of `pub_hwm`, 0 … 1. */
  readonly pressureMax: readonly number[];
  /** Time in which it was neither ok nor unrecorded. */
  readonly troubleSeconds: readonly number[];
}

/** Stretches of alike columns; one lasts until the next one of its row, or the end of the range. */
export interface TimelineSegments {
  /** Uint32. */
  readonly ends: TimelineColumn;
  /** First column; Uint16. */
  readonly start: TimelineColumn;
  /** Code of the state that held most of each column; Uint8. */
  readonly state: TimelineColumn;
  /**
   * Code of the worst state in each column; Uint8. A change between two states that both last beyond
   * the column is no mixture: then it is `state`.
   */
  readonly worst: TimelineColumn;
  /** Share of the worst of the time of a column, in 255ths, at least 1; Uint8. */
  readonly share: TimelineColumn;
  /** Highest pressure, in 254ths of `pub_hwm`, at least 1 if there was any; 255 = not known; Uint8. */
  readonly pressure: TimelineColumn;
}

/** What happened in single columns; counts end at the largest number of their type. */
export interface TimelineMarks {
  /** Uint32. */
  readonly ends: TimelineColumn;
  /** Uint16. */
  readonly column: TimelineColumn;
  /** Uint16 each. */
  readonly connects: TimelineColumn;
  readonly disconnects: TimelineColumn;
  readonly flaps: TimelineColumn;
  readonly losses: TimelineColumn;
  /** Messages; Uint32. */
  readonly dropped: TimelineColumn;
}

export interface TimelineFleetMark {
  readonly atMs: number;
  readonly kind: EventKind;
  readonly reason: string | null;
  /** Minions of a storm, messages of a gap; else 1. */
  readonly count: number;
  readonly text: string;
}

/** Over all minions that match, not only this page. */
export interface TimelineOverview {
  /** By state code: minions whose worst state in the column it was; each of length `columns`. */
  readonly minions: readonly (readonly number[])[];
  /** Messages dropped in the column. */
  readonly dropped: readonly number[];
}
