/** What the events of `GET /api/v1/stream` hold, by their names. */
import type { HistoryEvent, StreamEnd, StreamGap, StreamSample } from './history-api-types.js';

export interface StreamMessages {
  /** Has an id to resume after. */
  readonly event: HistoryEvent;
  readonly sample: StreamSample;
  readonly gap: StreamGap;
  readonly slow: StreamEnd;
  readonly bye: StreamEnd;
}
