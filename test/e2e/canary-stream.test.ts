/**
 * The stream canary against real publishers: every message and every byte, through restarts, and
 * from its own address.
 */
import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { XPublisher } from 'zeromq';
import type { Observation } from '../../exporter/src/domain/observations.js';
import {
  BATCH_MS,
  RECONNECT_INTERVAL_MS,
} from '../../exporter/src/sources/stream-canary/options.js';
import {
  defineStreamCanary,
  type StreamMessage,
} from '../../exporter/src/sources/stream-canary/source.js';
import {
  eventNames,
  health,
  master,
  openPeers,
  portOf,
  SOURCE_ADDRESS,
  type Stand,
  type StandingSource,
  settings,
  startOnStand,
} from './canary-context.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

function startCanary(
  port: number,
  onMessage?: (message: StreamMessage) => void,
): Promise<StandingSource> {
  const definition = defineStreamCanary(onMessage === undefined ? {} : { onMessage });
  return startOnStand(definition, undo, { master: master({ publishPort: port }) });
}

async function bindPublisher(endpoint = 'tcp://127.0.0.1:*') {
  const publisher = new XPublisher({ linger: 0, sendHighWaterMark: 0 });
  await publisher.bind(endpoint);
  undo.push(() => publisher.close());
  return publisher;
}

function totals(seen: readonly Observation[]): { messages: number; bytes: number } {
  let messages = 0;
  let bytes = 0;
  for (const o of seen) {
    if (o.kind !== 'stream_messages') continue;
    messages += o.messages;
    bytes += o.bytes;
  }
  return { messages, bytes };
}

const counted = (stand: Stand, messages: number) =>
  stand.until(`${messages} messages`, (seen) => totals(seen).messages >= messages);

/**
 * What the kernel of the publisher says our connection acknowledged: the independent count of the
 * bytes.
 */
function bytesAcked(port: number): number {
  const text = execFileSync(
    'ss',
    ['-tinOH', 'state', 'established', 'sport', '=', `:${port}`, 'dst', SOURCE_ADDRESS],
    { encoding: 'utf8' },
  );
  return Number(/bytes_acked:(\d+)/.exec(text)?.[1]);
}

const FRAME_SIZES = [
  [0],
  [1],
  [255],
  [256],
  [1_000_000],
  [0, 0, 0],
  [255, 256],
  [40, 1, 65_536, 0],
  ...Array.from({ length: 500 }, (_, i) => [i]),
];

function wireBytes(sizes: readonly number[]): number {
  // ZMTP 3: a flags byte and one size byte up to 255, eight above.
  return sizes.reduce((sum, size) => sum + size + (size > 255 ? 9 : 2), 0);
}

