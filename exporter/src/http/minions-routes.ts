/** `/api/v1/overview`, `/minions`, `/minions/{id}`, `/links`, `/sources`, `/recommendations`. */
import type { ConnectionFilter, ConnectionPage, MinionKey } from '../domain/connections.js';
import type { JobLoss } from '../domain/loss-epoch.js';
import { recommendationsView } from './advice-view.js';
import { type Api, serve } from './endpoint.js';
import { Refusal } from './failure.js';
import type { HistoryView } from './history-api-types.js';
import { lossView } from './loss-view.js';
import type { MinionDetailView } from './minions-api-types.js';
import { LINKS, MINION, MINIONS, OVERVIEW, RECOMMENDATIONS, SOURCES } from './minions-endpoints.js';
import { connectionView, minionRow, minionsView, rowOfMinion } from './minions-view.js';
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

/** Of one minion's detail. */
const LOSSES_SHOWN = 50;
const CONNECTIONS_SHOWN = 50;

export interface FleetReaders {
  readonly queries: MinionQueries;
  readonly snapshots: Snapshots;
}

export function addFleet(api: Api, snapshots: Snapshots): void {
  serve(api, OVERVIEW, ({ status }) => snapshots.overview(status));
  serve(api, RECOMMENDATIONS, async () => recommendationsView(await snapshots.epoch()));
}

export function addMinions(api: Api, readers: FleetReaders): void {
  const { queries, snapshots } = readers;
  serve(api, MINIONS, async (asked) => {
    const { minion, status, basis, sort, reverse, limit, offset } = asked;
    const part = asked.search?.toLowerCase();
    return minionsView(await snapshots.epoch(), {
      matches: (id) =>
        (minion === undefined || minion.matches(id)) &&
        (part === undefined || id.toLowerCase().includes(part)),
      statuses: status,
      bases: basis,
      ...{ sort, reverse, limit, offset },
    });
  });
  serve(api, MINION, async (_asked, { place }) => {
    const detail = await detailOf(readers, place);
    if (detail !== undefined) return detail;
    const message = 'No minion with this id has an accepted key, and none is expected.';
    throw new Refusal('not_found', message);
  });
  serve(api, LINKS, async ({ minion, port, peer, ended, limit, offset }) => {
    const filter: ConnectionFilter = {
      minion: minion?.matches ?? (() => true),
      named: minion !== undefined,
      ...{ port, peer, ended },
    };
    const { at } = await snapshots.epoch();
    const { of, rows } = await queries.connections(filter, { limit, offset });
    return { atMs: at.wallMs, of, offset, rows: rows.map(connectionView) };
  });
  serve(api, SOURCES, async () => {
    const epoch = await snapshots.epoch();
    return { atMs: epoch.at.wallMs, rows: sourceViews(epoch), history: queries.history() };
  });
}

async function detailOf(
  { snapshots, queries }: FleetReaders,
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
