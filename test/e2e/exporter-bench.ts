/** The whole exporter in this process, beside a scratch master whose ports a fleet process serves. */
import { type App, createApp } from '../../exporter/dist/app.js';
import { loadSettings } from '../../exporter/dist/config/load.js';
import type { Settings } from '../../exporter/dist/config/settings.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { type Logger, silentLogger } from '../../exporter/dist/lib/log.js';
import { PATIENCE_MS } from '../patience.js';
import { makeScratchMaster } from './scratch-master.js';
import { type FleetProcess, startFleetProcess } from './tcp-fleet.js';
import type { Undo } from './undo.js';

export type { Undo } from './undo.js';

/** The same rule as in tcp-fleet.mjs. */
function address(index: number): string {
  const row = Math.floor(index / 250) % 250;
  return `127.${16 + Math.floor(index / 62_500)}.${row}.${1 + (index % 250)}`;
}

const idOf = (index: number) => `m${String(index).padStart(5, '0')}`;

export interface Bench {
  readonly app: App;
  /** What it was started with. */
  readonly settings: Settings;
  client(): Promise<FleetProcess>;
}

interface BenchOptions {
  /** Runs when everything but the exporter is there. */
  readonly beforeStart?: () => void;
  readonly log?: Logger;
  /** More of the exporter's command line. */
  readonly flags?: readonly string[];
}

export async function startBench(
  minions: number,
  undo: Undo,
  { beforeStart = () => {}, log = silentLogger, flags = [] }: BenchOptions = {},
): Promise<Bench> {
  const ids = new Map(Array.from({ length: minions }, (_, i) => [idOf(i), address(i)]));
  const master = await makeScratchMaster(ids);
  undo.push(() => master.remove());
  const ports = [String(master.publishPort), String(master.requestPort)];
  const server = await startFleetProcess(['server', '127.0.0.1', ...ports]);
  undo.push(() => server.kill());
  const loaded = loadSettings({
    argv: [
      `--salt.config-dir=${master.configDir}`,
      `--salt.nat-map=${master.natMap}`,
      '--web.listen-address=127.0.0.1:0',
      '--canary.request.interval=0',
      ...flags,
    ],
    env: {},
    readFile: () => '',
  });
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
  const app = createApp(loaded.settings, {
    clock: systemClock,
    log,
    build: { version: 'test', node: process.versions.node, libzmq: 'test' },
  });
  beforeStart();
  await app.start();
  undo.push(() => app.stop());
  return {
    app,
    settings: loaded.settings,
    async client() {
      const fleet = await startFleetProcess(['client', '127.0.0.1', ports[0] ?? '']);
      undo.push(() => fleet.kill());
      return fleet;
    },
  };
}

/** Returns when the condition holds or the time is over: the caller asserts. */
export async function until(condition: () => boolean, timeoutMs = PATIENCE_MS): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition() && Date.now() < end) await new Promise((done) => setTimeout(done, 5));
}
