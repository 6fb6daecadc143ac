/**
 * Flaps, storms with their cause, and restarts of the master's listeners, told by scans and destroy
 * events.
 */
import { describe, expect, it } from 'vitest';
import {
  deaths,
  instant,
  inventory,
  LISTENERS,
  minion,
  type RowSpec,
  scan,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, freeze, type State, tick } from './index.js';
import type { LinkScan, ListenerRow } from './observations.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};
const [PUBLISH, REQUEST] = LISTENERS as readonly [ListenerRow, ListenerRow];
const renewed = (row: ListenerRow, cookieLow: number): ListenerRow => ({ ...row, cookieLow });

class Fleet {
  readonly state: State = createState(OPTIONS);
  ms = 0;

  constructor(addresses: readonly string[] = ['10.0.0.1']) {
    const minions = addresses.map((address, n) => minion(`m${n}`, [address]));
    apply(this.state, inventory(minions), this.now());
  }

  now() {
    return instant(this.ms);
  }

  scan(ms: number, rows: readonly RowSpec[], overrides: Partial<LinkScan> = {}): this {
    this.ms = ms;
    apply(this.state, scan(rows, this.now(), overrides), this.now());
    tick(this.state, this.now());
    return this;
  }

  die(ms: number, rows: readonly RowSpec[], listeners: readonly ListenerRow[] = []): this {
    this.ms = ms;
    apply(this.state, deaths(rows, this.now(), listeners), this.now());
    tick(this.state, this.now());
    return this;
  }

  /** Ticks only. */
  wait(ms: number): this {
    for (; this.ms < ms; this.ms += 250) tick(this.state, this.now());
    return this;
  }

  epoch() {
    return freeze(this.state, this.now());
  }
}

const link = (cookie: number, over: Partial<RowSpec> = {}): RowSpec => ({
  cookie,
  address: '10.0.0.1',
  ...over,
});

describe('a flap', () => {
  it('is a disconnect and a connect within the window, with its event', () => {
    const fleet = new Fleet()
      .scan(0, [link(1)])
      .die(1_000, [link(1)])
      .scan(9_000, [link(2)]);
    expect(fleet.epoch().flaps).toBe(1);
    expect([...fleet.epoch().minions.flaps]).toEqual([1]);
    expect(fleet.epoch().recentEvents[0]).toMatchObject({
      kind: 'flap',
      minion: 'm0',
      text: 'Its publish link was back 8.0 s after it ended. (kernel)',
    });
  });

  it('is none outside the window', () => {
    const fleet = new Fleet()
      .scan(0, [link(1)])
      .die(1_000, [link(1)])
      .scan(121_001, [link(2)]);
    expect(fleet.epoch().flaps).toBe(0);
  });

  it('is seen by scans alone, also when both happen between two of them', () => {
    expect(
      new Fleet()
        .scan(0, [link(1)])
        .scan(1_000, [link(2)])
        .epoch().flaps,
    ).toBe(1);
  });

  it('is counted once per pair: three in a row are three', () => {
    const fleet = new Fleet().scan(0, [link(1)]);
    for (let n = 1; n <= 3; n += 1)
      fleet.die(n * 1_000, [link(n)]).scan(n * 1_000 + 500, [link(n + 1)]);
    expect(fleet.epoch().flaps).toBe(3);
  });

  it('a connection shorter than a scan can be its second half', () => {
    const fleet = new Fleet()
      .scan(0, [link(1)])
      .die(1_000, [link(1)])
      .die(2_000, [link(2)]);
    expect([fleet.epoch().flaps, fleet.epoch().connects.publish.minion]).toEqual([1, 1]);
  });

  it('a half-open link that is replaced before it ends is a flap, once', () => {
    const fleet = new Fleet().scan(0, [link(1)]).scan(5_000, [link(1), link(2)]);
    expect(fleet.epoch().flaps).toBe(0);
    fleet.die(30_000, [link(1)]).scan(31_000, [link(2)]);
    expect(fleet.epoch().flaps).toBe(1);
    expect(fleet.epoch().recentEvents[0]?.text).toBe(
      'Its publish link was replaced 25.0 s before the old one ended. (kernel)',
    );
    fleet.scan(40_000, [link(2)]);
    expect(fleet.epoch().flaps).toBe(1);
  });

  it('a second link that comes and goes beside the first is no flap until it comes again', () => {
    const fleet = new Fleet()
      .scan(0, [link(1)])
      .scan(1_000, [link(1), link(2)])
      .die(2_000, [link(2)]);
    expect(fleet.epoch().flaps).toBe(0);
    fleet.scan(3_000, [link(1), link(3)]);
    expect(fleet.epoch().flaps).toBe(1);
  });

  it('of the request link is none', () => {
    const request = (cookie: number) => link(cookie, { port: 'request' });
    const fleet = new Fleet()
      .scan(0, [request(1)])
      .die(1_000, [request(1)])
      .scan(2_000, [request(2)]);
    expect([fleet.epoch().flaps, fleet.epoch().disconnects.request.minion]).toEqual([0, 1]);
  });

  it.each([
    ['told before the links', 1_000, 1_010],
    ['told after the links', 1_030, 1_000],
    ['told four seconds before a scan misses the links', 1_000, 5_000],
  ])('is none when the publish daemon ended, %s', (_title, listenerMs, linkMs) => {
    const fleet = new Fleet().scan(0, [link(1)]);
    const tell = [() => fleet.die(listenerMs, [], [PUBLISH]), () => fleet.die(linkMs, [link(1)])];
    if (listenerMs > linkMs) tell.reverse();
    for (const each of tell) each();
    fleet.scan(8_000, [link(2)], { listeners: [renewed(PUBLISH, 9_011), REQUEST] });
    expect([fleet.epoch().flaps, fleet.epoch().disconnects.publish.minion]).toEqual([0, 1]);
  });

  it('is none on a listener that a starting master closed before any scan saw it', () => {
    const fleet = new Fleet()
      .scan(0, [link(1)])
      .die(100_000, [link(1)], [PUBLISH])
      .scan(130_000, [link(2)], { listeners: [] })
      .die(130_400, [link(2)], [renewed(PUBLISH, 50)])
      .scan(132_000, [link(3)], { listeners: [renewed(PUBLISH, 51)] });
    expect(fleet.epoch()).toMatchObject({ flaps: 0, listenerRestarts: { publish: 1 } });
  });

  it('is none when scans alone show that the daemon was renewed', () => {
    const fleet = new Fleet().scan(0, [link(1)]);
    fleet.scan(1_000, [link(2)], { listeners: [renewed(PUBLISH, 9_011), REQUEST] });
    expect([fleet.epoch().flaps, fleet.epoch().listenerRestarts.publish]).toEqual([0, 1]);
  });
});

