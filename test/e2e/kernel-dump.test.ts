/**
 * Deaths that come while a dump runs: told at once, within a bound, and the dump brings nobody
 * back.
 */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { apply, createState, freeze, type State } from '../../exporter/dist/domain/index.js';
import { type Libc, loadLibc } from '../../exporter/dist/lib/libc.js';
import { DestroyEvents } from '../../exporter/dist/sources/kernel/destroy-events.js';
import type { ScanReport } from '../../exporter/dist/sources/kernel/protocol.js';
import { ReasonCounts } from '../../exporter/dist/sources/kernel/reasons.js';
import { DUMP_LOOK_EVENTS, ScanThread } from '../../exporter/dist/sources/kernel/scan-thread.js';
import { createTable, tableOver } from '../../exporter/dist/sources/kernel/socket-table.js';
import { PATIENCE_MS } from '../patience.js';
import { monotonicMs, Peers, takePort } from './kernel-watch.js';
import { undoneAfterEach } from './undo.js';

const HOST = '127.75.0.1';
/** No test listens there. */
const UNUSED_PORT = 1;
const MSG_DONTWAIT = 0x40;
const STAYING = 400;
/** More than two looks take. */
const LEAVING = 700;

const undo = undoneAfterEach();

function peers(): Peers {
  const started = new Peers();
  undo.push(() => started.kill());
  return started;
}

async function bindings(): Promise<Libc> {
  const load = await loadLibc();
  if (!load.ok) throw new Error(load.reason);
  return load.libc;
}

