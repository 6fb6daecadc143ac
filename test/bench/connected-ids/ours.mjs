/**
 * CPU of one look of ours at the links of this network namespace: a scan by the built kernel source,
 * what the domain decides, a copy for all readers (an epoch). `ours.mjs ROOT PUBLISH-PORT REQUEST-PORT ROUNDS` reads keys and
 * grains below ROOT and prints, as JSON, what the epoch says and the CPU milliseconds of each round.
 */
import { join } from 'node:path';
import { defaultSettings } from '../../../exporter/dist/config/load.js';
import { apply, createState, freeze, tick } from '../../../exporter/dist/domain/index.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { loadLibc } from '../../../exporter/dist/lib/libc.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';
import { inventorySource } from '../../../exporter/dist/sources/inventory/source.js';
import { createKernelSource } from '../../../exporter/dist/sources/kernel/source.js';

const [root = '', publishPort, requestPort, roundsText] = process.argv.slice(2);
const ROUNDS = Number(roundsText);
/** Scans until V8 has compiled what they run. */
const WARM = 60;
const INTERVAL_SECONDS = 0.15;

const load = await loadLibc();
if (!load.ok) throw new Error('no C library: thread CPU cannot be measured');
const cpuMs = () => load.libc.threadCpuSeconds() * 1_000;

const settings = defaultSettings();
const master = {
  configDir: root,
  pkiDir: join(root, 'pki'),
  cacheDir: join(root, 'cache'),
  keysCacheDriver: 'localfs_key',
  cacheDriver: 'localfs',
  minionDataCache: true,
  publishPort: Number(publishPort),
  requestPort: Number(requestPort),
};
const state = createState({
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory'],
});

const inventory = inventorySource.create({
  settings,
  master,
  clock: systemClock,
  log: silentLogger,
  emit: (observation, onApplied) => {
    apply(state, observation, systemClock.now());
    onApplied?.();
  },
});
await inventory.start();
await inventory.stop();

const rounds = [];
let epoch = freeze(state, systemClock.now());
await new Promise((resolve, reject) => {
  let scans = 0;
  const kernel = createKernelSource({
    settings: { scan: { intervalSeconds: INTERVAL_SECONDS, cpuBudgetRatio: 0 } },
    master,
    log: silentLogger,
    emit: (observation, onApplied) => {
      const started = cpuMs();
      const now = systemClock.now();
      apply(state, observation, now);
      if (observation.kind === 'link_scan') {
        tick(state, now);
        const decided = cpuMs();
        epoch = freeze(state, now);
        scans += 1;
        const scanMs = observation.cpuSeconds * 1_000;
        const parts = { scanMs, domainMs: decided - started, epochMs: cpuMs() - decided };
        if (scans > WARM) rounds.push(parts);
      }
      onApplied?.();
      if (rounds.length === ROUNDS) kernel.stop().then(resolve, reject);
    },
  });
  kernel.start().catch(reject);
});
const present = epoch.minions.kernelPresent.reduce((sum, value) => sum + value, 0);
const salt = epoch.minions.saltPresent.reduce((sum, value) => sum + value, 0);
const links = epoch.links.publish.minion + epoch.links.request.minion;
process.stdout.write(`${JSON.stringify({ present, salt, links, rounds })}\n`);
process.exit(0);
