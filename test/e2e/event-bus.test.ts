/** The event bus source against real sockets: floods, restarts, strangers, and paths that lead nowhere. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { BACKLOG_MAX_BYTES } from '../../exporter/src/sources/event-bus/options.js';
import { eventBus } from '../../exporter/src/sources/event-bus/source.js';
import type { MasterFacts } from '../../exporter/src/sources/source.js';
import { busFrame, pingReturn } from './bus-frames.js';
import { health, master, type StandingSource, startOnStand } from './canary-context.js';
import { undoneAfterEach } from './undo.js';

const PUBLISHER = new URL('bus-server.mjs', import.meta.url).pathname;
const NAME = 'master_event_pub.ipc';

const undo = undoneAfterEach();
let sockDir: string;

beforeEach(async () => {
  sockDir = await mkdtemp(join(tmpdir(), 'bus-'));
  undo.push(() => rm(sockDir, { recursive: true, force: true }));
});

function startBus(
  parts: Partial<MasterFacts> = {},
  apply: (onApplied: () => void) => void = (onApplied) => onApplied(),
): Promise<StandingSource> {
  return startOnStand(eventBus, undo, { master: master({ sockDir, ...parts }), apply });
}

interface Publisher {
  readonly child: ChildProcess;
  readonly port: number | undefined;
  told(kind: string): Promise<{ longestWaitMs: number; received: number }>;
}

async function startPublisher(target: object): Promise<Publisher> {
  const child = fork(PUBLISHER, [JSON.stringify(target)]);
  undo.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const messages: { kind: string; longestWaitMs: number; received: number }[] = [];
  let wake: () => void = () => undefined;
  const [first] = (await once(child, 'message')) as [{ address: { port?: number } | string }];
  child.on('message', (message) => {
    messages.push(message as (typeof messages)[number]);
    wake();
  });
  return {
    child,
    port: typeof first.address === 'string' ? undefined : first.address.port,
    told: async (kind) => {
      for (;;) {
        const found = messages.find((message) => message.kind === kind);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** A server in this process; `peers` are its connections. */
