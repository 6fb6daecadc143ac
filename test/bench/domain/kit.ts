/**
 * Observations for tests of the domain: rows told as objects, an inventory told as ids and
 * addresses, a hand-moved clock.
 */
import { parseAddress } from '../../../exporter/src/domain/address-text.js';
import type {
  Inventory,
  InventoryMinion,
  LinkDeaths,
  LinkScan,
  ListenerRow,
  SocketColumns,
  StreamMessages,
} from '../../../exporter/src/domain/observations.js';
import type { Instant } from '../../../exporter/src/lib/clock.js';
import { topicHead } from '../../../exporter/src/lib/topic-head.js';

export interface RowSpec {
  readonly cookie: number;
  readonly address?: string;
  readonly port?: 'publish' | 'request';
  readonly state?: number;
  readonly hasInfo?: boolean;
  readonly cookieHigh?: number;
  readonly backoff?: number;
  readonly probes?: number;
  readonly unacked?: number;
  readonly retransmits?: number;
  readonly ackAgeMs?: number;
  readonly sentAgeMs?: number;
  readonly received?: number;
  readonly rttMicros?: number;
  readonly acked?: number;
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
  readonly notSent?: number;
  readonly sendWindow?: number;
  readonly segmentsIn?: number;
  readonly receivedAgeMs?: number;
  /** Before the end of the scan; 0. */
  readonly readAgeMs?: number;
}

export function columns(rows: readonly RowSpec[], readMonoMs = 0): SocketColumns {
  const u8 = (of: (row: RowSpec) => number) => Uint8Array.from(rows, of);
  const u32 = (of: (row: RowSpec) => number) => Uint32Array.from(rows, of);
  return {
    count: rows.length,
    port: u8((row) => (row.port === 'request' ? 1 : 0)),
    state: u8((row) => row.state ?? 1),
    hasInfo: u8((row) => ((row.hasInfo ?? true) ? 1 : 0)),
    address: Uint32Array.from(rows.flatMap((row) => wordsOf(row.address ?? '10.0.0.1'))),
    peerPort: Uint16Array.from(rows, (row) => row.cookie & 0xffff),
    cookieLow: u32((row) => row.cookie),
    cookieHigh: u32((row) => row.cookieHigh ?? 0),
    receiveQueue: u32((row) => row.receiveQueue ?? 0),
    sendQueue: u32((row) => row.sendQueue ?? 0),
    rowMonoMs: Float64Array.from(rows, (row) => readMonoMs - (row.readAgeMs ?? 0)),
    retransmits: u8(() => 0),
    backoff: u8((row) => row.backoff ?? 0),
    probes: u8((row) => row.probes ?? 0),
    unacked: u32((row) => row.unacked ?? 0),
    notSent: u32((row) => row.notSent ?? 0),
    totalRetransmits: u32((row) => row.retransmits ?? 0),
    segmentsIn: u32((row) => row.segmentsIn ?? 0),
    segmentsOut: u32(() => 0),
    sendWindow: u32((row) => row.sendWindow ?? 65_535),
    lastDataSentMs: u32((row) => row.sentAgeMs ?? row.ackAgeMs ?? 0),
    lastDataReceivedMs: u32((row) => row.receivedAgeMs ?? 0),
    lastAckReceivedMs: u32((row) => row.ackAgeMs ?? 0),
    rttMicros: u32((row) => row.rttMicros ?? 1_500),
    bytesAcked: Float64Array.from(rows, (row) => row.acked ?? 0),
    bytesReceived: Float64Array.from(rows, (row) => row.received ?? 124),
  };
}

export const LISTENERS: readonly ListenerRow[] = [
  { port: 'publish', cookieLow: 9_001, cookieHigh: 0, queueLength: 0, queueLimit: 100 },
  { port: 'request', cookieLow: 9_002, cookieHigh: 0, queueLength: 0, queueLimit: 100 },
];

