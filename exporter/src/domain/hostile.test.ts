/**
 * What no honest source would say: columns that lie, numbers that are none, tables that overflow.
 * Nothing throws, nothing is unbounded.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BusTeller } from '../../../test/bench/domain/bus-kit.js';
import {
  columns,
  deaths,
  instant,
  inventory,
  minion,
  scan,
  stream,
  WALL_START_MS,
} from '../../../test/bench/domain/kit.js';
import type { Epoch } from './epoch.js';
import {
  apply,
  applySteps,
  createState,
  DEFAULT_LIMITS,
  freeze,
  type State,
  tick,
} from './index.js';
import type { InventoryMinion, Observation } from './observations.js';
import { BUS_KINDS } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const LIMITS = {
  ...DEFAULT_LIMITS,
  links: 32,
  minions: 4,
  addresses: 24,
  stormWindow: 8,
  stormPrefixes: 2,
  rowsPerStep: 1,
};

function start(limits = LIMITS): State {
  const state = createState(OPTIONS, limits);
  apply(state, inventory([minion('m1', ['10.0.0.1']), minion('m2', ['10.0.0.2'])]), instant(0));
  apply(state, scan([], instant(0)), instant(0));
  return state;
}

const error = (state: State, source: string, reason: string) =>
  freeze(state, instant(0))
    .sources.find((each) => each.source === source)
    ?.errors.get(reason);

/** What the fleet and its minions say of links and statuses agrees at every instant. */
function checkSums(epoch: Epoch): void {
  const sum = (column: Uint16Array) => column.reduce((total, value) => total + value, 0);
  if (epoch.links !== undefined) {
    expect(sum(epoch.minions.publishLinks)).toBe(epoch.links.publish.minion);
    expect(sum(epoch.minions.requestLinks)).toBe(epoch.links.request.minion);
  }
  const statuses = Object.values(epoch.minionsByStatus).reduce((one, other) => one + other, 0);
  expect(statuses).toBe(epoch.minions.count);
}

/** A property run takes a second alone and shares its machine with other suites. */
const PROPERTY_TIMEOUT_MS = 60_000;

