/** Request links behind one address, named by the instants of their minions' returns. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State, tick } from './index.js';
import { judgeReturns, noteMinionEvent } from './learned.js';
import { findLink } from './link-table.js';
import type { BusEvent } from './observations.js';
import { IDENTITY_BASES } from './vocabulary.js';
import { pushExchange } from './votes-table.js';

const ROUTER = '203.0.113.1';
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory', 'event_bus'] as const,
};

/** Minions n1 … behind one router, request link of n<i> with cookie 100 + i; `outside` has its own. */
function natted(count: number): State {
  const state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 4_096, minions: 1_024 });
  const ids = Array.from({ length: count }, (_, i) => minion(`n${i + 1}`));
  apply(state, inventory([...ids, minion('outside', ['10.0.0.9'])]), instant(0));
  apply(state, scan([], instant(0)), instant(0));
  apply(state, scan(rows(count), instant(1_000)), instant(1_000));
  tick(state, instant(1_100));
  return state;
}

function rows(count: number) {
  const behind = Array.from({ length: count }, (_, i) => ({
    cookie: 101 + i,
    port: 'request' as const,
    address: ROUTER,
  }));
  return [...behind, { cookie: 100, port: 'request' as const, address: '10.0.0.9' }];
}

const START_MS = 1_000_000;

/** Asked and answered around this instant; a later look read its instants once more. */
function exchange(state: State, cookie: number, [atMs, lastsMs = 6]: [number, number?]): void {
  const { exchanges, linkLife } = state.votes;
  const slot = findLink(state.links, cookie, 0);
  const at = pushExchange(exchanges, {
    slot,
    life: linkLife[slot] ?? 0,
    fromMonoMs: START_MS + atMs - lastsMs / 2,
    toMonoMs: START_MS + atMs + lastsMs / 2,
    seenMonoMs: START_MS + atMs + 100,
    speaks: true,
  });
  exchanges.reread[at] = 1;
}

/** All links were looked at, a second later. */
function judge(state: State, atMs: number): void {
  judgeReturns(state, START_MS + atMs + 1_000);
}

function event(id: string, atMs: number, lateMs = 0): BusEvent {
  return {
    event: 'return',
    arrivedMonoMs: START_MS + atMs + lateMs,
    stampWallMs: instant(atMs).wallMs,
    minion: id,
    jid: '20260101000000000000',
  };
}

/** One return: the exchange is seen `seenLateMs` later, the event arrives `lateMs` later. */
function returns(state: State, of: { n: number; atMs: number; lateMs?: number }): void {
  const { n, atMs, lateMs = 0 } = of;
  exchange(state, 100 + n, [atMs]);
  noteMinionEvent(state, event(`n${n}`, atMs, lateMs), instant(atMs + lateMs));
  judge(state, atMs);
}

function boundTo(state: State, cookie: number): string | undefined {
  const slot = findLink(state.links, cookie, 0);
  return state.minions.ids[state.links.boundMinion[slot] ?? -1];
}

