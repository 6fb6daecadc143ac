/** The life of a connection: connect and disconnect are booked once, whatever tells of them first. */
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import { apply, createState, type DomainOptions, freeze, type State, tick } from './index.js';

const OPTIONS: DomainOptions = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory'],
};

function start(): State {
  const state = createState(OPTIONS);
  apply(state, inventory([minion('m1', ['10.0.0.1']), minion('m2', ['10.0.0.2'])]), instant(0));
  return state;
}

function counts(state: State, ms: number) {
  const epoch = freeze(state, instant(ms));
  return {
    connects: epoch.connects.publish,
    disconnects: epoch.disconnects.publish,
    perMinion: [Array.from(epoch.minions.connects), Array.from(epoch.minions.disconnects)],
  };
}

describe('a connection', () => {
  it('of the first complete scan is older than the watch: its connect is not counted, its end is', () => {
    const state = start();
    apply(state, scan([{ cookie: 1 }], instant(0)), instant(0));
    expect(counts(state, 0).connects).toEqual({ minion: 0, unknown: 0, own: 0 });
    apply(state, deaths([{ cookie: 1 }], instant(10)), instant(10));
    expect(counts(state, 10).disconnects).toEqual({ minion: 1, unknown: 0, own: 0 });
  });

  it('shorter than a scan is one connect and one disconnect', () => {
    const state = start();
    apply(state, scan([], instant(0)), instant(0));
    apply(state, deaths([{ cookie: 5 }], instant(10)), instant(10));
    apply(state, deaths([{ cookie: 5 }], instant(11)), instant(11));
    const { connects, disconnects, perMinion } = counts(state, 20);
    expect([connects.minion, disconnects.minion]).toEqual([1, 1]);
    expect(perMinion).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('is up, absent after five seconds without it, and up again', () => {
    const state = start();
    apply(state, scan([{ cookie: 1 }], instant(0)), instant(0));
    tick(state, instant(1));
    expect(freeze(state, instant(2)).minionsByStatus).toMatchObject({ ok: 1, unknown: 1 });
    for (let ms = 1_000; ms <= 7_000; ms += 1_000) {
      apply(state, scan([], instant(ms)), instant(ms));
      tick(state, instant(ms));
    }
    const epoch = freeze(state, instant(7_000));
    expect(epoch.minionsByStatus.absent).toBe(2);
    expect(epoch.recentEvents[0]?.text).toContain('Its key is accepted');
  });
});
