/**
 * A frozen epoch by hand: few minions, every family known, per-minion figures that sum up to the
 * fleet's.
 */
import type { Epoch, MinionColumns } from '../../exporter/src/domain/epoch.js';
import type { IdentityBasis, MinionStatus } from '../../exporter/src/domain/vocabulary.js';
import { IDENTITY_BASES, MINION_STATUSES } from '../../exporter/src/domain/vocabulary.js';
import { createHistogram, observe } from '../../exporter/src/lib/histogram.js';
import { busFigures, emptyBusFigures } from './synthetic-bus.js';
import { canaryFigures, emptyCanaryFigures } from './synthetic-canaries.js';
import {
  emptyJobFigures,
  emptyLossFigures,
  type JobSketch,
  jobColumns,
  jobFigures,
  lossFigures,
} from './synthetic-jobs.js';
import {
  emptyLedgerFigures,
  type LedgerSketch,
  ledgerColumns,
  ledgerFigures,
} from './synthetic-ledgers.js';
import { logFigures } from './synthetic-logs.js';

/** 2026-01-02T03:04:05.678Z */
export const AT_MS = 1_767_323_045_678;

const PING_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

interface MinionSketch {
  readonly id: string;
  readonly status: MinionStatus;
  readonly links?: readonly [number, number];
  readonly basis?: IdentityBasis;
  readonly salt?: number;
  readonly ping?: number;
  readonly counts?: readonly [connects: number, disconnects: number, flaps: number];
  readonly retransmits?: number;
  readonly lastConnectMs?: number;
  readonly lastDisconnectMs?: number;
  readonly lastAckMs?: number;
  readonly rttSeconds?: number;
  readonly problem?: boolean;
  readonly ledger?: LedgerSketch;
  readonly jobs?: JobSketch;
}

/**
 * `web-1` is well, `web-2` flapped, `db-1` is half open, `nat-1` shares an address, `old-1` was
 * never seen.
 */
export const SKETCHES: readonly MinionSketch[] = [
  {
    id: 'db-1',
    status: 'half_open',
    links: [1, 1],
    basis: 'grains',
    salt: 1,
    ping: 1,
    counts: [1, 0, 0],
    retransmits: 7,
    lastConnectMs: AT_MS - 60_000,
    lastAckMs: AT_MS - 30_500,
    rttSeconds: 0.0125,
    problem: true,
    jobs: {
      returns: [12, 1],
      lastReturnMs: AT_MS - 61_000,
      lastHeardMs: AT_MS - 30_000,
      lastPingMs: AT_MS - 90_000,
      lost: [1, 2, 3, 4, 5, 6, 7],
      starts: [2, 3],
    },
    ledger: {
      known: 1,
      queue: [750, 45_354_000, 0.75],
      sendQueueBytes: 544_000,
      secondsToDrop: 12.5,
      lag: [759, 3.25],
      dropped: [31, 0],
      breaks: 1,
      lastPongMs: AT_MS - 40_000,
      requests: [1_226, 206],
      waitSeconds: 12.5,
    },
  },
  { id: 'nat-1', status: 'ambiguous', basis: 'ambiguous', salt: 0, problem: true },
  { id: 'old-1', status: 'stale', salt: 0, problem: true },
  {
    id: 'web-1',
    status: 'ok',
    links: [1, 2],
    basis: 'static',
    salt: 1,
    counts: [1, 0, 0],
    lastConnectMs: AT_MS - 3_600_000,
    lastAckMs: AT_MS - 12,
    rttSeconds: 0.000_25,
    ledger: {
      known: 1,
      queue: [0, 0, 0],
      sendQueueBytes: 0,
      lag: [0, 0],
      lastPongMs: AT_MS - 3_000,
      requests: [597, 103],
      waitSeconds: 0.016,
    },
  },
  {
    id: 'web-2',
    status: 'ok',
    links: [1, 0],
    basis: 'grains',
    salt: 0,
    counts: [3, 2, 2],
    retransmits: 1,
    lastConnectMs: AT_MS - 5_001,
    lastDisconnectMs: AT_MS - 6_000,
    lastAckMs: AT_MS - 1,
    rttSeconds: 1.5,
    ledger: { known: 0, sendQueueBytes: 0, dropped: [0, 2], requests: [597, 103] },
  },
];

