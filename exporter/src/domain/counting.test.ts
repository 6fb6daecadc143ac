/**
 * Whatever the order of scans, destroy events and losses: each connection is counted once, as a
 * model of the kernel knows it.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelModel } from '../../../test/bench/domain/kernel-model.js';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import {
  applySteps,
  createState,
  DEFAULT_LIMITS,
  type DomainLimits,
  freeze,
  tick,
} from './index.js';
import { FORGET_MS } from './link-scans.js';
import type { Observation } from './observations.js';

const LIMITS: DomainLimits = {
  ...DEFAULT_LIMITS,
  links: 1_024,
  minions: 16,
  addresses: 256,
  rowsPerStep: 1,
};
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};
const MINIONS = ['10.0.0.1', '10.0.0.2', '2001:db8::5', '10.0.0.4'];
const STRANGERS = ['203.0.113.9', '127.0.0.77'];
const FLEET = inventory(MINIONS.map((address, i) => minion(`m${i}`, [address])));

const address = fc.constantFrom(...MINIONS, ...STRANGERS);
const port = fc.constantFrom('publish' as const, 'request' as const);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('open' as const), address, port }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin_close' as const), n: fc.nat(50) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('die' as const), n: fc.nat(50), rest: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('scan' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late_scan' as const), n: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('torn_scan' as const), n: fc.nat(3) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('read' as const), n: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('read_twice' as const), n: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), n: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('inventory' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(12_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** What somebody else does between two steps of one observation, in turn. */
const pauses = fc.array(fc.constantFrom('go on', 'look', 'tick'), { minLength: 1, maxLength: 7 });

class Run {
  readonly kernel = new KernelModel();
  readonly state = createState(OPTIONS, LIMITS);
  #ms = 0;
  #last = 0;
  #unread = 0;
  #pauses = 0;
  readonly #others: readonly string[];

  constructor(others: readonly string[] = ['go on']) {
    this.#others = others;
  }

  /** Whoever looks between two steps sees the links and the minions of before. */
  apply(observation: Observation): void {
    const before = freeze(this.state, this.now());
    const steps = applySteps(this.state, observation, this.now());
    while (steps.next().done !== true) {
      const other = this.#others[this.#pauses % this.#others.length];
      this.#pauses += 1;
      if (other === 'tick') tick(this.state, this.now());
      if (other === 'go on') continue;
      const between = freeze(this.state, this.now());
      expect(between.links).toEqual(before.links);
      expect(between.minions.ids).toEqual(before.minions.ids);
      expect(between.minions.publishLinks).toEqual(before.minions.publishLinks);
      expect(between.minions.saltPresent).toEqual(before.minions.saltPresent);
      this.checkSums();
    }
  }

  now() {
    return instant(this.#ms);
  }

  take(step: Step): void {
    const { kernel, state } = this;
    this.#ms += 1;
    switch (step.do) {
      case 'open':
        kernel.open(step.address, step.port);
        break;
      case 'begin_close':
        kernel.beginClose(step.n);
        break;
      case 'die':
        kernel.die(step.n, step.rest);
        break;
      case 'scan':
        this.scan();
        break;
      case 'late_scan': {
        const rows = kernel.dump();
        this.apply(deaths(kernel.read(step.n), this.now()));
        this.scan(rows);
        break;
      }
      case 'torn_scan':
        this.scan(
          kernel.dump((index) => index % 4 !== step.n),
          false,
        );
        break;
      case 'read':
        this.apply(deaths(kernel.read(step.n), this.now()));
        break;
      case 'read_twice': {
        const rows = kernel.read(step.n);
        for (let i = 0; i < 2; i += 1) this.apply(deaths(rows, this.now()));
        break;
      }
      case 'lose': {
        const eventsLost = kernel.lose(step.n);
        this.apply({ kind: 'kernel_loss', overflows: 1, eventsLost });
        this.scan();
        break;
      }
      case 'inventory':
        this.apply(FLEET);
        break;
      case 'wait':
        this.#letPass(step.ms);
    }
    tick(state, this.now());
    this.checkSums();
  }

  /** A destroy event is read within the time for which its connection is remembered. */
  #letPass(ms: number): void {
    this.#unread += ms;
    if (this.#unread > FORGET_MS - 1_000) {
      this.apply(deaths(this.kernel.read(1_000), this.now()));
      this.#unread = ms;
    }
    this.#ms += ms;
  }

