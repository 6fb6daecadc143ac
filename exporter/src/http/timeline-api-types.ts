/**
 * Shapes of `GET /api/v1/timeline`: status and pressure of many minions over time, folded to the
 * pixels of whoever draws them. Worst wins, its share is shown; the words of api-types.ts hold here.
 */
import type { EventKind } from '../domain/event-kinds.js';
import type { MinionStatus } from '../domain/vocabulary.js';
import type { HistoryView, SpanView } from './history-api-types.js';

export interface TimelineQuery {
  /** Default: 24 hours before `to`. */
  readonly from?: string;
  /** Default: now. A range is at most 31 days. */
  readonly to?: string;
  /** Pixels that the range is folded to, 1 … 4,096; default 1,000. */
  readonly columns?: string;
  /** Key ids or patterns with `*` and `?`, separated by commas, at most 100; default all minions. */
  readonly minion?: string;
  /** Part of a key id, upper and lower case the same. */
  readonly search?: string;
  /** Only minions that had one of these statuses in the range, separated by commas. */
  readonly status?: string;
  /**
   * Order of the rows. `worst` (default): severity now, then newest change, then drops and flaps;
   * `flaps`, `pressure`, `dropped`, `trouble` (time not ok): the most first; `name`.
   */
  readonly sort?: 'worst' | 'flaps' | 'pressure' | 'dropped' | 'trouble' | 'name';
  /** Rows of this page, 0 … 20,000; default 500. 0: only the overview. */
  readonly limit?: string;
  /** Rows to leave out before them; default 0. */
  readonly offset?: string;
  /**
   * `arrays` (default): columns are lists of numbers. `base64`: columns are text, the bytes of typed
   * arrays, little endian; a third of the size and of the time.
   */
  readonly encoding?: 'arrays' | 'base64';
}

/**
 * What a state code means: its place here. Severity grows with the code, so that the worst of
 * several is the largest.
 */
export type TimelineState = 'ok' | 'no_data' | Exclude<MinionStatus, 'ok'>;

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
