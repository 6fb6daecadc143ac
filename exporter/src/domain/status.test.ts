/**
 * Statuses over time: what each fault looks like, how long it must last, and what nobody can
 * decide.
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
  WALL_START_MS,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, freeze, type State, tick } from './index.js';
import type { Inventory, LinkScan } from './observations.js';
import { MINION_STATUSES } from './vocabulary.js';

const DAY_MS = 86_400_000;
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 7 * 86_400,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};
const FLEET = inventory(['1', '2', '3'].map((n) => minion(`m${n}`, [`10.0.0.${n}`])));

/** A fleet watched over time: `until` scans once a second and ticks four times. */
class Watch {
  readonly state: State = createState(OPTIONS);
  ms = 0;
  wallStepMs = 0;

  constructor(fleet: Inventory = FLEET) {
    apply(this.state, fleet, this.now());
  }

  now() {
    return instant(this.ms, this.wallStepMs);
  }

  scan(rows: readonly RowSpec[], overrides: Partial<LinkScan> = {}): this {
    apply(this.state, scan(rows, this.now(), overrides), this.now());
    tick(this.state, this.now());
    return this;
  }

  /** Rows may depend on the time of the scan, in ms. */
  until(ms: number, rows: (ms: number) => readonly RowSpec[]): this {
    for (; this.ms < ms; this.ms += 250) {
      if (this.ms % 1_000 === 0) this.scan(rows(this.ms));
      tick(this.state, this.now());
    }
    return this.scan(rows(this.ms));
  }

  statuses(): string[] {
    const { minions } = freeze(this.state, this.now());
    return Array.from(minions.status, (code) => MINION_STATUSES[code] ?? '');
  }

  newest(): string | undefined {
    return freeze(this.state, this.now()).recentEvents.find((each) => each.kind === 'status')?.text;
  }
}

const up = (n: number, over: Partial<RowSpec> = {}): RowSpec => ({
  cookie: n,
  address: `10.0.0.${n}`,
  ackAgeMs: 200,
  ...over,
});
/** A host that went silent at `since`, its data sent right then. */
const silent = (n: number, since: number, ms: number): RowSpec =>
  up(n, {
    backoff: Math.min(7, Math.floor((ms - since) / 1_000)),
    unacked: 1,
    ackAgeMs: ms - since + 100,
    sentAgeMs: 300,
  });

