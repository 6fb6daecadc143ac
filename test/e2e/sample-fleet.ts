/**
 * A believable fleet as a frozen epoch: some hundred or ten thousand minions, a bad night among
 * them; for the page and its pictures.
 */
import type {
  Epoch,
  MinionColumns,
  RecentEvent,
  SourceStatus,
} from '../../exporter/src/domain/epoch.js';
import {
  IDENTITY_BASES,
  MINION_STATUSES,
  type MinionStatus,
  type SourceName,
} from '../../exporter/src/domain/vocabulary.js';
import { createHistogram, observe } from '../../exporter/src/lib/histogram.js';
import { byStatus, syntheticEpoch } from '../golden/synthetic-epoch.js';
import { emptyJobFigures, jobColumns } from '../golden/synthetic-jobs.js';
import { emptyLedgerColumns, SERVICE_BOUNDS } from '../golden/synthetic-ledgers.js';
import { nightLosses } from './sample-losses.js';

/** 2026-11-21T03:12:00Z */
export const NIGHT_MS = Date.UTC(2026, 10, 21, 3, 12, 0);
const STARTED_MS = NIGHT_MS - 6 * 3_600_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOT_KNOWN = 255;
const ROLES = ['web', 'app', 'db', 'cache', 'ci', 'k8s', 'mq', 'log'];

/** Statuses that are not `ok`: each takes one row in `every`. */
const TROUBLE: readonly { status: MinionStatus; every: number; minutesAgo: number }[] = [
  { status: 'absent', every: 67, minutesAgo: 7 },
  { status: 'half_open', every: 131, minutesAgo: 31 },
  { status: 'ambiguous', every: 103, minutesAgo: 200 },
  { status: 'unknown', every: 173, minutesAgo: 150 },
  { status: 'stale', every: 97, minutesAgo: 360 },
];

export interface FleetOptions {
  readonly minions?: number;
  /** Milliseconds after 03:12. */
  readonly laterMs?: number;
  /** Ids of the first rows, to be shown as absent. */
  readonly hostileIds?: readonly string[];
  readonly healthy?: boolean;
}

