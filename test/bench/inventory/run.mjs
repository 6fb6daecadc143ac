/**
 * Benchmark of the inventory: keys and cached grains of 10,000 minions, read by the built source into an empty process.
 * `node test/bench/inventory/run.mjs [minions]`; a table and one line of JSON. Needs about 100 MB below the temporary directory.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { defaultSettings } from '../../../exporter/dist/config/load.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { InventoryScan } from '../../../exporter/dist/sources/inventory/scan.js';
import { inventorySource } from '../../../exporter/dist/sources/inventory/source.js';

const MINIONS = Number(process.argv[2] ?? 10_000);
const ROUNDS = 5;
const FIXTURE = new URL('../../fixtures/salt-3006.30/cache/minions/m1/data.p', import.meta.url);
/** What the recorded pillar lacks in size: a pillar of a few kilobytes is usual. */
const PILLAR_BYTES = 4096;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const worst = (list) => Math.max(...list);
const idOf = (i) => `minion-${String(i).padStart(5, '0')}.example.net`;
const addressOf = (i) => `10.${100 + (i >> 14)}.${100 + ((i >> 7) & 127)}.${100 + (i & 127)}`;

/** Grains of a real master with another address in them, padded by a pillar. */
function grainsFile() {
  const recorded = readFileSync(FIXTURE);
  const own = recorded.indexOf('10.77.0.11');
  const keyAt = recorded.indexOf('pillar') - 1;
  const key = recorded.subarray(keyAt, keyAt + 7);
  const pillar = Buffer.concat([key, Buffer.from([0xc5, PILLAR_BYTES >> 8, PILLAR_BYTES & 255])]);
  const tail = Buffer.concat([pillar, Buffer.alloc(PILLAR_BYTES, 1)]);
  return (i) => {
    const text = Buffer.from(addressOf(i));
    const before = recorded.subarray(0, own - 1);
    const after = recorded.subarray(own + 10, keyAt);
    return Buffer.concat([before, Buffer.from([0xa0 + text.length]), text, after, tail]);
  };
}

function plant(root, layout) {
  const grains = grainsFile();
  mkdirSync(join(root, 'pki/minions'), { recursive: true });
  mkdirSync(join(root, 'cache', layout === 'map' ? 'minions' : 'grains'), { recursive: true });
  for (let i = 0; i < MINIONS; i += 1) {
    writeFileSync(join(root, 'pki/minions', idOf(i)), '-----BEGIN PUBLIC KEY-----\n');
    const file = grains(i);
    if (layout === 'flat')
      writeFileSync(join(root, 'cache/grains', `${idOf(i)}.p`), file.subarray(8));
    else {
      mkdirSync(join(root, 'cache/minions', idOf(i)));
      writeFileSync(join(root, 'cache/minions', idOf(i), 'data.p'), file);
    }
  }
}

/** Drops the tree's own pages (not the machine's): what a read from disk costs. False where Python is not there to do it. */
function evict(root) {
  const program = `
import os, sys
os.sync()
for base, _, names in os.walk(sys.argv[1]):
    for name in names:
        fd = os.open(os.path.join(base, name), os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)
`;
  try {
    execFileSync('python3', ['-c', program, root], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** CPU time of the program's own thread, ms, from the kernel: other processes do not show in it. */
function threadCpuMs() {
  return (
    Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6
  );
}

/**
 * Longest time between two turns of a timer of 1 ms: by the clock, where a busy machine shows, and as CPU time of this thread, which is
 * how long our own work held it up.
 */
function watchLoop() {
  let last = performance.now();
  let lastCpu = threadCpuMs();
  const longest = { delayMs: 0, busyMs: 0 };
  const timer = setInterval(() => {
    const now = performance.now();
    const cpu = threadCpuMs();
    longest.delayMs = Math.max(longest.delayMs, now - last - 1);
    longest.busyMs = Math.max(longest.busyMs, cpu - lastCpu);
    last = now;
    lastCpu = cpu;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

function contextFor(root, emit) {
  const master = {
    configDir: root,
    pkiDir: join(root, 'pki'),
    cacheDir: join(root, 'cache'),
    keysCacheDriver: 'localfs_key',
    cacheDriver: 'localfs',
    minionDataCache: true,
  };
  return { settings: defaultSettings(), master, clock: systemClock, log: silentLogger, emit };
}

/** Start to the first inventory; then one new key and one rewritten grains file, each to the inventory that has it. */
async function round(root) {
  let heard = () => undefined;
  let minions = [];
  const source = inventorySource.create(
    contextFor(root, (observation) => {
      if (observation.kind !== 'inventory') return;
      minions = observation.minions;
      heard();
    }),
  );
  const endLoop = watchLoop();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await source.start();
  const startMs = performance.now() - started;
  const used = process.cpuUsage(cpu);
  const startLoop = endLoop();
  const complete = minions.filter((m) => m.grainAddresses.length > 1).length;
  if (complete !== MINIONS) throw new Error(`${complete} of ${MINIONS} minions have addresses`);
  const endChange = watchLoop();
  const changed = performance.now();
  const told = new Promise((resolve) => {
    heard = resolve;
  });
  const extra = join(root, 'pki/minions/zz-new');
  writeFileSync(extra, 'PEM');
  await told;
  const changeMs = performance.now() - changed;
  const changeLoop = endChange();
  rmSync(extra);
  await source.stop();
  const cpuMs = (used.user + used.system) / 1000;
  return { startMs, startLoop, cpuMs, changeMs, changeLoop };
}

/** The same reading without the thread: what a sweep without any change costs. */
function sweepCost(root) {
  const scan = new InventoryScan({
    pkiDir: join(root, 'pki'),
    cacheDir: join(root, 'cache'),
    hasKeyFiles: true,
    hasGrainFiles: true,
    layout: undefined,
    expectedMinions: undefined,
    natMap: undefined,
  });
  const times = [];
  for (let i = 0; i < 6; i += 1) {
    const started = performance.now();
    scan.sweep(Date.now() + 5_000);
    times.push(performance.now() - started);
  }
  return { idleMs: median(times.slice(1)) };
}

/** One tree, read as it lies in the page cache, then from disk. */
async function measure(layout) {
  const root = mkdtempSync(join(tmpdir(), 'brinescope-bench-inventory-'));
  const rows = [];
  try {
    plant(root, layout);
    for (const disk of ['page cache', 'evicted']) {
      const rounds = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        if (disk === 'evicted' && !evict(root)) break;
        rounds.push(await round(root));
      }
      if (rounds.length === 0) continue;
      const pick = (name) => rounds.map((r) => r[name]);
      rows.push({
        layout,
        disk,
        minions: MINIONS,
        start_ms: median(pick('startMs')),
        start_worst_ms: worst(pick('startMs')),
        start_cpu_ms: median(pick('cpuMs')),
        loop_busy_max_ms: worst(pick('startLoop').map(({ busyMs }) => busyMs)),
        loop_delay_max_ms: worst(pick('startLoop').map(({ delayMs }) => delayMs)),
        new_key_ms: median(pick('changeMs')),
        new_key_loop_busy_max_ms: worst(pick('changeLoop').map(({ busyMs }) => busyMs)),
        idle_sweep_ms: sweepCost(root).idleMs,
      });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return rows;
}

const results = [...(await measure('map')), ...(await measure('flat'))];
const tenths = (value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value);
const rounded = results.map((row) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, tenths(value)])),
);
console.log(
  `load average ${loadavg()[0]?.toFixed(1)}; a busy machine shows in all figures but cpu and busy`,
);
console.table(rounded);
console.log(JSON.stringify({ bench: 'inventory', results: rounded }));