  scan(rows = this.kernel.dump(), complete = true): void {
    this.apply(scan(rows, this.now(), { complete }));
    this.kernel.toldByScan(rows, complete);
  }

  /** Everything the kernel has to say is said, every grace is over. */
  finish(): void {
    this.take({ do: 'scan' });
    this.take({ do: 'read', n: 1_000 });
    this.take({ do: 'scan' });
    this.take({ do: 'wait', ms: 11_000 });
    this.take({ do: 'scan' });
  }

  checkSums(): void {
    const epoch = freeze(this.state, this.now());
    const sum = (column: Float64Array) => column.reduce((total, value) => total + value, 0);
    expect(sum(epoch.minions.connects)).toBe(epoch.connects.publish.minion);
    expect(sum(epoch.minions.disconnects)).toBe(epoch.disconnects.publish.minion);
    expect(sum(epoch.minions.flaps)).toBe(epoch.flaps);
    if (epoch.links !== undefined) {
      const links = (column: Uint16Array) => column.reduce((total, value) => total + value, 0);
      expect(links(epoch.minions.publishLinks)).toBe(epoch.links.publish.minion);
      expect(links(epoch.minions.requestLinks)).toBe(epoch.links.request.minion);
    }
    const all = [epoch.connects, epoch.disconnects].flatMap((by) =>
      [by.publish, by.request].flatMap((peers) => Object.values(peers)),
    );
    const total = all.reduce((a, b) => a + b, 0);
    expect(all.every((count) => count >= 0)).toBe(true);
    expect(total).toBeGreaterThanOrEqual(this.#last);
    this.#last = total;
    for (const links of [epoch.links?.publish, epoch.links?.request]) {
      expect(Object.values(links ?? {}).every((count) => count >= 0)).toBe(true);
    }
  }
}

const total = (peers: Readonly<Record<string, number>>) =>
  Object.values(peers).reduce((a, b) => a + b, 0);

/** A property run takes a second alone and shares its machine with other suites. */
const PROPERTY_TIMEOUT_MS = 60_000;

describe('counting', () => {
  it(
    'books each connect and each disconnect exactly once in any interleaving',
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80, size: 'max' }), pauses, (steps, others) => {
          const run = new Run(others);
          for (const each of steps) run.take(each);
          run.finish();
          const epoch = freeze(run.state, run.now());
          for (const name of ['publish', 'request'] as const) {
            const expected = run.kernel.expected(name);
            expect(total(epoch.connects[name])).toBe(expected.connects);
            expect(total(epoch.disconnects[name])).toBe(expected.disconnects);
            const own = run.kernel.expected(name, '127.0.0.77');
            expect(epoch.connects[name].own).toBe(own.connects);
            expect(epoch.disconnects[name].own).toBe(own.disconnects);
          }
        }),
        { numRuns: 100 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'gives each minion its own when the inventory came first, and says who is there',
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80, size: 'max' }), pauses, (steps, others) => {
          const run = new Run(others);
          run.take({ do: 'inventory' });
          for (const each of steps) run.take(each);
          run.finish();
          const { minions } = freeze(run.state, run.now());
          for (const [row, name] of MINIONS.entries()) {
            const expected = run.kernel.expected('publish', name);
            const links = run.kernel.established('publish', name);
            expect([minions.connects[row], minions.disconnects[row]]).toEqual([
              expected.connects,
              expected.disconnects,
            ]);
            expect([minions.publishLinks[row], minions.requestLinks[row]]).toEqual([
              links,
              run.kernel.established('request', name),
            ]);
            if (minions.kernelPresent[row] !== 255) {
              expect(minions.kernelPresent[row]).toBe(links > 0 ? 1 : 0);
            }
            expect(minions.saltPresent[row]).toBe(links > 0 ? 1 : 0);
          }
        }),
        { numRuns: 100 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'remembers nothing once all connections are long gone',
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
          const run = new Run();
          for (const each of steps) run.take(each);
          for (let i = 0; i < 200; i += 1) run.kernel.die(0, false);
          run.kernel.lose(1_000);
          for (const socket of run.kernel.sockets) socket.state = 0;
          run.finish();
          run.take({ do: 'wait', ms: 20_000 });
          run.take({ do: 'scan' });
          const { stateEntries } = freeze(run.state, run.now());
          expect([stateEntries.get('links'), stateEntries.get('waiting_connects')]).toEqual([0, 0]);
        }),
        { numRuns: 100 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
