/**
 * Benchmark of the event bus: events and bytes a second, CPU per event.
 * `node test/bench/bus/run.mjs [--seconds=3]`; tables and one line of JSON. `decode` is the bytes in memory through framing and decoder;
 * `socket` a publisher in another process, a Unix socket, the built source, and the counters of the domain.
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
import { pack } from '../../../exporter/dist/demo/msgpack.js';
import { createState } from '../../../exporter/dist/domain/index.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { decode } from '../../../exporter/dist/sources/event-bus/decode.js';
import { FrameReader } from '../../../exporter/dist/sources/event-bus/framing.js';
import { eventBus } from '../../../exporter/dist/sources/event-bus/source.js';

const SECONDS = Number(process.argv.find((each) => each.startsWith('--seconds='))?.slice(10) ?? 3);
const ROUNDS = 3;
const PUBLISHER = fileURLToPath(new URL('../../e2e/bus-server.mjs', import.meta.url));
/** What a read of the socket brings at most. */
const CHUNK_BYTES = 65_536;
const MINIONS = 10_000;
/** Between two looks whether all is there: must not cost CPU itself. */
const POLL_MS = 5;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const idOf = (i) => `minion-${String(i).padStart(5, '0')}.example.net`;

/** A frame of 3007 and 3008: no length in front. */
function frame(tag, data) {
  const body = Buffer.concat([Buffer.from(`${tag}\n\n`), pack(data)]);
  const small = body.length < 256;
  const head = Buffer.alloc(small ? 14 : 15);
  head.write('82a46865616480a4626f6479', 'hex');
  if (small) head.writeUInt16BE(0xc400 | body.length, 12);
  else {
    head.writeUInt8(0xc5, 12);
    head.writeUInt16BE(body.length, 13);
  }
  return Buffer.concat([head, body]);
}

function returnOf(i, fun, result) {
  const jid = '20261122031607419923';
  const id = idOf(i);
  const load = { cmd: '_return', id, success: true, return: result, retcode: 0, jid, fun };
  const stamped = { ...load, fun_args: [], user: 'root', _stamp: '2026-11-22T03:16:07.818646' };
  return frame(`salt/job/${jid}/ret/${id}`, stamped);
}

function states() {
  const result = {};
  for (let n = 0; n < 50; n += 1) {
    result[`file_|-app-conf-${n}_|-/etc/app/conf.d/${n}.conf_|-managed`] = {
      name: `/etc/app/conf.d/${n}.conf`,
      changes: {},
      result: true,
      comment: `File /etc/app/conf.d/${n}.conf is in the correct state`,
      __sls__: 'app.config',
      __run_num__: n,
      start_time: '03:16:07.112233',
    };
  }
  return result;
}

const WORKLOADS = {
  'test.ping return': Array.from({ length: MINIONS }, (_each, i) => returnOf(i, 'test.ping', true)),
  'return of 50 states': Array.from({ length: 500 }, (_each, i) =>
    returnOf(i, 'state.apply', states()),
  ),
};

function decodeOnce(bytes) {
  const reader = new FrameReader();
  let events = 0;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    reader.feed(bytes.subarray(at, at + CHUNK_BYTES));
    for (let found = reader.next(); found !== undefined; found = reader.next()) {
      if (found.kind === 'frame' && decode(found, at).ok) events += 1;
    }
  }
  return events;
}

function measureDecode(frames) {
  const bytes = Buffer.concat(frames);
  const rates = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const endMs = performance.now() + (SECONDS * 1_000) / ROUNDS;
    const before = process.cpuUsage();
    let events = 0;
    let passes = 0;
    while (performance.now() < endMs) {
      events += decodeOnce(bytes);
      passes += 1;
    }
    const { user, system } = process.cpuUsage(before);
    if (events !== passes * frames.length) throw new Error(`${events} events of ${passes} passes`);
    if (round > 0) rates.push(events / ((user + system) / 1e6));
  }
  return summary(median(rates), bytes.length / frames.length);
}

function summary(eventsPerCpuSecond, frameBytes) {
  return {
    frameBytes: Math.round(frameBytes),
    eventsPerCpuSecond: Math.round(eventsPerCpuSecond),
    megabytesPerCpuSecond: Math.round((eventsPerCpuSecond * frameBytes) / 1e6),
    microsPerEvent: Number((1e6 / eventsPerCpuSecond).toFixed(2)),
  };
}

function createDomain() {
  const state = createState({
    flapWindowSeconds: 120,
    staleAfterSeconds: 604_800,
    canarySourceAddress: '127.0.0.77',
    enabledSources: ['event_bus'],
  });
  return { state, queue: new ApplyQueue(state, systemClock) };
}

/** The publisher sends as fast as its socket takes it; what we cannot decode is dropped, by count. */
async function measureSocket(frames, times) {
  const sockDir = mkdtempSync(join(tmpdir(), 'bus-bench-'));
  const publisher = fork(PUBLISHER, [
    JSON.stringify({ path: join(sockDir, 'master_event_pub.ipc') }),
  ]);
  await once(publisher, 'message');
  const { state, queue } = createDomain();
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
  const total = frames.length * times;
  const sent = new Promise((resolve) => publisher.on('message', resolve));
  const before = process.cpuUsage();
  const beganMs = performance.now();
  publisher.send({ kind: 'flood', base64: bytes.toString('base64'), times });
  const decoded = () => Object.values(state.bus.events).reduce((sum, count) => sum + count, 0);
  while (decoded() + state.bus.dropped < total) await delay(POLL_MS);
  const seconds = (performance.now() - beganMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const { longestWaitMs } = await sent;
  await source.stop();
  publisher.kill();
  rmSync(sockDir, { recursive: true });
  return {
    events: decoded(),
    dropped: state.bus.dropped,
    eventsPerSecond: Math.round(decoded() / seconds),
    megabytesPerSecond: Math.round((bytes.length * times) / seconds / 1e6),
    microsPerEvent: Number(((user + system) / decoded()).toFixed(2)),
    publisherWaitedMsMax: Number(longestWaitMs.toFixed(1)),
  };
}

const report = { decode: {}, socket: {}, load: [] };
for (const [name, frames] of Object.entries(WORKLOADS)) {
  report.decode[name] = measureDecode(frames);
  const bytes = frames.reduce((sum, each) => sum + each.length, 0);
  await measureSocket(frames, 2);
  report.socket[name] = await measureSocket(frames, Math.ceil(200_000_000 / bytes));
}
report.load = loadavg().map((each) => Number(each.toFixed(2)));
console.log('decode, bytes in memory, per second of CPU');
console.table(report.decode);
console.log('socket, from another process to the counters of the domain');
console.table(report.socket);
console.log(JSON.stringify(report));
