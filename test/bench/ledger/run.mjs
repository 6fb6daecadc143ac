/**
 * Benchmark of the delivery ledger: what a publish and a scan cost at 1,000, 5,000 and 10,000
 * publish links, idle, right after a publish and in a burst; the stream index; memory.
 */
import { performance } from 'node:perf_hooks';
import {
  createHoleSearch,
  findHoles,
  NOTHING_FITS,
} from '../../../exporter/dist/domain/delivery-holes.js';
import { deliverySteps } from '../../../exporter/dist/domain/delivery-scan.js';
import { STEPS_PER_LINK } from '../../../exporter/dist/domain/delivery-tally.js';
import { apply, createState, DEFAULT_LIMITS } from '../../../exporter/dist/domain/index.js';
import { runAll } from '../../../exporter/dist/domain/steps.js';
import { loadLibc } from '../../../exporter/dist/lib/libc.js';

const load = await loadLibc();
const cpuMs = () => (load.ok ? load.libc.threadCpuSeconds() * 1_000 : performance.now());
const ROUNDS = 40;
const at = (ms) => ({ monoMs: 1_000_000 + ms, wallMs: Date.UTC(2026, 0, 1) + ms });
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const OWN = 0x7f00004d;

/** Link 0 is ours. */
function sockets(links) {
  const u8 = (value) => new Uint8Array(links).fill(value);
  const u32 = (value) => new Uint32Array(links).fill(value);
  const address = new Uint32Array(links * 4);
  for (let i = 0; i < links; i += 1)
    address.set([0, 0, 0xffff, i === 0 ? OWN : 0x0a000000 + i], i * 4);
  return {
    count: links,
    port: u8(0),
    state: u8(1),
    hasInfo: u8(1),
    address,
    peerPort: new Uint16Array(links),
    cookieLow: Uint32Array.from({ length: links }, (_, i) => i + 1),
    cookieHigh: u32(0),
    receiveQueue: u32(0),
    sendQueue: u32(0),
    rowMonoMs: new Float64Array(links),
    retransmits: u8(0),
    backoff: u8(0),
    probes: u8(0),
    unacked: u32(0),
    notSent: u32(0),
    totalRetransmits: u32(0),
    segmentsIn: u32(0),
    segmentsOut: u32(0),
    sendWindow: u32(65_535),
    lastDataSentMs: u32(900),
    lastDataReceivedMs: u32(900),
    lastAckReceivedMs: u32(900),
    rttMicros: u32(900),
    bytesAcked: new Float64Array(links).fill(1_062),
    bytesReceived: new Float64Array(links).fill(124),
  };
}

function scanOf(columns, ms) {
  columns.rowMonoMs.fill(at(ms).monoMs);
  return {
    kind: 'link_scan',
    trigger: 'interval',
    complete: true,
    origin: 'netlink',
    startedMonoMs: at(ms).monoMs - 10,
    endedMonoMs: at(ms).monoMs,
    cpuSeconds: 0.01,
    intervalSeconds: 1,
    sockets: columns,
    listeners: [],
    listenOverflows: 0,
  };
}

/** Messages of 472 bytes from `ms` on, `apartMs` from one to the next. */
function messages(count, ms, apartMs = 0) {
  const bytes = 472;
  return {
    kind: 'stream_messages',
    messages: count,
    bytes: count * bytes,
    wireBytes: new Float64Array(count).fill(bytes),
    arrivedMonoMs: Float64Array.from({ length: count }, (_, n) => at(ms).monoMs + n * apartMs),
    topic: new Uint8Array(count),
    topicHigh: new Uint32Array(count),
    topicLow: new Uint32Array(count),
  };
}

function timed(work) {
  const start = cpuMs();
  work();
  return cpuMs() - start;
}

/** A fleet whose bases are found. */
function fleet(links) {
  const state = createState(OPTIONS);
  const columns = sockets(links);
  const clock = { ms: 0 };
  apply(state, { kind: 'stream_link', subscribed: true, monoMs: at(0).monoMs }, at(0));
  const scan = () => {
    clock.ms += 1_000;
    apply(state, scanOf(columns, clock.ms), at(clock.ms));
  };
  const publish = (bytes) => {
    clock.ms += 1;
    apply(state, messages(1, clock.ms), at(clock.ms));
    columns.bytesAcked[0] += bytes;
  };
  const catchUp = (bytes) => {
    for (let i = 1; i < links; i += 1) columns.bytesAcked[i] += bytes;
  };
  for (let n = 0; n < 6; n += 1) scan();
  publish(472);
  catchUp(472);
  scan();
  scan();
  let known = 0;
  for (let slot = 0; slot < links; slot += 1) known += state.delivery.columns.stage[slot] === 2;
  return { state, columns, clock, scan, publish, catchUp, known };
}

