/**
 * When the built kernel source scans: a series after a publish and after each kind of fault, else
 * steadily.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SCAN_GAP_MINIMUM_MS, SERIES_MS } from '../../exporter/dist/sources/kernel/cadence.js';
import { KernelWatch, monotonicMs, Peers, takePort } from './kernel-watch.js';
import { undoneAfterEach } from './undo.js';

const HOST = '127.76.0.1';
/** Between two steady scans: whoever waits for the next one meets the time-out of the test. */
const NEVER_SECONDS = 3_600;
/** A scan serves a point of the series that it precedes by no more. */
const SERVED_MS = SCAN_GAP_MINIMUM_MS / 2;
/** No test listens there. */
const UNUSED_PORT = 1;

const undo = undoneAfterEach();

function peers(namespace?: string): Peers {
  const started = new Peers(namespace);
  undo.push(() => started.kill());
  return started;
}

async function listening(host: string): Promise<{ server: Peers; port: number }> {
  const server = peers();
  return { server, port: await server.ask<number>('listen', { host, port: takePort() }) };
}

async function watch(
  ports: { publish: number; request: number },
  intervalSeconds: number,
): Promise<KernelWatch> {
  const started = new KernelWatch(ports, { intervalSeconds });
  undo.push(() => started.source.stop());
  await started.source.start();
  return started;
}

/** Why scans were made since the first. */
const triggers = (kernel: KernelWatch) => kernel.scans.slice(1).map(({ trigger }) => trigger);

describe('without a steady scan', () => {
  it('a publish is followed by a series, and by nothing more', async () => {
    const kernel = await watch({ publish: takePort(), request: UNUSED_PORT }, NEVER_SECONDS);
    const askedMs = monotonicMs();
    kernel.source.requestScan('publish');
    // A scan is never early. How late it is depends on the machine, and one that is late serves
    // the points that it has passed: of the series only the end is certain.
    const endMs = askedMs + (SERIES_MS.at(-1) ?? Number.NaN) - SERVED_MS;
    await kernel.until(() => kernel.lastScan.startedMonoMs >= endMs);
    do await kernel.freshScan();
    while (triggers(kernel).at(-1) !== 'demand');
    const series = triggers(kernel).slice(0, -1);
    expect(new Set(series)).toEqual(new Set(['publish']));
    expect(series.length).toBeLessThanOrEqual(SERIES_MS.length);
  });

  it('the end of a subscriber is a fault, the end of a request is none', async () => {
    const [publish, request] = [await listening(HOST), await listening(HOST)];
    const [subscriber, client] = [peers(), peers()];
    await subscriber.ask('connect', { host: HOST, port: publish.port, count: 1 });
    await client.ask('connect', { host: HOST, port: request.port, count: 1 });
    const kernel = await watch({ publish: publish.port, request: request.port }, NEVER_SECONDS);
    await client.kill();
    await kernel.until(() => kernel.deaths.length === 1);
    await kernel.freshScan();
    expect(triggers(kernel)).toEqual(['demand']);
    await subscriber.kill();
    await kernel.until(() => kernel.deaths.length === 2);
    await kernel.until(() => triggers(kernel).includes('fault'));
    expect(kernel.lastScan.rows).toEqual([]);
  });

  it('the end of a listener is a fault', async () => {
    const { server, port } = await listening(HOST);
    const kernel = await watch({ publish: port, request: UNUSED_PORT }, NEVER_SECONDS);
    await server.ask('unlisten');
    await kernel.until(() => triggers(kernel).includes('fault'));
    expect(kernel.lastScan.listeners).toEqual([]);
  });
});

describe('a host that stops answering', () => {
  const NAMESPACE = `brinescope-kernel-${process.pid}`;
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'pipe' });
  /** Interface names have 15 characters at most. */
  const NEAR = `bkn${process.pid}`;
  const FAR = `bkf${process.pid}`;
  /** A network of its own: the interface of a run before this one lives on for a while. */
  const NETWORK = `10.76.${process.pid % 256}`;
  const ADDRESS = `${NETWORK}.1`;

  it('is a fault once, not as long as it lasts', async () => {
    ip('netns', 'add', NAMESPACE);
    undo.push(() => ip('netns', 'del', NAMESPACE));
    ip('link', 'add', NEAR, 'type', 'veth', 'peer', 'name', FAR, 'netns', NAMESPACE);
    undo.push(() => ip('link', 'del', NEAR));
    ip('addr', 'add', `${ADDRESS}/24`, 'dev', NEAR);
    ip('link', 'set', NEAR, 'up');
    ip('-n', NAMESPACE, 'addr', 'add', `${NETWORK}.2/24`, 'dev', FAR);
    ip('-n', NAMESPACE, 'link', 'set', FAR, 'up');
    const { server, port } = await listening(ADDRESS);
    const client = peers(NAMESPACE);
    await client.ask('connect', { host: ADDRESS, port, count: 1 });
    await server.ask('accepted', { count: 1 });
    const kernel = await watch({ publish: port, request: UNUSED_PORT }, 0.2);
    ip('-n', NAMESPACE, 'link', 'set', FAR, 'down');
    await server.ask('write', { bytes: 10 });
    const faults = () => triggers(kernel).filter((trigger) => trigger === 'fault').length;
    await kernel.until(() => faults() > 0);
    expect(kernel.lastScan.rows.map(({ state }) => state)).toEqual([1]);
    const until = kernel.scans.length + 20;
    await kernel.until(() => kernel.scans.length > until);
    expect(faults()).toBeLessThanOrEqual(SERIES_MS.length);
    expect(triggers(kernel).slice(-5)).toEqual(Array(5).fill('interval'));
  });
});
