/**
 * The shipped examples, run for real: seen by the tap when it is there, unharmed when it is away or
 * does not read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { monitorTap } from '../../exporter/src/sources/monitor-tap/source.js';
import { settings, startOnStand, tapEndpoint } from '../e2e/canary-context.js';
import { undoneAfterEach } from '../e2e/undo.js';
import { PATIENCE_MS } from '../patience.js';
import { compileExample, EXAMPLES, pythonWithPyzmq } from './toolchain.js';

const REQUESTS = 3_000;

const folder = mkdtempSync(join(tmpdir(), 'brinescope-examples-'));
let python = '';
let compiled = '';

beforeAll(async () => {
  python = await pythonWithPyzmq();
  compiled = await compileExample(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const undo = undoneAfterEach();

async function runProgram(command: readonly string[]) {
  const [file = '', ...args] = command;
  // A program that hangs because of the tap is killed when patience ends, and has no exit code then.
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, PYTHONPATH: EXAMPLES, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

interface Example {
  readonly name: string;
  readonly command: (tap: string) => readonly string[];
  readonly output: string;
  /** `source/socket` and an event that it must show. */
  readonly shows: readonly string[];
}

const EXAMPLE_PROGRAMS: readonly Example[] = [
  {
    name: 'simple_monitor.py',
    command: (tap) => [python, join(EXAMPLES, 'simple_monitor.py'), tap, `${REQUESTS}`],
    output: `${REQUESTS} of ${REQUESTS} requests answered\n`,
    shows: [
      'simple-monitor/server listening',
      'simple-monitor/server accepted',
      'simple-monitor/server handshake_succeeded',
      'simple-monitor/client connect_delayed',
      'simple-monitor/client connected',
      'simple-monitor/client handshake_succeeded',
      'simple-monitor/server monitor_stopped',
      'simple-monitor/client monitor_stopped',
    ],
  },
  {
    name: 'monitored_queue.py',
    command: (tap) => [python, join(EXAMPLES, 'monitored_queue.py'), tap, `${REQUESTS}`],
    output: `${REQUESTS} of ${REQUESTS} requests answered, ${2 * REQUESTS} messages copied\n`,
    shows: [
      'monitored-queue/front listening',
      'monitored-queue/front handshake_succeeded',
      'monitored-queue/back listening',
      'monitored-queue/back handshake_succeeded',
    ],
  },
  {
    name: 'monitor_tap.c',
    command: (tap) => [compiled, tap, `${REQUESTS}`],
    output: `${REQUESTS} of ${REQUESTS} requests answered\n`,
    shows: [
      'c-example/server listening',
      'c-example/server handshake_succeeded',
      'c-example/client connected',
      'c-example/client handshake_succeeded',
      'c-example/server monitor_stopped',
      'c-example/client monitor_stopped',
    ],
  },
];

async function startTap() {
  const parts = { settings: settings({ tap: 'tcp://127.0.0.1:*' }) };
  const stand = await startOnStand(monitorTap, undo, parts);
  return { ...stand, endpoint: tapEndpoint(stand.seen) };
}

function shown(seen: readonly Observation[]): ReadonlySet<string> {
  const events = seen.filter((o) => o.kind === 'monitor_event');
  return new Set(events.map((o) => `${o.source}/${o.socket} ${o.event}`));
}

/**
 * An endpoint where nothing listens, and one whose owner accepts and never says a word: a stopped
 * exporter.
 */
async function listener(): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const accepted = new Set<Socket>();
  const server = createServer((socket) => accepted.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async () => {
    const closed = once(server, 'close');
    for (const socket of accepted) socket.destroy();
    server.close();
    await closed;
  };
  return { endpoint: `tcp://127.0.0.1:${port}`, close };
}

async function absentTap(): Promise<string> {
  const { endpoint, close } = await listener();
  await close();
  return endpoint;
}

describe.each(EXAMPLE_PROGRAMS)('$name', ({ command, output, shows }) => {
  it('does its work and is seen', async () => {
    const { seen, until, endpoint } = await startTap();
    expect(await runProgram(command(endpoint))).toEqual({ code: 0, output });
    await until(`all of ${shows.join(', ')}`, (all) => {
      const names = shown(all);
      return shows.every((name) => names.has(name));
    });
    expect(seen.filter((o) => o.kind === 'monitor_rejected')).toEqual([]);
  });

  it('does its work without an exporter', async () => {
    expect(await runProgram(command(await absentTap()))).toEqual({ code: 0, output });
  });

  it('does its work beside an exporter that is stopped', async () => {
    const { endpoint, close } = await listener();
    const result = await runProgram(command(endpoint));
    await close();
    expect(result).toEqual({ code: 0, output });
  });
});

describe('the forwarder of brinescope_tap.py', () => {
  /**
   * Three events a client: more than the 2,000 that libzmq lets an unread monitor have, and than
   * the queue to the tap holds.
   */
  const clients = 1_500;
  const storm = (tap: string) => [
    python,
    new URL('storm.py', import.meta.url).pathname,
    tap,
    `${clients}`,
  ];

  it('never stops its program, however many events nobody takes', async () => {
    const output = `${clients} of ${clients} clients answered\n`;
    expect(await runProgram(storm(await absentTap()))).toEqual({ code: 0, output });
  });

  it('tells an exporter of each of them as long as it keeps up', async () => {
    const { seen, until, endpoint } = await startTap();
    expect((await runProgram(storm(endpoint))).code).toBe(0);
    const accepted = (all: readonly Observation[]) =>
      all.filter((o) => o.kind === 'monitor_event' && o.event === 'accepted').length;
    await until('most of the clients', (all) => accepted(all) >= clients * 0.5);
    expect(accepted(seen)).toBeLessThanOrEqual(clients);
  });
});
