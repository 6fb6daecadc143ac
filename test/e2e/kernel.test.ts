/**
 * The kernel source against the running kernel: every connection, every death, both families,
 * nothing of other programs.
 */
import { describe, expect, it } from 'vitest';
import { loadLibc, POLLFD_BYTES, POLLIN } from '../../exporter/dist/lib/libc.js';
import { DestroyEvents } from '../../exporter/dist/sources/kernel/destroy-events.js';
import { ReasonCounts } from '../../exporter/dist/sources/kernel/reasons.js';
import { KernelWatch, Peers, percentile, takePort } from './kernel-watch.js';
import { undoneAfterEach } from './undo.js';

const HOST = '127.71.0.1';
/** No test listens there. */
const UNUSED_PORT = 1;
/** Between two scans: whoever waits for the next one meets the time-out of the test. */
const NEVER_SECONDS = 3_600;

const undo = undoneAfterEach();

function peers(): Peers {
  const started = new Peers();
  undo.push(() => started.kill());
  return started;
}

async function watch(
  publish: number,
  options: ConstructorParameters<typeof KernelWatch>[1] & { request?: number } = {},
): Promise<KernelWatch> {
  const started = new KernelWatch({ publish, request: options.request ?? UNUSED_PORT }, options);
  undo.push(() => started.source.stop());
  await started.source.start();
  return started;
}

async function listening(host = HOST): Promise<{ server: Peers; port: number }> {
  const server = peers();
  return { server, port: await server.ask<number>('listen', { host, port: takePort() }) };
}

describe('a storm of 500 connections, half of them shorter than 50 ms', () => {
  it('is seen whole: one death with a cookie of its own each', async () => {
    const { port } = await listening();
    const kernel = await watch(port, { intervalSeconds: 0.02 });
    const clients = peers();
    const holdMs = [0, 1, 5, 20, 45, 60, 80, 120];
    const ended = await clients.ask<[number, number][]>('flap', {
      host: HOST,
      port,
      count: 500,
      holdMs,
      parallel: 8,
    });
    await kernel.until(() => kernel.deaths.length >= 500);
    await kernel.freshScan();
    expect(ended).toHaveLength(500);
    expect(kernel.deaths.map((death) => death.peerPort).sort()).toEqual(
      ended.map(([peerPort]) => peerPort).sort(),
    );
    expect(new Set(kernel.deaths.map((death) => death.cookie)).size).toBe(500);
    expect(kernel.losses).toEqual({ overflows: 0, eventsLost: 0 });
    expect(kernel.lastScan.rows).toEqual([]);
    const resurrected = kernel.deaths.filter((death) =>
      kernel.scans.some(
        (scan) =>
          scan.startedMonoMs > death.readMonoMs &&
          scan.rows.some((row) => row.cookie === death.cookie),
      ),
    );
    // scans did come in between, or the next line says nothing
    expect(kernel.scans.filter((scan) => scan.rows.length > 0).length).toBeGreaterThan(3);
    expect(resurrected).toEqual([]);
    const endedAt = new Map(ended);
    const delays = kernel.deaths.map(
      (death) => death.arrivedMs - (endedAt.get(death.peerPort) ?? 0),
    );
    console.log(
      `destroy event to main thread: median ${percentile(delays, 0.5).toFixed(1)} ms, p99 ${percentile(delays, 0.99).toFixed(1)} ms, worst ${Math.max(...delays).toFixed(1)} ms`,
    );
  });
});

describe('the end of a connection', () => {
  it('is told at once, not with the next scan', async () => {
    const { port } = await listening();
    const kernel = await watch(port, { intervalSeconds: NEVER_SECONDS });
    const clients = peers();
    await clients.ask('connect', { host: HOST, port, count: 1 });
    const { startedMonoMs } = await kernel.freshScan();
    await clients.kill();
    await kernel.until(() => kernel.deaths.length === 1);
    expect(kernel.lastScan.startedMonoMs).toBe(startedMonoMs);
  });
});

