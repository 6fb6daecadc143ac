/** Publish links behind one address, named by the request link that was made together with each. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State, tick } from './index.js';
import { judgeReturns, noteMinionEvent } from './learned.js';
import { findLink } from './link-table.js';
import { IDENTITY_BASES } from './vocabulary.js';
import { pushExchange } from './votes-table.js';

const ROUTER = '203.0.113.1';
const OWN_COOKIE = 99;
const BEAT_MS = 10_000;
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory', 'stream_canary', 'event_bus'] as const,
};

interface Link {
  readonly cookie: number;
  readonly port: 'publish' | 'request';
  readonly bornMs: number;
  readonly endMs: number;
  /** By which each PING is late, and the next with it. */
  readonly lateMs: number;
}

/** n1 … n9 behind one router; a scan every second, from 0 on. */
class Fleet {
  readonly state: State = createState(OPTIONS, {
    ...DEFAULT_LIMITS,
    links: 4_096,
    minions: 1_024,
    streamMessages: 4_096,
    happenings: 64,
  });
  readonly links: Link[] = [];
  ms = 0;
  readonly #ended = new Set<number>();
  #cookie = 100;

  constructor(heartbeats = true) {
    this.heartbeats = heartbeats;
    const ids = Array.from({ length: 9 }, (_, i) => minion(`n${i + 1}`));
    apply(this.state, inventory(ids), instant(0));
    const subscribed = { subscribed: true, monoMs: instant(0).monoMs } as const;
    apply(this.state, { kind: 'stream_link', ...subscribed }, instant(0));
  }

  readonly heartbeats: boolean;