describe('messages', () => {
  it('are all counted, to the byte that the kernel says was acknowledged', async () => {
    const publisher = await bindPublisher();
    const port = portOf(publisher.lastEndpoint);
    const heard: StreamMessage[] = [];
    const stand = await startCanary(port, (message) => heard.push(message));
    expect((await publisher.receive()).map(String)).toEqual(['\x01']);
    const before = bytesAcked(port);
    for (const sizes of FRAME_SIZES) {
      await publisher.send(sizes.map((size) => Buffer.alloc(size, 'x')));
    }
    await counted(stand, FRAME_SIZES.length);
    const bytes = FRAME_SIZES.reduce((sum, sizes) => sum + wireBytes(sizes), 0);
    expect(totals(stand.seen)).toEqual({ messages: FRAME_SIZES.length, bytes });
    expect(bytesAcked(port) - before).toBe(bytes);
    expect(heard.map((message) => message.wireBytes)).toEqual(FRAME_SIZES.map(wireBytes));
    const times = heard.map((message) => message.arrivedMonoMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(health(stand.seen)).toBe(`up: subscribed to 127.0.0.1:${port} from ${SOURCE_ADDRESS}`);
  });

  it('of a burst arrive in the domain as a few observations', async () => {
    const publisher = await bindPublisher();
    const stand = await startCanary(portOf(publisher.lastEndpoint));
    await publisher.receive();
    const startedMs = performance.now();
    for (let i = 0; i < 20_000; i += 1) await publisher.send('0123456789');
    await counted(stand, 20_000);
    const elapsedMs = performance.now() - startedMs;
    const observations = stand.seen.filter((o) => o.kind === 'stream_messages').length;
    // one per batch; timers may be early by a millisecond each
    expect(observations).toBeLessThanOrEqual((2 * elapsedMs) / BATCH_MS + 1);
    expect(totals(stand.seen)).toEqual({ messages: 20_000, bytes: 20_000 * 12 });
  });

  it('that were read but not told yet are told when it stops', async () => {
    const publisher = await bindPublisher();
    let heard = 0;
    const signal = new EventEmitter();
    const { source, ...stand } = await startCanary(portOf(publisher.lastEndpoint), () => {
      heard += 1;
      if (heard === 10) signal.emit('all');
    });
    await publisher.receive();
    const all = once(signal, 'all');
    for (let i = 0; i < 10; i += 1) await publisher.send('x');
    await all;
    await source.stop();
    expect(totals(stand.seen).messages).toBe(10);
  });
});

describe('a master', () => {
  it('that is not there yet is a normal state, and is found when it comes', async () => {
    const first = await bindPublisher();
    const endpoint = first.lastEndpoint ?? '';
    await first.unbind(endpoint);
    const stand = await startCanary(portOf(endpoint));
    await stand.until('a refused connection', (seen) => health(seen).includes('nothing accepts'));
    expect(health(stand.seen)).toMatch(/^down: .* tried again every 0\.5 to 5 s/);
    await first.bind(endpoint);
    expect((await first.receive()).map(String)).toEqual(['\x01']);
    await first.send('x');
    await counted(stand, 1);
    expect(health(stand.seen)).toMatch(/^up/);
    expect(stand.seen.filter((o) => o.kind === 'source_error')).toEqual([]);
  });

  it('that restarts is lost, found again, and nothing is counted twice', async () => {
    const first = await bindPublisher();
    const endpoint = first.lastEndpoint ?? '';
    const { source, ...stand } = await startCanary(portOf(endpoint));
    await first.receive();
    for (let i = 0; i < 5; i += 1) await first.send('x');
    await counted(stand, 5);
    first.close();
    await stand.until('the loss', (seen) => health(seen).includes('went away'));
    expect(openPeers(stand.seen, 'publish')).toBe(0);
    const second = await bindPublisher(endpoint);
    await second.receive();
    for (let i = 0; i < 3; i += 1) await second.send('x');
    await counted(stand, 8);
    expect(totals(stand.seen)).toEqual({ messages: 8, bytes: 24 });
    expect(openPeers(stand.seen, 'publish')).toBe(1);
    await source.stop();
    expect(openPeers(stand.seen, 'publish')).toBe(0);
    const names = eventNames(stand.seen, 'publish');
    expect(names.slice(0, 5)).toEqual([
      'connect_delayed',
      'connected',
      'handshake_succeeded',
      'disconnected',
      'connect_retried',
    ]);
    expect(names.slice(-3)).toEqual(['connected', 'handshake_succeeded', 'monitor_stopped']);
    const retries = stand.seen.flatMap((o) =>
      o.kind === 'monitor_event' && o.event === 'connect_retried' ? [o.value] : [],
    );
    for (const value of retries) expect(value).toBeGreaterThanOrEqual(RECONNECT_INTERVAL_MS);
  });

  it('that moves to another port is followed, and the counts go on', async () => {
    const first = await bindPublisher();
    const second = await bindPublisher();
    const { source, ...stand } = await startCanary(portOf(first.lastEndpoint));
    await first.receive();
    await first.send('x');
    await counted(stand, 1);
    const moved = master({ publishPort: portOf(second.lastEndpoint) });
    await source.reconfigure(settings({}), moved);
    await second.receive();
    await second.send('x');
    await counted(stand, 2);
    const events = eventNames(stand.seen, 'publish').length;
    await source.reconfigure(settings({}), { ...moved, workerThreads: 9 });
    expect(eventNames(stand.seen, 'publish')).toHaveLength(events);
    expect(openPeers(stand.seen, 'publish')).toBe(1);
  });

  it('that publishes over another transport is left alone, and that is said', async () => {
    const server = createServer();
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    undo.push(() => server.close());
    const { source, ...stand } = await startOnStand(defineStreamCanary(), undo, {
      master: master({ publishPort: listeningPort(server), transport: 'tcp' }),
    });
    await source.stop();
    expect(connections).toBe(0);
    expect(health(stand.seen)).toBe(
      'down: the master publishes over tcp, not zeromq: publishes are not counted',
    );
  });
});

describe('the connection', () => {
  it('comes from its own address and answers heartbeats', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    undo.push(() => server.close());
    const accepted: Promise<Socket[]> = once(server, 'connection');
    await startCanary(listeningPort(server));
    const [socket] = await accepted;
    if (socket === undefined) throw new Error('the server accepted nothing');
    undo.push(() => socket.destroy());
    expect(socket.remoteAddress).toBe(SOURCE_ADDRESS);
    const read = byteReader(socket);
    // ZMTP 3.1 by hand: greeting (signature, version, mechanism), READY, then a PING whose context
    // must come back.
    socket.write(
      Buffer.concat([
        Buffer.from('ff00000000000000017f0301', 'hex'),
        Buffer.from('NULL'.padEnd(20, '\0')),
        Buffer.alloc(32),
      ]),
    );
    await read((bytes) => bytes.length >= 64);
    const ready = Buffer.concat([
      Buffer.from('\x05READY\x0bSocket-Type'),
      Buffer.from('00000003', 'hex'),
      Buffer.from('PUB'),
    ]);
    socket.write(Buffer.concat([Buffer.from([4, ready.length]), ready]));
    const ping = Buffer.from('\x04PING\x00\x64seam', 'latin1');
    socket.write(Buffer.concat([Buffer.from([4, ping.length]), ping]));
    const pong = Buffer.from('\x04PONGseam', 'latin1');
    const answered = await read((bytes) => bytes.includes(pong));
    expect(answered.subarray(answered.indexOf(pong) - 2)).toEqual(
      Buffer.concat([Buffer.from([4, pong.length]), pong]),
    );
  });
});

function listeningPort(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function byteReader(socket: Socket) {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  return async (enough: (bytes: Buffer) => boolean) => {
    while (!enough(bytes)) await once(socket, 'data');
    return bytes;
  };
}
