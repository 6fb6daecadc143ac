/** `/api/v1/events`, `/api/v1/totals`, `/api/v1/series`, `/api/v1/timeline`. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Express, Request, RequestHandler, Response } from 'express';
import { EVENT_KINDS } from '../domain/event-kinds.js';
import type { History } from '../history/history.js';
import { type EventsFound, TIMELINE_SORTS } from '../history/queries.js';
import type { HistoryEvent } from '../history/record.js';
import { SAMPLE_METRICS } from '../history/sample-rows.js';
import { TIMELINE_STATES } from '../history/timeline-states.js';
import type { Clock } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import { idPatterns } from '../lib/id-patterns.js';
import type { EventsView, SeriesView, TotalsView } from './history-api-types.js';
import { instantOf, rangeOf } from './instants.js';
import { QueryError, type QueryReader, queryReader } from './query.js';

const gzipAsync = promisify(gzip);
const GZIP_LEVEL = 1;
/** Smaller bodies are one packet anyway. */
const GZIP_BYTES_MIN = 1_400;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EVENTS_MAX = 5_000;
const SERIES_MINIONS_MAX = 50;
const ROWS_MAX = 20_000;
const COLUMNS_MAX = 4_096;
/** Cells that one answer is folded from: 10,000 minions × 4,096 columns. */
const OFFSET_MAX = 1_000_000;

export interface HistoryRoutes {
  readonly history: History;
  readonly clock: Clock;
  readonly fail: (
    request: Request,
    response: Response,
    failure: { status: 400 | 503; code: 'bad_request' | 'unavailable'; message: string },
  ) => void;
}

export function addHistory(app: Express, { history, clock, fail }: HistoryRoutes): void {
  const now = () => clock.now().wallMs;
  const answer =
    (ask: (query: QueryReader) => Promise<object>): RequestHandler =>
    async (request, response) => {
      try {
        const query = queryReader(request);
        await send(request, response, await ask(query));
      } catch (error) {
        if (error instanceof QueryError) {
          fail(request, response, { status: 400, code: 'bad_request', message: error.message });
        } else if (error instanceof AppError && error.code === 'history_unusable') {
          fail(request, response, { status: 503, code: 'unavailable', message: error.message });
        } else {
          throw error;
        }
      }
    };
  app.get(
    '/api/v1/events',
    answer(async (query): Promise<EventsView> => {
      const asked = eventsAsked(query, now());
      const isKept = history.status().state === 'works';
      const found = isKept ? await history.ask(asked) : latest(history.log.list(), asked);
      const next = found.nextId === null ? null : String(found.nextId);
      return { rows: found.rows, next, history: history.status() };
    }),
  );
  app.get(
    '/api/v1/totals',
    answer(async (query): Promise<TotalsView> => {
      const nowMs = now();
      const minion = query.text('minion');
      const from = query.text('from');
      const to = query.text('to');
      const toMs = to === undefined ? nowMs : Math.min(nowMs, instantOf('to', to, nowMs));
      const fromMs = from === undefined ? undefined : instantOf('from', from, nowMs);
      const found = await history.ask({ kind: 'totals', minion, fromMs, toMs });
      return { ...found, toMs, minion: minion ?? null };
    }),
  );
  app.get(
    '/api/v1/series',
    answer(async (query): Promise<SeriesView> => {
      const minions = listOf(query.text('minion'));
      if (minions === undefined || minions.length > SERIES_MINIONS_MAX) {
        throw new QueryError(`"minion" must name 1 to ${SERIES_MINIONS_MAX} ids, with commas.`);
      }
      const metrics = query.someOf('metric', SAMPLE_METRICS);
      const nowMs = now();
      const range = rangeOf(spanOf(query), { nowMs, usualMs: HOUR_MS });
      const found = await history.ask({
        kind: 'series',
        minions,
        metrics: metrics.size === 0 ? SAMPLE_METRICS : [...metrics],
        ...range,
        nowMs,
        points: query.whole('points', { least: 1, most: 5_000, usual: 1_000 }),
      });
      return { ...range, ...found };
    }),
  );
  app.get(
    '/api/v1/timeline',
    answer((query) => history.ask(timelineAsked(query, { nowMs: now(), history }))),
  );
}

