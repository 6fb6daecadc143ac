/**
 * Benchmark of the domain: what one scan, one tick, one freeze and one inventory cost, and the
 * memory of the state.
 */
import { performance } from 'node:perf_hooks';
import {
  apply,
  applySteps,
  createState,
  freeze,
  tick,
} from '../../../exporter/dist/domain/index.js';
import { loadLibc } from '../../../exporter/dist/lib/libc.js';

const load = await loadLibc();
const cpuMs = () => (load.ok ? load.libc.threadCpuSeconds() * 1_000 : performance.now());
const MINIONS = Number(process.argv[2] ?? 10_000);
const LINKS = MINIONS * 2;
const ROUNDS = 60;
const WALL = Date.UTC(2026, 0, 1);
const at = (ms) => ({ monoMs: 1_000_000 + ms, wallMs: WALL + ms });
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const best = (list) => Math.min(...list);
const worst = (list) => Math.max(...list);

function inventory() {
  const minions = Array.from({ length: MINIONS }, (_, i) => ({
    id: `minion-${String(i).padStart(5, '0')}.example.net`,
    key: 'accepted',
    expected: false,
    cached: true,
    grainAddresses: [
      '127.0.0.1',
      '172.17.0.1',
      text(i),
      `2001:db8::${(i + 1).toString(16)}`,
      '::1',
    ],
    moreAddresses: [text(i)],
    staticAddresses: [],
    grainsWallMs: WALL,
    keyWallMs: WALL,
  }));
  return {
    kind: 'inventory',
    minions,
    keyCounts: { accepted: MINIONS, pending: 0, rejected: 0, denied: 0 },
    oldestPendingWallMs: undefined,
    natAddresses: new Map(),
    hostAddresses: ['192.0.2.1'],
  };
}

function text(i) {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}

/** Two links per minion; `generation` makes new cookies. */
function sockets(generation) {
  const u8 = (of) => Uint8Array.from({ length: LINKS }, (_, i) => of(i));
  const u32 = (of) => Uint32Array.from({ length: LINKS }, (_, i) => of(i));
  const address = new Uint32Array(LINKS * 4);
  for (let i = 0; i < LINKS; i += 1) address.set([0, 0, 0xffff, 0x0a000000 + (i >> 1)], i * 4);
  return {
    count: LINKS,
    port: u8((i) => i & 1),
    state: u8(() => 1),
    hasInfo: u8(() => 1),
    address,
    peerPort: Uint16Array.from({ length: LINKS }, (_, i) => i),
    cookieLow: u32((i) => generation * LINKS + i + 1),
    cookieHigh: u32(() => 0),
    receiveQueue: u32(() => 0),
    sendQueue: u32(() => 0),
    rowMonoMs: new Float64Array(LINKS),
    retransmits: u8(() => 0),
    backoff: u8(() => 0),
    probes: u8(() => 0),
    unacked: u32(() => 0),
    notSent: u32(() => 0),
    totalRetransmits: u32(() => 0),
    segmentsIn: u32(() => 0),
    segmentsOut: u32(() => 0),
    sendWindow: u32(() => 65_535),
    lastDataSentMs: u32((i) => i % 10_000),
    lastDataReceivedMs: u32((i) => i % 10_000),
    lastAckReceivedMs: u32((i) => i % 10_000),
    rttMicros: u32(() => 900),
    bytesAcked: new Float64Array(LINKS),
    bytesReceived: new Float64Array(LINKS).fill(124),
  };
}

