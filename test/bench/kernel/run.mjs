/**
 * What the kernel source costs: a scan against the same dump in C, the share of a core at 10,000
 * minions, other programs' closes.
 */
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { createKernelSource } from '../../../exporter/dist/sources/kernel/source.js';
import { Fleet } from './fleet.mjs';
import { median, observe } from './observe.mjs';

const HOST = '127.73.0.1';
/** Below the range that the kernel gives to clients. */
const PORTS = { publish: 24_905, request: 24_906 };
const FOREIGN_PORT = 24_907;
const LINKS_SMALL = 8_000;
const LINKS_PER_PORT = 10_000;
const ROUNDS = 5;
const FLAPS = 500;
/** Without an event in a time like this none will come. */
const DEATHS_PATIENCE_MS = 30_000;
/** As often as a master can publish for a while. */
const PUBLISH_EVERY_MS = 20;
/** Two sockets die with each loopback connection. */
const FOREIGN_CONNECTIONS = 25_000;
const FOREIGN_CONNECTIONS_PER_SECOND = 2_500;

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const scratch = mkdtempSync(path.join(os.tmpdir(), 'bench-kernel-'));
const fleet = new Fleet();

/** Ours and C's by turns, so that both meet the same other load. */
async function compareWithC() {
  const program = path.join(scratch, 'sockdump');
  execFileSync('cc', ['-O2', '-Wall', '-o', program, here('./sockdump.c')]);
  const ports = { publish: PORTS.publish, request: 1 };
  const ours = [];
  const c = [];
  const ss = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const dumped = JSON.parse(
      execFileSync(program, [String(PORTS.publish), '20'], { encoding: 'utf8' }),
    );
    if (dumped.connections !== LINKS_SMALL) throw new Error(`C saw ${dumped.connections} links`);
    c.push({ ms: dumped.medianMs, cpuMs: dumped.medianCpuMs });
    const options = { ports, intervalSeconds: 0.001, cpuBudgetRatio: 0, settle: 30, scans: 20 };
    const observed = await observe(options);
    if (observed.rows !== LINKS_SMALL || !observed.complete)
      throw new Error(`a scan of ${observed.rows} links, complete: ${observed.complete}`);
    ours.push({ ms: observed.scanMs, cpuMs: observed.scanCpuMs });
    const startedMs = performance.now();
    const args = ['-tinH', 'state', 'established', 'sport', '=', `:${PORTS.publish}`];
    const listed = spawnSync('ss', args, { stdio: 'ignore' });
    if (listed.error === undefined) ss.push(performance.now() - startedMs);
  }
  return {
    scanMs: median(ours.map((one) => one.ms)),
    scanCpuMs: median(ours.map((one) => one.cpuMs)),
    cMs: median(c.map((one) => one.ms)),
    cCpuMs: median(c.map((one) => one.cpuMs)),
    ratio: median(ours.map((one, round) => one.ms / c[round].ms)),
    cpuRatio: median(ours.map((one, round) => one.cpuMs / c[round].cpuMs)),
    ssMs: ss.length > 0 ? median(ss) : null,
  };
}

/**
 * From the end of a connection, as its client saw it, to the main thread, while as many links as
 * there are get scanned.
 */
