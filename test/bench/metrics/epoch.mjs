/**
 * A synthetic epoch of any size for the bench: realistic ids and values, several columns of each
 * kind.
 */

const AT_MS = 1_767_323_045_678;
const STATUSES = 8;

/** A small deterministic generator (mulberry32): the bench must not depend on luck. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Columns of `count` minions; `base` is an epoch without minions. */
export function largeEpoch(base, count) {
  const next = random(7);
  const whole = (limit) => Math.floor(next() * limit);
  const bytes = (read) => Uint8Array.from({ length: count }, read);
  const numbers = (read) => Float64Array.from({ length: count }, read);
  const ids = Array.from(
    { length: count },
    (_, i) => `web-${String(i).padStart(5, '0')}.rack${i % 40}.dc1.example.com`,
  ).sort();
  return {
    ...base,
    minions: {
      count,
      ids,
      status: bytes(() => (next() < 0.98 ? 0 : whole(STATUSES))),
      statusSinceMs: numbers(() => AT_MS - whole(1e7)),
      kernelPresent: bytes(() => (next() < 0.98 ? 1 : 0)),
      saltPresent: bytes(() => (next() < 0.97 ? 1 : 0)),
      publishLinks: Uint16Array.from({ length: count }, () => 1),
      requestLinks: Uint16Array.from({ length: count }, () => 1),
      publishBasis: bytes(() => 1),
      requestBasis: bytes(() => 1),
      connects: numbers(() => whole(20)),
      disconnects: numbers(() => whole(20)),
      flaps: numbers(() => whole(5)),
      retransmits: numbers(() => whole(50_000)),
      lastConnectMs: numbers(() => AT_MS - whole(1e8)),
      lastDisconnectMs: numbers(() => AT_MS - whole(1e8)),
      lastAckMs: numbers(() => AT_MS - whole(1e4)),
      rttSeconds: numbers(() => whole(200_000) / 1e6),
      problem: bytes(() => (next() < 0.02 ? 1 : 0)),
      ledgerKnown: bytes(() => (next() < 0.98 ? 1 : 0)),
      queueMessages: numbers(() => whole(1_000)),
      queueBytes: numbers(() => whole(1e8)),
      sendQueueBytes: numbers(() => whole(1e6)),
      queuePressure: numbers(() => next()),
      secondsToDrop: numbers(() => (next() < 0.98 ? Number.NaN : whole(600))),
      lagMessages: numbers(() => whole(1_000)),
      lagSeconds: numbers(() => whole(10_000) / 1_000),
      droppedHwm: numbers(() => whole(1_000)),
      droppedDisconnect: numbers(() => whole(100)),
      lastPongMs: numbers(() => AT_MS - whole(1e4)),
      requestBytes: numbers(() => whole(1e9)),
      replyBytes: numbers(() => whole(1e8)),
      requestWaitSeconds: numbers(() => (next() < 0.98 ? Number.NaN : whole(1_000) / 1_000)),
      goodReturns: numbers(() => whole(100_000)),
      failedReturns: numbers(() => whole(100)),
      lastReturnMs: numbers(() => AT_MS - whole(1e8)),
      lastHeardMs: numbers(() => AT_MS - whole(1e7)),
    },
  };
}

const record = (names, value) => Object.fromEntries(names.map((name) => [name, value]));

/** Nothing but zeros: the fleet families cost the same whatever they say. */
export function zeroEpoch({ vocabulary, histogram }) {
  const perPeer = () => record(vocabulary.PORTS, record(vocabulary.PEERS, 0));
  return {
    at: { monoMs: 0, wallMs: AT_MS },
    startedWallMs: AT_MS,
    minionsByStatus: record(vocabulary.MINION_STATUSES, 0),
    disagreements: {},
    links: perPeer(),
    connects: perPeer(),
    disconnects: perPeer(),
    flaps: 0,
    storms: record(vocabulary.STORM_CAUSES, 0),
    listenerUp: record(vocabulary.PORTS, true),
    listenerRestarts: record(vocabulary.PORTS, 0),
    masterRestarts: 0,
    listenQueueLength: record(vocabulary.PORTS, 0),
    listenQueueLimit: record(vocabulary.PORTS, 1000),
    listenOverflows: 0,
    keys: record(vocabulary.KEY_STATES, 0),
    oldestPendingMs: undefined,
    masterOpenFds: new Map(),
    masterMaxFds: new Map(),
    publishMessages: 0,
    publishBytes: 0,
    requestPings: record(vocabulary.PING_RESULTS, 0),
    requestPingSeconds: histogram.createHistogram([0.005, 0.05, 0.5, 5]),
    monitorCounters: [],
    monitorSockets: [],
    monitorRejects: new Map(),
    config: undefined,
    sources: [],
    scanSeconds: histogram.createHistogram([0.01, 0.1, 1]),
    scanIntervalSeconds: 1,
    scanOrigin: 'netlink',
    kernelOverflows: 0,
    kernelEventsLost: 0,
    stateEntries: new Map(),
    stateEvicted: new Map(),
    recentEvents: [],
  };
}
