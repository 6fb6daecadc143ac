/** The whole exporter in this process, beside a scratch master whose ports a fleet process serves. */
import { type App, createApp } from '../../exporter/dist/app.js';
import { loadSettings } from '../../exporter/dist/config/load.js';
import type { Settings } from '../../exporter/dist/config/settings.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { type Logger, silentLogger } from '../../exporter/dist/lib/log.js';
import { PATIENCE_MS } from '../patience.js';
import { startFleetProcess } from './fleet-process.mjs';
import { makeScratchMaster } from './scratch-master.mjs';
import type { Undo } from './undo.js';

export type { Undo } from './undo.js';

export interface Bench {
  readonly app: App;
  /** What it was started with. */
  readonly settings: Settings;
  /** Where its page is. */
  readonly port: number;
  client(): ReturnType<typeof startFleetProcess>;
}

interface BenchOptions {
  readonly log?: Logger;
  /** More of the exporter's command line. */
  readonly flags?: readonly string[];
}

export async function startBench(
  minions: number,
  undo: Undo,
  { log = silentLogger, flags = [] }: BenchOptions = {},
): Promise<Bench> {
  const master = await makeScratchMaster(minions);
  undo.push(() => master.remove());
  const ports = [String(master.publishPort), String(master.requestPort)];
  const server = await startFleetProcess(['server', '127.0.0.1', ...ports]);
  undo.push(() => server.kill());
  const loaded = loadSettings({
    argv: [
      `--salt.config-dir=${master.configDir}`,
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
  const { port } = await app.start();
  undo.push(() => app.stop());
  return {
    app,
    settings: loaded.settings,
    port,
    async client() {
      const fleet = await startFleetProcess(['client', '127.0.0.1', ports[0] ?? '']);
      undo.push(() => fleet.kill());
      return fleet;
    },
  };
}

/**
 * Returns when the condition holds or patience ends: the caller asserts. It rests four times as long
 * as a look takes, for one at 10,000 minions is dear and on a slow machine must leave time to what it waits for.
 */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const startedMs = performance.now();
    if (condition() || startedMs > end) return;
    const restMs = Math.max(5, 4 * (performance.now() - startedMs));
    await new Promise((done) => setTimeout(done, restMs));
  }
}
