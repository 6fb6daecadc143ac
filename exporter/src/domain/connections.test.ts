/** Single connections as the API lists them. */
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import type { ConnectionFilter } from './connections.js';
import {
  apply,
  createState,
  DEFAULT_LIMITS,
  describeKey,
  listConnections,
  type State,
} from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 7 * 86_400,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};
const SMALL = { ...DEFAULT_LIMITS, links: 64, minions: 16, addresses: 64, streamMessages: 64 };
const ALL: ConnectionFilter = {
  minion: () => true,
  named: false,
  port: undefined,
  peer: undefined,
  ended: false,
};

function watched(): State {
  const state = createState(OPTIONS, SMALL);
  const told = inventory([minion('m1', ['10.0.0.1']), minion('m2', ['10.0.0.2'])]);
  apply(state, told, instant(0));
  const old = { cookie: 1, address: '10.0.0.1', port: 'publish' as const };
  apply(state, scan([old], instant(0)), instant(0));
  const rows = [
    { ...old, totalRetransmits: 3 },
    { cookie: 42, address: '10.0.0.1', port: 'request' as const },
    { cookie: 3, address: '10.9.9.9', port: 'publish' as const },
  ];
  apply(state, scan(rows, instant(5_000)), instant(5_000));
  return state;
}

const page = { limit: 10, offset: 0, now: instant(6_000) };

describe('connections', () => {
  it('are told with what is known of each', () => {
    const { of, rows } = listConnections(watched(), ALL, page);
    expect(of).toBe(3);
    expect(rows.map(({ cookie, port, minion, peer }) => [cookie, port, minion, peer])).toEqual([
      ['1', 'publish', 'm1', 'minion'],
      ['2a', 'request', 'm1', 'minion'],
      ['3', 'publish', undefined, 'unknown'],
    ]);
    // What was there before the watch may be of any age.
    expect(rows.map(({ openedWallMs }) => openedWallMs !== undefined)).toEqual([false, true, true]);
    expect(rows.every(({ established, endedWallMs }) => established && !endedWallMs)).toBe(true);
  });

  it('are those that are asked for', () => {
    const state = watched();
    const cookies = (filter: Partial<ConnectionFilter>) =>
      listConnections(state, { ...ALL, ...filter }, page).rows.map(({ cookie }) => cookie);
    expect(cookies({ port: 'publish' })).toEqual(['1', '3']);
    expect(cookies({ peer: 'unknown' })).toEqual(['3']);
    expect(cookies({ named: true })).toEqual(['1', '2a']);
    expect(cookies({ named: true, minion: (id) => id === 'm2' })).toEqual([]);
    const second = listConnections(state, ALL, { ...page, limit: 1, offset: 1 });
    expect([second.of, second.rows.map(({ cookie }) => cookie)]).toEqual([3, ['2a']]);
  });

  it('are remembered for a while when they ended', () => {
    const state = watched();
    const gone = [{ cookie: 42, address: '10.0.0.1', port: 'request' as const }];
    apply(state, deaths(gone, instant(5_500)), instant(5_500));
    const cookies = (ended: boolean) =>
      listConnections(state, { ...ALL, ended }, page).rows.map(({ cookie }) => cookie);
    expect(cookies(false)).toEqual(['1', '3']);
    expect(cookies(true)).toEqual(['1', '2a', '3']);
    const [, ended] = listConnections(state, { ...ALL, ended: true }, page).rows;
    expect([ended?.established, ended?.endedWallMs]).toEqual([false, instant(5_500).wallMs]);
  });
});

describe('who a minion is', () => {
  it('is known by its key, and of nobody else', () => {
    const state = watched();
    expect(describeKey(state, 'm1')).toMatchObject({ addresses: ['10.0.0.1'], hasKey: true });
    expect(describeKey(state, 'nobody')).toBeUndefined();
  });
});