export function sketchedMinions(sketches: readonly MinionSketch[] = SKETCHES): MinionColumns {
  const bytes = (read: (sketch: MinionSketch) => number) => Uint8Array.from(sketches, read);
  const numbers = (read: (sketch: MinionSketch) => number | undefined) =>
    Float64Array.from(sketches, (sketch) => read(sketch) ?? Number.NaN);
  const basis = (sketch: MinionSketch) =>
    sketch.basis === undefined ? 255 : IDENTITY_BASES.indexOf(sketch.basis);
  return {
    count: sketches.length,
    ids: sketches.map((sketch) => sketch.id),
    status: bytes((sketch) => MINION_STATUSES.indexOf(sketch.status)),
    statusSinceMs: numbers(() => AT_MS - 1000),
    kernelPresent: bytes((sketch) => (sketch.links === undefined ? 0 : 1)),
    saltPresent: bytes((sketch) => sketch.salt ?? 255),
    pingPresent: bytes((sketch) => sketch.ping ?? 255),
    publishLinks: Uint16Array.from(sketches, (sketch) => sketch.links?.[0] ?? 0),
    requestLinks: Uint16Array.from(sketches, (sketch) => sketch.links?.[1] ?? 0),
    publishBasis: bytes(basis),
    requestBasis: bytes((sketch) => (sketch.links?.[1] ? basis(sketch) : 255)),
    connects: numbers((sketch) => sketch.counts?.[0] ?? 0),
    disconnects: numbers((sketch) => sketch.counts?.[1] ?? 0),
    flaps: numbers((sketch) => sketch.counts?.[2] ?? 0),
    retransmits: numbers((sketch) => sketch.retransmits ?? 0),
    lastConnectMs: numbers((sketch) => sketch.lastConnectMs),
    lastDisconnectMs: numbers((sketch) => sketch.lastDisconnectMs),
    lastAckMs: numbers((sketch) => sketch.lastAckMs),
    rttSeconds: numbers((sketch) => sketch.rttSeconds),
    problem: bytes((sketch) => (sketch.problem === true ? 1 : 0)),
    ...ledgerColumns(sketches.map((sketch) => sketch.ledger)),
    ...jobColumns(sketches.map((sketch) => sketch.jobs)),
  };
}

/** Everything known. `changes` replaces parts, so that a test shows what it is about. */
export function syntheticEpoch(changes: Partial<Epoch> = {}): Epoch {
  const pings = createHistogram(PING_BOUNDS);
  for (const seconds of [0.004, 0.005, 0.03, 20]) observe(pings, seconds);
  const scans = createHistogram([0.001, 0.01, 0.1, 1]);
  for (const seconds of [0.002, 0.002, 0.02]) observe(scans, seconds);
  return {
    at: { monoMs: 1_000_000, wallMs: AT_MS },
    startedWallMs: AT_MS - 7_200_000,
    minions: sketchedMinions(),
    ...linksOfAll(),
    ...listenersAndKeys(),
    publishMessages: 37_000,
    publishBytes: 37_333_000,
    requestPings: { ok: 4, timeout: 1, error: 0 },
    requestPingSeconds: pings,
    ...canaryFigures(),
    ...ledgerFigures(),
    bus: busFigures(),
    ...jobFigures(),
    ...lossFigures(),
    ...monitored(),
    ...self(),
    scanSeconds: scans,
    ...changes,
  };
}

/** An epoch of the first second: nothing was scanned, read or heard yet. */
export function emptyEpoch(): Epoch {
  const empty = { minion: 0, unknown: 0, own: 0 };
  return syntheticEpoch({
    minions: sketchedMinions([]),
    minionsByStatus: byStatus({}),
    disagreements: {},
    links: undefined,
    connects: { publish: empty, request: empty },
    disconnects: { publish: empty, request: empty },
    flaps: 0,
    storms: { master_restart: 0, publish_daemon: 0, network: 0, rack: 0, unknown: 0 },
    listenerUp: {},
    listenerRestarts: { publish: 0, request: 0 },
    masterRestarts: 0,
    listenQueueLength: {},
    listenQueueLimit: {},
    listenOverflows: undefined,
    keys: undefined,
    oldestPendingMs: undefined,
    masterOpenFds: new Map(),
    masterMaxFds: new Map(),
    publishMessages: 0,
    publishBytes: 0,
    requestPings: { ok: 0, timeout: 0, error: 0 },
    requestPingSeconds: createHistogram(PING_BOUNDS),
    ...emptyCanaryFigures(),
    ...emptyLedgerFigures(),
    bus: emptyBusFigures(),
    ...emptyJobFigures(),
    ...emptyLossFigures(),
    monitorCounters: [],
    monitorSockets: [],
    monitorRejects: new Map(),
    logs: [],
    config: undefined,
    sources: [],
    scanSeconds: createHistogram([0.001, 0.01, 0.1, 1]),
    scanIntervalSeconds: undefined,
    scanOrigin: undefined,
    kernelOverflows: 0,
    kernelEventsLost: 0,
    stateEntries: new Map(),
    stateEvicted: new Map(),
    recentEvents: [],
  });
}