/** The ledger's own part of a scan, taken again on the rows that were just applied. */
function ledgerPart({ state, clock }) {
  return timed(() => runAll(deliverySteps(state, at(clock.ms), at(clock.ms).monoMs - 10)));
}

function measure(links) {
  const bench = fleet(links);
  const { scan, publish, catchUp, state } = bench;
  const samples = { idle: [], published: [], lagging: [], publish: [], whole: [] };
  for (let n = 0; n < ROUNDS; n += 1) {
    samples.whole.push(timed(scan));
    samples.idle.push(ledgerPart(bench));
    samples.publish.push(timed(() => publish(472)));
    scan();
    samples.lagging.push(ledgerPart(bench));
    catchUp(472);
    scan();
    samples.published.push(ledgerPart(bench));
  }
  const us = (list) => (median(list) * 1_000).toFixed(0).padStart(6);
  const each = ((median(samples.lagging) * 1e6) / links).toFixed(0);
  console.log(
    `${String(links).padStart(6)} links (${bench.known} known): scan ${us(samples.whole)} µs in all, of it ledger idle ${us(samples.idle)}, ` +
      `caught up ${us(samples.published)}, all lagging ${us(samples.lagging)} µs (${each} ns a link); a publish ${us(samples.publish)} µs; ` +
      `${state.delivery.droppedHwm.reduce((a, b) => a + b, 0)} drops`,
  );
}

function index() {
  const state = createState(OPTIONS);
  const one = [];
  for (let n = 0; n < 5_000; n += 1) {
    const batch = messages(1, n * 1_200);
    one.push(timed(() => apply(state, batch, at(n * 1_200))));
  }
  const many = [];
  for (let n = 0; n < 300; n += 1) {
    const batch = messages(4_096, 6_000_000 + n * 5_000, 1);
    many.push(timed(() => apply(state, batch, at(6_010_000 + n * 5_000))));
  }
  const perMessage = (median(many) * 1e6) / 4_096;
  console.log(
    `stream index: a message alone ${(median(one) * 1e3).toFixed(1)} µs, in a burst of 4,096 ${perMessage.toFixed(0)} ns each; ` +
      `50 jobs a minute cost ${((median(one) * 50 * 100) / 60_000).toFixed(5)} % of a core`,
  );
}

/** A search for holes that finds nothing before its steps are done: messages of random sizes, no scan. */
function search() {
  const room = createHoleSearch();
  const none = { count: 0, bytes: [], low: [], high: [], pingsBytes: 0 };
  for (const [count, hwm] of [
    [1_200, 140],
    [2_000, 1_000],
    [400, 20],
  ]) {
    const ends = new Float64Array(count + 1);
    for (let n = 0; n < count; n += 1) ends[n + 1] = (ends[n] ?? 0) + 22 + ((n * 7_919) % 20_011);
    const bytes = Math.floor(ends[count] * 0.3) + 1;
    const query = { ends, bytes, hwm, written: Number.NaN, unconfirmed: 0, sights: none };
    const samples = [];
    let steps = 0;
    for (let n = 0; n < 10; n += 1) {
      room.steps = STEPS_PER_LINK;
      samples.push(timed(() => findHoles(room, query, { ...NOTHING_FITS })));
      steps = STEPS_PER_LINK - Math.max(0, room.steps);
    }
    console.log(
      `search for holes in ${count} messages, mark ${hwm}: ${steps} steps, ${median(samples).toFixed(1)} ms`,
    );
  }
}

function memory() {
  const bytesOf = (table) =>
    Object.values(table)
      .filter((column) => ArrayBuffer.isView(column))
      .reduce((sum, column) => sum + column.byteLength, 0);
  const { delivery, requests, liveness, votes, links } = createState(OPTIONS);
  const share = 20_000 / DEFAULT_LIMITS.links;
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  const ledgers = bytesOf(delivery.columns) + bytesOf(requests) + bytesOf(liveness ?? {});
  console.log(
    `columns of 20,000 links: delivery ${mb(bytesOf(delivery.columns) * share)} MB, requests ${mb(bytesOf(requests) * share)} MB, ` +
      `liveness ${mb(bytesOf(liveness ?? {}) * share)} MB, links ${mb(bytesOf(links) * share)} MB, ` +
      `votes ${mb(bytesOf(votes ?? {}) * share)} MB; together ${mb((ledgers + bytesOf(links) + bytesOf(votes ?? {})) * share)} MB; ` +
      `stream index ${mb(bytesOf(delivery.index))} MB (${mb(bytesOf(delivery.index) + DEFAULT_LIMITS.streamMessages * 9)} MB with filtering)`,
  );
}

for (const links of [1_000, 5_000, 10_000]) measure(links);
index();
search();
memory();
