/** What can be asked of the store's thread. Limits are kept by whoever asks. */
import type { EventKind } from '../domain/event-kinds.js';
import type {
  HistoryEvent,
  HistoryView,
  SeriesMetric,
  SeriesRow,
  SpanView,
  TotalRow,
} from './record.js';
import type { TimelineState } from './timeline-states.js';

export interface EventsAsked {
  readonly kind: 'events';
  readonly kinds: readonly EventKind[] | undefined;
  readonly minions: readonly string[] | undefined;
  readonly jid: string | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** Only ids beyond it, in the direction of `order`. */
  readonly beyondId: number | undefined;
  /** Ascending only: ids below it. */
  readonly belowId?: number | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export interface EventsFound {
  readonly rows: readonly HistoryEvent[];
  /** There may be more beyond this id; null = there is none. */
  readonly nextId: number | null;
}

export interface TotalsAsked {
  readonly kind: 'totals';
  readonly minion: string | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number;
}

export interface TotalsFound {
  readonly fromMs: number;
  readonly rows: readonly TotalRow[];
  readonly gaps: readonly SpanView[];
}

export interface SeriesAsked {
  readonly kind: 'series';
  readonly minions: readonly string[];
  readonly metrics: readonly SeriesMetric[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
  readonly nowMs: number;
}

export interface SeriesFound {
  readonly stepSeconds: number;
  readonly rows: readonly SeriesRow[];
  readonly gaps: readonly SpanView[];
}

export const TIMELINE_SORTS = ['worst', 'flaps', 'pressure', 'dropped', 'trouble', 'name'] as const;
export type TimelineSort = (typeof TIMELINE_SORTS)[number];

export interface TimelineAsked {
  readonly kind: 'timeline';
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  readonly columns: number;
  readonly minions: readonly string[] | undefined;
  readonly search: string | undefined;
  readonly states: readonly TimelineState[] | undefined;
  readonly sort: TimelineSort;
  readonly limit: number;
  readonly offset: number;
  readonly encoding: 'arrays' | 'base64';
  readonly history: HistoryView;
}

export type Asked = EventsAsked | TotalsAsked | SeriesAsked | TimelineAsked;
/** A timeline comes as the bytes of its JSON text. */
export type AnswerTo<A extends Asked> = A extends EventsAsked
  ? EventsFound
  : A extends TotalsAsked
    ? TotalsFound
    : A extends SeriesAsked
      ? SeriesFound
      : Uint8Array;
