/**
 * Shapes of `GET /api/v1/timeline`: status and pressure of many minions over time, folded to the
 * pixels of whoever draws them. Worst wins, its share is shown; the words of api-types.ts hold here.
 */
export type { TimelineState } from '../history/timeline-states.js';
export type {
  TimelineColumn,
  TimelineFleetMark,
  TimelineMarks,
  TimelineOverview,
  TimelineRows,
  TimelineSegments,
  TimelineView,
} from '../history/timeline-view.js';

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