describe('listeners', () => {
  it('are up from scans, down with their death, and each death counts once', () => {
    const fleet = new Fleet();
    expect(fleet.epoch().listenerUp).toEqual({});
    fleet.scan(0, []).die(1_000, [], [PUBLISH]).die(1_001, [], [PUBLISH]);
    expect(fleet.epoch().listenerUp).toEqual({ publish: false, request: true });
    fleet.scan(2_000, [], { listeners: [REQUEST] });
    fleet.scan(3_000, [], { listeners: [renewed(PUBLISH, 9_011), REQUEST] });
    const epoch = fleet.epoch();
    expect(epoch.listenerUp).toEqual({ publish: true, request: true });
    expect(epoch.listenerRestarts).toEqual({ publish: 1, request: 0 });
    expect(epoch.masterRestarts).toBe(0);
  });

  it('one daemon that listens twice (IPv4 and IPv6) dies once', () => {
    const twice = [PUBLISH, renewed(PUBLISH, 9_021), REQUEST];
    const fleet = new Fleet().scan(0, [], { listeners: twice });
    fleet.die(1_000, [], twice.slice(0, 2));
    expect(fleet.epoch().listenerRestarts.publish).toBe(1);
    fleet.scan(2_000, [], { listeners: [renewed(PUBLISH, 9_031), REQUEST] });
    fleet.die(3_000, [], [renewed(PUBLISH, 9_031)]);
    expect(fleet.epoch().listenerRestarts.publish).toBe(2);
  });

  it('a socket that was bound and never listened is none, as a starting master makes two', () => {
    const fleet = new Fleet().scan(0, []).die(1_000, [], [PUBLISH]).die(1_010, [], [REQUEST]);
    fleet.scan(2_000, [], { listeners: [] });
    fleet.die(2_500, [], [renewed(PUBLISH, 9_001)]).die(2_501, [], [renewed(REQUEST, 9_002)]);
    const back = [renewed(PUBLISH, 9_011), renewed(REQUEST, 9_012)];
    fleet.scan(5_000, [], { listeners: back });
    expect(fleet.epoch().listenerRestarts).toEqual({ publish: 1, request: 1 });
    expect(fleet.epoch().masterRestarts).toBe(1);
    fleet.die(6_000, [], [renewed(PUBLISH, 9_021)]);
    expect(fleet.epoch().listenerUp).toEqual({ publish: true, request: true });
  });

  it('a master restart is both dead and both back, once', () => {
    const fleet = new Fleet().scan(0, []).die(1_000, [], [PUBLISH]).die(3_000, [], [REQUEST]);
    fleet.scan(4_000, [], { listeners: [renewed(PUBLISH, 9_011)] });
    expect(fleet.epoch().masterRestarts).toBe(0);
    const back = [renewed(PUBLISH, 9_011), renewed(REQUEST, 9_012)];
    fleet.scan(60_000, [], { listeners: back }).scan(61_000, [], { listeners: back });
    expect(fleet.epoch().masterRestarts).toBe(1);
    expect(fleet.epoch().recentEvents.map((each) => each.kind)).toContain('master_restart');
  });

  it('two crashes far apart are no master restart', () => {
    const fleet = new Fleet().scan(0, []).die(1_000, [], [PUBLISH]);
    fleet.scan(5_000, [], { listeners: [renewed(PUBLISH, 9_011), REQUEST] });
    fleet.die(60_000, [], [REQUEST]);
    fleet.scan(61_000, [], { listeners: [renewed(PUBLISH, 9_011), renewed(REQUEST, 9_012)] });
    expect([fleet.epoch().masterRestarts, fleet.epoch().listenerRestarts]).toEqual([
      0,
      { publish: 1, request: 1 },
    ]);
  });

  it('are not restarted by a torn scan or a change of origin', () => {
    const fleet = new Fleet().scan(0, []).scan(1_000, [], { listeners: [], complete: false });
    const inodes = LISTENERS.map((row) => ({ ...row, cookieHigh: 0xffffffff }));
    fleet.scan(2_000, [], { listeners: inodes, origin: 'proc' });
    expect(fleet.epoch().listenerRestarts).toEqual({ publish: 0, request: 0 });
    expect(fleet.epoch().listenerUp).toEqual({ publish: true, request: true });
  });

  it('give their accept queue, and overflows since the first reading', () => {
    const queue = (queueLength: number) => [
      { ...PUBLISH, queueLength },
      { ...REQUEST, queueLimit: undefined },
    ];
    const fleet = new Fleet().scan(0, [], { listeners: queue(3), listenOverflows: 500 });
    expect(fleet.epoch().listenOverflows).toBe(0);
    fleet.scan(1_000, [], { listenOverflows: 507, listeners: queue(5) });
    fleet.scan(2_000, [], { listenOverflows: 2, listeners: queue(5) });
    fleet.scan(3_000, [], { listenOverflows: undefined, listeners: queue(5) });
    const epoch = fleet.epoch();
    expect(epoch.listenOverflows).toBe(7);
    expect(epoch.listenQueueLength).toEqual({ publish: 5, request: 0 });
    expect(epoch.listenQueueLimit).toEqual({ publish: 100 });
  });
});

