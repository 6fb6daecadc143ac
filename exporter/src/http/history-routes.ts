/** `/api/v1/events`, `/api/v1/totals`, `/api/v1/series`, `/api/v1/timeline`. */
import type { History } from '../history/history.js';
import type { EventsFound } from '../history/queries.js';
import type { HistoryEvent } from '../history/record.js';
import { SAMPLE_METRICS } from '../history/sample-rows.js';
import { type Api, serve } from './endpoint.js';
import { EVENTS, SERIES, TIMELINE, TOTALS } from './history-endpoints.js';
import { rangeOf } from './instants.js';
import { JsonBody } from './json-body.js';
import type { Asked } from './query.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function addHistory(api: Api, history: History): void {
  serve(api, EVENTS, async (asked) => {
    const isKept = history.status().state === 'works';
    const found = isKept ? await history.ask(eventsAsked(asked)) : latest(history, asked);
    const next = found.nextId === null ? null : String(found.nextId);
    return { rows: found.rows, next, history: history.status() };
  });
  serve(api, TOTALS, async ({ minion, from, to }, { nowMs }) => {
    const toMs = Math.min(nowMs, to ?? nowMs);
    const found = await history.ask({ kind: 'totals', minion, fromMs: from, toMs });
    return { ...found, toMs, minion: minion ?? null };
  });
  serve(api, SERIES, async ({ minion, metric, from, to, points }, { nowMs }) => {
    const range = rangeOf({ from, to }, { nowMs, usualMs: HOUR_MS });
    const found = await history.ask({
      kind: 'series',
      minions: minion,
      metrics: metric.size === 0 ? SAMPLE_METRICS : [...metric],
      ...range,
      nowMs,
      points,
    });
    return { ...range, ...found };
  });
  let timelines = 0;
  serve(api, TIMELINE, async ({ from, to, minion, status, ...same }, { nowMs }) => {
    const bytes = await history.ask({
      kind: 'timeline',
      ...rangeOf({ from, to }, { nowMs, usualMs: DAY_MS }),
      nowMs,
      minions: minion?.patterns,
      states: status.size === 0 ? undefined : [...status],
      ...same,
      history: history.status(),
    });
    timelines += 1;
    // Each says when it was asked for, so no two are the same; a hash of 15 MB would stop all else.
    const tag = `W/"timeline-${nowMs.toString(36)}-${timelines}"`;
    return new JsonBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), tag);
  });
}

type EventsAsked = Asked<typeof EVENTS.parameters>;

function eventsAsked({ kind, minion, jid, from, to, cursor, order, limit }: EventsAsked) {
  return {
    kind: 'events' as const,
    kinds: kind.size === 0 ? undefined : [...kind],
    minions: minion?.patterns,
    fromMs: from,
    toMs: to,
    beyondId: cursor,
    ...{ jid, order, limit },
  };
}

/** Of what the program remembers without a store. */
function latest(history: History, asked: EventsAsked): EventsFound {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, cursor } = asked;
  const isAscending = asked.order === 'asc';
  const fits = (row: HistoryEvent) =>
    (asked.kind.size === 0 || asked.kind.has(row.kind)) &&
    (asked.minion === undefined || (row.minion !== null && asked.minion.matches(row.minion))) &&
    (asked.jid === undefined || row.jid === asked.jid) &&
    row.atMs >= from &&
    row.atMs < to &&
    (cursor === undefined || (isAscending ? row.id > cursor : row.id < cursor));
  const found = history.log.list().filter(fits);
  const rows = (isAscending ? found : found.reverse()).slice(0, asked.limit + 1);
  const hasMore = rows.length > asked.limit;
  if (hasMore) rows.pop();
  return { rows, nextId: hasMore ? (rows.at(-1)?.id ?? null) : null };
}