function eventsAsked(query: QueryReader, nowMs: number) {
  const kinds = query.someOf('kind', EVENT_KINDS);
  query.ids('minion');
  const from = query.text('from');
  const to = query.text('to');
  const cursor = query.text('cursor');
  if (cursor !== undefined && !/^\d{1,16}$/.test(cursor)) {
    throw new QueryError('"cursor" must be what "next" of the page before was.');
  }
  return {
    kind: 'events' as const,
    kinds: kinds.size === 0 ? undefined : [...kinds],
    minions: listOf(query.text('minion')),
    jid: query.text('jid'),
    fromMs: from === undefined ? undefined : instantOf('from', from, nowMs),
    toMs: to === undefined ? undefined : instantOf('to', to, nowMs),
    beyondId: cursor === undefined ? undefined : Number(cursor),
    order: query.oneOf('order', ['asc', 'desc']) ?? 'desc',
    limit: query.whole('limit', { least: 1, most: EVENTS_MAX, usual: 200 }),
  };
}

function timelineAsked(
  query: QueryReader,
  { nowMs, history }: { readonly nowMs: number; readonly history: History },
) {
  query.ids('minion');
  const states = query.someOf('status', TIMELINE_STATES);
  return {
    kind: 'timeline' as const,
    ...rangeOf(spanOf(query), { nowMs, usualMs: DAY_MS }),
    nowMs,
    columns: query.whole('columns', { least: 1, most: COLUMNS_MAX, usual: 1_000 }),
    minions: listOf(query.text('minion')),
    search: query.text('search'),
    states: states.size === 0 ? undefined : [...states],
    sort: query.oneOf('sort', TIMELINE_SORTS) ?? 'worst',
    limit: query.whole('limit', { least: 0, most: ROWS_MAX, usual: 500 }),
    offset: query.whole('offset', { least: 0, most: OFFSET_MAX, usual: 0 }),
    encoding: query.oneOf('encoding', ['arrays', 'base64']) ?? 'arrays',
    history: history.status(),
  };
}

/** Of what the program remembers without a store. */
function latest(all: readonly HistoryEvent[], asked: ReturnType<typeof eventsAsked>): EventsFound {
  const isAsked = asked.minions === undefined ? undefined : idPatterns(asked.minions.join(','));
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, beyondId } = asked;
  const isAscending = asked.order === 'asc';
  const fits = (row: HistoryEvent) =>
    (asked.kinds?.includes(row.kind) ?? true) &&
    (isAsked === undefined || (row.minion !== null && isAsked(row.minion))) &&
    (asked.jid === undefined || row.jid === asked.jid) &&
    row.atMs >= fromMs &&
    row.atMs < toMs &&
    (beyondId === undefined || (isAscending ? row.id > beyondId : row.id < beyondId));
  const found = all.filter(fits);
  const rows = (isAscending ? found : found.reverse()).slice(0, asked.limit + 1);
  const hasMore = rows.length > asked.limit;
  if (hasMore) rows.pop();
  return { rows, nextId: hasMore ? (rows.at(-1)?.id ?? null) : null };
}

function listOf(text: string | undefined): string[] | undefined {
  const list = text?.split(',').filter((one) => one !== '');
  return list === undefined || list.length === 0 ? undefined : list;
}

function spanOf(query: QueryReader) {
  return { from: query.text('from'), to: query.text('to') };
}

/** Bytes are JSON text already. Not to be stored: the body names hosts. */
async function send(request: Request, response: Response, body: object): Promise<void> {
  const json = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  response.setHeader('Cache-Control', 'no-store');
  response.vary('Accept-Encoding');
  response.type('application/json');
  const isPacked = request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  if (!isPacked || json.length < GZIP_BYTES_MIN) {
    response.send(json);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.send(await gzipAsync(json, { level: GZIP_LEVEL }));
}
