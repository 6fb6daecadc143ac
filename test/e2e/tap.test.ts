/**
 * The monitor tap against real pushers: what it counts, what it rejects, and that nobody can drown
 * it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Pull, Push, Reply, Request } from 'zeromq';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { MONITOR_EVENTS } from '../../exporter/src/domain/vocabulary.js';
import {
  FRAME_MAX_BYTES,
  READ_BATCH_MESSAGES,
  READ_SLICE_MS,
  SOURCES_MAX,
} from '../../exporter/src/sources/monitor-tap/options.js';
import { monitorTap } from '../../exporter/src/sources/monitor-tap/source.js';
import { health, master, portOf, settings, startOnStand, tapEndpoint } from './canary-context.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

const LITTLE = endianness() === 'LE';
const ADDRESS = 'tcp://10.0.0.1:4505';

function event(number: number, value = 0): Buffer {
  const frame = Buffer.alloc(6);
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setUint16(0, number, LITTLE);
  view.setUint32(2, value, LITTLE);
  return frame;
}

async function startTap(tap = 'tcp://127.0.0.1:*') {
  const stand = await startOnStand(monitorTap, undo, { settings: settings({ tap }) });
  return { ...stand, endpoint: tapEndpoint(stand.seen) };
}

function pusher(endpoint: string): Push {
  const push = new Push({ linger: 0, sendHighWaterMark: 1_000 });
  push.connect(endpoint);
  undo.push(() => push.close());
  return push;
}

const monitorEvents = (seen: readonly Observation[], source: string) =>
  seen.filter((o) => o.kind === 'monitor_event').filter((o) => o.source === source);

const rejects = (seen: readonly Observation[]) =>
  seen.flatMap((o) => (o.kind === 'monitor_rejected' ? [`${o.source} ${o.reason}`] : []));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'brinescope-tap-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const descriptors = () => readdirSync('/proc/self/fd').length;

describe('the tap', () => {
  it('is off by default', () => {
    expect(monitorTap.enabled(settings({}))).toBe(false);
    expect(monitorTap.enabled(settings({ tap: 'ipc:///run/tap' }))).toBe(true);
  });

  it('passes on each event of libzmq with its names and its value', async () => {
    const { seen, until, endpoint } = await startTap();
    const push = pusher(endpoint);
    for (const bit of MONITOR_EVENTS.keys()) {
      await push.send(['billing/front', event(2 ** bit, 1000 + bit), ADDRESS]);
    }
    await until('all events', (all) => monitorEvents(all, 'billing').length === 15);
    expect(monitorEvents(seen, 'billing')).toEqual(
      MONITOR_EVENTS.map((name, bit) => ({
        kind: 'monitor_event',
        source: 'billing',
        socket: 'front',
        event: name,
        value: 1000 + bit,
      })),
    );
  });

  it('counts what it cannot take, by source and reason, and goes on', async () => {
    const { seen, until, endpoint } = await startTap();
    const push = pusher(endpoint);
    const messages: Parameters<Push['send']>[0][] = [
      'alone',
      ['a', event(1)],
      ['a', event(1), ADDRESS, 'x'],
      ['a', Buffer.alloc(5), ADDRESS],
      ['a', Buffer.alloc(FRAME_MAX_BYTES), ADDRESS],
      ['a', Buffer.alloc(8), ADDRESS],
      ['a', event(0), ADDRESS],
      ['<script>', event(1), ADDRESS],
      ['exporter/publish', event(1), ADDRESS],
      [Buffer.from('ff', 'hex'), event(1), ADDRESS],
      ['a', event(1), ADDRESS],
    ];
    for (const message of messages) await push.send(message);
    await until('the good one', (all) => monitorEvents(all, 'a').length === 1);
    expect(rejects(seen)).toEqual([
      'alone frames',
      'a frames',
      'a frames',
      'a length',
      'a length',
      'a version',
      'a event',
      'unknown source',
      'unknown source',
      'unknown source',
    ]);
  });

  it('survives a frame larger than any event, and a program that speaks no ZeroMQ', async () => {
    const { seen, until, endpoint } = await startTap();
    await pusher(endpoint).send(['a', Buffer.alloc(FRAME_MAX_BYTES + 1), ADDRESS]);
    const request = new Request({ linger: 0, reconnectInterval: -1 });
    undo.push(() => request.close());
    const refused = new Promise((resolve) => request.events.on('disconnect', resolve));
    request.connect(endpoint);
    await refused;
    await pusher(endpoint).send(['b', event(1), ADDRESS]);
    await until('the good one', (all) => monitorEvents(all, 'b').length === 1);
    expect(monitorEvents(seen, 'a')).toEqual([]);
    expect(health(seen)).toMatch(/^up/);
  });

  it('has places for a bounded number of sources', async () => {
    const { seen, until, endpoint } = await startTap();
    const push = pusher(endpoint);
    for (let i = 0; i <= SOURCES_MAX; i += 1) await push.send([`s${i}`, event(1), ADDRESS]);
    await until('a reject', (all) => rejects(all).length === 1);
    expect(rejects(seen)).toEqual(['unknown source']);
    expect(seen.filter((o) => o.kind === 'monitor_event')).toHaveLength(SOURCES_MAX);
  });
});

describe('a flood', () => {
  it('is read at a bounded rate, while timers run and other sources are heard', async () => {
    const { seen, until, endpoint } = await startTap();
    const flooder = fork(new URL('tap-flooder.mjs', import.meta.url).pathname, [endpoint]);
    undo.push(async () => {
      const gone = once(flooder, 'exit');
      flooder.kill('SIGKILL');
      await gone;
    });
    const startedMs = performance.now();
    await once(flooder, 'message');
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 10);
    const polite = pusher(endpoint);
    for (let i = 0; i < 20; i += 1) {
      await polite.send(['polite', event(1), ADDRESS]);
      await until('the polite one', (all) => monitorEvents(all, 'polite').length === i + 1);
    }
    await until('a good part of the flood', (all) => monitorEvents(all, 'flooder').length > 2_000);
    clearInterval(ticking);
    const elapsedMs = performance.now() - startedMs;
    const read = seen.filter((o) => o.kind === 'monitor_event').length;
    // timers may be early by a millisecond each; without a bound the flooder fills all the time there is
    expect(read).toBeLessThanOrEqual(((1.5 * elapsedMs) / READ_SLICE_MS) * READ_BATCH_MESSAGES);
    expect(ticks).toBeGreaterThan(3);
  });
});

describe('its endpoint', () => {
  it.each(['tcp://0.0.0.0:4510', 'tcp://*:4510', 'tcp://[::]:4510', 'tcp://192.0.2.1:4510'])(
    'is never %s',
    async (tap) => {
      const { seen } = await startTap(tap);
      expect(health(seen)).toMatch(
        /^down: not listening: tcp:.*only 127\.0\.0\.0\/8 and ::1 are allowed/,
      );
    },
  );

  it('that is taken is said, and bound as soon as it is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { seen, until } = await startTap(`tcp://127.0.0.1:${port}`);
    expect(health(seen)).toMatch(/^down: not listening on .*in use; tried again every 10 s/);
    expect(seen).toContainEqual({
      kind: 'source_error',
      source: 'monitor_tap',
      reason: 'bind_failed',
      count: 1,
    });
    other.close();
    await once(other, 'close');
    await until('the second try', (all) => health(all).startsWith('up'));
  });

  it('may be a Unix socket, free for the next as soon as it stopped', async () => {
    const path = join(folder(), 'tap.sock');
    const { until, source, endpoint } = await startTap(`ipc://${path}`);
    await pusher(endpoint).send(['a', event(1), ADDRESS]);
    await until('an event', (all) => monitorEvents(all, 'a').length === 1);
    await source.stop();
    const again = await startTap(`ipc://${path}`);
    expect(health(again.seen)).toBe(`up: listening on ipc://${path}`);
    await again.source.stop();
  });

  it('never replaces a file or the socket of another program', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, 'precious');
    expect(health((await startTap(`ipc://${path}`)).seen)).toMatch(/^down: .* is not a socket/);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    const busy = join(folder(), 'busy.sock');
    const other = new Pull({ linger: 0 });
    await other.bind(`ipc://${busy}`);
    undo.push(() => other.close());
    expect(health((await startTap(`ipc://${busy}`)).seen)).toMatch(/^down: .* in use/);
    expect(existsSync(busy)).toBe(true);
  });

  it('moves when the settings say so, and leaves no descriptor behind', async () => {
    const { seen, until, source, endpoint } = await startTap();
    const settle = async (tap: string | undefined) => {
      await source.reconfigure(settings({ tap }), master({}));
      return health(seen);
    };
    expect(await settle(undefined)).toBe('down: off: monitor.tap is not set');
    await settle('tcp://127.0.0.1:*');
    const before = descriptors();
    for (let i = 0; i < 50; i += 1) {
      await settle(undefined);
      expect(await settle('tcp://127.0.0.1:*')).toMatch(/^up/);
    }
    // libzmq closes in the background: some may be open still, but one a round would be 50
    expect(Math.abs(descriptors() - before)).toBeLessThan(25);
    const moved = tapEndpoint(seen);
    expect(portOf(moved)).not.toBe(portOf(endpoint));
    await pusher(moved).send(['a', event(1), ADDRESS]);
    await until('an event', (all) => monitorEvents(all, 'a').length === 1);
  });
});

describe('a real socket', () => {
  it('whose monitor is forwarded shows up like our own', async () => {
    const { seen, until, endpoint } = await startTap();
    const push = pusher(endpoint);
    const server = new Reply({ linger: 0 });
    await server.bind('tcp://127.0.0.1:*');
    undo.push(() => server.close());
    const client = new Request({ linger: 0 });
    const numbers: Record<string, number> = { 'connect:delay': 2, connect: 1, handshake: 4096 };
    const observer = client.events;
    client.connect(server.lastEndpoint ?? '');
    for (let i = 0; i < 3; i += 1) {
      const { type } = await observer.receive();
      await push.send(['app/client', event(numbers[type] ?? 0), ADDRESS]);
    }
    client.close();
    await until('three events', (all) => monitorEvents(all, 'app').length === 3);
    expect(monitorEvents(seen, 'app').map((o) => o.event)).toEqual([
      'connect_delayed',
      'connected',
      'handshake_succeeded',
    ]);
  });
});