export function fleetEpoch(options: FleetOptions = {}, changes: Partial<Epoch> = {}): Epoch {
  const wallMs = NIGHT_MS + (options.laterMs ?? 0);
  const minions = fleetColumns(options);
  const counts = new Map<MinionStatus, number>();
  for (const code of minions.status) {
    const status = MINION_STATUSES[code] ?? 'unknown';
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const linked = minions.kernelPresent.reduce((sum, flag) => sum + (flag === 1 ? 1 : 0), 0);
  return syntheticEpoch({
    at: { monoMs: 50_000_000 + (options.laterMs ?? 0), wallMs },
    startedWallMs: STARTED_MS,
    minions,
    minionsByStatus: byStatus(Object.fromEntries(counts)),
    ...fleetLinks(minions.count, linked),
    ...quietSelf(),
    recentEvents: options.healthy === true ? [] : nightEvents(minions.ids),
    disagreements: { kernel_not_salt: disagreeing(minions), salt_not_kernel: 0 },
    requestPings: { ok: 1431, timeout: 3, error: 0 },
    requestPingSeconds: pingTimes(),
    ...nightLedgers(options.healthy === true),
    jobs: nightJobs(options.healthy === true),
    ...(options.healthy === true ? {} : nightLosses(NIGHT_MS)),
    ...changes,
  });
}

export function fleetColumns(options: FleetOptions = {}): MinionColumns {
  const ids = fleetIds(options);
  const count = ids.length;
  const columns = {
    count,
    ids,
    status: new Uint8Array(count),
    statusSinceMs: new Float64Array(count),
    kernelPresent: new Uint8Array(count),
    saltPresent: new Uint8Array(count),
    pingPresent: new Uint8Array(count).fill(NOT_KNOWN),
    publishLinks: new Uint16Array(count),
    requestLinks: new Uint16Array(count),
    publishBasis: new Uint8Array(count).fill(NOT_KNOWN),
    requestBasis: new Uint8Array(count).fill(NOT_KNOWN),
    connects: new Float64Array(count),
    disconnects: new Float64Array(count),
    flaps: new Float64Array(count),
    retransmits: new Float64Array(count),
    lastConnectMs: new Float64Array(count).fill(Number.NaN),
    lastDisconnectMs: new Float64Array(count).fill(Number.NaN),
    lastAckMs: new Float64Array(count).fill(Number.NaN),
    rttSeconds: new Float64Array(count).fill(Number.NaN),
    problem: new Uint8Array(count),
    ...emptyLedgerColumns(count),
    ...jobColumns(ids.map(() => undefined)),
  };
  for (let row = 0; row < count; row += 1) fillRow(columns, row, options);
  return columns;
}

function fleetIds({ minions = 400, hostileIds = [] }: FleetOptions): string[] {
  const ids = Array.from({ length: minions - hostileIds.length }, (_, index) => {
    const rack = String(1 + (index % 18)).padStart(2, '0');
    const role = ROLES[(index * 7) % ROLES.length] ?? 'web';
    return `${role}-r${rack}-${String(Math.floor(index / 18)).padStart(2, '0')}`;
  });
  return [...hostileIds, ...ids];
}

function statusOf(
  row: number,
  options: FleetOptions,
): { status: MinionStatus; minutesAgo: number } {
  if (options.healthy === true) return { status: 'ok', minutesAgo: Number.NaN };
  if (row < (options.hostileIds?.length ?? 0)) return { status: 'absent', minutesAgo: 1 };
  const trouble = TROUBLE.find(({ every }) => row % every === every - 1);
  return trouble ?? { status: 'ok', minutesAgo: Number.NaN };
}

/**
 * Every 29th `ok` minion flapped within the hour; every 50th lives behind a NAT router, where
 * Salt's presence is blind.
 */
function fillRow(columns: MinionColumns, row: number, options: FleetOptions): void {
  const { status, minutesAgo } = statusOf(row, options);
  const ok = status === 'ok';
  const absent = status === 'absent' || status === 'stale';
  const linked = ok || status === 'half_open';
  const since = NIGHT_MS - (minutesAgo + (row % 13) * 9) * MINUTE - (row % 50) * SECOND;
  const flapped = ok && row % 29 === 28 && options.healthy !== true;
  columns.status[row] = MINION_STATUSES.indexOf(status);
  columns.statusSinceMs[row] = status === 'stale' || ok ? Number.NaN : since;
  columns.kernelPresent[row] = linked ? 1 : status === 'ambiguous' ? NOT_KNOWN : 0;
  columns.saltPresent[row] = linked && row % 50 !== 49 ? 1 : 0;
  columns.publishLinks[row] = linked ? 1 : 0;
  columns.requestLinks[row] = linked ? 1 : 0;
  const basis = row % 50 === 49 ? 'static' : 'grains';
  const shown = linked ? basis : status === 'ambiguous' ? 'ambiguous' : undefined;
  columns.publishBasis[row] = shown === undefined ? NOT_KNOWN : IDENTITY_BASES.indexOf(shown);
  columns.requestBasis[row] = linked ? IDENTITY_BASES.indexOf(basis) : NOT_KNOWN;
  columns.flaps[row] = flapped ? 1 + (row % 6) : 0;
  columns.disconnects[row] = flapped ? 1 + (row % 6) : status === 'absent' ? 1 : 0;
  columns.connects[row] = (linked ? 1 : 0) + (columns.flaps[row] ?? 0);
  columns.problem[row] = flapped || !ok ? 1 : 0;
  if (linked) {
    columns.ledgerKnown[row] = flapped && row % 41 === 0 ? 0 : 1;
    columns.queueMessages[row] = 0;
    columns.queuePressure[row] = 0;
    columns.rttSeconds[row] = 0.0004 + (row % 17) / 9000;
    columns.lastConnectMs[row] = flapped ? NIGHT_MS - (row % 41) * MINUTE : STARTED_MS;
    columns.lastAckMs[row] =
      status === 'half_open' ? since - 4 * SECOND : NIGHT_MS - (row % 9) * 800;
  }
  if (absent && status !== 'stale') {
    columns.lastDisconnectMs[row] = since;
    columns.lastAckMs[row] = since - 300;
  }
}

function fleetLinks(count: number, linked: number) {
  const peers = (minion: number, unknown: number) => ({ minion, unknown, own: 1 });
  const stormless = { publish_daemon: 0, network: 0, unknown: 0 };
  return {
    links: { publish: peers(linked, 7), request: peers(linked, 2) },
    connects: { publish: peers(linked + 312, 9), request: peers(linked + 844, 31) },
    disconnects: { publish: peers(320, 2), request: peers(851, 29) },
    flaps: 287,
    storms: { ...stormless, master_restart: 1, rack: 1 },
    listenerUp: { publish: true, request: true },
    listenerRestarts: { publish: 1, request: 1 },
    masterRestarts: 1,
    listenQueueLength: { publish: 0, request: 2 },
    listenQueueLimit: { publish: 1000, request: 1000 },
    listenOverflows: 0,
    keys: { accepted: count, pending: 2, rejected: 0, denied: 1 },
    oldestPendingMs: NIGHT_MS - 26 * 3_600_000,
  };
}

function disagreeing(minions: MinionColumns): number {
  let differ = 0;
  for (let row = 0; row < minions.count; row += 1) {
    if (minions.kernelPresent[row] === 1 && minions.saltPresent[row] === 0) differ += 1;
  }
  return differ;
}

function pingTimes() {
  const times = createHistogram([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]);
  for (let index = 0; index < 1431; index += 1) observe(times, index % 90 === 0 ? 0.02 : 0.003);
  return times;
}

function source(name: SourceName, detail: string, state: Partial<SourceStatus> = {}): SourceStatus {
  const base = { enabled: true, up: true, lastSuccessMs: NIGHT_MS - 400, errors: new Map() };
  return { source: name, detail, ...base, ...state };
}

/** What a publish burst at 03:09 left behind; nothing on a healthy night. */
function nightLedgers(healthy: boolean): Partial<Epoch> {
  const none = { minion: 0, unknown: 0 };
  const service = createHistogram(SERVICE_BOUNDS);
  for (let request = 0; request < 400; request += 1) {
    observe(service, request % 80 === 0 ? 0.5 : 0.012);
  }
  return {
    publishMessages: 1_204,
    publishBytes: 6_310_112,
    publishGapMessages: 0,
    dropped: healthy
      ? { hwm: none, disconnect: none, all_links: none }
      : { hwm: { minion: 31, unknown: 0 }, disconnect: { minion: 4, unknown: 0 }, all_links: none },
    lossesCounted: healthy ? 0 : 3,
    lossesUndecided: 0,
    queuePressureMax: healthy ? 0 : 0.62,
    queueMessagesMax: healthy ? 0 : 620,
    requestsWaiting: healthy ? 0 : 2,
    requestWaitMaxSeconds: healthy ? 0 : 3.2,
    requestServiceSeconds: service,
    requestsAbandoned: { minion: 0, local: healthy ? 0 : 1, unknown: 0 },
    requestsFailed: { minion: 0, local: 0, unknown: 0 },
    ghostJobs: { proven: 0, likely: 0 },
    wedgedWorkers: 0,
  };
}

/** 1,204 jobs of a night; a rack that was gone missed some. */
function nightJobs(healthy: boolean): Epoch['jobs'] {
  const { jobs } = emptyJobFigures();
  for (let job = 0; job < 1_200; job += 1) {
    observe(jobs.returnSeconds, job % 60 === 0 ? 28 : 0.7);
  }
  const missing = healthy ? 0 : 89;
  return {
    ...jobs,
    outcomes: { complete: healthy ? 1_204 : 1_197, partial: healthy ? 0 : 7, none: 0 },
    expected: 48_160,
    returned: 48_160 - missing,
    missing,
    late: healthy ? 0 : 12,
    pending: { running: healthy ? 0 : 3, queued: 0, blocked: healthy ? 0 : 1, unknown: 0 },
    open: healthy ? 0 : 1,
  };
}

function quietSelf() {
  const off = { enabled: false, up: false, lastSuccessMs: undefined };
  return {
    config: {
      kind: 'master_config' as const,
      version: '3008.5',
      masterId: 'master-a.example.net',
      transport: 'zeromq',
      zmqFiltering: false,
      options: new Map([
        ['pub_hwm', 1000],
        ['timeout', 5],
        ['worker_threads', 12],
      ]),
      ignoredOptions: ['salt_event_pub_hwm'],
      limitations: [
        {
          source: 'salt_presence_events' as const,
          finding: 'presence_events: False',
          consequence:
            'Salt publishes no presence of its own; what it would say is computed here from the same facts.',
        },
      ],
    },
    sources: [
      source('kernel', 'sock_diag and destroy events on ports 4505 and 4506.'),
      source('inventory', '400 accepted keys, 396 with cached grains.', {
        errors: new Map([['grains_truncated', 1]]),
      }),
      source('master_config', 'Read from master and 3 files of master.d.'),
      source('stream_canary', 'Each publication and its size.'),
      source('request_canary', 'pings to 127.0.0.1:4506 are answered'),
      source('event_bus', 'Reads /run/salt/master/master_event_pub.ipc.'),
      source('monitor_tap', 'Off: no --monitor.tap is set.', off),
      source('salt_presence_events', '', { up: false, lastSuccessMs: undefined }),
      source('salt_auth_events', 'auth_events is on.'),
    ],
    kernelOverflows: 0,
    kernelEventsLost: 0,
    ...watchedSockets(),
  };
}

function watchedSockets() {
  const ours = (socket: string) => ({ source: 'exporter', socket });
  const device = { source: 'relay', socket: 'front' };
  return {
    monitorCounters: [
      { ...ours('publish'), event: 'connected', count: 2, lastWallMs: NIGHT_MS - 2 * HOUR },
      {
        ...ours('publish'),
        event: 'handshake_succeeded',
        count: 2,
        lastWallMs: NIGHT_MS - 2 * HOUR + 4,
      },
      {
        ...ours('publish'),
        event: 'disconnected',
        count: 1,
        lastWallMs: NIGHT_MS - 2 * HOUR - 4000,
      },
      { ...ours('request'), event: 'connected', count: 1434, lastWallMs: NIGHT_MS - 3100 },
      {
        ...ours('request'),
        event: 'handshake_succeeded',
        count: 1434,
        lastWallMs: NIGHT_MS - 3099,
      },
      { ...ours('request'), event: 'connect_retried', count: 12, lastWallMs: NIGHT_MS - 2 * HOUR },
      { ...device, event: 'accepted', count: 61, lastWallMs: NIGHT_MS - 95_000 },
      { ...device, event: 'handshake_succeeded', count: 58, lastWallMs: NIGHT_MS - 94_990 },
      { ...device, event: 'handshake_failed_no_detail', count: 3, lastWallMs: NIGHT_MS - HOUR },
    ] as const,
    monitorSockets: [
      { ...ours('publish'), peers: 1, retryIntervalSeconds: undefined },
      { ...ours('request'), peers: 1, retryIntervalSeconds: 0.1 },
      { ...device, peers: 58, retryIntervalSeconds: undefined },
    ],
  };
}

function nightEvents(ids: readonly string[]): readonly RecentEvent[] {
  const at = (clock: string) => Date.parse(`2026-11-21T${clock}Z`);
  const id = (row: number) => ids[row % ids.length];
  const none = { minion: undefined, status: undefined };
  return [
    {
      wallMs: at('03:11:47'),
      kind: 'connect',
      ...none,
      minion: id(28),
      text: 'Its publish link opened. (kernel)',
    },
    {
      wallMs: at('03:11:20'),
      kind: 'flap',
      ...none,
      minion: id(57),
      text: 'Its publish link was back 2.8 s after it ended. (kernel)',
    },
    {
      wallMs: at('03:10:02'),
      kind: 'status',
      minion: id(86),
      status: 'ok',
      text: 'Its publish link is established and acknowledged. (kernel)',
    },
    {
      wallMs: at('03:09:21'),
      kind: 'disconnect',
      ...none,
      minion: id(115),
      text: 'Its publish link ended. (kernel)',
    },
    {
      wallMs: at('02:55:44'),
      kind: 'status',
      minion: id(66),
      status: 'absent',
      text: 'Its key is accepted, and no publish link is open since 02:55:44 UTC. (kernel + keys)',
    },
    {
      wallMs: at('02:40:30'),
      kind: 'status',
      minion: id(130),
      status: 'half_open',
      text: 'Nothing acknowledged since 02:40:26 UTC, while others acknowledge. The connection still counts as established. (kernel)',
    },
    {
      wallMs: at('02:19:56'),
      kind: 'storm',
      ...none,
      text: '40 minions lost their publish link from 02:19:20 UTC on; most of them share one network, and links of others live on. (kernel)',
    },
    {
      wallMs: at('00:40:05'),
      kind: 'master_restart',
      ...none,
      text: 'Both listening sockets died and both ports are served again: the master restarted. (kernel)',
    },
    {
      wallMs: at('00:40:01'),
      kind: 'listener_restart',
      ...none,
      text: 'The listening socket of the publish port died: the publish daemon ended. (kernel)',
    },
  ];
}
