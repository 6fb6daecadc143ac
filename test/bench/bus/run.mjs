/**
 * Benchmark of the event bus: events and bytes a second on one core.
 * `node test/bench/bus/run.mjs [--seconds=3]`; tables and one line of JSON. `decode` is the bytes in memory through framing and decoder,
 * `whole decode` the same frames with every value made into an object by msgpackr; `socket` a publisher in another process, a Unix socket,
 * the built source and the domain with its minions. Rates are per second of CPU of this process, its own threads and the kernel's part
 * included; the wall's are told beside them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApplyQueue } from '../../../exporter/dist/apply-queue.js';
import { BATCH_ROWS, createBusColumns } from '../../../exporter/dist/domain/bus-batch.js';
import { apply, createState } from '../../../exporter/dist/domain/index.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { EventDecoder } from '../../../exporter/dist/sources/event-bus/decode.js';
import { takeNews } from '../../../exporter/dist/sources/event-bus/event-names.js';
import { FrameReader } from '../../../exporter/dist/sources/event-bus/framing.js';
import { createSegment } from '../../../exporter/dist/sources/event-bus/segments.js';
import { eventBus } from '../../../exporter/dist/sources/event-bus/source.js';
import { idOf, pings, stateReturns } from './frames.mjs';

const SECONDS = Number(process.argv.find((each) => each.startsWith('--seconds='))?.slice(10) ?? 3);
const ROUNDS = 5;
const PUBLISHER = fileURLToPath(new URL('../../e2e/bus-server.mjs', import.meta.url));
/** What a read of the socket brings. */
const READ_BYTES = 200_000;
/** Less than the source holds while it decodes, so that nothing is dropped. */
const BURST_BYTES = 24_000_000;
/** Between two looks whether all is there: must not cost CPU itself. */
const POLL_MS = 2;

const WORKLOADS = [
  { name: 'ping, 1,000 minions', minions: 1_000, frames: pings(1_000) },
  { name: 'ping, 10,000 minions', minions: 10_000, frames: pings(10_000) },
  { name: '50 states, 1,000 minions', minions: 1_000, frames: stateReturns(1_000) },
];

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

/** Runs the work for a while, several times; the median of events a second of CPU. */
function measure(frames, work) {
  const bytes = frames.reduce((sum, each) => sum + each.length, 0);
  const rates = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const endMs = performance.now() + (SECONDS * 1_000) / ROUNDS;
    const before = process.cpuUsage();
    let events = 0;
    while (performance.now() < endMs) events += work();
    const { user, system } = process.cpuUsage(before);
    if (round > 0) rates.push(events / ((user + system) / 1e6));
  }
  return summary(median(rates), bytes / frames.length);
}

function summary(perSecond, frameBytes) {
  return {
    frameBytes: Math.round(frameBytes),
    eventsPerCpuSecond: Math.round(perSecond),
    megabytesPerCpuSecond: Math.round((perSecond * frameBytes) / 1e6),
    microsPerEvent: Number((1e6 / perSecond).toFixed(2)),
  };
}

function decoding(frames) {
  const bytes = Buffer.concat(frames);
  const segment = createSegment(bytes.length);
  bytes.copy(segment.bytes);
  const decoder = new EventDecoder(Math.random);
  const columns = createBusColumns(BATCH_ROWS);
  const rows = { columns, count: 0, announcements: [], stats: [] };
  return () => {
    const reader = new FrameReader();
    let events = 0;
    for (let from = 0; from < bytes.length; from += READ_BYTES) {
      reader.feed({ segment, from, to: Math.min(from + READ_BYTES, bytes.length) });
      while (reader.next() === 'frame') {
        if (decoder.decode(reader.frame, from, rows) === undefined) events += 1;
        if (rows.count === BATCH_ROWS) rows.count = 0;
      }
    }
    takeNews(decoder.names);
    if (events !== frames.length) throw new Error(`${events} of ${frames.length} were decoded`);
    return events;
  };
}

/** undefined when msgpackr is not installed. */
async function wholeDecoding(frames) {
  const msgpackr = await import('msgpackr').catch(() => undefined);
  if (msgpackr === undefined) return undefined;
  const unpackr = new msgpackr.Unpackr({ mapsAsObjects: true, useRecords: false });
  return () => {
    let events = 0;
    for (const frame of frames) {
      const { body } = unpackr.unpack(frame);
      const tagEnd = body.indexOf('\n\n');
      const tag = body.toString('utf8', 0, tagEnd);
      const data = unpackr.unpack(body.subarray(tagEnd + 2));
      if (tag.endsWith(data.id)) events += 1;
    }
    return events;
  };
}