describe('3,000 links', () => {
  it('that end in one instant are all told, or counted as lost', async () => {
    const { server, port } = await listening();
    const kernel = await watch(port);
    const clients = peers();
    const local = Array.from({ length: 200 }, (_, index) => `127.71.1.${index + 1}`);
    await clients.ask('connect', { host: HOST, port, count: 3_000, local });
    const before = await kernel.freshScan();
    expect(before.rows).toHaveLength(3_000);
    expect(before.complete).toBe(true);
    await Promise.all([server.kill(), clients.kill()]);
    await kernel.until(() => kernel.deaths.length + kernel.losses.eventsLost >= 3_000);
    const after = await kernel.freshScan();
    console.log(
      `3,000 cut at once: ${kernel.deaths.length} told, ${kernel.losses.eventsLost} lost in ${kernel.losses.overflows} overflows`,
    );
    expect(after.rows).toEqual([]);
    expect(kernel.deaths.length + kernel.losses.eventsLost).toBe(3_000);
    const known = new Set(before.rows.map((row) => row.cookie));
    expect(kernel.deaths.filter((death) => !known.has(death.cookie))).toEqual([]);
    expect(new Set(kernel.deaths.map((death) => death.cookie)).size).toBe(kernel.deaths.length);
    expect(kernel.listenerDeaths.map(({ port }) => port)).toEqual(['publish']);
  });
});

describe('a receive buffer that is too small', () => {
  it('loses events that are counted exactly, and a scan follows each time', async () => {
    const { server, port } = await listening();
    const kernel = await watch(port, { deathBufferBytes: 4_096, intervalSeconds: 30 });
    const clients = peers();
    await clients.ask('connect', { host: HOST, port, count: 2_000 });
    expect((await kernel.freshScan()).rows).toHaveLength(2_000);
    await Promise.all([server.kill(), clients.kill()]);
    const links = () => kernel.deaths.length + kernel.listenerDeaths.length;
    await kernel.until(() => links() + kernel.losses.eventsLost >= 2_001);
    await kernel.until(() => kernel.lastScan.trigger === 'overflow');
    const { overflows, eventsLost } = kernel.losses;
    console.log(`small buffer: ${links()} told, ${eventsLost} lost in ${overflows} overflows`);
    expect(eventsLost).toBeGreaterThan(0);
    expect(overflows).toBeGreaterThan(0);
    expect(links() + eventsLost).toBe(2_001); // the links and the listener
    await kernel.until(() => kernel.lastScan.rows.length === 0 && kernel.lastScan.complete);
  });
});

describe('addresses', () => {
  it('of IPv4 peers are alike on an IPv4 and an IPv6 listener, and IPv6 peers have their own', async () => {
    const dual = await listening('::');
    const kernel = await watch(dual.port);
    const [mapped, native] = [peers(), peers()];
    await mapped.ask('connect', { host: HOST, port: dual.port, count: 3, local: ['127.71.2.9'] });
    await native.ask('connect', { host: '::1', port: dual.port, count: 2 });
    const scan = await kernel.freshScan();
    expect(scan.rows.map((row) => row.address).sort()).toEqual([
      '0:0:0:1',
      '0:0:0:1',
      '127.71.2.9',
      '127.71.2.9',
      '127.71.2.9',
    ]);
    await Promise.all([mapped.kill(), native.kill()]);
    await kernel.until(() => kernel.deaths.length === 5);
    expect(kernel.deaths.map((death) => death.cookie).sort()).toEqual(
      scan.rows.map((row) => row.cookie).sort(),
    );
    expect(kernel.deaths.map((death) => death.address).sort()).toEqual(
      scan.rows.map((row) => row.address).sort(),
    );
  });
});

describe('bytes', () => {
  it('of a connection are exact in scans and in its death', async () => {
    const { server, port } = await listening();
    const kernel = await watch(port);
    const clients = peers();
    await clients.ask('connect', { host: HOST, port, count: 1 });
    await clients.ask('write', { bytes: 600 });
    await server.ask('write', { bytes: 103 });
    const [row] = (await kernel.freshScan()).rows;
    expect([row?.bytesReceived, row?.bytesAcked]).toEqual([600, 103]);
    await clients.kill();
    await kernel.until(() => kernel.deaths.length === 1);
    // the FIN counts as one byte in either direction
    expect(kernel.deaths[0]?.bytesReceived).toBeGreaterThanOrEqual(600);
    expect(kernel.deaths[0]?.bytesReceived).toBeLessThanOrEqual(601);
    expect(kernel.deaths[0]?.cookie).toBe(row?.cookie);
  });
});

