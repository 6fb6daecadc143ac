/**
 * What /metrics costs at 10,000 minions, with every family there is: CPU, stalls of the event loop, memory,
 * gzip; prom-client beside it.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';
import express from 'express';
import koffi from 'koffi';
import { Counter, Gauge, Registry } from 'prom-client';
import * as vocabulary from '../../../exporter/dist/domain/vocabulary.js';
import { metricsRoute } from '../../../exporter/dist/http/metrics-route.js';
import * as histogram from '../../../exporter/dist/lib/histogram.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { createExposition } from '../../../exporter/dist/metrics/exposition.js';
import { FAMILY_GROUPS } from '../../../exporter/dist/metrics/families/index.js';
import { largeEpoch, zeroEpoch } from './epoch.mjs';

const MINIONS = Number(process.env.BENCH_MINIONS ?? 10_000);
/** A minion has at least so many, or the epoch does not fill the families. */
const SERIES_PER_MINION = 25;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const PROM_CLIENT_ROUNDS = 3;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const microsPerSeries = (cpuMicros, series) => cpuMicros / series;
const megabytes = (bytes) => bytes / 1e6;

const CLOCK_THREAD_CPUTIME_ID = 3;
const clockGettime = koffi
  .load('libc.so.6')
  .func('int clock_gettime(int clock, _Out_ int64_t *time)');
const timespec = new BigInt64Array(2);

/** CPU time of the thread that runs the event loop, in milliseconds. */
function threadCpuMs() {
  clockGettime(CLOCK_THREAD_CPUTIME_ID, timespec);
  return Number(timespec[0]) * 1e3 + Number(timespec[1]) / 1e6;
}

/**
 * Longest time the event loop could not run a timer of 1 ms, minus that millisecond, and the most
 * CPU its thread used in such a gap: the rest was other processes' turn on a core.
 */
async function stallDuring(work) {
  const longest = { wall: 0, cpu: 0 };
  let last = { wall: performance.now(), cpu: threadCpuMs() };
  const look = () => {
    const now = { wall: performance.now(), cpu: threadCpuMs() };
    longest.wall = Math.max(longest.wall, now.wall - last.wall - 1);
    longest.cpu = Math.max(longest.cpu, now.cpu - last.cpu);
    last = now;
  };
  const timer = setInterval(look, 1);
  const value = await work();
  look();
  clearInterval(timer);
  return { stallMs: longest.wall, stallCpuMs: longest.cpu, value };
}

async function measure(rounds, work) {
  const cpu = [];
  const stalls = [];
  const cpuStalls = [];
  const wall = [];
  let peakRss = 0;
  let value;
  for (let round = 0; round < rounds; round += 1) {
    const sampler = setInterval(() => {
      peakRss = Math.max(peakRss, process.memoryUsage.rss());
    }, 5);
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    const result = await stallDuring(work);
    wall.push(performance.now() - startedMs);
    const used = process.cpuUsage(cpuBefore);
    clearInterval(sampler);
    cpu.push(used.user + used.system);
    stalls.push(result.stallMs);
    cpuStalls.push(result.stallCpuMs);
    value = result.value;
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  }
  return {
    cpuMicros: median(cpu),
    wallMs: median(wall),
    stallMs: Math.max(...stalls),
    stallCpuMs: Math.max(...cpuStalls),
    peakRss,
    value,
  };
}

class Discard extends Writable {
  bytes = 0;
  _write(chunk, _encoding, done) {
    this.bytes += chunk.length;
    done();
  }
}

function fillPromClient(groups, epoch) {
  const registry = new Registry();
  const registers = [registry];
  for (const group of groups) {
    for (const family of group.families) {
      if (family.kind !== 'minion' && family.kind !== 'minion_info') continue;
      const Metric = family.type === 'counter' ? Counter : Gauge;
      const metric = new Metric({
        name: family.name,
        help: family.help,
        labelNames: family.labels,
        registers,
      });
      const picks = family.kind === 'minion_info';
      const perRow = picks ? family.slots : family.variants.length;
      for (let row = 0; row < epoch.minions.count; row += 1) {
        for (let i = 0; i < perRow; i += 1) {
          const read = picks ? family.pick({ epoch }, row, i) : family.value({ epoch }, row, i);
          if (Number.isNaN(read)) continue;
          const variant = family.variants[picks ? read : i];
          const more = family.labels.slice(1).map((name, n) => [name, variant[n]]);
          const labels = { minion: epoch.minions.ids[row], ...Object.fromEntries(more) };
          metric.inc(labels, picks ? 1 : read);
        }
      }
    }
  }
  return registry;
}

