/**
 * The overview of the API, built from one frozen epoch: pure, bounded in rows and in bytes whatever
 * the fleet's size.
 */
import type { Epoch, MonitorCounter } from '../domain/epoch.js';
import { type MinionStatus, PORTS, type Port } from '../domain/vocabulary.js';
import { adviceViews } from './advice-view.js';
import type {
  EventView,
  FleetView,
  ListenerView,
  MasterView,
  MonitorView,
  Overview,
  PingView,
  PresenceCounts,
  PresenceRow,
  PresenceView,
} from './api-types.js';
import { canaryView } from './canary-view.js';
import type { CutList } from './cut-list.js';
import { jobsView } from './jobs-view.js';
import { ledgersView } from './ledgers-view.js';
import { lossesView } from './loss-view.js';
import { flagOrNull, minionView, numberOrNull } from './minion-view.js';
import { quantileBound } from './quantile.js';
import { sourceViews } from './source-view.js';
import { worstMinions } from './worst-minions.js';

/** Rows of each list. 50 minions fill two screens; who needs more asks the metrics. */
export const LIST_ROWS = {
  worst: 50,
  events: 40,
  disagreements: 30,
  monitor: 30,
  losses: 20,
} as const;
/**
 * Bytes of one overview. Ids of 255 bytes can exceed it at full rows; the lists are then cut
 * shorter, and say so.
 */
export const OVERVIEW_BYTES = 100_000;

export interface OverviewOptions {
  readonly version: string;
  /** Lists only minions of this status as worst. */
  readonly status: MinionStatus | undefined;
}

/** The overview as JSON text of at most `OVERVIEW_BYTES`, lists halved until it fits. */
export function overviewJson(epoch: Epoch, options: OverviewOptions): string {
  for (let divisor = 1; ; divisor *= 2) {
    const text = JSON.stringify(overview(epoch, { ...options, divisor }));
    if (Buffer.byteLength(text) <= OVERVIEW_BYTES || divisor >= LIST_ROWS.worst) return text;
  }
}

/** `divisor` shortens every list; 1 = full length. */
export function overview(epoch: Epoch, options: OverviewOptions & { divisor: number }): Overview {
  const rows = (full: number): number => Math.ceil(full / options.divisor);
  const worst = worstMinions(epoch.minions, {
    limit: rows(LIST_ROWS.worst),
    status: options.status,
  });
  return {
    atMs: epoch.at.wallMs,
    exporter: {
      version: options.version,
      startedMs: epoch.startedWallMs,
      scanOrigin: epoch.scanOrigin ?? null,
      scanIntervalSeconds: epoch.scanIntervalSeconds ?? null,
    },
    master: masterView(epoch),
    fleet: fleetView(epoch),
    worst: {
      shown: worst.rows.length,
      of: worst.of,
      rows: worst.rows.map((row) => minionView(epoch, row)),
    },
    events: cut(epoch.recentEvents, rows(LIST_ROWS.events), eventView),
    sources: sourceViews(epoch),
    presence: presenceView(epoch, rows(LIST_ROWS.disagreements)),
    listeners: PORTS.map((port) => listenerView(epoch, port)),
    listenOverflows: epoch.listenOverflows ?? null,
    requestPing: pingView(epoch),
    canaries: canaryView(epoch),
    advice: adviceViews(epoch),
    ledgers: ledgersView(epoch),
    jobs: jobsView(epoch),
    losses: lossesView(epoch, rows(LIST_ROWS.losses)),
    monitor: monitorView(epoch, rows(LIST_ROWS.monitor)),
  };
}

function masterView(epoch: Epoch): MasterView | null {
  const { config } = epoch;
  if (config === undefined) return null;
  return {
    id: config.masterId ?? null,
    saltVersion: config.version ?? null,
    transport: config.transport,
    zmqFiltering: config.zmqFiltering,
    options: Object.fromEntries([...config.options].sort(([a], [b]) => (a < b ? -1 : 1))),
    ignoredOptions: [...config.ignoredOptions],
  };
}