describe('before anything is known', () => {
  it('every minion is unknown, and presence, links and disagreements are absent', () => {
    const watch = new Watch();
    tick(watch.state, watch.now());
    const epoch = freeze(watch.state, watch.now());
    expect(watch.statuses()).toEqual(['unknown', 'unknown', 'unknown']);
    expect([...epoch.minions.kernelPresent, ...epoch.minions.saltPresent]).toEqual(
      new Array(6).fill(255),
    );
    expect([epoch.links, epoch.disagreements]).toEqual([undefined, {}]);
  });

  it('a torn scan decides nothing', () => {
    const watch = new Watch().scan([up(1)], { complete: false });
    watch.ms = 9_000;
    tick(watch.state, watch.now());
    expect(watch.statuses()).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('links without an inventory decide nothing', () => {
    const state = createState(OPTIONS);
    apply(state, scan([up(1)], instant(0)), instant(0));
    tick(state, instant(0));
    expect(freeze(state, instant(0)).minions.count).toBe(0);
    expect(freeze(state, instant(0)).keys).toBeUndefined();
  });
});

describe('ok and absent', () => {
  it('a link makes ok at once, its loss makes absent after five seconds', () => {
    const watch = new Watch().scan([up(1), up(2), up(3)]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
    watch.until(4_500, () => [up(2), up(3)]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
    watch.until(6_000, () => [up(2), up(3)]);
    expect(watch.statuses()).toEqual(['absent', 'ok', 'ok']);
    expect(watch.newest()).toBe(
      'Its key is accepted, and no publish link is open since 00:00:00 UTC. (kernel + keys)',
    );
  });

  it('a link that is re-made within the time is no absence', () => {
    const watch = new Watch().scan([up(1), up(2), up(3)]);
    watch.until(4_000, () => [up(2), up(3)]);
    watch.until(20_000, () => [up(1, { cookie: 77 }), up(2), up(3)]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
    expect(watch.newest()).toBeUndefined();
  });

  it('after the end of the publish daemon minions have fifteen seconds to come back', () => {
    const watch = new Watch().scan([up(1), up(2), up(3)]);
    watch.ms = 500;
    const daemon = LISTENERS.slice(0, 1);
    const ended = deaths([up(1), up(2), up(3)], watch.now(), daemon);
    apply(watch.state, ended, watch.now());
    watch.until(13_000, () => []);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
    watch.until(17_000, () => [up(2, { cookie: 72 })]);
    expect(watch.statuses()).toEqual(['absent', 'ok', 'absent']);
  });

  it('a minion that was never seen is absent five seconds after the first scan', () => {
    const watch = new Watch().scan([up(2), up(3)]);
    expect(watch.statuses()[0]).toBe('unknown');
    watch.until(6_000, () => [up(2), up(3)]);
    expect(watch.statuses()[0]).toBe('absent');
  });

  it('a request link alone is no presence', () => {
    const watch = new Watch().until(6_000, () => [up(1, { port: 'request' }), up(2), up(3)]);
    expect(watch.statuses()).toEqual(['absent', 'ok', 'ok']);
    expect(freeze(watch.state, watch.now()).minions.kernelPresent[0]).toBe(0);
  });

  it('an expected id without a key says so', () => {
    const fleet = inventory([minion('m1', [], { key: undefined, expected: true })]);
    const watch = new Watch(fleet).until(6_000, () => []);
    expect(watch.statuses()).toEqual(['absent']);
    expect(watch.newest()).toContain('It is expected and has no key');
  });
});

describe('half open', () => {
  it('a silent host is half open after three seconds, while others acknowledge', () => {
    const watch = new Watch().until(10_000, () => [up(1), up(2), up(3)]);
    watch.until(12_000, (ms) => [silent(1, 10_000, ms), up(2), up(3)]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
    watch.until(14_000, (ms) => [silent(1, 10_000, ms), up(2), up(3)]);
    expect(watch.statuses()).toEqual(['half_open', 'ok', 'ok']);
    expect(watch.newest()).toContain('Nothing acknowledged since 00:00:0');
    watch.until(16_000, () => [up(1), up(2), up(3)]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
  });

  it('of the only minion with a link is half open too', () => {
    const watch = new Watch(inventory([minion('m1', ['10.0.0.1'])])).until(10_000, () => [up(1)]);
    watch.until(14_000, (ms) => [silent(1, 10_000, ms)]);
    expect(watch.statuses()).toEqual(['half_open']);
  });

  it('of everybody at once is unknown: it may be the network of the master', () => {
    const watch = new Watch().until(10_000, () => [up(1), up(2), up(3)]);
    watch.until(20_000, (ms) => [1, 2, 3].map((n) => silent(n, 10_000, ms)));
    expect(watch.statuses()).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('with heartbeats out of step no minion is called half open while the whole network is down', () => {
    // Each minion is pinged every 10 s on a phase of its own; the network ends at 20 s.
    const watch = new Watch();
    const phases = [20_300, 23_300, 28_300];
    watch.until(20_000, (ms) =>
      [1, 2, 3].map((n) => up(n, { ackAgeMs: (ms + n * 3_000) % 10_000 })),
    );
    for (let end = 21_000; end <= 40_000; end += 1_000) {
      watch.until(end, (ms) =>
        [1, 2, 3].map((n) => {
          const sent = phases[n - 1] ?? 0;
          const lastAck = sent - 10_000;
          if (ms <= sent) return up(n, { ackAgeMs: ms - lastAck });
          return { ...silent(n, sent, ms), ackAgeMs: ms - lastAck };
        }),
      );
      expect(watch.statuses()).not.toContain('half_open');
    }
    expect(watch.statuses()).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('is seen after one publish, where no heartbeats are sent', () => {
    // Everybody was idle since 1 s; one publish at 20.2 s, which 1 does not answer.
    const idle = (n: number, ms: number) => up(n, { ackAgeMs: Math.max(0, ms - 1_000) });
    const watch = new Watch().until(20_000, (ms) => [1, 2, 3].map((n) => idle(n, ms)));
    watch.ms = 20_250;
    watch.until(25_000, (ms) => [
      up(1, {
        unacked: 1,
        backoff: Math.floor((ms - 20_200) / 1_200),
        ackAgeMs: ms - 1_000,
        sentAgeMs: 800,
      }),
      ...[2, 3].map((n) => up(n, { ackAgeMs: ms - 20_210 })),
    ]);
    expect(watch.statuses()).toEqual(['half_open', 'ok', 'ok']);
  });

  it('is not said when others acknowledged only before the data was sent', () => {
    // One publish at 20.2 s to nobody but 1 (zmq_filtering): the others have nothing to
    // acknowledge.
    const idle = (n: number, ms: number) => up(n, { ackAgeMs: Math.max(0, ms - 20_100) });
    const watch = new Watch().until(20_000, (ms) => [1, 2, 3].map((n) => idle(n, ms)));
    watch.ms = 20_250;
    watch.until(49_000, (ms) => [silent(1, 20_200, ms), ...[2, 3].map((n) => idle(n, ms))]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
    watch.until(52_000, (ms) => [silent(1, 20_200, ms), ...[2, 3].map((n) => idle(n, ms))]);
    expect(watch.statuses()).toEqual(['unknown', 'ok', 'ok']);
  });

  it('is not a process that stopped reading: its host answers each window probe', () => {
    const watch = new Watch().until(10_000, () => [up(1), up(2), up(3)]);
    watch.until(60_000, () => [
      up(1, { backoff: 6, unacked: 0, probes: 1, ackAgeMs: 20_000 }),
      up(2),
      up(3),
    ]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
  });

  it('shows in unanswered keepalive probes, without data in flight', () => {
    const watch = new Watch().until(60_000, (ms) => [1, 2, 3].map((n) => up(n, { ackAgeMs: ms })));
    watch.until(95_000, (ms) => [
      up(1, { probes: ms < 61_000 ? 1 : 2, ackAgeMs: ms }),
      ...[2, 3].map((n) => up(n, { ackAgeMs: ms - 60_100 })),
    ]);
    expect(watch.statuses()).toEqual(['half_open', 'ok', 'ok']);
  });

  it('is not said of a minion that has another link which acknowledges', () => {
    const watch = new Watch().until(10_000, () => [up(1), up(2), up(3)]);
    watch.until(20_000, (ms) => [
      silent(1, 10_000, ms),
      up(1, { cookie: 50, ackAgeMs: ms - 9_000 }),
      up(2),
      up(3),
    ]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
  });

  it('cannot be told from /proc, which has no figures', () => {
    const watch = new Watch();
    for (watch.ms = 0; watch.ms < 20_000; watch.ms += 1_000) {
      watch.scan(
        [1, 2, 3].map((n) =>
          up(n, { hasInfo: false, cookieHigh: 0xffffffff, backoff: 9, unacked: 1 }),
        ),
        {
          origin: 'proc',
        },
      );
    }
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('stale', () => {
  const old = { grainsWallMs: WALL_START_MS - 8 * DAY_MS, keyWallMs: WALL_START_MS - 30 * DAY_MS };
  it.each([
    ['never seen, grains and key old', minion('m', ['10.0.0.9'], old), 'stale'],
    [
      'never seen, key old, no grains',
      minion('m', [], { ...old, grainsWallMs: undefined }),
      'stale',
    ],
    [
      'never seen, grains new',
      minion('m', ['10.0.0.9'], { ...old, grainsWallMs: WALL_START_MS }),
      'absent',
    ],
    [
      'never seen, key new',
      minion('m', ['10.0.0.9'], { ...old, keyWallMs: WALL_START_MS }),
      'absent',
    ],
    [
      'expected, without key',
      minion('m', [], { ...old, key: undefined, keyWallMs: undefined, expected: true }),
      'absent',
    ],
  ])('%s', (_title, one, status) => {
    const watch = new Watch(inventory([one])).until(6_000, () => []);
    expect(watch.statuses()).toEqual([status]);
  });

  it('after seven days of watching without a link', () => {
    const watch = new Watch().scan([up(1), up(2), up(3)]);
    watch.until(10_000, () => [up(2), up(3)]);
    watch.ms = 7 * DAY_MS - 5_000;
    watch.scan([up(2), up(3)]);
    expect(watch.statuses()[0]).toBe('absent');
    watch.until(7 * DAY_MS + 8_000, () => [up(2), up(3)]);
    expect(watch.statuses()[0]).toBe('stale');
    expect(watch.newest()).toBe('No publish link is open since 2026-01-01. (kernel + keys)');
  });

  it('is not made by a clock that steps, and neither is a flap', () => {
    for (const step of [-400 * DAY_MS, 400 * DAY_MS]) {
      const watch = new Watch().until(2_000, () => [up(1), up(2)]);
      watch.wallStepMs = step;
      watch.until(12_000, () => [up(2)]);
      expect(watch.statuses()).toEqual(['absent', 'ok', 'absent']);
      watch.until(14_000, () => [up(1, { cookie: 90 }), up(2)]);
      watch.wallStepMs = 0;
      watch.until(20_000, () => [up(1, { cookie: 90 }), up(2)]);
      const epoch = freeze(watch.state, watch.now());
      expect(epoch.flaps).toBe(1);
      expect(watch.statuses()).toEqual(['ok', 'ok', 'absent']);
    }
  });
});

describe('ambiguous', () => {
  it('minions of one shared address with a link of it, and present for nobody', () => {
    const fleet = inventory([
      minion('a', ['10.0.0.7']),
      minion('b', ['10.0.0.7']),
      minion('c', ['10.0.0.8']),
    ]);
    const watch = new Watch(fleet).until(6_000, () => [{ cookie: 1, address: '10.0.0.7' }]);
    expect(watch.statuses()).toEqual(['ambiguous', 'ambiguous', 'absent']);
    expect([...freeze(watch.state, watch.now()).minions.kernelPresent]).toEqual([255, 255, 0]);
    expect(watch.newest()).toContain('Its key is accepted');
    expect(freeze(watch.state, watch.now()).recentEvents.map((each) => each.text)).toContain(
      '2 minions share the address 10.0.0.7; nothing has told yet which link is whose. (kernel + grains)',
    );
    watch.until(20_000, () => []);
    expect(watch.statuses()).toEqual(['absent', 'absent', 'absent']);
  });

  it('minions behind a NAT router with a link, but not those behind another', () => {
    const fleet = inventory(
      ['a', 'b', 'c', 'd'].map((id, n) => minion(id, [`192.168.0.${n + 2}`])),
      {
        natAddresses: new Map([
          ['203.0.113.1', ['a', 'b']],
          ['203.0.113.2', ['c', 'd']],
        ]),
      },
    );
    const watch = new Watch(fleet).until(12_000, () => [
      { cookie: 1, address: '203.0.113.1' },
      { cookie: 2, address: '198.51.100.77' },
    ]);
    expect(watch.statuses()).toEqual(['ambiguous', 'ambiguous', 'absent', 'absent']);
  });

  it('whoever was never seen, while an unexplained link is there', () => {
    const watch = new Watch().until(12_000, () => [
      up(1),
      up(2),
      { cookie: 9, address: '203.0.113.9' },
    ]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ambiguous']);
    expect(watch.newest()).toContain('One publish link comes from an address that no minion has;');
    const two = new Watch().until(12_000, () => [
      up(1),
      up(2),
      { cookie: 9, address: '203.0.113.9' },
      { cookie: 10, address: '203.0.113.10' },
    ]);
    expect(two.newest()).toContain('2 publish links come from addresses that no minion has;');
  });

  it('not whoever had a link of its own before', () => {
    const stranger = { cookie: 9, address: '203.0.113.9' };
    const watch = new Watch().until(12_000, () => [up(1), up(2), up(3), stranger]);
    watch.until(24_000, () => [up(1), up(2), stranger]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'absent']);
  });

  it('not because of a link that never shook hands, nor of our own', () => {
    const watch = new Watch().until(12_000, () => [
      up(1),
      up(2),
      { cookie: 9, address: '203.0.113.9', received: 11 },
      { cookie: 10, address: '127.0.0.77' },
    ]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'absent']);
  });

  it("minions of the master's own host behind a link from 127.0.0.1", () => {
    const fleet = inventory([minion('a', ['192.0.2.1']), minion('b', ['192.0.2.1'])]);
    const watch = new Watch(fleet).until(8_000, () => [{ cookie: 1, address: '127.0.0.1' }]);
    expect(watch.statuses()).toEqual(['ambiguous', 'ambiguous']);
  });
});

describe('a blind exporter', () => {
  it('says unknown when scans stop, and knows again with the next', () => {
    const watch = new Watch().until(6_000, () => [up(1), up(2)]);
    watch.ms += 11_000;
    tick(watch.state, watch.now());
    expect(watch.statuses()).toEqual(['unknown', 'unknown', 'unknown']);
    const epoch = freeze(watch.state, watch.now());
    expect([epoch.links, epoch.listenerUp, epoch.disagreements]).toEqual([undefined, {}, {}]);
    watch.scan([up(1), up(2)]);
    expect(watch.statuses()).toEqual(['ok', 'ok', 'unknown']);
  });

  it('says unknown when the kernel source says that it is down', () => {
    const watch = new Watch().until(6_000, () => [up(1), up(2), up(3)]);
    const down = {
      kind: 'source_health',
      source: 'kernel',
      up: false,
      detail: 'Refused.',
    } as const;
    watch.ms += 500;
    apply(watch.state, down, watch.now());
    watch.ms += 500;
    tick(watch.state, watch.now());
    expect(watch.statuses()).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('waits longer where the cadence is slow', () => {
    const watch = new Watch().scan([up(1), up(2), up(3)], { intervalSeconds: 10 });
    watch.ms = 45_000;
    tick(watch.state, watch.now());
    expect(watch.statuses()).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('problem', () => {
  it('is remembered for an hour after it ended', () => {
    const watch = new Watch().scan([up(1), up(2), up(3)]);
    watch.until(8_000, () => [up(2), up(3)]);
    watch.until(10_000, () => [up(1, { cookie: 60 }), up(2), up(3)]);
    const problem = () => [...freeze(watch.state, watch.now()).minions.problem];
    expect(problem()).toEqual([1, 0, 0]);
    watch.ms = 3_700_000;
    watch.scan([up(1, { cookie: 60 }), up(2), up(3)]);
    expect(problem()).toEqual([0, 0, 0]);
  });
});

describe('figures', () => {
  it('retransmissions are summed over links, and never fall', () => {
    const watch = new Watch().scan([up(1, { retransmits: 40 })]);
    watch.ms = 1_000;
    watch.scan([
      up(1, { retransmits: 45 }),
      { ...up(1, { cookie: 8, retransmits: 2 }), port: 'request' },
    ]);
    watch.ms = 2_000;
    watch.scan([up(1, { retransmits: 3 })]);
    apply(watch.state, deaths([up(1, { retransmits: 10 })], watch.now()), watch.now());
    expect(freeze(watch.state, watch.now()).minions.retransmits[0]).toBe(5 + 2 + 7);
  });

  it('the last acknowledgement stays when the link is gone, the round trip does not', () => {
    const watch = new Watch().scan([up(1, { ackAgeMs: 400, rttMicros: 2_500 })]);
    const before = freeze(watch.state, watch.now()).minions;
    expect([before.lastAckMs[0], before.rttSeconds[0]]).toEqual([WALL_START_MS - 400, 0.0025]);
    watch.ms = 1_000;
    watch.scan([]);
    const after = freeze(watch.state, watch.now()).minions;
    expect([after.lastAckMs[0], after.rttSeconds[0]]).toEqual([WALL_START_MS - 400, Number.NaN]);
  });

  it('the same acknowledgement read twice, a jiffy apart, does not move', () => {
    const watch = new Watch().scan([up(1, { ackAgeMs: 400 })]);
    watch.ms = 1_000;
    watch.scan([up(1, { ackAgeMs: 1_396 })]);
    expect(freeze(watch.state, watch.now()).minions.lastAckMs[0]).toBe(WALL_START_MS - 400);
  });
});
