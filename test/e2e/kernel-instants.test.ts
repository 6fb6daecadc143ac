/** Figures of tcp_info against the clock of who sent the bytes, and against iproute2's reading. */
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { type Libc, loadLibc } from '../../exporter/dist/lib/libc.js';
import { DiagDump } from '../../exporter/dist/sources/kernel/diag-dump.js';
import { ReasonCounts } from '../../exporter/dist/sources/kernel/reasons.js';
import { createTable, type SocketTable } from '../../exporter/dist/sources/kernel/socket-table.js';
import { monotonicMs, Peers, takePort } from './kernel-watch.js';

const HOST = '127.74.0.1';
/** No test listens there. */
const UNUSED_PORT = 1;
/** 80 rows a part: a dump of them takes half a dozen calls. */
const LINKS = 400;
/** As if the thread had to wait for its core between two calls. */
const CALL_DELAY_MS = 60;
/** One jiffy of the slowest kernels, and the time in which a part is written. */
const JIFFY_MS = 12;
/**
 * A thread that is set aside between the kernel's writing of a part and its own look at the clock
 * dates the part too late, never too early: of several readings the earliest counts.
 */
const READINGS_MAXIMUM = 20;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connected(count: number): Promise<{ server: Peers; clients: Peers; port: number }> {
  const [server, clients] = [new Peers(), new Peers()];
  cleanups.push(() => server.kill());
  cleanups.push(() => clients.kill());
  const port = await server.ask<number>('listen', { host: HOST, port: takePort() });
  await clients.ask('connect', { host: HOST, port, count });
  await server.ask('accepted', { count });
  return { server, clients, port };
}

async function bindings(): Promise<Libc> {
  const load = await loadLibc();
  if (!load.ok) throw new Error(load.reason);
  return load.libc;
}

function dumped(libc: Libc, port: number): SocketTable {
  const dump = new DiagDump(libc, new ReasonCounts(), 4_096);
  const ports = { publish: port, request: UNUSED_PORT };
  const { result, sink } = dump.dump(ports, createTable(LINKS));
  dump.close();
  if (sink === undefined) throw new Error('no answer');
  expect(result).toEqual({ kind: 'dumped', complete: true });
  return sink.table;
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Of each connection the earliest instant that the readings gave, monotonic milliseconds. */
class Earliest {
  readonly #instants = new Map<number, number>();

  take({ count, peerPort, rowMonoMs }: SocketTable, agesMs: Uint32Array): void {
    for (let row = 0; row < count; row += 1) {
      const port = peerPort[row] ?? -1;
      const instant = (rowMonoMs[row] ?? Number.NaN) - (agesMs[row] ?? Number.NaN);
      this.#instants.set(port, Math.min(instant, this.#instants.get(port) ?? instant));
    }
  }

  get size(): number {
    return this.#instants.size;
  }

  get earliest(): number {
    return Math.min(...this.#instants.values());
  }

  /** Infinity before the first reading. */
  get latest(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : Math.max(...this.#instants.values());
  }
}

describe('the ages in a dump', () => {
  it('give the instant of the datum, also in parts that are fetched late', async () => {
    const { server, clients, port } = await connected(LINKS);
    const sentFromMs = monotonicMs();
    await server.ask('write', { bytes: 10 });
    const sentToMs = monotonicMs();
    pause(50);
    const receivedFromMs = monotonicMs();
    await clients.ask('write', { bytes: 10 });
    const receivedToMs = monotonicMs();
    const libc = await bindings();
    let calls = 0;
    const slow: Libc = {
      ...libc,
      recv: (...transfer) => {
        calls += 1;
        pause(CALL_DELAY_MS);
        return libc.recv(...transfer);
      },
    };
    const sent = new Earliest();
    const received = new Earliest();
    const isInTime = () =>
      sent.latest < sentToMs + JIFFY_MS && received.latest < receivedToMs + JIFFY_MS;
    for (let reading = 0; reading < READINGS_MAXIMUM && !isInTime(); reading += 1) {
      const startedMs = monotonicMs();
      const table = dumped(slow, port);
      expect(table.count).toBe(LINKS);
      sent.take(table, table.lastDataSentMs);
      received.take(table, table.lastDataReceivedMs);
      // the last part was written that much later than the first
      const latest = Math.max(...table.rowMonoMs.subarray(0, LINKS));
      expect(latest - startedMs).toBeGreaterThan(2 * CALL_DELAY_MS);
    }
    expect(calls).toBeGreaterThan(4);
    expect([sent.size, received.size]).toEqual([LINKS, LINKS]);
    expect(sent.earliest).toBeGreaterThan(sentFromMs - JIFFY_MS);
    expect(sent.latest).toBeLessThan(sentToMs + JIFFY_MS);
    expect(received.earliest).toBeGreaterThan(receivedFromMs - JIFFY_MS);
    expect(received.latest).toBeLessThan(receivedToMs + JIFFY_MS);
  });
});

describe('segments and the window of the peer', () => {
  it('are what ss reads', async () => {
    const { server, clients, port } = await connected(1);
    await server.ask('write', { bytes: 70_000 });
    await clients.ask('write', { bytes: 3_000 });
    const libc = await bindings();
    const read = () => {
      const table = dumped(libc, port);
      return {
        segs_out: table.segmentsOut[0],
        segs_in: table.segmentsIn[0],
        snd_wnd: table.sendWindow[0],
      };
    };
    // a delayed acknowledgement may fall between the two readings
    for (;;) {
      const before = read();
      const args = ['-tinH', 'state', 'established', 'sport', '=', `:${port}`];
      const text = execFileSync('ss', args, { encoding: 'utf8' });
      const after = read();
      if (JSON.stringify(before) !== JSON.stringify(after)) continue;
      for (const [name, value] of Object.entries(before))
        expect(text).toMatch(new RegExp(`\\b${name}:${value}\\b`));
      expect(before.segs_out).toBeGreaterThan(1);
      expect(before.segs_in).toBeGreaterThan(1);
      break;
    }
  });
});
