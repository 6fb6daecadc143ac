/** The log source as the program sees it: what it tells the domain, how it is, and what it never tells. */
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultSettings } from '../../config/load.js';
import { LOG_SIGNALS } from '../../domain/log-signals.js';
import { LOG_LEVELS, type LogComponent, type LogRecords } from '../../domain/log-vocabulary.js';
import type { Observation } from '../../domain/observations.js';
import { systemClock } from '../../lib/clock.js';
import { type Logger, silentLogger } from '../../lib/log.js';
import type { MasterFacts, SaltLog } from '../source.js';
import { ABSENT_LOOKS, BEHIND_MAX_BYTES, LOOK_BYTES_MAX, SKIP_TOLD_MS } from './options.js';
import { LogsSource } from './source.js';

let directory: string;
let seen: Observation[];
let warnings: string[];
let source: LogsSource;
let stepMs: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'brinescope-logs-'));
  seen = [];
  warnings = [];
  stepMs = 0;
  // Turns come by hand.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(async () => {
  await source.stop();
  vi.useRealTimers();
  await rm(directory, { recursive: true, force: true });
});

function saltLog(component: LogComponent, parts: Partial<SaltLog> = {}): SaltLog {
  return {
    component,
    path: join(directory, component),
    format: undefined,
    dateFormat: undefined,
    level: 'warning',
    minionId: component === 'minion' ? 'm1' : undefined,
    masters: 1,
    ...parts,
  };
}

function factsOf(logs: readonly SaltLog[], zmqMonitor = false): MasterFacts {
  return { publishPort: 4505, requestPort: 4506, logs, zmqMonitor } as MasterFacts;
}

/** Started, and from then on turned by hand. */
async function start(
  logs: readonly SaltLog[],
  { zmqMonitor = false, apply = (applied: () => void) => applied() } = {},
): Promise<void> {
  const log: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
  source = new LogsSource({
    settings: defaultSettings(),
    master: factsOf(logs, zmqMonitor),
    clock: {
      now: () => {
        const { monoMs, wallMs } = systemClock.now();
        return { monoMs: monoMs + stepMs, wallMs };
      },
    },
    log,
    emit: (observation, onApplied) => {
      seen.push(observation);
      if (onApplied !== undefined) apply(onApplied);
    },
  });
  await source.start();
}

function health() {
  const last = seen.findLast((o) => o.kind === 'source_health');
  return last === undefined ? undefined : `${last.up ? 'up' : 'down'}: ${last.detail}`;
}

const isRead = () =>
  seen.flatMap((o) => (o.kind === 'log_file' ? [`${o.component} ${o.isRead}`] : []));
const errors = () =>
  seen.flatMap((o) => (o.kind === 'source_error' ? [`${o.reason} ${o.count}`] : []));

/** Everything told of a log, added up. */
function total(component: LogComponent) {
  const all = seen.filter((o): o is LogRecords => o.kind === 'log_records');
  const levels: Record<string, number> = {};
  const signals: Record<string, number> = {};
  let bytes = 0;
  let skipped = 0;
  for (const told of all.filter((each) => each.component === component)) {
    bytes += told.readBytes;
    skipped += told.skippedBytes;
    for (const [i, count] of told.levels.entries())
      if (count > 0) levels[LOG_LEVELS[i] ?? ''] = (levels[LOG_LEVELS[i] ?? ''] ?? 0) + count;
    for (const [i, count] of told.signals.entries()) {
      const name = LOG_SIGNALS[i]?.signal ?? '';
      if (count > 0) signals[name] = (signals[name] ?? 0) + count;
    }
  }
  return { levels, signals, bytes, skipped };
}

const record = (level: string, message: string, logger = 'salt.master') =>
  `2026-11-21 21:52:52,744 [${logger.padEnd(17)}:628 ][${level.padEnd(8)}][28877] ${message}\n`;

const EVENT = (name: string, number: number, port: number) =>
  record(
    'DEBUG',
    `ZeroMQ event: {'event': <Event.${name}: ${number}>, 'value': <Event: 0>, 'endpoint': b'tcp://10.0.0.1:${port}', 'description': 'EVENT_${name}'}`,
    'salt.transport.zeromq',
  );

