/**
 * Benchmark of the whole exporter as its user runs it: memory part by part and CPU, at 1,000 and 10,000 minions with two links each.
 * `node test/bench/whole/run.mjs [minions …]`; a table and one line of JSON. Idle links first: what is measured is looking,
 * not traffic. Then a fleet of the same size that speaks ZMTP gets its jobs: `jobs.mjs`.
 */
import { loadavg } from 'node:os';
import { startFleetProcess } from '../../e2e/fleet-process.mjs';
import { freePorts, makeScratchMaster } from '../../e2e/scratch-master.mjs';
import {
  cpuSeconds,
  fileMegabytes,
  memoryMegabytes,
  metric,
  startExporter,
  stopExporter,
  wait,
} from './exporter.mjs';
import { JOBS_A_MINUTE, measureJobs } from './jobs.mjs';

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];
const WATCH_SECONDS = 30;
/** Descriptors of one process may be limited to 20,000; 5,000 links leave room. */
const LINKS_PER_CLIENT = 5_000;

async function openLinks(minions, ports) {
  const parts = [];
  for (const port of ports) {
    parts.push(await startFleetProcess(['server', '127.0.0.1', String(port)]));
  }
  for (const port of ports) {
    for (let base = 0; base < minions; base += LINKS_PER_CLIENT) {
      const client = await startFleetProcess(['client', '127.0.0.1', String(port)]);
      parts.push(client);
      const count = Math.min(LINKS_PER_CLIENT, minions - base);
      await client.ask({ op: 'open', count, base, overMs: 0 });
    }
  }
  return () => {
    for (const part of parts) part.kill();
  };
}

/** Share of one core while nobody scrapes, and the cadence at the end. */
async function watch(exporter) {
  await wait(10_000);
  const before = cpuSeconds(exporter);
  await wait(WATCH_SECONDS * 1000);
  const share = (cpuSeconds(exporter) - before) / WATCH_SECONDS;
  const interval = await metric(exporter, 'brinescope_scan_interval_seconds');
  return { cpuPercent: share * 100, intervalSeconds: interval };
}

async function measure(minions) {
  const [web] = await freePorts(1);
  const empty = await makeScratchMaster(0);
  const full = await makeScratchMaster(minions);
  let close = () => undefined;
  try {
    const idle = await startExporter(empty, web, []);
    await wait(5_000);
    const base = memoryMegabytes(idle);
    const baseFiles = fileMegabytes(idle);
    await stopExporter(idle);

    const named = await startExporter(full, web, []);
    await wait(5_000);
    const inventory = memoryMegabytes(named);
    await stopExporter(named);

    close = await openLinks(minions, [full.publishPort, full.requestPort]);
    const adaptive = await startExporter(full, web, []);
    await wait(5_000);
    const links = memoryMegabytes(adaptive);
    const slow = await watch(adaptive);
    for (let i = 0; i < 10; i += 1) await (await fetch(`${adaptive.url}/metrics`)).text();
    const scraped = memoryMegabytes(adaptive);
    const { readySeconds } = adaptive;
    await stopExporter(adaptive);

    const fixed = await startExporter(full, web, ['--scan.cpu-budget=0']);
    const fast = await watch(fixed);
    await stopExporter(fixed);
    const memory = { base, baseFiles, inventory, links, scraped };
    return { minions, readySeconds, ...memory, adaptive: slow, fixed: fast };
  } finally {
    close();
    empty.remove();
    full.remove();
  }
}

const round = (value, digits = 1) => Number(value.toFixed(digits));
const results = [];
for (const minions of SIZES) {
  const result = await measure(minions);
  results.push(result);
  console.log(`${minions} minions, ${2 * minions} links; load average ${round(loadavg()[0])}`);
  console.table({
    'ready after, s': round(result.readySeconds, 2),
    'memory without minions, MB': round(result.base),
    'of these pages of files, MB': round(result.baseFiles),
    'with keys and grains, MB': round(result.inventory),
    'with links, MB': round(result.links),
    'after 40 s and 10 scrapes, MB': round(result.scraped),
    'CPU at one scan a second, % of a core': round(result.fixed.cpuPercent, 2),
    'CPU with the adaptive cadence, %': round(result.adaptive.cpuPercent, 2),
    'its cadence, s': round(result.adaptive.intervalSeconds, 2),
  });
}
const jobs = [];
for (const minions of SIZES) {
  const result = await measureJobs(minions);
  jobs.push(result);
  console.log(
    `${minions} minions with heartbeats, ${JOBS_A_MINUTE} jobs a minute; load average ${round(loadavg()[0])}`,
  );
  console.table({
    'CPU without jobs, % of a core': round(result.idle.cpuPercent, 2),
    'CPU with jobs, % of a core': round(result.jobs.cpuPercent, 2),
    'of it the scan thread': round(result.jobs.scanPercent, 2),
    'of it the main thread': round(result.jobs.mainPercent, 2),
    'scans a second': round(result.jobs.scansPerSecond, 2),
    'steady cadence, s': round(result.jobs.intervalSeconds, 2),
    'messages counted of published': `${result.jobs.counted} of ${result.jobs.published}`,
    'links with a known ledger at the end': `${result.known} of ${minions}`,
    'memory at the end, MB': round(result.megabytes),
  });
}
console.log(JSON.stringify({ name: 'whole', figures: results, jobs }));