describe('rows', () => {
  it.each([
    ['no cookie', { cookie: 0 }],
    ['the cookie that means none', { cookie: 0xffffffff, cookieHigh: 0xffffffff }],
  ])('with %s are counted and passed over', (_title, row) => {
    const state = start();
    apply(state, scan([row, row], instant(1)), instant(1));
    apply(state, deaths([row], instant(2)), instant(2));
    expect(freeze(state, instant(2)).links?.publish.minion).toBe(0);
    expect(error(state, 'kernel', 'row')).toBe(3);
  });

  it('of sockets that no process owns are passed over, as /proc lists them', () => {
    const state = start();
    const orphan = { cookie: 0, cookieHigh: 0xffffffff };
    apply(state, scan([orphan, orphan], instant(1), { origin: 'proc' }), instant(1));
    expect(freeze(state, instant(1)).stateEntries.get('links')).toBe(0);
    expect(error(state, 'kernel', 'row')).toBe(0);
  });

  it('with a count beyond the columns, or that is no number, end where the columns end', () => {
    for (const count of [1e9, -1, Number.NaN, 1.5]) {
      const state = start();
      const sockets = { ...columns([{ cookie: 1 }, { cookie: 2, address: '10.0.0.2' }]), count };
      apply(state, { ...scan([], instant(1)), sockets }, instant(1));
      expect(freeze(state, instant(1)).links?.publish.minion).toBe(count === 1e9 ? 2 : 0);
    }
  });

  it('told twice in one scan are one connection', () => {
    const state = start();
    apply(state, scan([{ cookie: 5 }, { cookie: 5 }, { cookie: 5 }], instant(1)), instant(1));
    const epoch = freeze(state, instant(1));
    expect([epoch.links?.publish.minion, epoch.connects.publish.minion]).toEqual([1, 1]);
  });

  it('that are still on their way (SYN_RECV) or a rest (FIN_WAIT2 without figures) are no connections', () => {
    const state = start();
    const rows = [2, 3, 5, 6, 7, 10, 12].map((tcp, n) => ({
      cookie: n + 1,
      state: tcp,
      hasInfo: false,
    }));
    apply(state, scan(rows, instant(1)), instant(1));
    const epoch = freeze(state, instant(1));
    expect([epoch.connects.publish.minion, epoch.stateEntries.get('links')]).toEqual([0, 0]);
  });

  it('of a dump that was begun before the end do not bring a link back', () => {
    const state = start();
    apply(state, scan([{ cookie: 1 }], instant(1)), instant(1));
    apply(state, deaths([{ cookie: 1 }], instant(2)), instant(2));
    apply(state, scan([{ cookie: 1 }], instant(3)), instant(3));
    const epoch = freeze(state, instant(3));
    expect([epoch.links?.publish.minion, epoch.disconnects.publish.minion]).toEqual([0, 1]);
  });

  it('of a dump that was begun before the end do not undo its last figures', () => {
    const state = start();
    const before = { cookie: 1, retransmits: 3 };
    const atEnd = { cookie: 1, retransmits: 5 };
    apply(state, scan([{ cookie: 1 }], instant(1)), instant(1));
    apply(state, deaths([atEnd], instant(2)), instant(2));
    apply(state, scan([before], instant(3)), instant(3));
    apply(state, deaths([atEnd], instant(4)), instant(4));
    const { minions } = freeze(state, instant(4));
    expect(minions.retransmits[minions.ids.indexOf('m1')]).toBe(5);
  });

  it('that a dump passed over once come back without a connect, and end once', () => {
    const state = start();
    apply(state, scan([{ cookie: 1 }], instant(1)), instant(1));
    apply(state, scan([], instant(2)), instant(2));
    apply(state, scan([{ cookie: 1 }], instant(3)), instant(3));
    const back = freeze(state, instant(3));
    expect([back.links?.publish.minion, back.connects.publish.minion, back.flaps]).toEqual([
      1, 1, 0,
    ]);
    apply(state, deaths([{ cookie: 1 }], instant(4)), instant(4));
    const gone = freeze(state, instant(4));
    expect([gone.links?.publish.minion, gone.disconnects.publish.minion]).toEqual([0, 1]);
  });
});

describe('a change of origin', () => {
  it('books nothing, either way, and keeps who is there', () => {
    const state = start();
    const rows = [{ cookie: 1 }, { cookie: 2, address: '10.0.0.2' }];
    const inodes = [
      { cookie: 801, cookieHigh: 0xffffffff, hasInfo: false },
      { ...rows[1], cookie: 802, cookieHigh: 0xffffffff, hasInfo: false },
    ];
    apply(state, scan(rows, instant(1)), instant(1));
    const before = freeze(state, instant(1));
    apply(state, scan(inodes, instant(2), { origin: 'proc' }), instant(2));
    apply(
      state,
      scan(inodes.slice(0, 1), instant(3), { origin: 'netlink', complete: false }),
      instant(3),
    );
    expect(freeze(state, instant(3)).links).toEqual(before.links);
    apply(state, scan(inodes, instant(4), { origin: 'proc' }), instant(4));
    apply(state, deaths([{ cookie: 77 }], instant(5)), instant(5));
    apply(state, scan(rows, instant(6)), instant(6));
    const after = freeze(state, instant(6));
    expect([after.connects, after.disconnects, after.flaps]).toEqual([
      before.connects,
      before.disconnects,
      0,
    ]);
    expect(after.links).toEqual(before.links);
  });

  it('in /proc connects and disconnects are seen by their inodes', () => {
    const state = createState(OPTIONS, LIMITS);
    apply(state, inventory([minion('m1', ['10.0.0.1'])]), instant(0));
    const row = (cookie: number) => ({ cookie, cookieHigh: 0xffffffff, hasInfo: false });
    for (const [n, rows] of [[], [row(5)], [row(6)]].entries()) {
      apply(state, scan(rows, instant(n), { origin: 'proc' }), instant(n));
    }
    const { connects, disconnects, flaps, scanOrigin } = freeze(state, instant(3));
    expect([connects.publish.minion, disconnects.publish.minion, flaps, scanOrigin]).toEqual([
      2,
      1,
      1,
      'proc',
    ]);
  });
});

