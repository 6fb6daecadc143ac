/**
 * Benchmark of the whole exporter as its user runs it: memory part by part and CPU, at 1,000 and 10,000 minions with two links each.
 * `node test/bench/whole/run.mjs [minions …]`; a table and one line of JSON. Idle links: what is measured is looking, not traffic.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const EXPORTER = fileURLToPath(new URL('../../../exporter/dist/main.js', import.meta.url));
const FLEET = fileURLToPath(new URL('../../e2e/tcp-fleet.mjs', import.meta.url));
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];
const WATCH_SECONDS = 30;
/** Descriptors of one process may be limited to 20,000; 5,000 links leave room. */
const LINKS_PER_CLIENT = 5_000;
const CLOCK_TICKS = 100;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The same rule as in tcp-fleet.mjs. */
const addressOf = (i) =>
  `127.${16 + Math.floor(i / 62_500)}.${Math.floor(i / 250) % 250}.${1 + (i % 250)}`;

/** msgpack of {"ipv4": [address]}: what the exporter reads of cached grains. */
function grainsOf(address) {
  const text = Buffer.from(address);
  return Buffer.concat([
    Buffer.from([0x81, 0xa4]),
    Buffer.from('ipv4'),
    Buffer.from([0x91, 0xa0 + text.length]),
    text,
  ]);
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

function plant(minions, publishPort, requestPort) {
  const root = mkdtempSync(join(tmpdir(), 'brinescope-whole-'));
  mkdirSync(join(root, 'pki/minions'), { recursive: true });
  mkdirSync(join(root, 'cache/grains'), { recursive: true });
  for (let i = 0; i < minions; i += 1) {
    const id = `minion-${String(i).padStart(5, '0')}.example.net`;
    writeFileSync(join(root, 'pki/minions', id), 'a key\n');
    writeFileSync(join(root, 'cache/grains', `${id}.p`), grainsOf(addressOf(i)));
  }
  const options = {
    root_dir: root,
    pki_dir: '/pki',
    cachedir: '/cache',
    sock_dir: '/sock',
    interface: '127.0.0.1',
    publish_port: publishPort,
    ret_port: requestPort,
  };
  const lines = Object.entries(options).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(root, 'master'), lines.join(''));
  return root;
}

/** A tcp-fleet process; `ask` sends a command and waits for its answer. */
async function fleet(args) {
  const child = spawn(process.execPath, [FLEET, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  const line = () => new Promise((resolve) => waiting.push(resolve));
  await line();
  return {
    ask: async (command) => {
      const answer = line();
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const said = JSON.parse(await answer);
      if (said.error !== undefined) throw new Error(said.error);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

async function startExporter(root, port, flags) {
  const started = process.hrtime.bigint();
  const child = spawn(
    process.execPath,
    [
      EXPORTER,
      `--salt.config-dir=${root}`,
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
    parts.push(await fleet(['server', '127.0.0.1', String(port)]));
  }
  for (const port of ports) {
    for (let base = 0; base < minions; base += LINKS_PER_CLIENT) {
      const client = await fleet(['client', '127.0.0.1', String(port)]);
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
  const ports = [await freePort(), await freePort()];
  const web = await freePort();
  const empty = plant(0, ...ports);
  const full = plant(minions, ...ports);
  let close = () => undefined;
  try {
    const idle = await startExporter(empty, web, []);
    await wait(5_000);
    const base = memoryMegabytes(idle);
    await stopExporter(idle);

    const named = await startExporter(full, web, []);
    await wait(5_000);
    const inventory = memoryMegabytes(named);
    await stopExporter(named);

    close = await openLinks(minions, ports);
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
    return { minions, readySeconds, base, inventory, links, scraped, adaptive: slow, fixed: fast };
  } finally {
    close();
    rmSync(empty, { recursive: true, force: true });
    rmSync(full, { recursive: true, force: true });
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
    'with keys and grains, MB': round(result.inventory),
    'with links, MB': round(result.links),
    'after 40 s and 10 scrapes, MB': round(result.scraped),
    'CPU at one scan a second, % of a core': round(result.fixed.cpuPercent, 2),
    'CPU with the adaptive cadence, %': round(result.adaptive.cpuPercent, 2),
    'its cadence, s': round(result.adaptive.intervalSeconds, 2),
  });
}
console.log(JSON.stringify({ name: 'whole', figures: results }));
