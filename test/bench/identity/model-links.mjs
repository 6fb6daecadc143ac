/** Connections of the identity model, and how a dump of the kernel and an inventory tell of them. */

export const WALL_MS = Date.UTC(2026, 0, 1);
export const START_MS = 1_000_000;
/** Ages of the kernel are differences of whole jiffies (250 Hz). */
const JIFFY_MS = 4;
const BEAT_MS = 10_000;
const SEGMENT_BYTES = 1_448;
/** Rows that the kernel writes at once: they share one instant. */
const ROWS_PER_PART = 80;
const WORDS = { router: [0, 0, 0xffff, 0xcb007101], nobody: [0, 0, 0xffff, 0xcb007102] };
/** 10.0.0.0 */
const OWN_NET = 0x0a000000;

/** One request link: what it was sent and sent back, in the order of time. */
export class Link {
  constructor({ cookie, index, host, bornMs, phaseMs }) {
    this.cookie = cookie;
    this.index = index;
    this.host = host;
    this.bornMs = bornMs;
    this.received = 104;
    this.acked = 107;
    this.segments = 5;
    this.receivedMs = bornMs;
    this.sentMs = bornMs;
    this.coming = [];
    this.busyUntilMs = bornMs;
    this.nextBeatMs = phaseMs + BEAT_MS;
  }

  exchange({ askedMs, repliedMs, bytes, replyBytes }) {
    this.busyUntilMs = repliedMs;
    const segments = Math.ceil(bytes / SEGMENT_BYTES);
    this.coming.push({ atMs: askedMs, received: bytes, segments });
    this.coming.push({ atMs: repliedMs, acked: replyBytes, segments: 1 });
  }

  advance(untilMs, heartbeats) {
    while (heartbeats && this.nextBeatMs <= untilMs) {
      this.coming.push({ atMs: this.nextBeatMs, acked: 9, segments: 1 });
      this.coming.push({ atMs: this.nextBeatMs + 1, received: 7, segments: 1 });
      this.nextBeatMs += BEAT_MS;
    }
    this.coming.sort((a, b) => a.atMs - b.atMs);
    while (this.coming.length > 0 && this.coming[0].atMs <= untilMs) {
      const { atMs, received = 0, acked = 0, segments } = this.coming.shift();
      this.received += received;
      this.acked += acked;
      this.segments += segments;
      if (received > 0) this.receivedMs = atMs;
      if (acked > 0) this.sentMs = atMs;
    }
  }
}

/** A dump at this instant; `lateMs` says how much too late its next part is dated. */
export function linkScan(links, { ms, heartbeats, lateMs }) {
  const count = links.length;
  // A row is read some milliseconds before the scan ends.
  const rowMs = new Float64Array(count);
  const writtenMs = new Float64Array(count);
  for (let first = 0; first < count; first += ROWS_PER_PART) {
    const late = lateMs();
    const atMs = ms - 2 + first / 1_000;
    for (let row = first; row < Math.min(count, first + ROWS_PER_PART); row += 1) {
      links[row].advance(atMs - late, heartbeats);
    }
    rowMs.fill(atMs - late, first, first + ROWS_PER_PART);
    writtenMs.fill(atMs, first, first + ROWS_PER_PART);
  }
  const jiffy = (at) => Math.floor(at / JIFFY_MS) * JIFFY_MS;
  const age = (at, row) => Math.max(0, jiffy(rowMs[row]) - jiffy(at));
  const u8 = (value) => new Uint8Array(count).fill(value);
  const u32 = (of) => Uint32Array.from(links, of);
  const f64 = (of) => Float64Array.from(links, of);
  return {
    kind: 'link_scan',
    trigger: 'interval',
    complete: true,
    origin: 'netlink',
    startedMonoMs: START_MS + ms - 3,
    endedMonoMs: START_MS + ms,
    cpuSeconds: 0.001,
    intervalSeconds: 1,
    listeners: [],
    listenOverflows: 0,
    sockets: {
      count,
      port: u8(1),
      state: u8(1),
      hasInfo: u8(1),
      address: Uint32Array.from(links.flatMap(({ host, index }) => wordsOf(host, index))),
      peerPort: Uint16Array.from(links, ({ cookie }) => cookie),
      cookieLow: u32(({ cookie }) => cookie),
      cookieHigh: u32(() => 0),
      receiveQueue: u32(() => 0),
      sendQueue: u32(() => 0),
      // Dated when it was written out, not when it was read.
      rowMonoMs: f64((_, row) => START_MS + writtenMs[row]),
      retransmits: u8(0),
      backoff: u8(0),
      probes: u8(0),
      unacked: u32(() => 0),
      notSent: u32(() => 0),
      totalRetransmits: u32(() => 0),
      segmentsIn: u32(({ segments }) => segments),
      segmentsOut: u32(() => 0),
      sendWindow: u32(() => 65_535),
      lastDataSentMs: u32(({ sentMs }, row) => age(sentMs, row)),
      lastDataReceivedMs: u32(({ receivedMs }, row) => age(receivedMs, row)),
      lastAckReceivedMs: u32(({ sentMs }, row) => age(sentMs, row)),
      rttMicros: u32(() => 1_500),
      bytesAcked: f64(({ acked }) => acked),
      bytesReceived: f64(({ received }) => received),
    },
  };
}

function wordsOf(host, index) {
  return WORDS[host] ?? [0, 0, 0xffff, OWN_NET + index];
}

/** Minions behind the router, of whom no address is known, and others with their own. */
export function inventory(hidden, outside) {
  const minions = Array.from({ length: hidden + outside }, (_, i) => ({
    id: `n${i}`,
    key: 'accepted',
    expected: false,
    cached: i >= hidden,
    grainAddresses: i < hidden ? [] : [`10.0.${i >>> 8}.${i & 255}`],
    moreAddresses: [],
    staticAddresses: [],
    grainsWallMs: undefined,
    keyWallMs: WALL_MS,
  }));
  return {
    kind: 'inventory',
    minions,
    keyCounts: { accepted: hidden + outside, pending: 0, rejected: 0, denied: 0 },
    oldestPendingWallMs: undefined,
    natAddresses: new Map(),
    hostAddresses: ['192.0.2.1'],
  };
}