describe('full tables', () => {
  it('links: what is not followed is counted when its end is told, and the fullness is counted', () => {
    const state = start();
    const rows = Array.from({ length: 40 }, (_, n) => ({ cookie: n + 1 }));
    apply(state, scan(rows, instant(1)), instant(1));
    expect(freeze(state, instant(1)).connects.publish.minion).toBe(32);
    apply(state, deaths(rows, instant(2)), instant(2));
    const epoch = freeze(state, instant(2));
    expect([epoch.connects.publish.minion, epoch.disconnects.publish.minion]).toEqual([40, 40]);
    expect(epoch.stateEvicted.get('links')).toBeGreaterThanOrEqual(8);
    expect(epoch.stateEntries.get('links')).toBeLessThanOrEqual(32);
  });

  it('minions and addresses: the rest has no row and no name, counted', () => {
    const state = start();
    const fleet = Array.from({ length: 9 }, (_, n) => minion(`m${n + 1}`, [`10.0.0.${n + 1}`]));
    apply(state, inventory(fleet), instant(1));
    const many = Array.from({ length: 30 }, (_, n) => ({ cookie: n + 1, address: `10.7.0.${n}` }));
    apply(state, scan(many, instant(2)), instant(2));
    const epoch = freeze(state, instant(2));
    expect(epoch.minions.count).toBe(4);
    expect(epoch.stateEvicted.get('minions')).toBe(5);
    expect(epoch.stateEvicted.get('addresses')).toBeGreaterThan(0);
    expect(epoch.links?.publish.unknown).toBe(30);
  });

  it('one minion with a thousand addresses fills its own share only', () => {
    const state = start({ ...LIMITS, addresses: 500 });
    const flood = Array.from({ length: 1_000 }, (_, n) => `10.${n >> 8}.${n & 255}.9`);
    apply(state, inventory([minion('evil', flood), minion('m1', ['10.0.0.1'])]), instant(1));
    const epoch = freeze(state, instant(1));
    expect(epoch.stateEntries.get('addresses')).toBeLessThan(80);
    expect(error(state, 'inventory', 'address')).toBe(1_001 - 64);
  });

  it('storms in more networks than are told apart go on counting', () => {
    const state = createState(OPTIONS, {
      ...DEFAULT_LIMITS,
      minions: 64,
      links: 256,
      addresses: 512,
      stormWindow: 16,
      stormPrefixes: 2,
    });
    const fleet = Array.from({ length: 40 }, (_, n) => minion(`m${n}`, [`10.${n}.0.1`]));
    const rows = fleet.map((each, n) => ({ cookie: n + 1, address: each.grainAddresses[1] ?? '' }));
    apply(state, inventory(fleet), instant(0));
    apply(state, scan(rows, instant(0)), instant(0));
    apply(state, deaths(rows, instant(1)), instant(1));
    for (let ms = 0; ms < 5_000; ms += 250) tick(state, instant(ms));
    const epoch = freeze(state, instant(5_000));
    expect(epoch.storms.unknown).toBe(1);
    expect(epoch.stateEvicted.get('storm_window')).toBeGreaterThan(0);
  });

  it('recent events keep the newest', () => {
    const state = start({ ...LIMITS, recentEvents: 5 });
    for (let n = 1; n <= 20; n += 1) apply(state, deaths([{ cookie: n }], instant(n)), instant(n));
    const { recentEvents } = freeze(state, instant(30));
    expect(recentEvents).toHaveLength(5);
    expect(recentEvents[0]?.wallMs).toBe(WALL_START_MS + 20);
  });
});

