/**
 * Both canaries against ports that are not Salt's: a clear health, no count of what is none, no hot
 * loop.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Publisher, Router } from 'zeromq';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { defineRequestCanary } from '../../exporter/src/sources/request-canary/source.js';
import { RECONNECT_INTERVAL_MS } from '../../exporter/src/sources/stream-canary/options.js';
import { defineStreamCanary } from '../../exporter/src/sources/stream-canary/source.js';
import {
  eventNames,
  health,
  master,
  openPeers,
  portOf,
  SOURCE_ADDRESS,
  settings,
  startOnStand,
} from './canary-context.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const STRANGERS: readonly (readonly [string, () => Promise<number>])[] = [
  [
    'a banner server',
    () => listen(createServer((s) => s.write('220 mail.example ESMTP ready\r\n'))),
  ],
  [
    'a server that talks a lot',
    () => listen(createServer((s) => s.write(Buffer.alloc(9999, '\x03ab')))),
  ],
  ['a server that resets', () => listen(createServer((s) => s.resetAndDestroy()))],
  ['a server that hangs up', () => listen(createServer((s) => s.end()))],
  ['an HTTP server', () => listen(createHttpServer((_, response) => response.end('no')))],
];

/** Ends by itself only at the handshake interval, so it stands apart. */
const silent = () => listen(createServer());

function retryValues(seen: readonly Observation[]): number[] {
  return seen.flatMap((o) =>
    o.kind === 'monitor_event' && o.event === 'connect_retried' ? [o.value] : [],
  );
}

/**
 * A reset that comes before libzmq looks is a refusal to it: no `connected`, and health says that
 * nothing accepts.
 */
function isReset(seen: readonly Observation[]): boolean {
  const names = eventNames(seen, 'publish').concat(eventNames(seen, 'request'));
  return names.includes('closed') && health(seen).startsWith('down: nothing accepts');
}

describe('the stream canary', () => {
  const watch = (port: number) =>
    startOnStand(defineStreamCanary(), undo, { master: master({ publishPort: port }) });

  it.each(STRANGERS)('sees that %s is no publisher', async (_, start) => {
    const port = await start();
    const { seen, until } = await watch(port);
    const verdict =
      `down: 127.0.0.1:${port} from ${SOURCE_ADDRESS} takes connections but is no ZeroMQ ` +
      'publisher; tried again every 0.5 to 10 s, publishes are not counted meanwhile';
    await until('a verdict', (all) => health(all) === verdict || isReset(all));
    const tries = (all: readonly Observation[]) =>
      eventNames(all, 'publish').filter((name) => name === 'connect_delayed').length;
    await until('another try', (all) => tries(all) >= 2);
    for (const value of retryValues(seen))
      expect(value).toBeGreaterThanOrEqual(RECONNECT_INTERVAL_MS);
    expect(seen.filter((o) => o.kind === 'stream_messages')).toEqual([]);
    expect(openPeers(seen, 'publish')).toBe(0);
  });

  it('sees that a silent port is no publisher', async () => {
    const { until } = await watch(await silent());
    await until('a verdict', (all) => health(all).includes('is no ZeroMQ publisher'));
  });

  it('sees that a ZeroMQ socket of another type is no publisher', async () => {
    const router = new Router({ linger: 0 });
    await router.bind('tcp://127.0.0.1:*');
    undo.push(() => router.close());
    const { seen, until } = await watch(portOf(router.lastEndpoint));
    await until('a verdict', (all) => health(all).includes('is no ZeroMQ publisher'));
    expect(openPeers(seen, 'publish')).toBe(0);
  });
});

describe('the request canary', () => {
  // long enough for a stranger's answer on a busy machine, short enough to wait for where none comes
  const canary = defineRequestCanary({ timeoutMs: 2_000, unansweredExpiryMs: 60_000 });
  const ping = (port: number) =>
    startOnStand(canary, undo, {
      settings: settings({ requestIntervalSeconds: 0.1 }),
      master: master({ requestPort: port }),
    });
  const pings = (all: readonly Observation[]) => all.filter((o) => o.kind === 'request_ping');

  it.each([...STRANGERS, ['a silent port', silent] as const])(
    'never takes %s for a master',
    async (_, start) => {
      const port = await start();
      const { seen, until } = await ping(port);
      await until('three results', (all) => pings(all).length >= 3);
      expect(pings(seen).filter((o) => o.result === 'ok')).toEqual([]);
      const verdict = /^down: 127.* (no ZeroMQ request port|did not complete a ZeroMQ handshake)/;
      if (!isReset(seen)) expect(health(seen)).toMatch(verdict);
      expect(eventNames(seen, 'request')).not.toContain('connect_retried');
      expect(openPeers(seen, 'request')).toBe(0);
    },
  );

  it('sees that a publisher is no request port', async () => {
    const publisher = new Publisher({ linger: 0 });
    await publisher.bind('tcp://127.0.0.1:*');
    undo.push(() => publisher.close());
    const { seen, until } = await ping(portOf(publisher.lastEndpoint));
    await until('a result', (all) => pings(all).length >= 1);
    expect(pings(seen)[0]?.result).toBe('error');
    expect(health(seen)).toMatch(/no ZeroMQ request port/);
  });

  it('names a source address that this host does not have', async () => {
    const { seen, until } = await startOnStand(canary, undo, {
      settings: settings({ requestIntervalSeconds: 1, sourceAddress: '192.0.2.77' }),
      master: master({ requestPort: await silent() }),
    });
    await until('a result', (all) => pings(all).length >= 1);
    expect(health(seen)).toMatch(/the source address is not this host's/);
  });
});

describe('a master that listens off the loopback', () => {
  const NAMESPACE = `brinescope-canary-${process.pid}`;
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'pipe' });

  beforeAll(() => {
    ip('netns', 'add', NAMESPACE);
    ip('-n', NAMESPACE, 'link', 'set', 'lo', 'up');
    ip('-n', NAMESPACE, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    ip('-n', NAMESPACE, 'addr', 'add', '10.77.0.1/24', 'dev', 'v0');
    ip('-n', NAMESPACE, 'link', 'set', 'v0', 'up');
    ip('-n', NAMESPACE, 'link', 'set', 'v1', 'up');
  });
  afterAll(() => {
    ip('netns', 'del', NAMESPACE);
  });

  it.each([
    ['127.0.0.77', 'tcp://10.77.0.1:4505', '10.77.0.1'],
    ['::ffff:127.0.0.77', 'tcp://[::]:4505', '::'],
  ])('sees us as %s at %s', async (peer, endpoint, connectHost) => {
    const script = new URL('canary-namespace.mjs', import.meta.url).pathname;
    const child = spawn(
      'ip',
      ['netns', 'exec', NAMESPACE, process.execPath, script, endpoint, connectHost],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) lines.push(line);
    expect(lines).toEqual([`peer ${peer}`, 'counted 1 message of 7 bytes']);
  });
});