describe('the log source', () => {
  it('counts what is written after its start, log by log', async () => {
    await writeFile(join(directory, 'master'), record('ERROR', 'old'));
    await writeFile(join(directory, 'minion'), '');
    await start([saltLog('master'), saltLog('minion'), saltLog('key'), saltLog('api')]);
    await appendFile(join(directory, 'master'), record('INFO', 'Got return from m1 for job 1'));
    await appendFile(join(directory, 'minion'), record('WARNING', 'odd') + record('INFO', 'x'));
    await source.turn();
    expect(total('master')).toMatchObject({ levels: { info: 1 }, signals: { return_received: 1 } });
    expect(total('minion').levels).toEqual({ warning: 1, info: 1 });
    expect(isRead()).toEqual(['master false', 'master true', 'minion true']);
    expect(health()).toBe(
      `up: master: ${directory}/master is read, level warning; minion: ${directory}/minion is read, level warning`,
    );
  });

  it('takes up a log that appears later, from its first line', async () => {
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master'), saltLog('api')]);
    await writeFile(join(directory, 'api'), record('ERROR', 'first'));
    for (let i = 0; i <= ABSENT_LOOKS; i += 1) await source.turn();
    expect(total('api').levels).toEqual({ error: 1 });
    expect(isRead()).toContain('api true');
  });

  it('tells monitor events of both logs, with their sockets and peers', async () => {
    for (const name of ['master', 'minion']) await writeFile(join(directory, name), '');
    await start([saltLog('master'), saltLog('minion')]);
    await appendFile(join(directory, 'master'), EVENT('LISTENING', 8, 4505));
    await appendFile(join(directory, 'master'), EVENT('HANDSHAKE_SUCCEEDED', 4096, 4505));
    await appendFile(join(directory, 'minion'), EVENT('HANDSHAKE_SUCCEEDED', 4096, 4505));
    await appendFile(join(directory, 'minion'), EVENT('NEW', 3, 4505));
    await source.turn();
    const told = seen.filter(({ kind }) => kind.startsWith('monitor'));
    const common = { kind: 'monitor_event', source: 'log', value: 0 };
    expect(told).toEqual([
      { ...common, socket: 'publish', event: 'listening', peersNow: 0 },
      { ...common, socket: 'publish', event: 'handshake_succeeded', peersNow: 1 },
      { ...common, socket: 'minion:m1', event: 'handshake_succeeded', peersNow: 1 },
      { kind: 'monitor_rejected', source: 'log', reason: 'event' },
    ]);
  });

  it('never tells what a line says', async () => {
    await writeFile(join(directory, 'minion'), '');
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master'), saltLog('minion')]);
    const secret = 'hunter2-secret';
    const lines = [
      record('ERROR', `Timeout encountered while sending {'return': '${secret}'} request. id=x`),
      record('INFO', `Job 1 execution finished, return_data: ${secret}`),
      `${secret}\n`,
      EVENT(secret.toUpperCase(), 4096, 4505).replace('tcp://10.0.0.1', `tcp://${secret}`),
      record(secret, secret, secret),
      record('ERROR', secret.repeat(1_000)),
    ];
    for (const name of ['master', 'minion'])
      await appendFile(join(directory, name), lines.join(''));
    await source.turn();
    expect(total('minion').signals).toEqual({ send_timeout: 1 });
    expect(JSON.stringify(seen) + warnings.join()).not.toContain('hunter2');
  });
});

describe('a log that cannot be read', () => {
  it('puts the source down, says why, and comes back by itself', async () => {
    await mkdir(join(directory, 'master'));
    await start([saltLog('master')]);
    expect(health()).toBe(`down: master: ${directory}/master is no regular file`);
    await rm(join(directory, 'master'), { recursive: true });
    await writeFile(join(directory, 'master'), record('INFO', 'a'));
    await source.turn();
    expect(health()).toMatch(/^up: /);
    expect(isRead()).toEqual(['master false', 'master true']);
    expect(total('master').levels).toEqual({ info: 1 });
  });

  it('does not matter to the source when it is another one than the master’s', async () => {
    await writeFile(join(directory, 'master'), '');
    await mkdir(join(directory, 'minion'));
    await start([saltLog('master'), saltLog('minion')]);
    expect(health()).toBe(
      `up: master: ${directory}/master is read, level warning; minion: ${directory}/minion is no regular file`,
    );
    expect(isRead()).toContain('minion false');
  });

  it('is read once when two daemons write into one file', async () => {
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master'), saltLog('minion', { path: join(directory, 'master') })]);
    await appendFile(join(directory, 'master'), record('INFO', 'a'));
    await source.turn();
    expect(total('master').levels).toEqual({ info: 1 });
    expect(total('minion').levels).toEqual({});
    expect(health()).toMatch(/minion: \S+ is the log of another component too$/);
  });

  it('has a format in which there are no records: it is said instead of counting nothing', async () => {
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master', { format: '%(asctime)s %(message)s' })]);
    expect(health()).toBe(
      `down: master: ${directory}/master log_fmt_logfile has no level before the message`,
    );
    expect(errors()).toEqual(['format 1']);
    expect(isRead()).toEqual(['master false']);
    expect(warnings).toEqual([
      'The records of a log cannot be told apart: log_fmt_logfile has no level before the message',
    ]);
  });

  it('is written in another format than its configuration says', async () => {
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master')]);
    await appendFile(join(directory, 'master'), 'Nov 21 host salt-master: text\n'.repeat(60));
    await source.turn();
    expect(health()).toBe(
      `down: master: ${directory}/master none of its lines looks like log_fmt_logfile`,
    );
    await appendFile(join(directory, 'master'), record('INFO', 'a'));
    await source.turn();
    expect(health()).toMatch(/^up: /);
  });

  it('counts in a format of the operator’s own', async () => {
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master', { format: '[%(levelname)-8s] %(message)s' })]);
    await appendFile(
      join(directory, 'master'),
      `[INFO    ] Got return from m1 for job 1\n${record('ERROR', 'from before the change')}`,
    );
    await source.turn();
    expect(total('master')).toMatchObject({
      levels: { info: 1, error: 1 },
      signals: { return_received: 1 },
    });
  });
});

