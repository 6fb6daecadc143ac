/** The built source beside a publisher in another process, and the domain with its minions. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApplyQueue } from '../../../exporter/dist/apply-queue.js';
import { apply, createState, tick } from '../../../exporter/dist/domain/index.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { eventBus } from '../../../exporter/dist/sources/event-bus/source.js';
import { idOf } from './frames.mjs';

const PUBLISHER = fileURLToPath(new URL('../../e2e/bus-server.mjs', import.meta.url));
/** Between two looks whether all is there: must not cost CPU itself. */
const POLL_MS = 2;

export async function createStand(minions) {
  const sockDir = mkdtempSync(join(tmpdir(), 'bus-bench-'));
  const path = join(sockDir, 'master_event_pub.ipc');
  const publisher = fork(PUBLISHER, [JSON.stringify({ path })]);
  await once(publisher, 'message');
  const state = createState({
    flapWindowSeconds: 120,
    staleAfterSeconds: 604_800,
    canarySourceAddress: '127.0.0.77',
    enabledSources: ['event_bus'],
  });
  apply(state, inventoryOf(minions), systemClock.now());
  apply(state, linksOf(minions, systemClock.now().monoMs), systemClock.now());
  tick(state, systemClock.now());
  const queue = new ApplyQueue(state, systemClock);
  const source = eventBus.create({
    settings: {},
    master: { sockDir, ipcMode: 'ipc', tcpMasterPubPort: 0, ipv6: false },
    clock: systemClock,
    log: silentLogger,
    emit: (observation, onApplied) => queue.add(observation, onApplied),
  });
  const connected = once(publisher, 'message');
  await source.start();
  await connected;
  const counted = () => state.bus.kinds.reduce((sum, count) => sum + count, 0);
  return {
    state,
    counted,
    /** Resolves with what the publisher tells when it got rid of it all. */
    send: (order) => {
      const sent = new Promise((resolve) => publisher.once('message', resolve));
      publisher.send({ kind: 'flood', ...order });
      return sent;
    },
    settled: async (events) => {
      while (counted() + state.bus.dropped < events) await delay(POLL_MS);
    },
    stop: async () => {
      await source.stop();
      publisher.kill();
      rmSync(sockDir, { recursive: true });
    },
  };
}

function inventoryOf(count) {
  const minions = Array.from({ length: count }, (_each, i) => ({
    id: idOf(i),
    key: 'accepted',
    expected: false,
    cached: true,
    grainAddresses: [`10.1.${i >> 8}.${i & 0xff}`],
    moreAddresses: [],
    staticAddresses: [],
    grainsWallMs: undefined,
    keyWallMs: undefined,
  }));
  const keyCounts = { accepted: count, pending: 0, rejected: 0, denied: 0 };
  const nothing = { oldestPendingWallMs: undefined, natAddresses: new Map(), hostAddresses: [] };
  return { kind: 'inventory', minions, keyCounts, ...nothing };
}

const BYTES = ['port', 'state', 'hasInfo', 'retransmits', 'backoff', 'probes'];
const WORDS = [
  'cookieLow',
  'cookieHigh',
  'receiveQueue',
  'sendQueue',
  'unacked',
  'notSent',
  'totalRetransmits',
  'segmentsIn',
  'segmentsOut',
  'sendWindow',
  'lastDataSentMs',
  'lastDataReceivedMs',
  'lastAckReceivedMs',
  'rttMicros',
];
const REQUEST = 1;
const ESTABLISHED = 1;
/** ::ffff:10.1.0.0, whose last two bytes are the number of the minion. */
const FIRST_ADDRESS = 0x0a01_0000;

/** A scan that finds the request link of each minion, from its own address. */
function linksOf(count, monoMs) {
  const column = (Type) => new Type(count);
  const sockets = {
    count,
    address: new Uint32Array(count * 4),
    peerPort: column(Uint16Array).fill(40_000),
    rowMonoMs: column(Float64Array).fill(monoMs),
    bytesAcked: column(Float64Array).fill(210),
    bytesReceived: column(Float64Array).fill(700),
    ...Object.fromEntries(BYTES.map((name) => [name, column(Uint8Array)])),
    ...Object.fromEntries(WORDS.map((name) => [name, column(Uint32Array)])),
  };
  sockets.port.fill(REQUEST);
  sockets.state.fill(ESTABLISHED);
  sockets.hasInfo.fill(1);
  for (let i = 0; i < count; i += 1) {
    sockets.address.set([0, 0, 0xffff, FIRST_ADDRESS + i], i * 4);
    sockets.cookieLow[i] = i + 1;
  }
  return {
    kind: 'link_scan',
    trigger: 'interval',
    complete: true,
    origin: 'netlink',
    startedMonoMs: monoMs - 2,
    endedMonoMs: monoMs,
    cpuSeconds: 0,
    intervalSeconds: 1,
    sockets,
    listeners: [],
    listenOverflows: 0,
  };
}