async function overHttp(exposition, epoch) {
  const app = express();
  app.get('/metrics', metricsRoute({ exposition, freeze: () => epoch }));
  const server = createServer(app);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = fork(fileURLToPath(new URL('./client.mjs', import.meta.url)));
  const ask = (gzip) =>
    new Promise((resolve) => {
      client.once('message', resolve);
      client.send({ port: server.address().port, gzip });
    });
  await ask(false);
  await ask(true);
  const plain = await measure(ROUNDS, () => ask(false));
  const gzip = await measure(ROUNDS, () => ask(true));
  client.disconnect();
  await new Promise((resolve) => server.close(resolve));
  return { plain, gzip };
}

const epoch = largeEpoch(zeroEpoch({ vocabulary, histogram }), MINIONS);
const groups = FAMILY_GROUPS;
const exposition = createExposition({
  build: { version: 'bench', node: process.versions.node, libzmq: 'none' },
  detail: () => ({ links: 'all', delivery: 'all', requests: 'all', jobs: 'all' }),
  reload: () => undefined,
  log: silentLogger,
  groups,
});
const render = () => {
  const out = new Discard();
  return exposition.render(epoch, { format: 'text', gzip: false, out });
};

collectGarbage();
const idle = await measure(ROUNDS, () => new Promise((resolve) => setTimeout(resolve, 100)));
await render();
await render();
collectGarbage();
const rssBefore = process.memoryUsage.rss();
const writer = await measure(ROUNDS, render);
const http = await overHttp(exposition, epoch);
const { series, bytes } = writer.value;
if (series < MINIONS * SERIES_PER_MINION)
  throw new Error(`${series} series of ${MINIONS} minions: the epoch lacks some`);
collectGarbage();
const rssAfter = process.memoryUsage.rss();

const registry = fillPromClient(groups, epoch);
await registry.metrics();
const promClient = await measure(PROM_CLIENT_ROUNDS, () => registry.metrics());

const row = (part, measured, extra = '') => ({
  part,
  'µs CPU per series': microsPerSeries(measured.cpuMicros, series).toFixed(3),
  'wall ms': measured.wallMs.toFixed(0),
  'stall ms, worst': measured.stallMs.toFixed(1),
  'of that CPU': measured.stallCpuMs.toFixed(1),
  'peak RSS MB': megabytes(measured.peakRss).toFixed(0),
  remark: extra,
});
const idleRow = row('nothing (100 ms pause)', idle, 'what the machine itself does');
idleRow['µs CPU per series'] = '-';
console.log(`\n/metrics: ${MINIONS} minions, ${series} series, ${megabytes(bytes).toFixed(1)} MB`);
console.table([
  idleRow,
  row('writer alone', writer, 'body thrown away'),
  row('express, plain', http.plain, `${megabytes(http.plain.value.bytes).toFixed(1)} MB sent`),
  row('express, gzip level 1', http.gzip, `${megabytes(http.gzip.value.bytes).toFixed(1)} MB sent`),
  row(
    'prom-client, string only',
    promClient,
    `${megabytes(promClient.value.length).toFixed(1)} MB`,
  ),
]);
console.log(
  JSON.stringify({
    bench: 'metrics',
    minions: MINIONS,
    series,
    bodyBytes: bytes,
    writerMicrosPerSeries: microsPerSeries(writer.cpuMicros, series),
    writerStallMs: writer.stallMs,
    writerStallCpuMs: writer.stallCpuMs,
    httpMicrosPerSeries: microsPerSeries(http.plain.cpuMicros, series),
    httpStallMs: http.plain.stallMs,
    httpStallCpuMs: http.plain.stallCpuMs,
    gzipMicrosPerSeries: microsPerSeries(http.gzip.cpuMicros, series),
    gzipStallMs: http.gzip.stallMs,
    gzipStallCpuMs: http.gzip.stallCpuMs,
    gzipBytes: http.gzip.value.bytes,
    idleStallMs: idle.stallMs,
    idleStallCpuMs: idle.stallCpuMs,
    scrapeRssGrowthBytes: Math.max(http.plain.peakRss, http.gzip.peakRss) - rssBefore,
    keptRssGrowthBytes: rssAfter - rssBefore,
    promClientMicrosPerSeries: microsPerSeries(promClient.cpuMicros, series),
    promClientStallMs: promClient.stallMs,
    promClientStallCpuMs: promClient.stallCpuMs,
  }),
);
process.exit(0);