async function deathDelays(port) {
  const arrived = [];
  let lost = 0;
  const source = createKernelSource({
    settings: { scan: { intervalSeconds: 1, cpuBudgetRatio: 0.02 } },
    master: { publishPort: PORTS.publish, requestPort: PORTS.request },
    log: silentLogger,
    emit: (observation, onApplied) => {
      // The columns of deaths are not filled again.
      onApplied?.();
      if (observation.kind === 'kernel_loss') lost += observation.eventsLost;
      if (observation.kind !== 'link_deaths') return;
      const { sockets } = observation;
      const nowMs = Number(process.hrtime.bigint()) / 1e6;
      for (let row = 0; row < sockets.count; row += 1)
        arrived.push({ peerPort: sockets.peerPort[row], nowMs });
    },
  });
  await source.start();
  const holdMs = [0, 1, 5, 20, 45, 60, 80, 120];
  const ended = await fleet.peer()('flap', { host: HOST, port, count: FLAPS, holdMs, parallel: 8 });
  const endMs = performance.now() + DEATHS_PATIENCE_MS;
  while (arrived.length + lost < FLAPS) {
    if (performance.now() > endMs)
      throw new Error(`${arrived.length} of ${FLAPS} ends were told, ${lost} lost`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await source.stop();
  const endedMs = new Map(ended);
  const delays = arrived.map(({ peerPort, nowMs }) => nowMs - endedMs.get(peerPort));
  delays.sort((a, b) => a - b);
  return {
    medianMs: median(delays),
    p99Ms: delays[Math.floor(delays.length * 0.99)],
    told: arrived.length,
  };
}

/** CPU share of a reader while other programs close connections. */
async function foreignCloses(mode) {
  const reader = fork(here('./foreign-reader.mjs'), [mode]);
  const next = () => new Promise((resolve) => reader.once('message', resolve));
  await next();
  const [server, client] = [fleet.peer(), fleet.peer()];
  await server('listen', { host: HOST, port: FOREIGN_PORT });
  const startedMs = performance.now();
  const slices = 20;
  const perSlice = FOREIGN_CONNECTIONS / slices;
  for (let slice = 0; slice < slices; slice += 1) {
    await client('flap', {
      host: HOST,
      port: FOREIGN_PORT,
      count: perSlice,
      holdMs: [0],
      parallel: 20,
    });
    const dueMs = startedMs + ((slice + 1) * perSlice * 1000) / FOREIGN_CONNECTIONS_PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const result = next();
  reader.send('stop');
  await server('unlisten');
  const { wakes, cpuShare } = await result;
  return { closesPerSecond: (2 * FOREIGN_CONNECTIONS) / seconds, wakes, cpuShare };
}

const percent = (share) => `${(share * 100).toFixed(2)} %`;
const ms = (value) => (value === null ? 'not installed' : `${value.toFixed(2)} ms`);

try {
  const small = await fleet.connect({ host: HOST, port: PORTS.publish, count: LINKS_SMALL });
  const scan = await compareWithC();
  await small.client('connect', {
    host: HOST,
    port: PORTS.publish,
    count: LINKS_PER_PORT - LINKS_SMALL,
  });
  await fleet.connect({ host: HOST, port: PORTS.request, count: LINKS_PER_PORT });
  const full = { ports: PORTS, intervalSeconds: 1, settle: 12, scans: 15 };
  const steady = await observe({ ...full, cpuBudgetRatio: 0, stallScans: 10 });
  const adaptive = await observe({ ...full, cpuBudgetRatio: 0.02 });
  const publishing = await observe({
    ...full,
    cpuBudgetRatio: 0.02,
    publishEveryMs: PUBLISH_EVERY_MS,
  });
  const delays = await deathDelays(PORTS.publish);
  await fleet.stop();
  const filtered = await foreignCloses('filter');
  const unfiltered = await foreignCloses('none');

  console.table([
    {
      what: `scan of ${LINKS_SMALL} links, both ports and families`,
      figure: `${ms(scan.scanMs)}, CPU ${ms(scan.scanCpuMs)}`,
    },
    {
      what: 'the same dump in C (one port, one family)',
      figure: `${ms(scan.cMs)}, CPU ${ms(scan.cCpuMs)}`,
    },
    {
      what: 'ratio (target ≤ 1.25)',
      figure: `${scan.ratio.toFixed(2)}, of CPU ${scan.cpuRatio.toFixed(2)}`,
    },
    { what: 'ss -tin of the same links', figure: ms(scan.ssMs) },
    { what: `scan of ${steady.rows} links`, figure: ms(steady.scanMs) },
    { what: 'scan thread, every second (target ≤ 4 %)', figure: percent(steady.threadShare) },
    { what: 'scan thread, adaptive cadence (target ≤ 2 %)', figure: percent(adaptive.threadShare) },
    { what: 'cadence it chose', figure: `${adaptive.intervalSeconds.toFixed(2)} s` },
    {
      what: `with ${1000 / PUBLISH_EVERY_MS} publishes a second (target ≤ 2 %)`,
      figure: `${percent(publishing.threadShare)}, ${publishing.scansPerSecond.toFixed(2)} scans/s`,
    },
    { what: 'main thread meanwhile', figure: percent(steady.mainShare) },
    { what: 'event loop stall, worst, with other processes', figure: ms(steady.stallMs) },
    { what: 'longest work of the main thread (target ≤ 5 ms)', figure: ms(steady.ownStallMs) },
    {
      what: `${delays.told} of ${FLAPS} ends told meanwhile; p99 (target ≤ 100 ms)`,
      figure: `${ms(delays.p99Ms)}, median ${ms(delays.medianMs)}`,
    },
    {
      what: `${filtered.closesPerSecond.toFixed(0)} foreign closes/s, filtered`,
      figure: `${percent(filtered.cpuShare)}, ${filtered.wakes} wake-ups`,
    },
    {
      what: `${unfiltered.closesPerSecond.toFixed(0)} foreign closes/s, no filter`,
      figure: `${percent(unfiltered.cpuShare)}, ${unfiltered.wakes} wake-ups`,
    },
  ]);
  const figures = {
    scan8000Ms: scan.scanMs,
    c8000Ms: scan.cMs,
    scanToC: scan.ratio,
    scanCpu8000Ms: scan.scanCpuMs,
    cCpu8000Ms: scan.cCpuMs,
    scanCpuToC: scan.cpuRatio,
    ss8000Ms: scan.ssMs,
    scan20000Ms: steady.scanMs,
    threadShareSteady: steady.threadShare,
    threadShareAdaptive: adaptive.threadShare,
    adaptiveIntervalSeconds: adaptive.intervalSeconds,
    threadSharePublishing: publishing.threadShare,
    mainShare: steady.mainShare,
    stallMs: steady.stallMs,
    ownStallMs: steady.ownStallMs,
    deathDelayMedianMs: delays.medianMs,
    deathDelayP99Ms: delays.p99Ms,
    foreignFilteredShare: filtered.cpuShare,
    foreignUnfilteredShare: unfiltered.cpuShare,
    foreignClosesPerSecond: filtered.closesPerSecond,
  };
  console.log(JSON.stringify({ name: 'kernel', figures }));
} finally {
  await fleet.stop();
  rmSync(scratch, { recursive: true });
}
