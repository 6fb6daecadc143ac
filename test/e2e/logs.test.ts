/** The running exporter beside a scratch master: what is written into its log stands in /metrics, and nothing of the text. */
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type App, createApp } from '../../exporter/dist/app.js';
import { loadSettings } from '../../exporter/dist/config/load.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { until } from './exporter-bench.js';
import { makeScratchMaster } from './scratch-master.mjs';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

const record = (level: string, message: string, logger = 'salt.master') =>
  `2026-11-21 21:52:52,744 [${logger.padEnd(17)}:628 ][${level.padEnd(8)}][28877] ${message}\n`;

interface Stand {
  readonly app: App;
  readonly log: string;
  readonly configDir: string;
  /** Value of one series; undefined when it is absent. */
  value(series: string): Promise<number | undefined>;
  body(): Promise<string>;
}

/** `extra` is appended to the master's configuration before the exporter starts. */
async function startStand(extra = ''): Promise<Stand> {
  const master = await makeScratchMaster(1);
  undo.push(() => master.remove());
  const log = join(master.configDir, 'var/log/salt/master');
  await mkdir(dirname(log), { recursive: true });
  await appendFile(join(master.configDir, 'master'), extra);
  await writeFile(log, record('CRITICAL', 'history'));
  const loaded = loadSettings({
    argv: [
      `--salt.config-dir=${master.configDir}`,
      '--web.listen-address=127.0.0.1:0',
      '--canary.request.interval=0',
    ],
    env: {},
    readFile: () => '',
  });
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
  const app = createApp(loaded.settings, {
    clock: systemClock,
    log: silentLogger,
    build: { version: 'test', node: process.versions.node, libzmq: 'test' },
  });
  const { host, port } = await app.start();
  undo.push(() => app.stop());
  const body = async () => (await fetch(`http://${host}:${port}/metrics`)).text();
  const value = async (series: string) => {
    const line = (await body()).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  return { app, log, configDir: master.configDir, value, body };
}

const logged = (app: App, component = 'master') =>
  app.epoch().logs.find((each) => each.component === component);

describe('the exporter beside a log', () => {
  it('counts what is written after its start, through a rotation, and tells none of the text', async () => {
    const { app, log, value, body } = await startStand();
    expect(await value('salt_log_messages_total{component="master",level="critical"}')).toBe(0);
    expect(await value('salt_log_readable{component="master"}')).toBe(1);
    await appendFile(log, record('INFO', 'Got return from secret-minion for job 1'));
    await appendFile(log, record('ERROR', 'Error in function _return:\nTraceback of secrets\n'));
    await until(() => logged(app)?.levels.get('error') === 1);
    await rename(log, `${log}.1`);
    await writeFile(log, record('WARNING', 'Authentication failure of type "user" occurred.'));
    const event =
      "ZeroMQ event: {'event': <Event.ACCEPTED: 32>, 'value': <Event.LISTENING: 8>, 'endpoint': b'tcp://127.0.0.1:1', 'description': 'EVENT_ACCEPTED'}";
    await appendFile(log, record('DEBUG', event, 'salt.transport.zeromq'));
    await until(() => logged(app)?.levels.get('debug') === 1);
    for (const [series, count] of [
      ['salt_log_messages_total{component="master",level="info"}', 1],
      ['salt_log_messages_total{component="master",level="warning"}', 1],
      ['salt_log_messages_total{component="master",level="critical"}', 0],
      ['salt_log_signals_total{component="master",signal="return_received"}', 1],
      ['salt_log_signals_total{component="master",signal="function_error"}', 1],
      ['salt_log_signals_total{component="master",signal="publish_denied"}', 1],
      ['zmq_monitor_events_total{source="log",socket="other",event="accepted"}', 1],
      ['brinescope_source_up{source="logs"}', 1],
      ['brinescope_source_errors_total{source="logs",reason="skipped"}', 0],
    ] as const)
      expect(await value(series), series).toBe(count);
    expect(await body()).not.toContain('secret');
    expect(JSON.stringify(app.epoch().sources)).not.toContain('secret');
  });

  it('follows the configuration to another file while it runs', async () => {
    const { app, log, configDir } = await startStand();
    const other = join(dirname(log), 'elsewhere');
    await writeFile(other, record('ERROR', 'history'));
    await appendFile(join(configDir, 'master'), `log_file: ${other}\n`);
    const detail = () => app.epoch().sources.find(({ source }) => source === 'logs')?.detail;
    await until(() => detail()?.includes('elsewhere') === true);
    await appendFile(other, record('INFO', 'new'));
    await until(() => logged(app)?.levels.get('info') === 1);
    expect(logged(app)?.levels.get('error')).toBe(0);
  });

  it('says that it is blind when the log goes, and that zmq_monitor crashes a master', async () => {
    const { app, log, value } = await startStand('zmq_monitor: True\n');
    const source = () => app.epoch().sources.find((each) => each.source === 'logs');
    expect(source()).toMatchObject({ up: true });
    expect(source()?.detail).toContain('set it on minions only');
    await rm(log);
    await until(() => source()?.up === false);
    expect(source()?.detail).toContain('does not exist');
    expect(await value('salt_log_readable{component="master"}')).toBe(0);
    expect(await value('brinescope_source_up{source="logs"}')).toBe(0);
  });
});