export function scan(
  rows: readonly RowSpec[],
  at: Instant,
  overrides: Partial<LinkScan> = {},
): LinkScan {
  return {
    kind: 'link_scan',
    trigger: 'interval',
    complete: true,
    origin: 'netlink',
    startedMonoMs: at.monoMs - 2,
    endedMonoMs: at.monoMs,
    cpuSeconds: 0.002,
    intervalSeconds: 1,
    sockets: columns(rows, at.monoMs),
    listeners: LISTENERS,
    listenOverflows: 0,
    ...overrides,
  };
}

export function deaths(
  rows: readonly RowSpec[],
  at: Instant,
  listeners: readonly ListenerRow[] = [],
): LinkDeaths {
  const dead = rows.map((row) => ({ ...row, state: row.state ?? 7 }));
  return {
    kind: 'link_deaths',
    readMonoMs: at.monoMs,
    sockets: columns(dead, at.monoMs),
    listeners,
  };
}

/** An accepted minion with these cached grains; `overrides` for everything else. */
export function minion(
  id: string,
  addresses: readonly string[] = [],
  overrides: Partial<InventoryMinion> = {},
): InventoryMinion {
  return {
    id,
    key: 'accepted',
    expected: false,
    cached: addresses.length > 0,
    grainAddresses: ['127.0.0.1', ...addresses],
    moreAddresses: [],
    staticAddresses: [],
    grainsWallMs: addresses.length > 0 ? WALL_START_MS : undefined,
    keyWallMs: WALL_START_MS,
    ...overrides,
  };
}

export function inventory(
  minions: readonly InventoryMinion[],
  overrides: Partial<Inventory> = {},
): Inventory {
  return {
    kind: 'inventory',
    minions,
    keyCounts: { accepted: minions.length, pending: 0, rejected: 0, denied: 0 },
    oldestPendingWallMs: undefined,
    natAddresses: new Map(),
    hostAddresses: ['192.0.2.1', '2001:db8::1'],
    ...overrides,
  };
}

/** 2026-01-01T00:00:00Z; the monotonic clock starts at 1,000,000. */
export const WALL_START_MS = Date.UTC(2026, 0, 1);

/** Both clocks at `ms` after the start of the test. */
export function instant(ms: number, wallStepMs = 0): Instant {
  return { monoMs: 1_000_000 + ms, wallMs: WALL_START_MS + ms + wallStepMs };
}

function wordsOf(address: string): readonly number[] {
  const words = parseAddress(address);
  if (words === undefined) throw new Error(`the test names no address: ${address}`);
  return words;
}

/** Messages of these sizes, all for everybody, read at `arrivedMonoMs` (one instant or one each). */
export function stream(
  sizes: readonly number[],
  arrivedMonoMs: number | readonly number[] = 0,
): StreamMessages {
  const at = (m: number) =>
    typeof arrivedMonoMs === 'number' ? arrivedMonoMs : (arrivedMonoMs[m] ?? 0);
  return {
    kind: 'stream_messages',
    messages: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    wireBytes: Float64Array.from(sizes),
    arrivedMonoMs: Float64Array.from(sizes, (_, m) => at(m)),
    topic: new Uint8Array(sizes.length),
    topicHigh: new Uint32Array(sizes.length),
    topicLow: new Uint32Array(sizes.length),
  };
}

/** Messages of a filtering publisher: each for a minion by its id, for `broadcast` or `syndic`. */
export function filteredStream(
  messages: readonly (readonly [topic: string, bytes: number])[],
  arrivedMonoMs: number,
): StreamMessages {
  const sizes = messages.map(([, bytes]) => bytes);
  const kinds = ['all', 'broadcast', 'syndic'];
  const told = stream(sizes, arrivedMonoMs);
  for (const [m, [topic]] of messages.entries()) {
    const kind = kinds.indexOf(topic);
    told.topic[m] = kind < 0 ? kinds.length : kind;
    if (kind >= 0) continue;
    const head = topicHead(topic);
    told.topicHigh[m] = head.high;
    told.topicLow[m] = head.low;
  }
  return told;
}
