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
    const startedMs = monotonicMs();
    const table = dumped(slow, port);
    expect(table.count).toBe(LINKS);
    expect(calls).toBeGreaterThan(4);
    const instants = (ages: Uint32Array) =>
      Array.from({ length: LINKS }, (_, row) => (table.rowMonoMs[row] ?? 0) - (ages[row] ?? 0));
    const sent = instants(table.lastDataSentMs);
    const received = instants(table.lastDataReceivedMs);
    expect(Math.min(...sent)).toBeGreaterThan(sentFromMs - JIFFY_MS);
    expect(Math.max(...sent)).toBeLessThan(sentToMs + JIFFY_MS);
    expect(Math.min(...received)).toBeGreaterThan(receivedFromMs - JIFFY_MS);
    expect(Math.max(...received)).toBeLessThan(receivedToMs + JIFFY_MS);
    // the last part was written that much later than the first
    const latest = Math.max(...table.rowMonoMs.subarray(0, LINKS));
    expect(latest - startedMs).toBeGreaterThan(2 * CALL_DELAY_MS);
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
