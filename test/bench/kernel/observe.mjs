/**
 * Runs the built kernel source for a while and tells what it cost its own thread and the main one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { loadLibc } from '../../../exporter/dist/lib/libc.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { createKernelSource } from '../../../exporter/dist/sources/kernel/source.js';

/** CPU milliseconds of each thread of this process. */
function threads() {
  const all = new Map();
  for (const id of readdirSync('/proc/self/task')) {
    const [ran] = readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ');
    all.set(id, Number(ran) / 1e6);
  }
  return all;
}

const MAIN = String(process.pid);

/**
 * `settle` scans are not counted: the first ones compile and grow. Shares are of one core. With
 * `publishEveryMs` a publish is told that often. During `stallScans` more scans a timer of 1 ms is
 * watched: `stallMs` is how long the event loop could not run it, whoever had the core;
 * `ownStallMs` is the most CPU that this thread used between two of its ticks, which is how long
 * its own work could hold up the loop.
 */
export async function observe(options) {
  const { ports, intervalSeconds, cpuBudgetRatio, settle, scans, publishEveryMs } = options;
  const { libc } = await loadLibc();
  const seen = [];
  let arrived = () => undefined;
  const before = new Set(threads().keys());
  const source = createKernelSource({
    settings: { scan: { intervalSeconds, cpuBudgetRatio } },
    master: { publishPort: ports.publish, requestPort: ports.request },
    log: silentLogger,
    emit: (observation, onApplied) => {
      onApplied?.();
      if (observation.kind !== 'link_scan') return;
      const { sockets, ...scan } = observation;
      seen.push({ ...scan, rows: sockets.count });
      arrived();
    },
  });
  const scanned = async (count) => {
    while (seen.length < count)
      await new Promise((resolve) => {
        arrived = resolve;
      });
  };
  await source.start();
  const publish = () => source.requestScan('publish');
  const publisher = publishEveryMs === undefined ? undefined : setInterval(publish, publishEveryMs);
  await scanned(settle);
  const started = { ms: performance.now(), threads: threads() };
  await scanned(settle + scans);
  const elapsedMs = performance.now() - started.ms;
  let threadMs = 0;
  let mainMs = 0;
  for (const [id, ranMs] of threads()) {
    const used = ranMs - (started.threads.get(id) ?? 0);
    if (id === MAIN) mainMs += used;
    else if (!before.has(id)) threadMs += used;
  }
  const stall = watchStalls(libc);
  if (options.stallScans !== undefined) await scanned(seen.length + options.stallScans);
  const stalls = stall.end();
  clearInterval(publisher);
  await source.stop();
  const counted = seen.slice(settle, settle + scans);
  return {
    rows: counted.at(-1).rows,
    complete: counted.every((scan) => scan.complete),
    scanMs: median(counted.map((scan) => scan.endedMonoMs - scan.startedMonoMs)),
    scanCpuMs: median(counted.map((scan) => scan.cpuSeconds * 1000)),
    intervalSeconds: counted.at(-1).intervalSeconds,
    scansPerSecond: (scans * 1000) / elapsedMs,
    threadShare: threadMs / elapsedMs,
    mainShare: mainMs / elapsedMs,
    ...stalls,
  };
}

function watchStalls(libc) {
  const longest = { stallMs: 0, ownStallMs: 0 };
  const look = () => ({ ms: performance.now(), cpuMs: libc.threadCpuSeconds() * 1000 });
  let last = look();
  const timer = setInterval(() => {
    const now = look();
    longest.stallMs = Math.max(longest.stallMs, now.ms - last.ms - 1);
    longest.ownStallMs = Math.max(longest.ownStallMs, now.cpuMs - last.cpuMs);
    last = now;
  }, 1);
  return {
    end: () => {
      clearInterval(timer);
      return longest;
    },
  };
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
