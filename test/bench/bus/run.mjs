/**
 * Benchmark of the event bus: events and bytes a second on one core.
 * `node test/bench/bus/run.mjs [--seconds=3] [--overload=5]`; tables and one line of JSON. `decode` is the bytes in memory through framing and decoder,
 * `whole decode` the same frames with every value made into an object by msgpackr; `socket` a publisher in another process, a Unix socket,
 * the built source and the domain with its minions. Rates are per second of CPU of this process, its own threads and the kernel's part
 * included; the wall's are told beside them. `overload` sends twice what can be decoded; `--overload=60` is its long form.
 */
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Unpackr } from 'msgpackr';
import { BATCH_ROWS, createBusColumns } from '../../../exporter/dist/domain/bus-batch.js';
import { EventDecoder } from '../../../exporter/dist/sources/event-bus/decode.js';
import { takeNews } from '../../../exporter/dist/sources/event-bus/event-names.js';
import { FrameReader } from '../../../exporter/dist/sources/event-bus/framing.js';
import { createSegment } from '../../../exporter/dist/sources/event-bus/segments.js';
import { pings, stateReturns } from './frames.mjs';
import { overload } from './overload.mjs';
import { createStand } from './stand.mjs';

const SECONDS = numberOf('--seconds=', 3);
const OVERLOAD_SECONDS = numberOf('--overload=', 5);
const ROUNDS = 5;
/** What a read of the socket brings. */
const READ_BYTES = 200_000;
/** Less than the source holds while it decodes, so that nothing is dropped. */
const BURST_BYTES = 6_000_000;

const WORKLOADS = [
  { name: 'ping, 1,000 minions', minions: 1_000, frames: pings(1_000) },
  { name: 'ping, 10,000 minions', minions: 10_000, frames: pings(10_000) },
  { name: '50 states, 1,000 minions', minions: 1_000, frames: stateReturns(1_000) },
];

function numberOf(flag, fallback) {
  return Number(process.argv.find((each) => each.startsWith(flag))?.slice(flag.length) ?? fallback);
}

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

/** What a reader does that makes objects of everything: frame, tag, payload. */
function wholeDecoding(frames) {
  const unpackr = new Unpackr({ mapsAsObjects: true, useRecords: false });
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

/** Bursts that the source can hold, one after the other, so that nothing is dropped. */
async function measureSocket({ frames, minions }) {
  const stand = await createStand(minions);
  const bytes = Buffer.concat(frames);
  const times = Math.max(1, Math.floor(BURST_BYTES / bytes.length));
  const events = frames.length * times;
  await stand.send({ base64: bytes.toString('base64'), times: 0 });
  const rounds = [];
  let goal = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const endMs = performance.now() + (SECONDS * 1_000) / ROUNDS;
    const before = process.cpuUsage();
    const beganMs = performance.now();
    const first = goal;
    let waitMs = 0;
    while (performance.now() < endMs) {
      goal += events;
      const [{ longestWaitMs }] = await Promise.all([stand.send({ times }), stand.settled(goal)]);
      waitMs = Math.max(waitMs, longestWaitMs);
    }
    const seconds = (performance.now() - beganMs) / 1_000;
    const { user, system } = process.cpuUsage(before);
    const cpuSeconds = (user + system) / 1e6;
    if (round > 0)
      rounds.push({ cpu: (goal - first) / cpuSeconds, wall: (goal - first) / seconds, waitMs });
  }
  await stand.stop();
  return {
    ...summary(median(rounds.map(({ cpu }) => cpu)), bytes.length / frames.length),
    eventsPerSecond: Math.round(median(rounds.map(({ wall }) => wall))),
    dropped: stand.state.bus.dropped,
    publisherWaitedMsMax: Number(Math.max(...rounds.map((each) => each.waitMs)).toFixed(1)),
  };
}

const report = { decode: {}, wholeDecode: {}, timesFaster: {}, socket: {}, overload: {}, load: [] };
for (const { name, frames } of WORKLOADS) {
  report.decode[name] = measure(frames, decoding(frames));
  report.wholeDecode[name] = measure(frames, wholeDecoding(frames));
  const [ours, theirs] = [report.decode[name], report.wholeDecode[name]];
  report.timesFaster[name] = Number((theirs.microsPerEvent / ours.microsPerEvent).toFixed(1));
}
for (const workload of WORKLOADS) report.socket[workload.name] = await measureSocket(workload);
report.overload = await overload(OVERLOAD_SECONDS);
report.load = loadavg().map((each) => Number(each.toFixed(2)));
console.log('decode, bytes in memory');
console.table(report.decode);
console.log('whole decode of the same frames with msgpackr');
console.table(report.wholeDecode);
console.log('socket, from another process to the counters of the domain');
console.table(report.socket);
console.log('overload, pings of 10,000 minions at twice the rate that can be decoded');
console.table([report.overload]);
console.log(JSON.stringify(report));
