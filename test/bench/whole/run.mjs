/**
 * Benchmark of the whole exporter as its user runs it: memory part by part and CPU, at 1,000 and 10,000 minions with two links each.
 * `node test/bench/whole/run.mjs [minions …]`; a table and one line of JSON. Idle links: what is measured is looking, not traffic.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startFleetProcess } from '../../e2e/fleet-process.mjs';
import { freePorts, makeScratchMaster } from '../../e2e/scratch-master.mjs';

const EXPORTER = fileURLToPath(new URL('../../../exporter/dist/main.js', import.meta.url));
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];
const WATCH_SECONDS = 30;
/** Descriptors of one process may be limited to 20,000; 5,000 links leave room. */
const LINKS_PER_CLIENT = 5_000;
const CLOCK_TICKS = 100;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function startExporter({ configDir }, port, flags) {
  const started = process.hrtime.bigint();
  const child = spawn(
    process.execPath,
    [
      EXPORTER,
      `--salt.config-dir=${configDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      ...flags,
    ],
    { stdio: 'inherit' },
  );
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (child.exitCode !== null) throw new Error('the exporter ended');
    await wait(50);
  }
  const readySeconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { child, url, readySeconds };
}

async function stopExporter({ child }) {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

function memoryMegabytes({ child }) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Of that: pages of files (Node's program text above all), which other processes share. */
function fileMegabytes({ child }) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/RssFile:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

function cpuSeconds({ child }) {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

async function metric(exporter, name) {
  const text = await (await fetch(`${exporter.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}

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
console.log(JSON.stringify({ name: 'whole', figures: results }));