async function listenHere(
  path: string,
): Promise<{ server: Server; peers: Socket[]; got: number[] }> {
  const peers: Socket[] = [];
  const got = [0];
  const server = createServer((socket) => {
    peers.push(socket);
    socket.on('data', (bytes) => got.push(bytes.length));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  undo.push(async () => {
    for (const peer of peers) peer.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, peers, got };
}

const count = (seen: readonly Observation[]) =>
  seen.reduce((sum, o) => sum + (o.kind === 'bus_batch' ? o.count : 0), 0);
const links = (seen: readonly Observation[]) =>
  seen.flatMap((o) => (o.kind === 'bus_link' ? [o.connected] : []));
/** Ids as they were told: each once. */
const minions = (seen: readonly Observation[]) =>
  seen.flatMap((o) => (o.kind === 'bus_batch' ? o.names.minions.texts : []));
const errors = (seen: readonly Observation[]) =>
  seen.flatMap((o) => (o.kind === 'source_error' ? [o.reason] : []));

function losses(seen: readonly Observation[]): { dropped: number; rejects: string } {
  let dropped = 0;
  const rejects: string[] = [];
  for (const o of seen) {
    if (o.kind !== 'bus_loss') continue;
    dropped += o.dropped;
    rejects.push(...Object.entries(o.rejects).map(([reason, count]) => `${reason} ${count}`));
  }
  return { dropped, rejects: rejects.join(', ') };
}

/** Holds the event loop most of the time, until told otherwise. */
function keepBusy(): () => void {
  const timer = setInterval(() => {
    const endMs = performance.now() + 15;
    while (performance.now() < endMs);
  }, 20);
  return () => clearInterval(timer);
}

const EVENTS_PER_PIECE = 1_000;
function piece(): string {
  const frames = Array.from({ length: EVENTS_PER_PIECE }, (_each, at) =>
    busFrame(pingReturn(`m${at}`, at, Date.now()), at % 2 === 0),
  );
  return Buffer.concat(frames).toString('base64');
}

describe('the event bus under load', () => {
  it('takes 100,000 events at once while the program is busy, and loses none', async () => {
    const publisher = await startPublisher({ path: join(sockDir, NAME) });
    const bus = await startBus();
    await publisher.told('connected');
    const stopWork = keepBusy();
    publisher.child.send({ kind: 'flood', base64: piece(), times: 100 });
    await bus.until('all events', (seen) => count(seen) + losses(seen).dropped >= 100_000);
    stopWork();
    const { received } = await publisher.told('sent');
    expect(count(bus.seen)).toBe(100_000);
    expect(losses(bus.seen)).toEqual({ dropped: 0, rejects: '' });
    expect(new Set(minions(bus.seen)).size).toBe(EVENTS_PER_PIECE);
    expect(received, 'bytes that we wrote to the bus').toBe(0);
  });

  it('reads on while nobody takes the events, and counts what it had no room for', async () => {
    const publisher = await startPublisher({ path: join(sockDir, NAME) });
    const held: (() => void)[] = [];
    let isHolding = true;
    const bus = await startBus({}, (onApplied) => {
      if (isHolding) held.push(onApplied);
      else onApplied();
    });
    await publisher.told('connected');
    const base64 = piece();
    const times = Math.ceil((BACKLOG_MAX_BYTES * 3) / Buffer.byteLength(base64, 'base64'));
    publisher.child.send({ kind: 'flood', base64, times });
    // Nothing of it is taken over: the publisher gets rid of all of it nevertheless.
    await publisher.told('sent');
    isHolding = false;
    for (const release of held) release();
    const total = times * EVENTS_PER_PIECE;
    await bus.until('all events', (seen) => count(seen) + losses(seen).dropped >= total);
    expect(count(bus.seen) + losses(bus.seen).dropped).toBe(total);
    expect(losses(bus.seen).dropped).toBeGreaterThan(total / 3);
    expect(losses(bus.seen).rejects).toBe('');
    for (const o of bus.seen)
      if (o.kind === 'bus_batch') expect(o.backlogBytes).toBeLessThanOrEqual(BACKLOG_MAX_BYTES);
  });

  it('reads the bus of a master with ipc_mode tcp', async () => {
    const publisher = await startPublisher({ host: '127.0.0.1', port: 0 });
    const bus = await startBus({ ipcMode: 'tcp', tcpMasterPubPort: publisher.port ?? 0 });
    await publisher.told('connected');
    publisher.child.send({ kind: 'flood', base64: piece(), times: 3 });
    await bus.until('all events', (seen) => count(seen) === 3_000);
    expect(health(bus.seen)).toBe(`up: events are read from 127.0.0.1:${publisher.port}`);
    expect((await publisher.told('sent')).received).toBe(0);
  });
});

describe('the connection to the event bus', () => {
  const one = busFrame(pingReturn('one', 1, Date.now()));
  const two = busFrame(pingReturn('two', 2, Date.now()), true);

  it('is made again after a restart of the master, which may frame otherwise then', async () => {
    const path = join(sockDir, NAME);
    const before = await listenHere(path);
    const bus = await startBus();
    await bus.until('a connection', (seen) => links(seen).at(-1) === true);
    before.peers[0]?.write(one);
    await bus.until('an event', (seen) => count(seen) === 1);
    before.peers[0]?.destroy();
    await new Promise((resolve) => before.server.close(resolve));
    await bus.until('the end', (seen) => links(seen).at(-1) === false);
    const after = await listenHere(path);
    await bus.until('another connection', (seen) => links(seen).at(-1) === true);
    after.peers[0]?.write(two);
    await bus.until('another event', (seen) => count(seen) === 2);
    expect(links(bus.seen)).toEqual([false, true, false, true]);
    expect(minions(bus.seen)).toEqual(['one', 'two']);
    expect(errors(bus.seen)).toEqual(['connection_ended']);
    expect(losses(bus.seen)).toEqual({ dropped: 0, rejects: '' });
    expect([...before.got, ...after.got]).toEqual([0, 0]);
  });

  it('counts a frame that the end of the master tore, and reads on behind it', async () => {
    const { peers } = await listenHere(join(sockDir, NAME));
    const bus = await startBus();
    await bus.until('a connection', (seen) => links(seen).at(-1) === true);
    peers[0]?.end(Buffer.concat([one, two.subarray(0, 40)]));
    await bus.until('another connection', (seen) => links(seen).filter(Boolean).length === 2);
    peers[1]?.write(two);
    await bus.until('an event', (seen) => count(seen) === 2);
    expect(losses(bus.seen)).toEqual({ dropped: 0, rejects: 'framing 1' });
  });

  it('is given up when what comes is no event, and counted', async () => {
    const { peers, got } = await listenHere(join(sockDir, NAME));
    const bus = await startBus();
    await bus.until('a connection', (seen) => links(seen).at(-1) === true);
    peers[0]?.write(Buffer.concat([one, Buffer.from('HTTP/1.1 400 Bad Request'), one]));
    await bus.until('the end', (seen) => links(seen).at(-1) === false && links(seen).length === 3);
    expect(count(bus.seen)).toBe(1);
    expect(losses(bus.seen).rejects).toBe('framing 1');
    expect(errors(bus.seen)).toEqual(['stranger']);
    expect(health(bus.seen)).toMatch(/^down: what answers at .* does not speak as an event bus/);
    expect(got).toEqual([0]);
  });

  it('goes to the socket that took the place of the one it read', async () => {
    const path = join(sockDir, NAME);
    const old = await listenHere(path);
    const bus = await startBus();
    await bus.until('a connection', (seen) => links(seen).at(-1) === true);
    const young = await listenHere(`${path}.new`);
    await rename(`${path}.new`, path);
    await bus.until('the other', (seen) => links(seen).filter(Boolean).length === 2);
    young.peers[0]?.write(two);
    await bus.until('its event', (seen) => minions(seen).includes('two'));
    expect(errors(bus.seen)).toEqual(['socket_replaced']);
    expect(old.got).toEqual([0]);
  });

  it('says what is missing, and connects as soon as it is there', async () => {
    const path = join(sockDir, NAME);
    const bus = await startBus();
    const saying = (words: RegExp) => bus.until(String(words), (seen) => words.test(health(seen)));
    await saying(/^down: no event bus at .*: there is no such socket: is the master running\?$/);
    await writeFile(path, '');
    await saying(/: what stands there is no socket: is sock_dir right\?$/);
    await rm(path);
    await leaveSocketFile(path);
    await saying(/: nothing listens there: is the master running\?$/);
    await rm(path);
    await listenHere(path);
    await saying(/^up: events are read from /);
    await bus.until('a connection', (seen) => links(seen).join() === 'false,true');
  });

  it('names a directory that is not there and a path that no socket can have', async () => {
    const nowhere = await startBus({ sockDir: join(sockDir, 'no') });
    await nowhere.until('words', ({ length }) => length > 1);
    expect(health(nowhere.seen)).toContain(`there is no directory ${join(sockDir, 'no')}`);
    const long = await startBus({ sockDir: join(sockDir, 'x'.repeat(100)) });
    await long.until('words', ({ length }) => length > 1);
    expect(health(long.seen)).toMatch(/the path has \d+ bytes and Linux allows 107/);
  });
});

/** A process that is killed leaves the file of its socket behind. */
async function leaveSocketFile(path: string): Promise<void> {
  const { child } = await startPublisher({ path });
  child.kill('SIGKILL');
  await once(child, 'exit');
}