describe('zmq_monitor on a master', () => {
  it('is warned of once, and stands in the health text while it stands in the configuration', async () => {
    await writeFile(join(directory, 'master'), '');
    await start([saltLog('master')], { zmqMonitor: true });
    await source.turn();
    await source.reconfigure(defaultSettings(), factsOf([saltLog('master')], true));
    expect(warnings.filter((text) => text.includes('Set it on minions only'))).toHaveLength(1);
    expect(health()).toMatch(/crashes its request server for ever: set it on minions only$/);
    await source.reconfigure(defaultSettings(), factsOf([saltLog('master')], false));
    expect(health()).not.toContain('zmq_monitor');
  });
});

describe('a changed configuration', () => {
  it('moves to the new file and keeps to the others', async () => {
    for (const name of ['master', 'minion', 'moved']) await writeFile(join(directory, name), '');
    await start([saltLog('master'), saltLog('minion')]);
    await appendFile(join(directory, 'minion'), record('INFO', 'before'));
    await writeFile(join(directory, 'moved'), record('ERROR', 'history'));
    const moved = saltLog('master', { path: join(directory, 'moved') });
    await source.reconfigure(defaultSettings(), factsOf([moved, saltLog('minion')]));
    await appendFile(join(directory, 'moved'), record('INFO', 'new'));
    await appendFile(join(directory, 'master'), record('ERROR', 'nobody’s'));
    await source.turn();
    expect(total('master').levels).toEqual({ info: 1 });
    expect(total('minion').levels).toEqual({ info: 1 });
  });
});

describe('a log that grows without end', () => {
  it('is read at a bounded rate, each byte is read or counted as skipped, and it is said', async () => {
    const path = join(directory, 'master');
    await writeFile(path, '');
    await start([saltLog('master')]);
    const block = record('INFO', 'x'.repeat(200)).repeat(5_000);
    const blocks = Math.ceil((3 * BEHIND_MAX_BYTES) / block.length);
    let written = 0;
    for (let i = 0; i < blocks; i += 1) {
      await appendFile(path, block);
      written += block.length;
      const before = total('master').bytes;
      await source.turn();
      expect(total('master').bytes - before).toBeLessThanOrEqual(LOOK_BYTES_MAX + 65_536);
    }
    expect(health()).toContain('grows faster than it may be read: parts are passed over');
    expect(warnings.filter((text) => text.includes('grows faster'))).toHaveLength(1);
    for (let left = written; left > 0; left -= LOOK_BYTES_MAX) await source.turn();
    const { bytes, skipped, levels } = total('master');
    expect(bytes + skipped).toBe(written);
    // Each skip may leave the beginning of one line behind, which was read.
    const skips = errors().filter((text) => text === 'skipped 1').length;
    const length = record('INFO', 'x'.repeat(200)).length;
    expect(levels.info).toBeGreaterThanOrEqual(Math.ceil(bytes / length) - skips);
    expect(levels.info).toBeLessThanOrEqual(Math.floor(bytes / length));
    expect(skipped).toBeGreaterThan(0);
    stepMs = SKIP_TOLD_MS;
    await source.turn();
    expect(health()).not.toContain('grows faster');
  });

  it('waits for a busy domain instead of flooding it', async () => {
    const path = join(directory, 'master');
    await writeFile(path, '');
    const held: (() => void)[] = [];
    await start([saltLog('master')], { apply: (applied) => held.push(applied) });
    await appendFile(path, record('INFO', 'x').repeat(10_000));
    const turning = source.turn();
    while (held.length === 0) await new Promise((next) => setImmediate(next));
    for (let i = 0; i < 50; i += 1) await new Promise((next) => setImmediate(next));
    expect(seen.filter(({ kind }) => kind === 'log_records')).toHaveLength(1);
    const stopping = source.stop();
    await Promise.all([turning, stopping]);
    expect(held).toHaveLength(1);
  });

  it('is left alone between two turns when its rotation is a chain of renames', async () => {
    const path = join(directory, 'master');
    await writeFile(path, '');
    await start([saltLog('master')]);
    let written = 0;
    for (let i = 0; i < 30; i += 1) {
      await appendFile(path, record('INFO', String(i)).repeat(10));
      written += 10;
      if (i % 5 === 4) {
        await rename(path, `${path}.${i}`);
        await writeFile(path, '');
      }
      await source.turn();
    }
    for (let i = 0; i < 20; i += 1) await source.turn();
    expect(total('master').levels).toEqual({ info: written });
  });
});
