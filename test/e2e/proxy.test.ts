/**
 * A proxy before a minion, against real libzmq with heartbeats and the running kernel: the ledger of a
 * link that a proxy acknowledges becomes unknown, and that of its neighbour stays known.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Publisher, Subscriber } from 'zeromq';
import {
  apply,
  createState,
  DEFAULT_LIMITS,
  type DomainLimits,
  freeze,
  tick,
} from '../../exporter/dist/domain/index.js';
import type { Observation } from '../../exporter/dist/domain/observations.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { createKernelSource } from '../../exporter/dist/sources/kernel/source.js';
import type { SourceContext } from '../../exporter/dist/sources/source.js';
import { defineStreamCanary } from '../../exporter/dist/sources/stream-canary/source.js';
import { inventory, minion } from '../bench/domain/kit.js';
import { takePort } from './kernel-watch.js';
import { undoneAfterEach } from './undo.js';

const HOST = '127.0.0.1';
const OWN = '127.0.0.77';
const PLACES = { direct: '127.74.0.1', far: '127.74.0.2', near: '127.74.0.3' };
type Place = keyof typeof PLACES;
/** Longer than TCP's shortest time-out, 200 ms: after a pause like that hosts acknowledge at once. */
const HEARTBEAT_MS = 300;
/** One way behind the proxy. */
const FAR_MS = 45;
const LIMITS: DomainLimits = { ...DEFAULT_LIMITS, links: 64, minions: 16, addresses: 128 };

const undo = undoneAfterEach();

/** What the exporter's own sources see of the port, in a state of the domain. */
async function watch(port: number) {
  const state = createState(
    {
      flapWindowSeconds: 120,
      staleAfterSeconds: 604_800,
      canarySourceAddress: OWN,
      enabledSources: ['kernel'],
    },
    LIMITS,
  );
  apply(
    state,
    inventory(Object.entries(PLACES).map(([id, address]) => minion(id, [address]))),
    systemClock.now(),
  );
  let changed = () => {};
  // As the sources read it: these parts of their context only.
  const context = {
    settings: {
      scan: { intervalSeconds: 0.1, cpuBudgetRatio: 0 },
      canary: { sourceAddress: OWN },
    },
    master: { publishPort: port, requestPort: 1, connectHost: HOST, transport: 'zeromq' },
    clock: systemClock,
    log: silentLogger,
    emit: (observation: Observation, onApplied?: () => void) => {
      apply(state, observation, systemClock.now());
      tick(state, systemClock.now());
      onApplied?.();
      changed();
    },
  } as unknown as SourceContext;
  for (const source of [defineStreamCanary().create(context), createKernelSource(context)]) {
    undo.push(() => source.stop());
    await source.start();
  }
  return {
    state,
    until: async (condition: () => boolean) => {
      while (!condition()) await new Promise<void>((resolve) => (changed = resolve));
    },
    known: (id: Place) => {
      const { minions } = freeze(state, systemClock.now());
      return minions.ledgerKnown[minions.ids.indexOf(id)] === 1;
    },
    said: () => freeze(state, systemClock.now()).recentEvents.filter((e) => /proxy/.test(e.text)),
  };
}

async function relay(target: number, from: string, delayMs: number): Promise<number> {
  const port = takePort();
  const script = new URL('./tcp-relay.mjs', import.meta.url).pathname;
  const child = fork(script, [`${port}`, `${target}`, HOST, from, `${delayMs}`]);
  undo.push(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return port;
}

function subscribe(endpoint: string): void {
  const subscriber = new Subscriber({ linger: 0 });
  undo.push(() => subscriber.close());
  subscriber.subscribe();
  subscriber.connect(endpoint);
  void (async () => {
    for await (const _message of subscriber);
  })();
}

it('a far proxy is found by its heartbeats, one beside the master is not, a host is none', async () => {
  const port = takePort();
  const publisher = new Publisher({ heartbeatInterval: HEARTBEAT_MS, linger: 0 });
  undo.push(() => publisher.close());
  await publisher.bind(`tcp://${HOST}:${port}`);
  const seen = await watch(port);
  subscribe(`tcp://${PLACES.direct}:0;${HOST}:${port}`);
  subscribe(`tcp://${HOST}:${await relay(port, PLACES.far, FAR_MS)}`);
  subscribe(`tcp://${HOST}:${await relay(port, PLACES.near, 0)}`);
  const places = Object.keys(PLACES) as Place[];
  await seen.until(() => seen.state.survey.publishLinks === places.length);
  const publishing = setInterval(() => void publisher.send('x'.repeat(463)), 4 * HEARTBEAT_MS);
  undo.push(() => clearInterval(publishing));
  await seen.until(() => places.every(seen.known));
  await seen.until(() => seen.state.proxies.found > 0);
  await seen.until(() => seen.known('direct') && seen.known('near') && !seen.known('far'));
  expect(seen.said().map(({ minion: id }) => id)).toEqual(['far']);
  expect(seen.said()[0]?.text).toMatch(
    /^Its heartbeats are answered after \d+ ms at best and acknowledged \d+ ms before that: a proxy/,
  );
  expect(seen.state.proxies.found).toBe(1);
});
