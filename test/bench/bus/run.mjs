/**
 * Benchmark of the event bus: events and bytes a second on one core.
 * `node test/bench/bus/run.mjs [--seconds=3] [--overload=5]`; tables and one line of JSON. `decode` is the bytes in memory through framing and decoder,
 * `whole decode` the same frames with every value made into an object by msgpackr; `socket` a publisher in another process, a Unix socket,
 * the built source and the domain with its minions. Rates are per second of CPU of this process, its own threads and the kernel's part
 * included; the wall's are told beside them. `overload` sends twice what can be decoded; `--overload=60` is its long form.
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Unpackr } from 'msgpackr';
import { BATCH_ROWS, createBusColumns } from '../../../exporter/dist/domain/bus-batch.js';
import { EventDecoder } from '../../../exporter/dist/sources/event-bus/decode.js';
import { takeNews } from '../../../exporter/dist/sources/event-bus/event-names.js';
import { FrameReader } from '../../../exporter/dist/sources/event-bus/framing.js';
import { createSegment } from '../../../exporter/dist/sources/event-bus/segments.js';
import { median, ROUNDS, summary } from './figures.mjs';
import { framesOf } from './frames.mjs';

const SECONDS = numberOf('--seconds=', 3);
const OVERLOAD_SECONDS = numberOf('--overload=', 5);
/** What a read of the socket brings. */
const READ_BYTES = 200_000;

const WORKLOADS = [
  { name: 'ping, 1,000 minions', what: 'ping', minions: 1_000 },
  { name: 'ping, 10,000 minions', what: 'ping', minions: 10_000 },
  { name: '50 states, 1,000 minions', what: 'states', minions: 1_000 },
];

function numberOf(flag, fallback) {
  return Number(process.argv.find((each) => each.startsWith(flag))?.slice(flag.length) ?? fallback);
}

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

/** In a process of its own: what others left in memory and in the engine's mind costs time. */
function inOwnProcess(part, ...args) {
  const file = fileURLToPath(new URL(part, import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [file, ...args.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${part} could not be measured`);
  return JSON.parse(stdout);
}

const report = { decode: {}, wholeDecode: {}, timesFaster: {}, socket: {}, overload: {}, load: [] };
for (const { name, what, minions } of WORKLOADS) {
  const frames = framesOf(what, minions);
  report.decode[name] = measure(frames, decoding(frames));
  report.wholeDecode[name] = measure(frames, wholeDecoding(frames));
  const [ours, theirs] = [report.decode[name], report.wholeDecode[name]];
  report.timesFaster[name] = Number((theirs.microsPerEvent / ours.microsPerEvent).toFixed(1));
}
for (const { name, what, minions } of WORKLOADS)
  report.socket[name] = inOwnProcess('socket.mjs', what, minions, SECONDS);
report.overload = inOwnProcess('overload.mjs', OVERLOAD_SECONDS);
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
