/**
 * What the routes of `/api/v1` answer with, by name. The OpenAPI document is generated from this type
 * and all that it leads to; a route's handler must answer with the type that its endpoint names.
 */
import type { RecommendationsView } from './advice-api-types.js';
import type { ApiError, Overview } from './api-types.js';
import type { EventsView, SeriesView, TotalsView } from './history-api-types.js';
import type { JobDetailView, JobListView, LossListView } from './job-api-types.js';
import type { LocalJobView, LocalView } from './local-api-types.js';
import type { LinksView, MinionDetailView, MinionsView, SourcesView } from './minions-api-types.js';
import type { StreamMessages } from './stream-api-types.js';
import type { TimelineView } from './timeline-api-types.js';

export interface AnswerTypes {
  readonly ApiError: ApiError;
  readonly EventsView: EventsView;
  readonly JobDetailView: JobDetailView;
  readonly JobListView: JobListView;
  readonly LinksView: LinksView;
  readonly LocalJobView: LocalJobView;
  readonly LocalView: LocalView;
  readonly LossListView: LossListView;
  readonly MinionDetailView: MinionDetailView;
  readonly MinionsView: MinionsView;
  readonly Overview: Overview;
  readonly RecommendationsView: RecommendationsView;
  readonly SeriesView: SeriesView;
  readonly SourcesView: SourcesView;
  /** Of `text/event-stream`: what each `data` holds, by name of the event. */
  readonly StreamMessages: StreamMessages;
  readonly TimelineView: TimelineView;
  readonly TotalsView: TotalsView;
}