function fleetView(epoch: Epoch): FleetView {
  const read = epoch.keys !== undefined;
  return {
    minions: read ? epoch.minions.count : null,
    byStatus: read ? epoch.minionsByStatus : null,
    keys: epoch.keys ?? null,
    oldestPendingMs: epoch.oldestPendingMs ?? null,
    links: epoch.links ?? null,
    connects: epoch.connects,
    disconnects: epoch.disconnects,
    flaps: epoch.flaps,
    storms: epoch.storms,
    masterRestarts: epoch.masterRestarts,
  };
}

function eventView(event: Epoch['recentEvents'][number]): EventView {
  return {
    atMs: event.wallMs,
    kind: event.kind,
    minion: event.minion ?? null,
    status: event.status ?? null,
    text: event.text,
  };
}

function presenceView(epoch: Epoch, limit: number): PresenceView {
  const { minions } = epoch;
  const rows: PresenceRow[] = [];
  let of = 0;
  for (let row = 0; row < minions.count; row += 1) {
    const kernelPresent = flagOrNull(minions.kernelPresent[row]);
    const saltPresent = flagOrNull(minions.saltPresent[row]);
    if (kernelPresent === null || saltPresent === null || kernelPresent === saltPresent) continue;
    of += 1;
    if (rows.length < limit) rows.push({ id: minions.ids[row] ?? '', kernelPresent, saltPresent });
  }
  const { disagreements } = epoch;
  return {
    kernel: presenceCounts(minions.kernelPresent, minions.count),
    salt: presenceCounts(minions.saltPresent, minions.count),
    disagreements: {
      kernel_not_salt: disagreements.kernel_not_salt ?? null,
      salt_not_kernel: disagreements.salt_not_kernel ?? null,
      kernel_not_ping: disagreements.kernel_not_ping ?? null,
    },
    minions: { shown: rows.length, of, rows },
  };
}

function presenceCounts(column: Uint8Array, count: number): PresenceCounts {
  let present = 0;
  let absent = 0;
  for (let row = 0; row < count; row += 1) {
    const flag = flagOrNull(column[row]);
    if (flag === true) present += 1;
    else if (flag === false) absent += 1;
  }
  return { present, absent, unknown: count - present - absent };
}

function listenerView(epoch: Epoch, port: Port): ListenerView {
  return {
    port,
    up: epoch.listenerUp[port] ?? null,
    queueLength: epoch.listenQueueLength[port] ?? null,
    queueLimit: epoch.listenQueueLimit[port] ?? null,
    restarts: epoch.listenerRestarts[port],
  };
}

function pingView(epoch: Epoch): PingView {
  return {
    results: epoch.requestPings,
    medianSeconds: quantileBound(epoch.requestPingSeconds, 0.5),
    p99Seconds: quantileBound(epoch.requestPingSeconds, 0.99),
  };
}

function monitorView(epoch: Epoch, limit: number): CutList<MonitorView> {
  const sockets = new Map<string, MonitorCounter[]>();
  for (const counter of epoch.monitorCounters) {
    const key = JSON.stringify([counter.source, counter.socket]);
    const group = sockets.get(key);
    if (group === undefined) sockets.set(key, [counter]);
    else group.push(counter);
  }
  return cut([...sockets.values()], limit, (counters) => socketView(epoch, counters));
}

function socketView(epoch: Epoch, counters: readonly MonitorCounter[]): MonitorView {
  const source = counters[0]?.source ?? '';
  const socket = counters[0]?.socket ?? '';
  const live = epoch.monitorSockets.find(
    (entry) => entry.source === source && entry.socket === socket,
  );
  const happened = counters.filter((counter) => counter.count > 0);
  // Of two in one millisecond the later in the life of a socket, which is the order of the names.
  const last = happened.reduce<MonitorCounter | undefined>(
    (newest, counter) =>
      newest === undefined || counter.lastWallMs >= newest.lastWallMs ? counter : newest,
    undefined,
  );
  return {
    source,
    socket,
    peers: live?.peers ?? null,
    retryIntervalSeconds: live?.retryIntervalSeconds ?? null,
    events: Object.fromEntries(happened.map((counter) => [counter.event, counter.count])),
    lastEvent: last?.event ?? null,
    lastEventMs: numberOrNull(last?.lastWallMs),
  };
}

function cut<T, V>(all: readonly T[], limit: number, view: (item: T) => V): CutList<V> {
  const rows = all.slice(0, limit).map(view);
  return { shown: rows.length, of: all.length, rows };
}
