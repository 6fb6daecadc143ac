/** A live query: the streams of all its exporters as packets of frames that replace one another. */
import { type DataFrame, type DataQueryResponse, LoadingState } from '@grafana/data';
import { Observable, type Subscription } from 'rxjs';
import type { ExporterApi } from './api';
import { filterTest } from './filters';
import { liveOf } from './live';
import { LiveFleet } from './live-frames';
import { askedFor, filtersFor, mastersAsked, type Question, rowTest } from './questions';
import { filteredFrame } from './tables';
import type { LivePart } from './types';

/** People do not read faster; panels draw this often at most. */
const PACKET_MS = 250;
const EVENTS_USUAL = 500;
const EVENTS_MOST = 5000;

/** Frames with `labels` are log lines, with `minion` tables; counts of the fleet stay whole. */
function shown(frame: DataFrame, question: Question): DataFrame {
  const names = frame.fields.map(({ name }) => name);
  if (names.includes('labels')) return filteredFrame(frame, rowTest(question));
  if (!names.includes('minion')) return frame;
  const byMinion = filtersFor('stream', question.filters).filter(({ key }) => key === 'minion');
  return filteredFrame(frame, filterTest(byMinion));
}

export function livePackets(api: ExporterApi, question: Question): Observable<DataQueryResponse> {
  const { query, several } = question;
  const masters = mastersAsked(question);
  const parts: readonly LivePart[] = query.live?.length ? query.live : ['events'];
  const wanted = Math.round(query.limit ?? EVENTS_USUAL);
  const eventsMax = Math.max(1, Math.min(EVENTS_MOST, wanted));
  const { minion, kind } = askedFor(question);
  const wishes = {
    minion,
    event: kind,
    backlog: parts.includes('events') ? eventsMax : 0,
    fromMs: question.fromMs,
    samples: parts.includes('fleet') || parts.includes('queues'),
  };
  return new Observable((subscriber) => {
    const fleet = new LiveFleet({ masters, parts, eventsMax, several });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const send = () => {
      timer = undefined;
      const frames = fleet.frames().map((frame) => shown(frame, question));
      const data = frames.map((frame) => ({ ...frame, refId: query.refId }));
      const packet = { data, key: query.refId, state: LoadingState.Streaming };
      if (!fleet.isDown) return subscriber.next(packet);
      const errors = fleet.troubles.map((message) => ({ refId: query.refId, message }));
      subscriber.next({ ...packet, state: LoadingState.Error, errors });
    };
    const lines = masters.map(
      (master, index): Subscription =>
        liveOf({ api, master, wishes }).subscribe((news) => {
          fleet.take(index, news);
          timer ??= setTimeout(send, PACKET_MS);
        }),
    );
    return () => {
      clearTimeout(timer);
      for (const line of lines) line.unsubscribe();
    };
  });
}