describe('ids', () => {
  it('pass through as they are', () => {
    const ids = ['__proto__', 'constructor', '"><script>', 'a\nb', '\ud800', 'x'.repeat(300), ''];
    const state = createState(OPTIONS);
    apply(state, inventory(ids.map((id, n) => minion(id, [`10.0.0.${n + 1}`]))), instant(0));
    apply(
      state,
      scan(
        ids.map((_, n) => ({ cookie: n + 1, address: `10.0.0.${n + 1}` })),
        instant(0),
      ),
      instant(0),
    );
    const { minions } = freeze(state, instant(0));
    expect([...minions.ids]).toEqual([...ids].sort());
    expect([...minions.publishLinks]).toEqual(ids.map(() => 1));
  });
});

describe('any observation at all', () => {
  const number = fc.oneof(
    fc.constantFrom(0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, 0xffffffff, 1e300),
    fc.double(),
    fc.nat(5_000),
  );
  const text = fc.oneof(
    fc.constantFrom('10.0.0.1', '::1', '', '127.0.0.77', '10.0.0.2', 'm1'),
    fc.string(),
  );
  const row = fc.record({
    cookie: number,
    cookieHigh: fc.constantFrom(0, 0, 0, 0xffffffff),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', '127.0.0.1', '::1', '203.0.113.9'),
    port: fc.constantFrom('publish' as const, 'request' as const),
    state: fc.nat(14),
    hasInfo: fc.boolean(),
    backoff: number,
    probes: number,
    unacked: number,
    retransmits: number,
    ackAgeMs: number,
    sentAgeMs: number,
    received: number,
    rttMicros: number,
  });
  const rows = fc.array(row, { maxLength: 12, size: 'max' });
  const listener = fc.record({
    port: fc.constantFrom('publish' as const, 'request' as const),
    cookieLow: fc.nat(3),
    cookieHigh: fc.constant(0),
    queueLength: number,
    queueLimit: fc.option(number, { nil: undefined }),
  });
  const listeners = fc.array(listener, { maxLength: 4 });
  const one: fc.Arbitrary<InventoryMinion> = fc.record({
    id: text,
    key: fc.constantFrom('accepted' as const, 'pending' as const, undefined),
    expected: fc.boolean(),
    cached: fc.boolean(),
    grainAddresses: fc.array(text, { maxLength: 4 }),
    moreAddresses: fc.array(text, { maxLength: 4 }),
    staticAddresses: fc.array(text, { maxLength: 2 }),
    grainsWallMs: fc.option(number, { nil: undefined }),
    keyWallMs: fc.option(number, { nil: undefined }),
  });
  const observation: fc.Arbitrary<Observation> = fc.oneof(
    fc
      .record({
        rows,
        listeners,
        at: number,
        complete: fc.boolean(),
        proc: fc.boolean(),
        over: number,
      })
      .map((given) => ({
        ...scan(given.rows, instant(0)),
        listeners: given.listeners,
        complete: given.complete,
        origin: given.proc ? ('proc' as const) : ('netlink' as const),
        startedMonoMs: given.at,
        endedMonoMs: given.over,
        intervalSeconds: given.at,
        listenOverflows: given.over,
      })),
    fc.record({ rows, listeners, at: number }).map((given) => ({
      ...deaths(given.rows, instant(0), given.listeners),
      readMonoMs: given.at,
    })),
    fc.record({ kind: fc.constant('kernel_loss' as const), overflows: number, eventsLost: number }),
    fc
      .record({
        minions: fc.array(one, { maxLength: 8 }),
        nat: fc.array(fc.tuple(text, fc.array(text))),
        host: fc.array(text),
      })
      .map((given) =>
        inventory(given.minions, { natAddresses: new Map(given.nat), hostAddresses: given.host }),
      ),
    fc
      .record({
        sizes: fc.array(number, { maxLength: 8 }),
        arrivedMonoMs: number,
        messages: number,
        bytes: number,
      })
      .map(({ sizes, arrivedMonoMs, messages, bytes }) => ({
        ...stream(sizes, arrivedMonoMs),
        messages,
        bytes,
      })),
    fc.record({
      kind: fc.constant('stream_link' as const),
      subscribed: fc.boolean(),
      monoMs: number,
    }),
    fc.record({
      kind: fc.constant('bus_link' as const),
      connected: fc.boolean(),
      monoMs: number,
    }),
    fc
      .array(
        fc.record(
          {
            kind: fc.constantFrom(...BUS_KINDS),
            atMs: number,
            lateMs: number,
            minion: text,
            jid: text,
            fun: text,
            code: fc.integer(),
            flags: fc.nat(511),
            minions: fc.array(text, { maxLength: 3 }),
          },
          { requiredKeys: ['kind', 'atMs'] },
        ),
        { maxLength: 8 },
      )
      .map((events) => new BusTeller().batch(events)),
    fc.record({
      kind: fc.constant('request_ping' as const),
      result: fc.constantFrom('ok' as const, 'timeout' as const, 'error' as const),
      seconds: fc.option(number, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('monitor_event' as const),
      source: text,
      socket: text,
      event: fc.constantFrom(
        'disconnected' as const,
        'handshake_succeeded' as const,
        'connect_retried' as const,
      ),
      value: number,
    }),
    fc.record({
      kind: fc.constant('source_error' as const),
      source: fc.constantFrom('kernel' as const, 'inventory' as const),
      reason: text,
      count: number,
    }),
  );

  it(
    'neither throws nor makes a figure that is no figure, and the sums still agree',
    () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(observation, number), { maxLength: 25, size: 'max' }),
          (told) => {
            const state = createState(OPTIONS, LIMITS);
            let ms = 0;
            for (const [each, wait] of told) {
              ms += Number.isFinite(wait) ? Math.min(Math.abs(wait), 20_000) : 0;
              const steps = applySteps(state, each, instant(ms));
              while (steps.next().done !== true) {
                tick(state, instant(ms));
                checkSums(freeze(state, instant(ms)));
              }
              tick(state, instant(ms));
              const epoch = freeze(state, instant(ms));
              checkSums(epoch);
              const counters = [
                ...Object.values(epoch.connects.publish),
                ...Object.values(epoch.disconnects.request),
                ...epoch.minions.connects,
                ...epoch.minions.disconnects,
                ...epoch.minions.flaps,
                ...epoch.minions.retransmits,
                epoch.kernelOverflows,
                epoch.kernelEventsLost,
                epoch.publishBytes,
                epoch.listenerRestarts.publish,
                epoch.scanSeconds.sum,
                epoch.requestPingSeconds.sum,
                epoch.listenOverflows ?? 0,
                epoch.scanIntervalSeconds ?? 0,
                ...epoch.requestPingSeconds.counts,
                ...epoch.monitorSockets.map((socket) => socket.peers ?? 0),
                ...epoch.stateEntries.values(),
              ];
              expect(counters.filter((value) => !(value >= 0 && Number.isFinite(value)))).toEqual(
                [],
              );
              expect(epoch.stateEntries.get('links')).toBeLessThanOrEqual(32);
              expect(epoch.minions.count).toBeLessThanOrEqual(4);
              const statuses = Object.values(epoch.minionsByStatus).reduce((a, b) => a + b, 0);
              expect(statuses).toBe(epoch.minions.count);
              for (const { text: sentence } of epoch.recentEvents)
                expect(sentence).not.toMatch(/NaN|undefined/);
            }
          },
        ),
        { numRuns: 100 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