describe('a listener', () => {
  it('that is closed and opened again while scans run is told each time, and no scan is torn', async () => {
    const { server, port } = await listening();
    const clients = peers();
    await clients.ask('connect', { host: HOST, port, count: 4_000 });
    const kernel = await watch(port, { intervalSeconds: 0.1 });
    const rounds = 10;
    for (let round = 0; round < rounds; round += 1) {
      kernel.source.requestScan('demand');
      await server.ask('unlisten');
      await server.ask('listen', { host: HOST, port });
    }
    await kernel.until(() => kernel.listenerDeaths.length === rounds);
    const scan = await kernel.freshScan();
    expect(scan.listeners.map((listener) => [listener.port, listener.queueLimit])).toEqual([
      ['publish', 4_096],
    ]);
    expect(new Set(kernel.listenerDeaths.map(({ cookieLow }) => cookieLow)).size).toBe(rounds);
    expect(kernel.scans.every((each) => each.complete)).toBe(true);
    expect(kernel.scans.every((each) => each.rows.length === 4_000)).toBe(true);
    expect(kernel.deaths).toEqual([]);
  });

  it('whose process does not accept shows its queue, and what found it full is counted', async () => {
    const server = peers();
    const port = takePort();
    const backlog = 4;
    await server.ask('listen', { host: HOST, port, backlog });
    const kernel = await watch(port, { intervalSeconds: 30 });
    const before = kernel.lastScan;
    expect(before.listeners.map((listener) => listener.queueLength)).toEqual([0]);
    server.process.kill('SIGSTOP');
    const clients = peers();
    clients.ask('connect', { host: HOST, port, count: 12 }).catch(() => undefined);
    let scan = before;
    const isFull = () => (scan.listeners[0]?.queueLength ?? 0) > backlog;
    while (scan.listenOverflows === before.listenOverflows || !isFull()) {
      kernel.source.requestScan('publish');
      await kernel.until(() => kernel.lastScan !== scan);
      scan = kernel.lastScan;
    }
    expect(scan.trigger).toBe('publish');
    // the kernel lets one more in than the limit says
    expect(scan.listeners).toEqual([
      expect.objectContaining({ queueLength: backlog + 1, queueLimit: backlog }),
    ]);
  });

  it('that moves to another port is followed after a change of the configuration', async () => {
    const first = await listening();
    const second = await listening();
    const kernel = await watch(first.port);
    const clients = peers();
    await clients.ask('connect', { host: HOST, port: second.port, count: 5 });
    expect((await kernel.freshScan()).rows).toHaveLength(0);
    await kernel.source.reconfigure(...kernel.facts({ publish: 1, request: second.port }));
    await kernel.until(() => kernel.lastScan.rows.length === 5);
    expect(kernel.lastScan.rows.map((row) => row.port)).toEqual([1, 1, 1, 1, 1]);
    await clients.kill();
    await kernel.until(() => kernel.deaths.length === 5);
    expect(kernel.errors('filter_refused')).toBe(0);
  });
});

describe('closes of other programs', () => {
  it('do not wake us: the kernel filters them before the queue', async () => {
    const load = await loadLibc();
    if (!load.ok) throw new Error(load.reason);
    const { libc } = load;
    const open = (filter: boolean) => {
      const ports = { publish: UNUSED_PORT, request: UNUSED_PORT + 1 };
      const opened = DestroyEvents.open(libc, { ports, reasons: new ReasonCounts(), filter });
      if (!opened.ok) throw new Error(`errno ${opened.errno}`);
      undo.push(async () => opened.events.close());
      return opened.events;
    };
    const isReadable = (events: DestroyEvents) => {
      const set = new Uint8Array(POLLFD_BYTES);
      new Int32Array(set.buffer)[0] = events.descriptor;
      new Int16Array(set.buffer)[2] = POLLIN;
      return libc.poll(set, 1, 0) > 0;
    };
    const [filtered, unfiltered] = [open(true), open(false)];
    // another program's close can come between the subscription and its filter
    filtered.drain();
    const { port } = await listening();
    await peers().ask('flap', { host: HOST, port, count: 2_000, holdMs: [0], parallel: 50 });
    expect(isReadable(unfiltered)).toBe(true);
    expect(isReadable(filtered)).toBe(false);
  });
});

describe('stopping', () => {
  it('does not wait for its next scan, leaves no descriptor, and can be followed by a start', async () => {
    const { port } = await listening();
    const kernel = await watch(port, { intervalSeconds: NEVER_SECONDS });
    const { readdirSync } = await import('node:fs');
    const descriptors = () => readdirSync('/proc/self/fd').length;
    await kernel.source.stop();
    const stopped = descriptors();
    for (let round = 0; round < 3; round += 1) {
      await kernel.source.start();
      await kernel.source.stop();
    }
    expect(descriptors()).toBe(stopped);
  });
});
