/** `/api/v1/minions`, `/api/v1/minions/{id}`, `/api/v1/links`, `/api/v1/sources`. */
import type { Express, Request, RequestHandler, Response } from 'express';
import type { ConnectionFilter, ConnectionPage, MinionKey } from '../domain/connections.js';
import type { JobLoss } from '../domain/loss-epoch.js';
import { IDENTITY_BASES, MINION_STATUSES, PEERS, PORTS } from '../domain/vocabulary.js';
import type { HistoryView } from './history-api-types.js';
import { lossView } from './loss-view.js';
import type { LinksView, MinionDetailView, MinionsView, SourcesView } from './minions-api-types.js';
import {
  connectionView,
  MINION_SORTS,
  minionRow,
  minionsView,
  rowOfMinion,
} from './minions-view.js';
import { QueryError, queryReader } from './query.js';
import type { Snapshots } from './snapshots.js';
import { sourceViews } from './source-view.js';

/** What is asked of the program: copies of what is known now. */
export interface MinionQueries {
  readonly connections: (
    filter: ConnectionFilter,
    page: { readonly limit: number; readonly offset: number },
  ) => Promise<ConnectionPage>;
  readonly key: (id: string) => Promise<MinionKey | undefined>;
  /** Latest verdicts on its returns, newest first. */
  readonly losses: (id: string, most: number) => Promise<readonly JobLoss[]>;
  /** What is recorded of one minion. */
  readonly past: (id: string) => Promise<Pick<MinionDetailView, 'events' | 'totals' | 'history'>>;
  readonly history: () => HistoryView;
}

export interface MinionRoutes {
  readonly queries: MinionQueries;
  readonly snapshots: Snapshots;
  readonly fail: (
    request: Request,
    response: Response,
    failure: { status: 400 | 404; code: 'bad_request' | 'not_found'; message: string },
  ) => void;
}

const MINIONS_MAX = 5_000;
const MINIONS_USUAL = 100;
const LINKS_USUAL = 500;
/** More minions or connections than any master has: an offset. */
const OFFSET_MAX = 1_000_000;
/** Of one minion's detail. */
const LOSSES_SHOWN = 50;
const CONNECTIONS_SHOWN = 50;

export function addMinions(app: Express, { queries, snapshots, fail }: MinionRoutes): void {
  /** A question that is wrong is answered with what would be right. */
  const answer =
    <T extends object>(ask: (request: Request) => Promise<T | undefined>): RequestHandler =>
    async (request, response) => {
      const body = await ask(request).catch((error: unknown) => {
        if (error instanceof QueryError) return error;
        throw error;
      });
      if (body instanceof QueryError) {
        return fail(request, response, {
          status: 400,
          code: 'bad_request',
          message: body.message,
        });
      }
      if (body === undefined) {
        return fail(request, response, {
          status: 404,
          code: 'not_found',
          message: 'No minion with this id has an accepted key, and none is expected.',
        });
      }
      // Not to be stored: the body names hosts.
      response.setHeader('Cache-Control', 'no-store');
      response.json(body);
    };

  app.get(
    '/api/v1/minions',
    answer(async (request): Promise<MinionsView> => {
      const query = queryReader(request);
      const ids = query.ids('minion');
      const part = query.text('search')?.toLowerCase();
      return minionsView(await snapshots.epoch(), {
        matches: (id) =>
          (ids === undefined || ids(id)) && (part === undefined || id.toLowerCase().includes(part)),
        statuses: query.someOf('status', MINION_STATUSES),
        bases: query.someOf('basis', IDENTITY_BASES),
        sort: query.oneOf('sort', MINION_SORTS) ?? 'worst',
        reverse: query.onOff('reverse'),
        limit: query.whole('limit', { least: 1, most: MINIONS_MAX, usual: MINIONS_USUAL }),
        offset: query.whole('offset', { least: 0, most: OFFSET_MAX, usual: 0 }),
      });
    }),
  );
  app.get(
    '/api/v1/minions/:id',
    answer(async (request) => detailOf(snapshots, queries, String(request.params.id))),
  );
  app.get(
    '/api/v1/links',
    answer(async (request): Promise<LinksView> => {
      const query = queryReader(request);
      const ids = query.ids('minion');
      const filter: ConnectionFilter = {
        minion: ids ?? (() => true),
        named: ids !== undefined,
        port: query.oneOf('port', PORTS),
        peer: query.oneOf('peer', PEERS),
        ended: query.onOff('ended'),
      };
      const limit = query.whole('limit', { least: 1, most: MINIONS_MAX, usual: LINKS_USUAL });
      const offset = query.whole('offset', { least: 0, most: OFFSET_MAX, usual: 0 });
      const { at } = await snapshots.epoch();
      const { of, rows } = await queries.connections(filter, { limit, offset });
      return { atMs: at.wallMs, of, offset, rows: rows.map(connectionView) };
    }),
  );
  app.get(
    '/api/v1/sources',
    answer(async (): Promise<SourcesView> => {
      const epoch = await snapshots.epoch();
      return { atMs: epoch.at.wallMs, rows: sourceViews(epoch), history: queries.history() };
    }),
  );
}

async function detailOf(
  snapshots: Snapshots,
  queries: MinionQueries,
  id: string,
): Promise<MinionDetailView | undefined> {
  const epoch = await snapshots.epoch();
  const row = rowOfMinion(epoch, id);
  const key = row < 0 ? undefined : await queries.key(id);
  if (key === undefined) return undefined;
  const filter: ConnectionFilter = {
    minion: (other) => other === id,
    named: true,
    port: undefined,
    peer: undefined,
    ended: true,
  };
  const [connections, losses, past] = await Promise.all([
    queries.connections(filter, { limit: CONNECTIONS_SHOWN, offset: 0 }),
    queries.losses(id, LOSSES_SHOWN),
    queries.past(id),
  ]);
  return {
    ...minionRow(epoch, row),
    atMs: epoch.at.wallMs,
    connections: connections.rows.map(connectionView),
    addresses: key.addresses,
    hasKey: key.hasKey,
    expected: key.expected,
    keyMs: key.keyWallMs ?? null,
    grainsMs: key.grainsWallMs ?? null,
    losses: losses.map(lossView),
    ...past,
  };
}