function scan(columns, ms) {
  return {
    kind: 'link_scan',
    trigger: 'interval',
    complete: true,
    origin: 'netlink',
    startedMonoMs: at(ms).monoMs - 25,
    endedMonoMs: at(ms).monoMs,
    cpuSeconds: 0.025,
    intervalSeconds: 1,
    sockets: columns,
    listeners: [
      { port: 'publish', cookieLow: 1, cookieHigh: 9, queueLength: 0, queueLimit: 100 },
      { port: 'request', cookieLow: 2, cookieHigh: 9, queueLength: 0, queueLimit: 100 },
    ],
    listenOverflows: 0,
  };
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * One observation in steps, as the program applies it: the whole and the longest step, in CPU time of
 * this thread, because others use the machine too.
 */
function stepped(state, observation, now) {
  const steps = applySteps(state, observation, now);
  let [whole, longest, done] = [0, 0, false];
  while (!done) {
    const start = cpuMs();
    done = steps.next().done;
    const took = cpuMs() - start;
    whole += took;
    longest = Math.max(longest, took);
  }
  return { whole, longest };
}

/**
 * Bytes of the columns that are in use: pages of a typed array that nobody wrote to cost nothing.
 */
function columnBytes(table) {
  const used = table.high / table.capacity;
  const columns = Object.values(table).filter((value) => ArrayBuffer.isView(value));
  return columns.reduce((sum, column) => {
    return sum + column.byteLength * (column === table.buckets ? 1 : used);
  }, 0);
}

globalThis.gc?.();
const before = process.memoryUsage();
const state = createState({
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory'],
});
const seen = inventory();
const first = stepped(state, seen, at(0));
const columns = sockets(0);
apply(state, scan(columns, 0), at(0));
const costs = { scan: [], tick: [], freeze: [], inventory: [], inventoryStep: [], idleTick: [] };
for (let round = 1; round <= ROUNDS; round += 1) {
  const ms = round * 1_000;
  costs.scan.push(timed(() => apply(state, scan(columns, ms), at(ms))));
  costs.tick.push(timed(() => tick(state, at(ms + 10))));
  costs.idleTick.push(timed(() => tick(state, at(ms + 250))));
  costs.freeze.push(timed(() => freeze(state, at(ms + 300))));
  if (round % 10 === 0) {
    const again = stepped(state, seen, at(ms + 400));
    costs.inventory.push(again.whole);
    costs.inventoryStep.push(again.longest);
  }
}
const renewed = sockets(1);
const churnMs = (ROUNDS + 1) * 1_000;
const churn = stepped(state, scan(renewed, churnMs), at(churnMs));
tick(state, at(churnMs + 10));
const deaths = {
  kind: 'link_deaths',
  readMonoMs: at(churnMs + 500).monoMs,
  sockets: renewed,
  listeners: [],
};
const dying = stepped(state, deaths, at(churnMs + 500));
const epoch = freeze(state, at(churnMs + 600));
if (epoch.disconnects.publish.minion !== 2 * MINIONS)
  throw new Error('the bench lost a disconnect');
globalThis.gc?.();
const after = process.memoryUsage();
const rows = {
  [`scan of ${LINKS} known links`]: costs.scan,
  'tick after a scan (survey, statuses)': costs.tick,
  'tick without news': costs.idleTick,
  [`freeze of ${MINIONS} minions`]: costs.freeze,
  [`first inventory of ${MINIONS} minions`]: [first.whole],
  '… longest step': [first.longest],
  'the same inventory again': costs.inventory,
  '… its longest step': costs.inventoryStep,
  [`scan: ${LINKS} links replaced`]: [churn.whole],
  '… longest step of it': [churn.longest],
  [`${LINKS} destroy events at once`]: [dying.whole],
  '… longest step of them': [dying.longest],
};
const table = Object.entries(rows).map(([work, list]) => ({
  work,
  bestMs: Number(best(list).toFixed(3)),
  medianMs: Number(median(list).toFixed(3)),
  worstMs: Number(worst(list).toFixed(3)),
}));
console.table(table);
const tables = [state.links, state.addresses, state.minions];
const columnsMb = tables.reduce((sum, table) => sum + columnBytes(table), 0) / 1e6;
const rssMb = (after.rss - before.rss) / 1e6;
const heapMb = (after.heapUsed - before.heapUsed) / 1e6;
console.log(
  JSON.stringify({
    bench: 'domain',
    minions: MINIONS,
    links: LINKS,
    scanMs: median(costs.scan),
    scanBestMs: best(costs.scan),
    tickMs: median(costs.tick),
    freezeMs: median(costs.freeze),
    freezeBestMs: best(costs.freeze),
    inventoryMs: median(costs.inventory),
    firstInventoryMs: first.whole,
    firstInventoryStepMs: first.longest,
    inventoryStepMs: worst(costs.inventoryStep),
    replacedMs: churn.whole,
    replacedStepMs: churn.longest,
    deathsMs: dying.whole,
    deathsStepMs: dying.longest,
    columnsMb,
    rssMb,
    heapMb,
  }),
);
