/**
 * When a connect is booked, and to whom: at once if it is known whose it is, else within the grace
 * of a new minion's grains.
 */
import { describe, expect, it } from 'vitest';
import {
  deaths,
  instant,
  inventory,
  minion,
  type RowSpec,
  scan,
  WALL_START_MS,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, type DomainOptions, freeze, type State, tick } from './index.js';

const OPTIONS: DomainOptions = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory'],
};
const KEY_ONLY = minion('new', []);
const WITH_GRAINS = minion('new', ['10.0.0.1']);

function start(): State {
  const state = createState(OPTIONS);
  apply(state, inventory([minion('m1', ['10.0.0.1']), minion('m2', ['10.0.0.2'])]), instant(0));
  return state;
}

function see(state: State, ms: number, rows: readonly RowSpec[]): void {
  apply(state, scan(rows, instant(ms)), instant(ms));
}

const counts = (state: State, ms: number) => {
  const { connects, disconnects } = freeze(state, instant(ms));
  return { connects: connects.publish, disconnects: disconnects.publish };
};
const none = { minion: 0, unknown: 0, own: 0 };

describe('a connection', () => {
  it('of the first complete scan is older than the watch: its connect is not counted, its end is', () => {
    const state = start();
    see(state, 0, [{ cookie: 1 }]);
    expect(counts(state, 0)).toEqual({ connects: none, disconnects: none });
    apply(state, deaths([{ cookie: 1 }], instant(10)), instant(10));
    expect(counts(state, 10)).toEqual({ connects: none, disconnects: { ...none, minion: 1 } });
  });

  it('of a torn scan before the first complete one is older too', () => {
    const state = start();
    apply(state, scan([{ cookie: 1 }], instant(0), { complete: false }), instant(0));
    see(state, 1_000, [{ cookie: 1 }, { cookie: 2 }]);
    expect(counts(state, 1_000).connects).toEqual(none);
    expect(freeze(state, instant(1_000)).minions.publishLinks[0]).toBe(2);
  });

  it('that closed before the watch counts nowhere', () => {
    const state = start();
    see(state, 0, [{ cookie: 1, state: 4 }]);
    apply(state, deaths([{ cookie: 1 }], instant(10)), instant(10));
    expect(counts(state, 10)).toEqual({ connects: none, disconnects: none });
  });

  it('shorter than a scan is one connect and one disconnect, told twice or not', () => {
    const state = start();
    see(state, 0, []);
    apply(state, deaths([{ cookie: 5 }], instant(10)), instant(10));
    apply(state, deaths([{ cookie: 5 }], instant(11)), instant(11));
    const one = { ...none, minion: 1 };
    expect(counts(state, 20)).toEqual({ connects: one, disconnects: one });
    const { minions } = freeze(state, instant(20));
    expect([minions.lastConnectMs[0], minions.lastDisconnectMs[0]]).toEqual([
      WALL_START_MS + 10,
      WALL_START_MS + 10,
    ]);
  });

  it('that a scan finds already closing is one connect and one disconnect', () => {
    const state = start();
    see(state, 0, []);
    see(state, 1_000, [{ cookie: 5, state: 8 }]);
    see(state, 2_000, [{ cookie: 5, state: 9 }]);
    apply(state, deaths([{ cookie: 5 }], instant(3_000)), instant(3_000));
    const one = { ...none, minion: 1 };
    expect(counts(state, 3_000)).toEqual({ connects: one, disconnects: one });
  });

  it('that goes on closing for a minute ends once', () => {
    const state = start();
    see(state, 0, [{ cookie: 1 }]);
    for (let ms = 1_000; ms <= 60_000; ms += 1_000) see(state, ms, [{ cookie: 1, state: 4 }]);
    expect(freeze(state, instant(60_000)).links?.publish.minion).toBe(0);
    see(state, 61_000, []);
    apply(state, deaths([{ cookie: 1 }], instant(61_500)), instant(61_500));
    expect(counts(state, 62_000).disconnects).toEqual({ ...none, minion: 1 });
  });

  it('is forgotten a while after its end', () => {
    const state = start();
    see(state, 0, [{ cookie: 1 }]);
    see(state, 1_000, []);
    expect(freeze(state, instant(1_000)).stateEntries.get('links')).toBe(1);
    see(state, 17_000, []);
    expect(freeze(state, instant(17_000)).stateEntries.get('links')).toBe(0);
  });
});

describe('a connect of nobody known', () => {
  it('waits for the grains of a new minion and is booked to it, at its own time', () => {
    const state = createState(OPTIONS);
    apply(state, inventory([KEY_ONLY]), instant(0));
    see(state, 0, []);
    see(state, 1_000, [{ cookie: 1 }]);
    tick(state, instant(5_000));
    expect(counts(state, 5_000).connects).toEqual(none);
    expect(freeze(state, instant(5_000)).stateEntries.get('waiting_connects')).toBe(1);
    apply(state, inventory([WITH_GRAINS]), instant(6_000));
    expect(counts(state, 6_000).connects).toEqual({ ...none, minion: 1 });
    expect(freeze(state, instant(6_000)).minions.lastConnectMs[0]).toBe(WALL_START_MS + 1_000);
  });

  it('is booked as unknown after ten seconds, once, whoever claims it later', () => {
    const state = createState(OPTIONS);
    apply(state, inventory([KEY_ONLY]), instant(0));
    see(state, 0, []);
    see(state, 1_000, [{ cookie: 1 }]);
    tick(state, instant(10_900));
    expect(counts(state, 10_900).connects).toEqual(none);
    tick(state, instant(11_000));
    expect(counts(state, 11_000).connects).toEqual({ ...none, unknown: 1 });
    see(state, 11_500, [{ cookie: 1 }]);
    apply(state, inventory([WITH_GRAINS]), instant(12_000));
    expect(counts(state, 12_000).connects).toEqual({ ...none, unknown: 1 });
    expect(freeze(state, instant(12_000)).links?.publish).toEqual({ ...none, minion: 1 });
  });

  it('is booked at its end, both as unknown', () => {
    const state = start();
    see(state, 0, []);
    const stranger = { cookie: 1, address: '203.0.113.9' };
    see(state, 1_000, [stranger]);
    apply(state, deaths([stranger], instant(2_000)), instant(2_000));
    const one = { ...none, unknown: 1 };
    expect(counts(state, 2_000)).toEqual({ connects: one, disconnects: one });
  });

  it('does not wait when several could be it: no grains will tell', () => {
    const state = createState(OPTIONS);
    apply(state, inventory([minion('a', ['10.0.0.1']), minion('b', ['10.0.0.1'])]), instant(0));
    see(state, 0, []);
    see(state, 1_000, [{ cookie: 1 }]);
    expect(counts(state, 1_000).connects).toEqual({ ...none, unknown: 1 });
  });

  it('booked late does not hide a newer connect', () => {
    const state = createState(OPTIONS);
    apply(state, inventory([minion('new', ['10.0.0.2'])]), instant(0));
    see(state, 0, []);
    see(state, 1_000, [{ cookie: 1 }]);
    see(state, 4_000, [{ cookie: 1 }, { cookie: 2, address: '10.0.0.2' }]);
    apply(state, inventory([minion('new', ['10.0.0.1', '10.0.0.2'])]), instant(5_000));
    const { minions } = freeze(state, instant(5_000));
    expect([minions.connects[0], minions.lastConnectMs[0]]).toEqual([2, WALL_START_MS + 4_000]);
  });
});
