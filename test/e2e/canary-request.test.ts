/**
 * The request canary against real ROUTERs, with workers that answer, hang, answer late or answer
 * nonsense.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Router } from 'zeromq';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { createWedged, estimateWedged, notePing } from '../../exporter/src/domain/wedged.js';
import type { PingLimits } from '../../exporter/src/sources/request-canary/options.js';
import {
  defineRequestCanary,
  requestCanary,
} from '../../exporter/src/sources/request-canary/source.js';
import { PATIENCE_MS } from '../patience.js';
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

const PING = '83a3656e63a5636c656172a46c6f616481a3636d64a470696e67a776657273696f6e03';
const ECHO = Buffer.from('81a3636d64a470696e67', 'hex');
const INTERVAL_SECONDS = 0.02;
const WORKERS = 3;
/** A ping that is answered must not time out, however busy this machine is. */
const PATIENT: PingLimits = { timeoutMs: PATIENCE_MS, unansweredExpiryMs: 2 * PATIENCE_MS };
/** For pings that nobody answers: a tenth of it is enough to deliver one, on a machine that stalls too. */
const QUICK: PingLimits = { timeoutMs: 2_000, unansweredExpiryMs: PATIENCE_MS };

const undo = undoneAfterEach();

function startCanary(parts: {
  readonly port: number;
  readonly limits?: PingLimits;
  readonly intervalSeconds?: number;
}) {
  return startOnStand(defineRequestCanary(parts.limits ?? PATIENT), undo, {
    settings: settings({ requestIntervalSeconds: parts.intervalSeconds ?? INTERVAL_SECONDS }),
    master: master({ requestPort: parts.port, workerThreads: WORKERS }),
  });
}

async function bindRouter() {
  const router = new Router({ linger: 0 });
  await router.bind('tcp://127.0.0.1:*');
  undo.push(() => router.close());
  return router;
}

function results(seen: readonly Observation[]): Record<'ok' | 'timeout' | 'error', number> {
  const counts = { ok: 0, timeout: 0, error: 0 };
  for (const o of seen) if (o.kind === 'request_ping') counts[o.result] += 1;
  return counts;
}