  link(port: 'publish' | 'request', bornMs: number, rest: Partial<Link> = {}): Link {
    this.#cookie += 1;
    const endMs = Number.POSITIVE_INFINITY;
    const link = { cookie: this.#cookie, port, bornMs, endMs, lateMs: 0, ...rest };
    this.links.push(link);
    return link;
  }

  /** Both links of one minion, the second `afterMs` later. */
  both(bornMs: number, afterMs = 60, rest: Partial<Link> = {}): [Link, Link] {
    return [this.link('publish', bornMs, rest), this.link('request', bornMs + afterMs, rest)];
  }

  run(untilMs: number): void {
    while (this.ms < untilMs) {
      this.ms += 1_000;
      this.#scan();
    }
  }

  #scan(): void {
    const at = instant(this.ms);
    const gone = this.links.filter(
      (link) => link.endMs <= this.ms && !this.#ended.has(link.cookie),
    );
    for (const { cookie, port } of gone) {
      this.#ended.add(cookie);
      apply(this.state, deaths([{ cookie, port, address: ROUTER }], at), at);
    }
    const there = this.links.filter(({ bornMs, endMs }) => bornMs <= this.ms && endMs > this.ms);
    const own = { cookie: OWN_COOKIE, address: '127.0.0.77', acked: 91, received: 103 };
    apply(this.state, scan([own, ...there.map((link) => this.#row(link))], at), at);
    tick(this.state, at);
  }

  #row({ cookie, port, bornMs, lateMs }: Link) {
    const beats = this.heartbeats ? Math.floor((this.ms - bornMs) / (BEAT_MS + lateMs)) : 0;
    const ageMs = this.ms - bornMs - beats * (BEAT_MS + lateMs);
    return {
      cookie,
      port,
      address: ROUTER,
      acked: (port === 'publish' ? 91 : 107) + 9 * beats,
      received: (port === 'publish' ? 110 : 104) + 7 * beats,
      sentAgeMs: ageMs,
      receivedAgeMs: ageMs,
    };
  }

  started(n: number, atMs: number): void {
    this.#event(n, atMs, 'start');
  }

  /** The request link is learned: two returns that came alone. */
  learn(n: number, { cookie }: Link): void {
    for (let round = 0; round < 2; round += 1) {
      const atMs = this.ms - 900 + round * 400;
      const slot = findLink(this.state.links, cookie, 0);
      pushExchange(this.state.votes.exchanges, {
        slot,
        life: this.state.votes.linkLife[slot] ?? 0,
        fromMonoMs: instant(atMs - 3).monoMs,
        toMonoMs: instant(atMs + 3).monoMs,
        seenMonoMs: instant(atMs + 3).monoMs,
        speaks: true,
      });
      this.#event(n, atMs, 'return');
      judgeReturns(this.state, instant(atMs + 1_000).monoMs);
    }
  }

  #event(n: number, atMs: number, event: 'return' | 'start'): void {
    const at = instant(atMs);
    const told = { arrivedMonoMs: at.monoMs, stampWallMs: at.wallMs, jid: undefined };
    noteMinionEvent(this.state, { event, minion: `n${n}`, ...told }, at);
  }

  nameOf({ cookie }: Link): string | undefined {
    const slot = findLink(this.state.links, cookie, 0);
    return slot < 0 ? undefined : this.state.minions.ids[this.state.links.boundMinion[slot] ?? -1];
  }
}

/** One in four has it. */
function seldom(value: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );
}

describe('a publish link behind a router', () => {
  it('is named by the request link that was made together with it', () => {
    const fleet = new Fleet();
    fleet.run(3_000);
    const [publish, request] = fleet.both(3_810);
    const [other] = fleet.both(5_400);
    fleet.started(8, 6_000);
    fleet.run(20_000);
    fleet.learn(8, request);
    fleet.run(25_000);
    expect(fleet.nameOf(publish), 'not before both have beaten twice').toBeUndefined();
    fleet.run(30_000);
    expect([fleet.nameOf(publish), fleet.nameOf(other)]).toEqual(['n8', undefined]);
    const { minions } = freeze(fleet.state, instant(fleet.ms));
    const row = minions.ids.indexOf('n8');
    expect(IDENTITY_BASES[minions.publishBasis[row] ?? 255]).toBe('paired');
    expect(minions.kernelPresent[row]).toBe(1);
  });

  it('is named when its request link is learned much later', () => {
    const fleet = new Fleet();
    fleet.run(3_000);
    const [publish, request] = fleet.both(3_810, -35, { lateMs: 20 });
    fleet.started(8, 6_000);
    fleet.run(200_000);
    expect(fleet.nameOf(publish)).toBeUndefined();
    fleet.learn(8, request);
    fleet.run(202_000);
    expect(fleet.nameOf(publish)).toBe('n8');
  });

  const SPOILT: [string, (fleet: Fleet) => void][] = [
    ['another pair came near', (fleet) => fleet.both(4_700)],
    ['another request link came near', (fleet) => fleet.link('request', 3_100)],
    ['another came near and ended', (fleet) => fleet.link('request', 4_300, { endMs: 16_000 })],
  ];
  it.each(SPOILT)('stays open when %s', (_what, spoil) => {
    const fleet = new Fleet();
    fleet.run(2_000);
    const [publish, request] = fleet.both(3_810);
    spoil(fleet);
    fleet.started(8, 6_000);
    fleet.run(20_000);
    fleet.learn(8, request);
    fleet.run(70_000);
    expect(fleet.nameOf(request)).toBe('n8');
    expect(fleet.nameOf(publish)).toBeUndefined();
  });

  it('is named beside an authentication and a client that ended at once', () => {
    const fleet = new Fleet();
    fleet.run(2_000);
    fleet.link('request', 3_300, { endMs: 5_500 });
    const [publish, request] = fleet.both(3_810);
    fleet.link('request', 4_100, { endMs: 5_500 });
    fleet.started(8, 6_000);
    fleet.run(30_000);
    fleet.learn(8, request);
    fleet.run(32_000);
    expect(fleet.nameOf(publish)).toBe('n8');
  });

  const UNPROVEN: [string, { afterMs?: number; startMs?: number; heartbeats?: boolean }][] = [
    ['its minion did not say that it started', { startMs: Number.NaN }],
    ['its minion had started long before', { startMs: 1_000 }],
    ['its minion started much later', { startMs: 25_000 }],
    ['the request link came later', { afterMs: 700 }],
    ['there are no heartbeats', { heartbeats: false }],
  ];
  it.each(UNPROVEN)('stays open when %s', (_what, { afterMs, startMs = 6_000, heartbeats }) => {
    const fleet = new Fleet(heartbeats);
    fleet.run(2_000);
    const [publish, request] = fleet.both(3_810, afterMs);
    if (!Number.isNaN(startMs)) fleet.started(8, startMs);
    fleet.run(28_000);
    fleet.learn(8, request);
    fleet.run(70_000);
    expect(fleet.nameOf(request)).toBe('n8');
    expect(fleet.nameOf(publish)).toBeUndefined();
  });

  it('that is older than our watch stays open', () => {
    const fleet = new Fleet();
    const [publish, request] = fleet.both(-190);
    fleet.started(8, 1_000);
    fleet.run(30_000);
    fleet.learn(8, request);
    fleet.run(70_000);
    expect(fleet.nameOf(publish)).toBeUndefined();
  });

  it('loses its name with the request link, and changes it with that', () => {
    const fleet = new Fleet();
    fleet.run(2_000);
    const [publish, request] = fleet.both(3_810, 60, {});
    const ended = fleet.link('request', 9_900, { endMs: 80_000 });
    const mortal = fleet.link('publish', 9_850);
    fleet.started(8, 6_000);
    fleet.started(9, 12_000);
    fleet.run(40_000);
    fleet.learn(8, request);
    fleet.run(41_000);
    fleet.learn(9, ended);
    fleet.run(42_000);
    expect([fleet.nameOf(publish), fleet.nameOf(mortal)]).toEqual(['n8', 'n9']);
    fleet.run(82_000);
    expect([fleet.nameOf(publish), fleet.nameOf(mortal)]).toEqual(['n8', undefined]);
    const slot = findLink(fleet.state.links, request.cookie, 0);
    fleet.state.links.boundMinion[slot] = -1;
    fleet.run(83_000);
    expect(fleet.nameOf(publish), 'what it rested on was taken back').toBeUndefined();
  });

  it('stays open when more opened than is remembered', () => {
    const fleet = new Fleet();
    fleet.run(2_000);
    const [publish, request] = fleet.both(3_810);
    for (let n = 0; n < 80; n += 1) fleet.link('request', 9_000, { endMs: 9_500 + n * 1_000 });
    fleet.started(8, 6_000);
    fleet.run(30_000);
    fleet.learn(8, request);
    fleet.run(70_000);
    expect(fleet.nameOf(publish)).toBeUndefined();
  });

  it('is never given to the wrong minion, whoever comes and goes together', () => {
    const life = fc.record({
      bornMs: fc.integer({ min: 3_000, max: 14_000 }),
      afterMs: fc.integer({ min: -35, max: 200 }),
      lateMs: fc.integer({ min: 0, max: 40 }),
      requestLateMs: fc.integer({ min: 0, max: 40 }),
      /** Gave up half-way: the request link came by itself, and it said nothing. */
      looseMs: seldom(fc.integer({ min: -5_000, max: 5_000 })),
      /** A request link made anew by itself: a return was tried again. */
      retryMs: seldom(fc.integer({ min: 3_000, max: 16_000 })),
    });
    let named = 0;
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 6 }), (lives) => {
        const fleet = new Fleet();
        fleet.run(2_000);
        const made = lives.map((one, i) => {
          const publish = fleet.link('publish', one.bornMs, { lateMs: one.lateMs });
          const late = { lateMs: one.requestLateMs };
          const afterMs = one.looseMs ?? one.afterMs;
          const first = fleet.link('request', Math.max(2_100, one.bornMs + afterMs), late);
          const second =
            one.retryMs === undefined || one.retryMs < first.bornMs
              ? first
              : fleet.link('request', one.retryMs, late);
          return {
            n: i + 1,
            publish,
            second,
            isLoose: one.looseMs !== undefined,
            bornMs: one.bornMs,
          };
        });
        for (const { n, isLoose, bornMs } of made) if (!isLoose) fleet.started(n, bornMs + 3_000);
        fleet.run(30_000);
        for (const { n, second } of made) {
          fleet.learn(n, second);
          fleet.run(fleet.ms + 1_000);
        }
        fleet.run(62_000);
        for (const { n, publish } of made) {
          const name = fleet.nameOf(publish);
          expect([undefined, `n${n}`]).toContain(name);
          if (name !== undefined) named += 1;
        }
      }),
      { numRuns: 100 },
    );
    expect(named, 'some are named at all').toBeGreaterThan(30);
  });
});