function createDomain(minions) {
  const state = createState({
    flapWindowSeconds: 120,
    staleAfterSeconds: 604_800,
    canarySourceAddress: '127.0.0.77',
    enabledSources: ['event_bus'],
  });
  const ids = Array.from({ length: minions }, (_each, i) => idOf(i));
  apply(state, inventoryOf(ids), systemClock.now());
  return { state, queue: new ApplyQueue(state, systemClock) };
}

function inventoryOf(ids) {
  const minions = ids.map((id) => ({
    id,
    key: 'accepted',
    expected: false,
    cached: false,
    grainAddresses: [],
    moreAddresses: [],
    staticAddresses: [],
    grainsWallMs: undefined,
    keyWallMs: undefined,
  }));
  const keyCounts = { accepted: ids.length, pending: 0, rejected: 0, denied: 0 };
  const nothing = { oldestPendingWallMs: undefined, natAddresses: new Map(), hostAddresses: [] };
  return { kind: 'inventory', minions, keyCounts, ...nothing };
}

/** Bursts that the source can hold, one after the other, so that nothing is dropped. */
async function measureSocket({ frames, minions }) {
  const sockDir = mkdtempSync(join(tmpdir(), 'bus-bench-'));
  const path = join(sockDir, 'master_event_pub.ipc');
  const publisher = fork(PUBLISHER, [JSON.stringify({ path })]);
  await once(publisher, 'message');
  const { state, queue } = createDomain(minions);
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
  const bytes = Buffer.concat(frames);
  const times = Math.max(1, Math.floor(BURST_BYTES / bytes.length));
  const counted = () => state.bus.kinds.reduce((sum, count) => sum + count, 0) + state.bus.dropped;
  const rounds = [];
  const send = async (order) => {
    const sent = new Promise((resolve) => publisher.once('message', resolve));
    publisher.send({ kind: 'flood', ...order });
    return sent;
  };
  await send({ base64: bytes.toString('base64'), times: 0 });
  for (let round = 0; round <= ROUNDS * 2; round += 1) {
    const goal = counted() + frames.length * times;
    const before = process.cpuUsage();
    const beganMs = performance.now();
    const sent = send({ times });
    while (counted() < goal) await delay(POLL_MS);
    const seconds = (performance.now() - beganMs) / 1_000;
    const { user, system } = process.cpuUsage(before);
    rounds.push({ cpuSeconds: (user + system) / 1e6, seconds, ...(await sent) });
  }
  await source.stop();
  publisher.kill();
  rmSync(sockDir, { recursive: true });
  const events = frames.length * times;
  const warm = rounds.slice(rounds.length - ROUNDS);
  return {
    ...summary(
      median(warm.map(({ cpuSeconds }) => events / cpuSeconds)),
      bytes.length / frames.length,
    ),
    eventsPerSecond: Math.round(median(warm.map(({ seconds }) => events / seconds))),
    dropped: state.bus.dropped,
    publisherWaitedMsMax: Number(Math.max(...warm.map((each) => each.longestWaitMs)).toFixed(1)),
  };
}

const report = { decode: {}, wholeDecode: {}, timesFaster: {}, socket: {}, load: [] };
for (const { name, frames } of WORKLOADS) {
  report.decode[name] = measure(frames, decoding(frames));
  const whole = await wholeDecoding(frames);
  if (whole === undefined) continue;
  report.wholeDecode[name] = measure(frames, whole);
  const [ours, theirs] = [report.decode[name], report.wholeDecode[name]];
  report.timesFaster[name] = Number((theirs.microsPerEvent / ours.microsPerEvent).toFixed(1));
}
for (const workload of WORKLOADS) report.socket[workload.name] = await measureSocket(workload);
report.load = loadavg().map((each) => Number(each.toFixed(2)));
console.log('decode, bytes in memory');
console.table(report.decode);
console.log('whole decode of the same frames with msgpackr');
console.table(report.wholeDecode);
console.log('socket, from another process to the counters of the domain');
console.table(report.socket);
console.log(JSON.stringify(report));