/** What the domain makes of them, with no traffic of others. */
function wedgedOf(seen: readonly Observation[]): number | undefined {
  const wedged = createWedged();
  const outcomes = { ok: 'answered', timeout: 'hung', error: 'void' } as const;
  for (const o of seen) {
    if (o.kind === 'late_ping') {
      notePing(wedged, { sequence: o.sequence, outcome: 'answered' }, 0);
    } else if (o.kind === 'request_ping' && o.sequence !== undefined) {
      notePing(wedged, { sequence: o.sequence, outcome: outcomes[o.result] }, 0);
    }
  }
  return estimateWedged(wedged, WORKERS, { hanging: 0, nowMonoMs: 60_000 });
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('a request port that answers', () => {
  it('gets the exact ping, each on a connection of its own, and nothing else', async () => {
    const router = await bindRouter();
    const startedMs = performance.now();
    const { seen, until } = await startCanary({ port: portOf(router.lastEndpoint) });
    const peers = new Set<string>();
    const bodies = new Set<string>();
    for (let i = 0; i < 50; i += 1) {
      const [peer, delimiter, body, ...rest] = await router.receive();
      if (peer === undefined || body === undefined) throw new Error('a request without a body');
      peers.add(peer.toString('hex'));
      bodies.add(body.toString('hex'));
      expect([delimiter?.length, rest.length]).toEqual([0, 0]);
      await router.send([peer, Buffer.alloc(0), ECHO]);
    }
    await until('50 answers', (all) => results(all).ok >= 50);
    expect([...bodies]).toEqual([PING]);
    expect(peers.size).toBe(50);
    expect(results(seen)).toMatchObject({ timeout: 0, error: 0 });
    const elapsedSeconds = (performance.now() - startedMs) / 1000;
    const seconds = seen.flatMap((o) => (o.kind === 'request_ping' ? [o.seconds ?? -1] : []));
    for (const value of seconds) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(elapsedSeconds);
    }
    // No more than one ping per worker is under way: their times add up to no more than that.
    const sum = seconds.reduce((total, value) => total + value, 0);
    expect(sum).toBeLessThan(WORKERS * elapsedSeconds);
    expect(health(seen)).toBe(
      `up: pings to 127.0.0.1:${portOf(router.lastEndpoint)} from ${SOURCE_ADDRESS} are answered`,
    );
  });

  it('costs no descriptor, no socket and no peer after 500 pings', async () => {
    const router = await bindRouter();
    const answering = (async () => {
      for await (const [peer, delimiter] of router) {
        if (peer !== undefined && delimiter !== undefined) {
          await router.send([peer, delimiter, ECHO]);
        }
      }
    })();
    const { seen, until, source } = await startCanary({
      port: portOf(router.lastEndpoint),
      intervalSeconds: 0.004,
    });
    const stopped = (all: readonly Observation[]) =>
      eventNames(all, 'request').filter((name) => name === 'monitor_stopped').length;
    await until('20 pings', (all) => stopped(all) >= 20);
    const before = openDescriptors();
    await until('520 pings', (all) => stopped(all) >= 520);
    const after = openDescriptors();
    // A few pings may be open, and closing, at either moment, each a REQ, its monitor's two ends,
    // and a connection with both ends in this process. One that leaked would leak 500 times.
    expect(Math.abs(after - before)).toBeLessThan(100);
    await source.stop();
    expect(openPeers(seen, 'request')).toBe(0);
    expect(results(seen)).toMatchObject({ timeout: 0, error: 0 });
    router.close();
    await answering;
  });

  it('with anything but the echo is counted as an error and named', async () => {
    const router = await bindRouter();
    const { seen, until } = await startCanary({ port: portOf(router.lastEndpoint) });
    const [peer] = await router.receive();
    await router.send([peer ?? '', '', Buffer.from('a8626164206c6f6164', 'hex')]);
    await until('an error', (all) => results(all).error > 0);
    expect(results(seen)).toMatchObject({ ok: 0, error: 1 });
    expect(health(seen)).toMatch(/^down: .* not with the echo of a ping/);
  });

  it('is left alone when the interval is 0', async () => {
    expect(requestCanary.enabled(settings({ requestIntervalSeconds: 0 }))).toBe(false);
    expect(requestCanary.enabled(settings({ requestIntervalSeconds: 15 }))).toBe(true);
    const router = await bindRouter();
    const port = portOf(router.lastEndpoint);
    const { seen, until, source } = await startCanary({ port });
    const [peer] = await router.receive();
    await router.send([peer ?? '', '', ECHO]);
    await until('an answer', (all) => results(all).ok > 0);
    await source.reconfigure(
      settings({ requestIntervalSeconds: 0 }),
      master({ requestPort: port }),
    );
    expect(health(seen)).toBe('down: off: canary.request.interval is 0');
    expect(openPeers(seen, 'request')).toBe(0);
  });
});

