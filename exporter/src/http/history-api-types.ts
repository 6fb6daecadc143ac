/**
 * Shapes of the JSON API on what happened: events, their totals, series and the live stream; the
 * words of api-types.ts hold here too. Timelines are in timeline-api-types.ts, minions and
 * connections in minions-api-types.ts.
 *
 * An instant in a query (`from`, `to`) is milliseconds since 1970, ISO 8601 with a time zone, `now`,
 * or an age like `-90s`, `-15m`, `-24h`, `-14d`. Lists in a query are separated by commas. Everything
 * but `events` and `stream` needs the store (`--history.path`): without one, or while it does not
 * work, the answer is 503 `unavailable` and says why; `events` and `stream` then know the latest
 * events since `exporter.startedMs`.
 */
import type { MinionStatus } from '../domain/vocabulary.js';
import type {
  HistoryEvent,
  HistoryView,
  SeriesRow,
  SpanView,
  TotalRow,
} from '../history/record.js';

export type {
  HistoryEvent,
  HistoryView,
  SeriesMetric,
  SeriesRow,
  SpanView,
  TotalRow,
} from '../history/record.js';

/** `GET /api/v1/events`: newest first unless `order=asc`. */
export interface EventsQuery {
  /** Kinds, separated by commas; default all. */
  readonly kind?: string;
  /** Key ids or patterns with `*` and `?`, separated by commas, at most 100. */
  readonly minion?: string;
  readonly jid?: string;
  /** Default: the beginning of the history. */
  readonly from?: string;
  /** Default: now. */
  readonly to?: string;
  readonly order?: 'asc' | 'desc';
  /** 1 … 5,000; default 200. */
  readonly limit?: string;
  /** `next` of the page before; all else must be the same. */
  readonly cursor?: string;
}

export interface EventsView {
  readonly rows: readonly HistoryEvent[];
  /** Where the next page begins; null = this was the last one. */
  readonly next: string | null;
  readonly history: HistoryView;
}

/** `GET /api/v1/totals`: how often what happened, over restarts of the exporter. */
export interface TotalsQuery {
  /** Key id; default: the whole fleet. */
  readonly minion?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface TotalsView {
  readonly fromMs: number;
  readonly toMs: number;
  readonly minion: string | null;
  /** By kind and reason; only what happened. */
  readonly rows: readonly TotalRow[];
  /** Spans in which the exporter did not watch: what happened then is in no figure. */
  readonly gaps: readonly SpanView[];
}

/**
 * `GET /api/v1/series`: figures of single minions, of each step the highest. Steps of 10 s are kept
 * for 6 hours, of a minute for 3 days, of 10 minutes for the retention.
 */
export interface SeriesQuery {
  /** Key ids, separated by commas, at most 50. */
  readonly minion: string;
  /** Metrics, separated by commas; default all. */
  readonly metric?: string;
  /** Default: an hour before `to`. */
  readonly from?: string;
  readonly to?: string;
  /** Most points of one series, 1 … 5,000; default 1,000. */
  readonly points?: string;
}

export interface SeriesView {
  readonly fromMs: number;
  readonly toMs: number;
  /** Length of a step; the instant of a point is its beginning. */
  readonly stepSeconds: number;
  readonly rows: readonly SeriesRow[];
  /** Spans in which nothing was recorded. Elsewhere a step without a point is `idle`. */
  readonly gaps: readonly SpanView[];
}

/**
 * `GET /api/v1/stream`: server-sent events (`text/event-stream`). `event` carries a `HistoryEvent`
 * and its id; a reader that comes again with `Last-Event-ID` (or `after=<id>`) gets all that followed,
 * none twice; where that is not known any more `gap` (`StreamGap`) comes first. `sample`
 * (`StreamSample`, without id) comes once a second. A comment comes every 15 s when nothing else
 * does. A reader that lets more than 1 MiB wait gets `slow` (`StreamEnd`) as its last event and is
 * disconnected; it may come again. `bye` (`StreamEnd`): the exporter stops. At most 64 readers: 503.
 */
export interface StreamQuery {
  /** Kinds, separated by commas; default all. */
  readonly kind?: string;
  /** Key ids or patterns, separated by commas. */
  readonly minion?: string;
  /** Id of the last event that is known; `Last-Event-ID` wins. Default: only what comes. */
  readonly after?: string;
  /** `off`: no samples. */
  readonly samples?: 'on' | 'off';
}

/** The state of the fleet at one instant, for live panels. */
export interface StreamSample {
  readonly atMs: number;
  /** null until the inventory was read. */
  readonly byStatus: Readonly<Record<MinionStatus, number>> | null;
  /** Minions of the filter whose queue is not empty, the fullest first, at most 500. */
  readonly pressed: readonly PressedMinion[];
  readonly pressedOf: number;
}

export interface PressedMinion {
  readonly minion: string;
  /** Share of `pub_hwm`, 0 … 1. */
  readonly pressure: number;
  readonly queueMessages: number;
}

/** Events between these two are not known any more. */
export interface StreamGap {
  readonly afterId: number;
  readonly beforeId: number | null;
}

export interface StreamEnd {
  readonly reason: 'slow' | 'stopping';
  readonly message: string;
}