export function byStatus(
  counts: Partial<Record<MinionStatus, number>>,
): Record<MinionStatus, number> {
  const none = { ok: 0, slow: 0, stalled: 0, half_open: 0, absent: 0, stale: 0, ambiguous: 0 };
  return { ...none, unknown: 0, ...counts };
}

function linksOfAll() {
  return {
    minionsByStatus: byStatus({ ok: 2, half_open: 1, stale: 1, ambiguous: 1 }),
    disagreements: { kernel_not_salt: 1, salt_not_kernel: 0, kernel_not_ping: 0 },
    links: {
      publish: { minion: 3, unknown: 2, own: 1 },
      request: { minion: 3, unknown: 0, own: 0 },
    },
    connects: {
      publish: { minion: 5, unknown: 2, own: 1 },
      request: { minion: 9, unknown: 0, own: 4 },
    },
    disconnects: {
      publish: { minion: 2, unknown: 0, own: 0 },
      request: { minion: 6, unknown: 0, own: 4 },
    },
    flaps: 2,
    storms: { master_restart: 1, publish_daemon: 0, network: 2, rack: 0, unknown: 0 },
  };
}

function listenersAndKeys() {
  return {
    listenerUp: { publish: true, request: false },
    listenerRestarts: { publish: 1, request: 2 },
    masterRestarts: 1,
    listenQueueLength: { publish: 0, request: 17 },
    listenQueueLimit: { publish: 1000, request: 1000 },
    listenOverflows: 3,
    keys: { accepted: 5, pending: 2, rejected: 0, denied: 1 },
    oldestPendingMs: AT_MS - 86_400_000,
    masterOpenFds: new Map([
      ['publish_daemon', 40],
      ['workers', 125],
    ] as const),
    masterMaxFds: new Map([['publish_daemon', 100_000]] as const),
  };
}

function monitored() {
  const socket = { source: 'exporter', socket: 'publish' };
  return {
    monitorCounters: [
      { ...socket, event: 'connected', count: 2, lastWallMs: AT_MS - 10_000 },
      { ...socket, event: 'handshake_succeeded', count: 2, lastWallMs: AT_MS - 9_990 },
      { ...socket, event: 'connect_retried', count: 3, lastWallMs: AT_MS - 11_000 },
      { source: 'my "device"', socket: 'front', event: 'accepted', count: 1, lastWallMs: AT_MS },
    ] as const,
    monitorSockets: [
      { ...socket, peers: 1, retryIntervalSeconds: 0.1 },
      { source: 'exporter', socket: 'request', peers: 0, retryIntervalSeconds: undefined },
    ],
    monitorRejects: new Map([['tap', { frames: 1, length: 0, version: 0, event: 2, source: 0 }]]),
  };
}

function self() {
  const none: ReadonlyMap<string, number> = new Map();
  return {
    logs: logFigures(),
    config: {
      kind: 'master_config' as const,
      version: '3008.5',
      masterId: 'saltmaster_master',
      transport: 'zeromq',
      zmqFiltering: false,
      options: new Map([
        ['pub_hwm', 1000],
        ['worker_threads', 5],
      ]),
      ignoredOptions: ['salt_event_pub_hwm'],
      limitations: [],
    },
    sources: [
      {
        source: 'kernel' as const,
        enabled: true,
        up: true,
        detail: 'netlink',
        lastSuccessMs: AT_MS - 100,
        errors: new Map([
          ['refused', 0],
          ['torn_dump', 2],
        ]),
      },
      {
        source: 'inventory' as const,
        enabled: true,
        up: false,
        detail: 'not read yet',
        lastSuccessMs: undefined,
        errors: none,
      },
      {
        source: 'monitor_tap' as const,
        enabled: false,
        up: false,
        detail: 'off',
        lastSuccessMs: undefined,
        errors: none,
      },
    ],
    scanIntervalSeconds: 1,
    scanOrigin: 'netlink' as const,
    kernelOverflows: 1,
    kernelEventsLost: 12,
    stateEntries: new Map([
      ['links', 9],
      ['minions', 5],
    ]),
    stateEvicted: new Map([['links', 0]]),
    recentEvents: [],
  };
}