/** This thread is held, so that the time-out of the test cannot end it. */
function failAfter(endMs: number): void {
  if (monotonicMs() > endMs) throw new Error('the scan thread goes on and on');
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

interface Plan {
  /** Called before part `part` of dump `dump`, both counted from 1, IPv4 and IPv6 apart. */
  readonly onPart: (dump: number, part: number) => void;
  readonly deathBufferBytes?: number;
}

/** Runs the scan thread on this thread until it begins its third scan, and ends that one too. */
function runScans(libc: Libc, port: number, plan: Plan): ScanReport[] {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const endMs = monotonicMs() + PATIENCE_MS;
  let dump = 0;
  let part = 0;
  const watched: Libc = {
    ...libc,
    send: (...transfer) => {
      dump += 1;
      part = 0;
      // a third table, because this thread gives none back
      if (dump === 3) ours.postMessage({ kind: 'returned', buffer: createTable(4_096).buffer });
      if (dump === 5) ours.postMessage({ kind: 'stop' });
      return libc.send(...transfer);
    },
    recv: (...transfer) => {
      const isDump = (transfer[3] & MSG_DONTWAIT) === 0;
      if (isDump) part += 1;
      if (isDump) plan.onPart(dump, part);
      return libc.recv(...transfer);
    },
    poll: (...wait) => {
      failAfter(endMs);
      return libc.poll(...wait);
    },
  };
  const data = {
    settings: {
      ports: { publish: port, request: UNUSED_PORT },
      intervalSeconds: 0.1,
      cpuBudgetRatio: 0,
    },
    wakeFlag: new Int32Array(new SharedArrayBuffer(4)),
    deathBufferBytes: plan.deathBufferBytes,
  };
  new ScanThread(theirs, data, { ok: true, libc: watched }).run();
  const reports: ScanReport[] = [];
  for (;;) {
    const received: { message: ScanReport } | undefined = receiveMessageOnPort(ours);
    if (received === undefined) break;
    reports.push(received.message);
  }
  ours.close();
  return reports;
}

/** Ends `clients` and returns when the kernel has announced all of their connections' ends. */
function endAll(clients: Peers, announced: DestroyEvents): void {
  clients.process.kill('SIGKILL');
  let ends = 0;
  const endMs = monotonicMs() + PATIENCE_MS;
  while (ends < LEAVING) {
    ends += announced.drain().batch?.table.count ?? 0;
    pause(1);
    failAfter(endMs);
  }
}

const domain = () =>
  createState({
    flapWindowSeconds: 120,
    staleAfterSeconds: 604_800,
    canarySourceAddress: '127.0.0.77',
    enabledSources: ['kernel'],
  });

function take(state: State, report: ScanReport): void {
  const monoMs = monotonicMs();
  const now = { monoMs, wallMs: Date.now() };
  if (report.kind === 'scan')
    apply(state, { ...report.scan, sockets: tableOver(report.buffer, report.count) }, now);
  else if (report.kind === 'deaths')
    apply(state, { ...report.deaths, sockets: tableOver(report.buffer, report.count) }, now);
}

describe('700 connections that end while a dump of 1,100 runs', () => {
  /** One scan, one in the middle of which the connections end, and one more. */
  async function run(deathBufferBytes?: number) {
    const server = peers();
    const port = await server.ask<number>('listen', { host: HOST, port: takePort() });
    const [staying, leaving] = [peers(), peers()];
    await staying.ask('connect', { host: HOST, port, count: STAYING });
    await leaving.ask('connect', { host: HOST, port, count: LEAVING });
    await server.ask('accepted', { count: STAYING + LEAVING });
    const libc = await bindings();
    const ports = { publish: port, request: UNUSED_PORT };
    const opened = DestroyEvents.open(libc, { ports, reasons: new ReasonCounts() });
    if (!opened.ok) throw new Error(`errno ${opened.errno}`);
    undo.push(async () => opened.events.close());
    const onPart = (dump: number, part: number) => {
      if (dump === 3 && part === 3) endAll(leaving, opened.events);
    };
    return runScans(libc, port, deathBufferBytes ? { onPart, deathBufferBytes } : { onPart });
  }

  it('are told before the dump ends, as many as keep it going, the others right after', async () => {
    const reports = await run();
    const told = reports.filter((report) => report.kind === 'scan' || report.kind === 'deaths');
    const scans = told.filter((report) => report.kind === 'scan');
    expect(scans.every(({ scan }) => scan.complete)).toBe(true);
    const [first, second] = told.flatMap((report, i) => (report.kind === 'scan' ? [i] : []));
    const within = told.slice(first, second).filter((report) => report.kind === 'deaths');
    expect(within.length).toBeGreaterThan(0);
    expect(within.every(({ count }) => count <= DUMP_LOOK_EVENTS)).toBe(true);
    expect(within[0]?.count).toBe(DUMP_LOOK_EVENTS);
    const ends = told.reduce((sum, { kind, count }) => sum + (kind === 'deaths' ? count : 0), 0);
    expect(ends).toBe(LEAVING);
    // rows of the dead stand in the dump that was told after their deaths
    expect(scans[1]?.count).toBeGreaterThan(STAYING);
  });

  it('are counted once each by the domain, and its links are those that live', async () => {
    const state = domain();
    const links = () => {
      const { links: held } = freeze(state, { monoMs: monotonicMs(), wallMs: Date.now() });
      return Object.values(held?.publish ?? {}).reduce((sum, count) => sum + count, 0);
    };
    const booked = () => {
      const now = { monoMs: monotonicMs(), wallMs: Date.now() };
      const { connects, disconnects } = freeze(state, now);
      const sum = (by: Record<string, number>) => Object.values(by).reduce((a, b) => a + b, 0);
      return { connects: sum(connects.publish), disconnects: sum(disconnects.publish) };
    };
    const after: number[] = [];
    for (const report of await run()) {
      take(state, report);
      if (report.kind === 'scan') after.push(links());
    }
    expect(after[0]).toBe(STAYING + LEAVING);
    expect(after.at(-1)).toBe(STAYING);
    expect(booked()).toEqual({ connects: 0, disconnects: LEAVING });
    expect(links()).toBe(STAYING);
  });

  it('that overflow the buffer meanwhile are counted, and another dump follows', async () => {
    const reports = await run(4_096);
    const lost = reports.flatMap((report) =>
      report.kind === 'observation' && report.observation.kind === 'kernel_loss'
        ? [report.observation.eventsLost]
        : [],
    );
    const told = reports.reduce((rows, report) => {
      return report.kind === 'deaths' ? rows + report.count : rows;
    }, 0);
    expect(lost.length).toBeGreaterThan(0);
    expect(told + lost.reduce((sum, count) => sum + count, 0)).toBe(LEAVING);
    const scans = reports.filter((report) => report.kind === 'scan');
    expect(scans.map(({ scan }) => scan.trigger)).toContain('overflow');
    expect(scans.at(-1)?.count).toBe(STAYING);
  });
});