describe('a request port that does not answer', () => {
  it('gets at most one ping per worker, and health says why there are no more', async () => {
    const router = await bindRouter();
    const { seen, until } = await startCanary({
      port: portOf(router.lastEndpoint),
      limits: QUICK,
    });
    for (let i = 0; i < 3; i += 1) await router.receive();
    await until('three timeouts', (all) => results(all).timeout === 3);
    expect(health(seen)).toMatch(/^down: 3 pings to .* are unanswered, as many as the master has/);
    let received = 0;
    router.receiveTimeout = 20 * INTERVAL_SECONDS * 1000;
    await router.receive().then(
      () => {
        received += 1;
      },
      () => undefined,
    );
    expect(received).toBe(0);
    expect(results(seen)).toEqual({ ok: 0, timeout: 3, error: 0 });
    expect(openPeers(seen, 'request')).toBe(3);
  });

  it('keeps the places of unanswered pings through a change of the interval', async () => {
    const router = await bindRouter();
    const port = portOf(router.lastEndpoint);
    const { seen, until, source } = await startCanary({ port, limits: QUICK });
    for (let i = 0; i < 3; i += 1) await router.receive();
    await until('three timeouts', (all) => results(all).timeout === 3);
    const twice = settings({ requestIntervalSeconds: 2 * INTERVAL_SECONDS });
    await source.reconfigure(twice, master({ requestPort: port, workerThreads: 3 }));
    router.receiveTimeout = 20 * INTERVAL_SECONDS * 1000;
    await expect(router.receive()).rejects.toThrow();
    expect(openPeers(seen, 'request')).toBe(3);
  });

  it('and answers late frees the places, without a second result for the same ping', async () => {
    const router = await bindRouter();
    const { seen, until } = await startCanary({
      port: portOf(router.lastEndpoint),
      limits: QUICK,
    });
    const late: Buffer[] = [];
    for (let i = 0; i < 3; i += 1) late.push((await router.receive())[0] ?? Buffer.alloc(0));
    await until('three timeouts', (all) => results(all).timeout === 3);
    for (const peer of late) await router.send([peer, '', ECHO]);
    const [peer] = await router.receive();
    await router.send([peer ?? '', '', ECHO]);
    await until('a new answer', (all) => results(all).ok === 1);
    expect(results(seen)).toEqual({ ok: 1, timeout: 3, error: 0 });
    const told = seen.flatMap((o) => (o.kind === 'late_ping' ? [o.sequence] : []));
    expect(told.sort()).toEqual([0, 1, 2]);
    const numbers = seen.flatMap((o) => (o.kind === 'request_ping' ? [o.sequence] : []));
    expect(numbers.slice(0, 4)).toEqual([0, 1, 2, 3]);
    await until('an upbeat health', (all) => health(all).startsWith('up: '));
  });

  it('and ends the connection frees the places too', async () => {
    const router = await bindRouter();
    const endpoint = router.lastEndpoint ?? '';
    const { seen, until } = await startCanary({ port: portOf(endpoint), limits: QUICK });
    for (let i = 0; i < 3; i += 1) await router.receive();
    await until('three timeouts', (all) => results(all).timeout === 3);
    router.close();
    await until('refusals', (all) => results(all).error > 0);
    expect(openPeers(seen, 'request')).toBe(0);
    expect(health(seen)).toMatch(/^down: nothing accepts a connection/);
  });

  it('has its unanswered pings given up after the expiry', async () => {
    const router = await bindRouter();
    const { until } = await startCanary({
      port: portOf(router.lastEndpoint),
      limits: { timeoutMs: 1_000, unansweredExpiryMs: 2_000 },
    });
    for (let i = 0; i < 6; i += 1) await router.receive();
    await until('six timeouts', (all) => results(all).timeout >= 6);
    await until('no more open than workers', (all) => openPeers(all, 'request') <= WORKERS);
  });
});

describe('workers behind a queue', () => {
  async function child(
    ...args: readonly string[]
  ): Promise<{ process: ChildProcess; told: unknown }> {
    const script = new URL('canary-workers.mjs', import.meta.url).pathname;
    const process = fork(script, args);
    undo.push(async () => {
      const gone = once(process, 'exit');
      process.kill('SIGKILL');
      await gone;
    });
    const [told] = await once(process, 'message');
    return { process, told };
  }

  it('one of three stopped: every third ping waits, and all end well when it runs on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'brinescope-canary-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const back = `ipc://${folder}/workers.ipc`;
    const proxy = await child('proxy', 'tcp://127.0.0.1:*', back);
    const workers = [
      await child('worker', back),
      await child('worker', back),
      await child('worker', back),
    ];
    const endpoint = (proxy.told as { endpoint: string }).endpoint;
    workers[1]?.process.kill('SIGSTOP');
    const { seen, until } = await startCanary({
      port: portOf(endpoint),
      limits: QUICK,
    });
    await until('three timeouts', (all) => results(all).timeout === 3);
    // Sent one after the other, 3 of 7 to 9 went to the stopped one, depending on whose turn was
    // first.
    const { ok } = results(seen);
    expect(ok).toBeGreaterThanOrEqual(4);
    expect(ok).toBeLessThanOrEqual(6);
    expect(health(seen)).toMatch(/^down: 3 pings .* unanswered/);
    expect(wedgedOf(seen)).toBe(1);
    workers[1]?.process.kill('SIGCONT');
    await until('nine more answers', (all) => results(all).ok >= ok + 9);
    expect(results(seen)).toMatchObject({ timeout: 3, error: 0 });
    expect(wedgedOf(seen)).toBe(0);
    await until('an upbeat health', (all) => /^up: .* are answered$/.test(health(all)));
  });
});
