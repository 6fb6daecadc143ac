/**
 * Benchmark of the turns of the event loop: how much CPU time the whole exporter uses in one, with 10,000 minions and as many links.
 * `node test/bench/turns/run.mjs [--runs=3] [--stacks]`; a table of medians over the runs and one line of JSON.
 * With `--stacks` it tells what ran in the longest turns; the profiler makes them longer.
 */
import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const EXPORTER = fileURLToPath(new URL('exporter.mjs', import.meta.url));
const FLEET = fileURLToPath(new URL('../../e2e/tcp-fleet.mjs', import.meta.url));
const MINIONS = 10_000;
const CHANGED = 1_000;
const READS = 5;
/** Longer than what any phase sets off: a scan a second, statuses a second, the inventory's second look. */
const SETTLE_MS = 4_000;
const WATCH_MS = 10_000;
const STACKS = process.argv.includes('--stacks');
const RUNS = Number(process.argv.find((each) => each.startsWith('--runs='))?.slice(7) ?? 3);

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const idOf = (i) => `minion-${String(i).padStart(5, '0')}.example.net`;
/** The same rule as in tcp-fleet.mjs. */
const addressOf = (i) =>
  `127.${16 + Math.floor(i / 62_500)}.${Math.floor(i / 250) % 250}.${1 + (i % 250)}`;

/** msgpack of {"ipv4": [address]}: what the exporter reads of cached grains. */
function grainsOf(address) {
  const head = [0x81, 0xa4, ...Buffer.from('ipv4'), 0x91, 0xa0 + address.length];
  return Buffer.concat([Buffer.from(head), Buffer.from(address)]);
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** A master's directories; `ports`: publish and request. */
function plant(ports) {
  const root = mkdtempSync(join(tmpdir(), 'brinescope-turns-'));
  mkdirSync(join(root, 'pki/minions'), { recursive: true });
  mkdirSync(join(root, 'cache/grains'), { recursive: true });
  const options = {
    root_dir: root,
    pki_dir: '/pki',
    cachedir: '/cache',
    sock_dir: '/sock',
    interface: '127.0.0.1',
    publish_port: ports[0],
    ret_port: ports[1],
  };
  const lines = Object.entries(options).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(root, 'master'), lines.join(''));
  return {
    root,
    add(from, to) {
      for (let i = from; i < to; i += 1) {
        writeFileSync(join(root, 'pki/minions', idOf(i)), 'a key\n');
        writeFileSync(join(root, 'cache/grains', `${idOf(i)}.p`), grainsOf(addressOf(i)));
      }
    },
    remove(from, to) {
      for (let i = from; i < to; i += 1) rmSync(join(root, 'pki/minions', idOf(i)));
    },
  };
}

/** A tcp-fleet process; `ask` sends a command and waits for its answer. */
async function fleet(args) {
  const child = spawn(process.execPath, [FLEET, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  const line = () => new Promise((resolve) => waiting.push(resolve));
  await line();
  return {
    async ask(command) {
      const answer = line();
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const said = JSON.parse(await answer);
      if (said.error !== undefined) throw new Error(said.error);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** exporter.mjs; the children are killed with this process, for their channel ends. */
async function startExporter(root) {
  const flags = [
    `--salt.config-dir=${root}`,
    '--web.listen-address=127.0.0.1:0',
    '--log.level=error',
  ];
  const child = fork(EXPORTER, [...flags, ...(STACKS ? ['--stacks'] : [])], { stdio: 'inherit' });
  const answer = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.removeAllListeners('exit');
      child.once('exit', () => reject(new Error('the exporter ended')));
    });
  const { port } = await answer();
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    ask(op, rest = {}) {
      const answered = answer();
      child.send({ op, ...rest });
      return answered;
    },
  };
}

async function read(url, times) {
  for (let i = 0; i < times; i += 1) {
    const response = await fetch(url);
    if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
    await response.arrayBuffer();
    // Older than a second: each reading freezes a picture of its own.
    await wait(1_100);
  }
}

async function expectCounts(exporter, wanted) {
  const counts = await exporter.ask('counts');
  for (const [name, count] of Object.entries(wanted)) {
    if (counts[name] !== count) throw new Error(`${counts[name]} ${name} instead of ${count}`);
  }
}

async function measure() {
  const ports = [await freePort(), await freePort()];
  const master = plant(ports);
  master.add(0, MINIONS);
  const parts = [await fleet(['server', '127.0.0.1', ...ports.map(String)])];
  let exporter;
  const phases = new Map();
  const phase = async (name, work) => {
    await work();
    const { figures, longest, setUp } = await exporter.ask('take');
    if (phases.size === 0) phases.set('until it listens', setUp);
    phases.set(name, figures);
    if (longest !== undefined) console.log(`${name}\n${longest}`);
  };
  const open = async () => {
    const client = await fleet(['client', '127.0.0.1', String(ports[0])]);
    parts.push(client);
    await client.ask({ op: 'open', count: MINIONS, base: 0, overMs: 0 });
    return client;
  };
  try {
    let client;
    await phase('from then on', async () => {
      exporter = await startExporter(master.root);
      await wait(SETTLE_MS);
    });
    await phase('all connect at once', async () => {
      client = await open();
      await wait(SETTLE_MS);
    });
    await expectCounts(exporter, { minions: MINIONS, connects: MINIONS, disconnects: 0 });
    await exporter.ask('clear');
    await phase('nothing happens', () => wait(WATCH_MS));
    await phase('all die at once', async () => {
      client.kill();
      await wait(SETTLE_MS);
    });
    await phase('they come back', async () => {
      await open();
      await wait(SETTLE_MS);
    });
    await expectCounts(exporter, { connects: 2 * MINIONS, disconnects: MINIONS });
    await exporter.ask('clear');
    await phase('1,000 minions leave', async () => {
      master.remove(MINIONS - CHANGED, MINIONS);
      await wait(SETTLE_MS);
    });
    await phase('and are accepted again', async () => {
      master.add(MINIONS - CHANGED, MINIONS);
      await wait(SETTLE_MS);
    });
    await expectCounts(exporter, { minions: MINIONS });
    await exporter.ask('clear');
    await phase('the canary moves', async () => {
      await exporter.ask('reload', { canarySourceAddress: '127.0.0.78' });
      await wait(SETTLE_MS);
    });
    await phase('the page is read', () => read(`${exporter.url}/api/v1/overview`, READS));
    await phase('metrics are read', () => read(`${exporter.url}/metrics`, READS));
    await exporter.ask('stop');
  } finally {
    exporter?.child.kill('SIGKILL');
    for (const part of parts) part.kill();
    rmSync(master.root, { recursive: true, force: true });
  }
  return phases;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const round = (value) => Number(value.toFixed(1));
const runs = [];
for (let run = 0; run < RUNS; run += 1) runs.push(await measure());
const table = {};
for (const name of runs[0]?.keys() ?? []) {
  const of = (column) => runs.map((phases) => phases.get(name)[column]);
  table[name] = {
    'longest turn, ms of CPU': round(median(of('longestMs'))),
    'longest of all runs': round(Math.max(...of('longestMs'))),
    'turns above 5 ms': median(of('long')),
    'longest collection, ms': round(median(of('collectedLongestMs'))),
    'collected, ms': round(median(of('collectedMs'))),
  };
}
console.log(`${MINIONS} minions, ${RUNS} runs; load average ${round(loadavg()[0])}`);
console.table(table);
console.log(
  JSON.stringify({ name: 'turns', runs: runs.map((phases) => Object.fromEntries(phases)) }),
);