describe('a storm', () => {
  const many = (count: number, net: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => net(n));
  const rowsOf = (addresses: readonly string[], from = 1, over: Partial<RowSpec> = {}) =>
    addresses.map((address, n) => ({ cookie: from + n, address, ...over }));
  const spread = many(40, (n) => `10.0.${n}.1`);
  const racks = many(40, (n) => `10.0.${n % 2}.${n + 1}`);

  it('of fewer than ten minions is none', () => {
    const rows = rowsOf(spread);
    const fleet = new Fleet(spread).scan(0, rows).die(1_000, rows.slice(0, 9)).wait(60_000);
    expect(Object.values(fleet.epoch().storms)).toEqual([0, 0, 0, 0, 0]);
  });

  it('needs one in twenty of a large fleet', () => {
    const large = many(400, (n) => `10.1.${n >> 8}.${n & 255}`);
    const rows = rowsOf(large);
    const fleet = new Fleet(large).scan(0, rows).die(1_000, rows.slice(0, 19)).wait(8_000);
    expect(fleet.epoch().storms.unknown + fleet.epoch().storms.rack).toBe(0);
    fleet.die(8_500, rows.slice(19, 20)).wait(20_000);
    expect(fleet.epoch().storms.unknown + fleet.epoch().storms.rack).toBe(1);
  });

  it('spread over more than ten seconds is none', () => {
    const rows = rowsOf(spread);
    const fleet = new Fleet(spread).scan(0, rows);
    for (let n = 0; n < 40; n += 1) fleet.die(1_000 + n * 1_500, rows.slice(n, n + 1));
    expect(Object.values(fleet.wait(120_000).epoch().storms)).toEqual([0, 0, 0, 0, 0]);
  });

  it('one minion that flaps ten times is none', () => {
    const fleet = new Fleet(spread).scan(0, rowsOf(spread));
    for (let n = 0; n < 20; n += 1)
      fleet.die(1_000 + n * 100, [{ cookie: 500 + n, address: '10.0.0.1' }]);
    expect(Object.values(fleet.wait(60_000).epoch().storms)).toEqual([0, 0, 0, 0, 0]);
  });

  it.each<[string, (fleet: Fleet, rows: RowSpec[]) => void, readonly string[], string]>([
    [
      'both listeners',
      (fleet, rows) => fleet.die(1_000, [], [PUBLISH, REQUEST]).die(1_010, rows),
      spread,
      'master_restart',
    ],
    [
      'the publish listener, told last',
      (fleet, rows) => fleet.die(1_000, rows).die(1_030, [], [PUBLISH]),
      spread,
      'publish_daemon',
    ],
    [
      'unanswered retransmissions',
      (fleet, rows) =>
        fleet.die(
          1_000,
          rows.map((row) => ({ ...row, backoff: 5 })),
        ),
      spread,
      'network',
    ],
    [
      'one rack, while another lives',
      (fleet, rows) =>
        fleet.die(
          1_000,
          rows.filter((_, n) => n % 2 === 0),
        ),
      racks,
      'rack',
    ],
    [
      'one rack whose uplink was pulled, while another lives',
      (fleet, rows) =>
        fleet.die(
          1_000,
          rows.filter((_, n) => n % 2 === 0).map((row) => ({ ...row, backoff: 6 })),
        ),
      racks,
      'rack',
    ],
    [
      'unanswered retransmissions in the only network there is',
      (fleet, rows) =>
        fleet.die(
          1_000,
          rows.map((row) => ({ ...row, backoff: 5 })),
        ),
      many(40, (n) => `10.0.0.${n}`),
      'network',
    ],
    [
      'unanswered retransmissions on a few links only',
      (fleet, rows) =>
        fleet.die(
          1_000,
          rows.map((row, n) => ({ ...row, backoff: n < 20 ? 5 : 0 })),
        ),
      spread,
      'unknown',
    ],
    ['nothing that tells', (fleet, rows) => fleet.die(1_000, rows), spread, 'unknown'],
  ])('with %s', (...example) => {
    const [, cut, addresses, cause] = example;
    const rows = rowsOf(addresses);
    const fleet = new Fleet(addresses).scan(0, rows);
    cut(fleet, rows);
    fleet.wait(5_000);
    const { storms, recentEvents } = fleet.epoch();
    expect(Object.entries(storms).filter(([, count]) => count > 0)).toEqual([[cause, 1]]);
    expect(recentEvents.find((each) => each.kind === 'storm')?.text).toMatch(/^\d+ minions lost/);
  });

  it('knows a dead network from what scans saw before the links ended', () => {
    const rows = rowsOf(spread);
    const fleet = new Fleet(spread).scan(0, rows);
    fleet.scan(5_000, rowsOf(spread, 1, { backoff: 4, unacked: 1, ackAgeMs: 5_000 }));
    fleet.scan(6_000, []).wait(12_000);
    expect(fleet.epoch().storms.network).toBe(1);
  });

  it('lasts until half a minute is quiet, then the next is another', () => {
    const rows = rowsOf(spread);
    const fleet = new Fleet(spread).scan(0, rows).die(1_000, rows).wait(5_000);
    fleet.scan(5_000, rowsOf(spread, 101)).die(25_000, rowsOf(spread, 101)).wait(27_000);
    expect(fleet.epoch().storms.unknown).toBe(1);
    fleet
      .scan(27_000, rowsOf(spread, 201))
      .wait(58_000)
      .die(58_000, rowsOf(spread, 201))
      .wait(63_000);
    expect(fleet.epoch().storms.unknown).toBe(2);
  });

  it('is not kept alive by a few minions that flap all the time', () => {
    const rows = rowsOf(spread);
    const fleet = new Fleet(spread).scan(0, rows).die(1_000, rows).wait(5_000);
    fleet.scan(5_000, rowsOf(spread, 101));
    for (let n = 0; n < 12; n += 1) {
      const flapping = { cookie: 500 + n, address: '10.0.0.1' };
      fleet.die(6_000 + n * 11_000, [flapping]);
    }
    fleet.wait(140_000).die(140_000, rowsOf(spread, 101), [PUBLISH]).wait(145_000);
    const { storms, recentEvents } = fleet.epoch();
    expect(storms).toMatchObject({ unknown: 1, publish_daemon: 1 });
    expect(recentEvents.some(({ kind, minion }) => kind === 'disconnect' && minion === 'm0')).toBe(
      true,
    );
  });
});
