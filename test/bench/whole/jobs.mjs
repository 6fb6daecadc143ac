/**
 * The exporter beside a master that publishes 50 jobs a minute to a fleet with two links a minion: what
 * scans, both ledgers, identity, bus and the adaptive cadence with its series cost together.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventBus } from '../../../exporter/dist/demo/event-bus.js';
import { freePorts, idOf, makeScratchMaster } from '../../e2e/scratch-master.mjs';
import {
  cpuSeconds,
  memoryMegabytes,
  metric,
  startExporter,
  stopExporter,
  threadSeconds,
  wait,
} from './exporter.mjs';

export const JOBS_A_MINUTE = 50;
const PART = fileURLToPath(new URL('jobs-part.mjs', import.meta.url));
const MINIONS_A_PROCESS = 2_500;
/** Bases are found, V8 has compiled, the cadence has seen what a scan costs. */
const SETTLE_SECONDS = 30;
/** A whole number of minutes, so that heartbeats and jobs weigh as they do in the long run. */
const WATCH_SECONDS = 120;

/** A process of the fleet that has said it is ready. */
async function startPart(parts, words, onMessage) {
  const child = fork(PART, words.map(String));
  parts.push(child);
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${words[0]} ended with ${code}`)));
    child.on('message', (message) => (message.ready ? resolve(undefined) : onMessage?.(message)));
  });
  return child;
}

async function startFleet(master, minions) {
  const parts = [];
  const { publishPort, requestPort } = master;
  const bus = new EventBus(join(master.configDir, 'sock/master_event_pub.ipc'));
  const stop = () => {
    for (const part of parts) part.kill('SIGKILL');
    bus.close();
  };
  try {
    const publisher = await startPart(parts, ['publisher', publishPort]);
    await startPart(parts, ['router', requestPort], ({ id, jid }) => bus.tellReturn(id, jid));
    const starting = [];
    for (let base = 0; base < minions; base += MINIONS_A_PROCESS) {
      const count = Math.min(MINIONS_A_PROCESS, minions - base);
      starting.push(startPart(parts, ['minions', publishPort, requestPort, base, count]));
    }
    await Promise.all(starting);
    let jobs = 0;
    const publish = () => {
      const target = idOf((jobs * 7_919) % minions);
      jobs += 1;
      const jid = bus.announce(target, [target]);
      publisher.send({ target, jid });
    };
    return { publish, stop, published: () => jobs };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Shares of one core over the watch; nobody scrapes but at its two ends. */
async function watch(exporter, fleet) {
  const scans = () => metric(exporter, 'brinescope_scan_seconds_count');
  const messages = () => metric(exporter, 'salt_publish_messages_total');
  const before = { scans: await scans(), messages: await messages(), jobs: fleet.published() };
  await wait(2_000);
  const cpu = cpuSeconds(exporter);
  const threads = threadSeconds(exporter);
  await wait(WATCH_SECONDS * 1_000);
  const percent = (seconds) => (100 * seconds) / WATCH_SECONDS;
  const after = threadSeconds(exporter);
  const cpuPercent = percent(cpuSeconds(exporter) - cpu);
  const used = [...after].map(([id, seconds]) => [id, seconds - (threads.get(id) ?? 0)]);
  const own = String(exporter.child.pid);
  const main = used.find(([id]) => id === own)?.[1] ?? 0;
  const others = used.filter(([id]) => id !== own).map(([, seconds]) => seconds);
  await wait(2_000);
  return {
    cpuPercent,
    mainPercent: percent(main),
    scanPercent: percent(Math.max(...others)),
    scansPerSecond: ((await scans()) - before.scans) / (WATCH_SECONDS + 4),
    intervalSeconds: await metric(exporter, 'brinescope_scan_interval_seconds'),
    counted: (await messages()) - before.messages,
    published: fleet.published() - before.jobs,
  };
}

/** How many minions' ledgers are known. */
async function countKnown(exporter) {
  const text = await (await fetch(`${exporter.url}/metrics`)).text();
  return text.split('\n').filter((line) => /^salt_minion_ledger_known\{.* 1$/.test(line)).length;
}

export async function measureJobs(minions) {
  const [web] = await freePorts(1);
  const master = await makeScratchMaster(minions);
  let fleet;
  let exporter;
  try {
    fleet = await startFleet(master, minions);
    exporter = await startExporter(master, web, []);
    await wait(SETTLE_SECONDS * 1_000);
    const idle = await watch(exporter, fleet);
    const timer = setInterval(fleet.publish, 60_000 / JOBS_A_MINUTE);
    await wait(SETTLE_SECONDS * 1_000);
    const jobs = await watch(exporter, fleet);
    clearInterval(timer);
    await wait(3_000);
    const known = await countKnown(exporter);
    const megabytes = memoryMegabytes(exporter);
    await stopExporter(exporter);
    return { minions, idle, jobs, known, megabytes };
  } finally {
    exporter?.child.kill('SIGKILL');
    fleet?.stop();
    master.remove();
  }
}