describe('a request link behind a router', () => {
  it('is learned from two returns that came alone', () => {
    const state = natted(6);
    returns(state, { n: 1, atMs: 2_000 });
    expect(boundTo(state, 101)).toBeUndefined();
    returns(state, { n: 1, atMs: 3_000 });
    expect(boundTo(state, 101)).toBe('n1');
    tick(state, instant(4_000));
    const { minions } = freeze(state, instant(4_000));
    const row = minions.ids.indexOf('n1');
    expect(IDENTITY_BASES[minions.requestBasis[row] ?? 255]).toBe('learned');
    expect(minions.requestLinks[row]).toBe(1);
  });

  it('is learned when the bus is seconds late and the exchange is seen after the event', () => {
    const state = natted(2);
    for (const atMs of [2_000, 12_000]) {
      noteMinionEvent(state, event('n2', atMs, 7_000), instant(atMs + 7_000));
      exchange(state, 102, [atMs]);
      judge(state, atMs + 7_000);
    }
    expect(boundTo(state, 102)).toBe('n2');
  });

  it('waits for all links to be looked at, and for a link that waits for its reply', () => {
    const state = natted(2);
    returns(state, { n: 1, atMs: 2_000 });
    exchange(state, 101, [4_000]);
    noteMinionEvent(state, event('n1', 4_000), instant(4_000));
    judgeReturns(state, START_MS + 4_400);
    expect(boundTo(state, 101)).toBeUndefined();
    state.votes.asking.fromMonoMs[findLink(state.links, 102, 0)] = START_MS + 3_900;
    judgeReturns(state, START_MS + 5_000);
    expect(boundTo(state, 101)).toBeUndefined();
    judgeReturns(state, START_MS + 9_001);
    expect(boundTo(state, 101)).toBe('n1');
  });

  it('is learned of the last one by the names of the others', () => {
    const state = natted(2);
    for (const atMs of [2_000, 4_000, 6_000]) {
      exchange(state, 101, [atMs]);
      exchange(state, 102, [atMs]);
      noteMinionEvent(state, event('n2', atMs), instant(atMs));
      judge(state, atMs);
    }
    returns(state, { n: 2, atMs: 7_000 });
    expect(boundTo(state, 102)).toBeUndefined();
    for (const atMs of [8_000, 10_000]) returns(state, { n: 1, atMs });
    expect([boundTo(state, 101), boundTo(state, 102)]).toEqual(['n1', 'n2']);
  });

  it('stays open while its minion is asking nowhere that we see, and another always with it', () => {
    const state = natted(2);
    for (const atMs of [2_000, 4_000, 6_000, 8_000]) {
      exchange(state, 102, [atMs]);
      noteMinionEvent(state, event('n1', atMs), instant(atMs));
      noteMinionEvent(state, event('n2', atMs + 1), instant(atMs));
      judge(state, atMs);
    }
    expect([boundTo(state, 101), boundTo(state, 102)]).toEqual([undefined, undefined]);
  });

  it('loses a name that its minion went on without', () => {
    const state = natted(2);
    for (const atMs of [2_000, 3_000]) returns(state, { n: 1, atMs });
    expect(boundTo(state, 101)).toBe('n1');
    for (const atMs of [4_000, 5_000, 6_000, 7_000, 8_000]) {
      exchange(state, 102, [atMs]);
      noteMinionEvent(state, event('n1', atMs), instant(atMs));
      judge(state, atMs);
    }
    expect([boundTo(state, 101), boundTo(state, 102)]).toEqual([undefined, 'n1']);
  });

  it('stays open while two minions always return in the same instant', () => {
    const state = natted(2);
    for (let round = 0; round < 20; round += 1) {
      const atMs = 2_000 + round * 1_000;
      exchange(state, 101, [atMs, 40]);
      exchange(state, 102, [atMs, 40]);
      noteMinionEvent(state, event('n1', atMs), instant(atMs));
      noteMinionEvent(state, event('n2', atMs + 1), instant(atMs));
      judge(state, atMs);
    }
    expect([boundTo(state, 101), boundTo(state, 102)]).toEqual([undefined, undefined]);
  });

  it('loses its name with the connection, and is learned anew', () => {
    const state = natted(2);
    for (const atMs of [2_000, 3_000]) returns(state, { n: 1, atMs });
    apply(
      state,
      deaths([{ cookie: 101, port: 'request', address: ROUTER }], instant(3_500)),
      instant(3_500),
    );
    const again = [{ cookie: 201, port: 'request' as const, address: ROUTER }];
    apply(state, scan([...rows(2).slice(1), ...again], instant(4_000)), instant(4_000));
    expect(boundTo(state, 201)).toBeUndefined();
    for (const atMs of [5_000, 6_000]) {
      exchange(state, 201, [atMs]);
      noteMinionEvent(state, event('n1', atMs), instant(atMs));
      judge(state, atMs);
    }
    expect(boundTo(state, 201)).toBe('n1');
  });

  it('is not given to a minion whose own address names its link, nor to a stranger', () => {
    const state = natted(1);
    for (const atMs of [2_000, 3_000, 4_000]) {
      exchange(state, 101, [atMs]);
      noteMinionEvent(state, event('outside', atMs), instant(atMs));
      noteMinionEvent(state, event('<script>', atMs), instant(atMs));
      judge(state, atMs);
    }
    expect(boundTo(state, 101)).toBeUndefined();
  });

  it('takes one event for one vote, however many exchanges lie around it', () => {
    const state = natted(3);
    for (const atMs of [2_000, 2_012, 2_024]) exchange(state, 101, [atMs, 2]);
    noteMinionEvent(state, event('n2', 2_013), instant(2_013));
    judge(state, 2_013);
    expect(boundTo(state, 101)).toBeUndefined();
    for (const atMs of [9_000, 14_000, 19_000]) returns(state, { n: 2, atMs });
    expect([boundTo(state, 101), boundTo(state, 102)]).toEqual([undefined, 'n2']);
  });

  it('is given to no wrong minion in 300 fleets, in any order, with half of the samples missing', () => {
    const round = fc.record({
      /** Which minions return, in milliseconds after the round began; the kernel saw it or not. */
      returns: fc.array(
        fc.record({
          n: fc.integer({ min: 1, max: 10 }),
          afterMs: fc.integer({ min: 0, max: 400 }),
          seen: fc.boolean(),
          lateMs: fc.constantFrom(0, 0, 0, 300, 5_000),
          lastsMs: fc.integer({ min: 2, max: 20 }),
        }),
        { minLength: 1, maxLength: 10 },
      ),
    });
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 30 }), (rounds) => {
        const state = natted(10);
        for (const [index, { returns: list }] of rounds.entries()) {
          const startMs = 2_000 + index * 10_000;
          for (const one of list) {
            const atMs = startMs + one.afterMs;
            if (one.seen) exchange(state, 100 + one.n, [atMs, one.lastsMs]);
            noteMinionEvent(
              state,
              event(`n${one.n}`, atMs, one.lateMs),
              instant(atMs + one.lateMs),
            );
          }
          judge(state, startMs + 6_000);
        }
        for (let n = 1; n <= 10; n += 1) {
          expect([undefined, `n${n}`]).toContain(boundTo(state, 100 + n));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is learned for all ten when all answer together, within ten rounds', () => {
    const state = natted(10);
    let seed = 7;
    const next = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed / 2 ** 32;
    };
    for (let round = 0; round < 10; round += 1) {
      for (let n = 1; n <= 10; n += 1) {
        const atMs = 2_000 + round * 5_000 + Math.floor(next() * 200);
        exchange(state, 100 + n, [atMs]);
        noteMinionEvent(state, event(`n${n}`, atMs), instant(atMs));
      }
      judge(state, 2_000 + round * 5_000);
    }
    const names = Array.from({ length: 10 }, (_, i) => boundTo(state, 101 + i));
    expect(names).toEqual(Array.from({ length: 10 }, (_, i) => `n${i + 1}`));
  });
});
