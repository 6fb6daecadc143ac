/**
 * Whose link it is: by configured address, cached grains, NAT map, the master's own host, and by a
 * binding of its own.
 */
import { describe, expect, it } from 'vitest';
import { instant, inventory, minion, type RowSpec, scan } from '../../../test/bench/domain/kit.js';
import { apply, bindLink, createState, freeze, reconfigure, type State, tick } from './index.js';
import type { Inventory } from './observations.js';
import { IDENTITY_BASES } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};

function see(from: Inventory, rows: readonly RowSpec[]): State {
  const state = createState(OPTIONS);
  apply(state, from, instant(0));
  apply(state, scan(rows, instant(0)), instant(0));
  return state;
}

/** id → basis of its publish link, for those that have one. */
function named(state: State, ms = 0): Record<string, string> {
  const { minions } = freeze(state, instant(ms));
  const found: Record<string, string> = {};
  for (const [row, id] of minions.ids.entries()) {
    if ((minions.publishLinks[row] ?? 0) > 0) {
      found[id] = IDENTITY_BASES[minions.publishBasis[row] ?? 255] ?? '';
    }
  }
  return found;
}

const links = (state: State) => freeze(state, instant(0)).links?.publish;

describe('a link is given to', () => {
  it.each<[string, Inventory, RowSpec[], Record<string, string>]>([
    [
      'the one minion whose grains hold its address',
      inventory([minion('a', ['10.0.0.1']), minion('b', ['10.0.0.2'])]),
      [{ cookie: 1, address: '10.0.0.1' }],
      { a: 'grains' },
    ],
    [
      'nobody when two minions hold it',
      inventory([minion('a', ['10.0.0.1']), minion('b', ['10.0.0.1'])]),
      [{ cookie: 1, address: '10.0.0.1' }],
      {},
    ],
    [
      'the one that the operator gave the address, whatever grains say',
      inventory([
        minion('a', ['10.0.0.1'], { staticAddresses: ['10.0.0.9'] }),
        minion('b', ['10.0.0.9']),
        minion('c', ['10.0.0.9']),
      ]),
      [{ cookie: 1, address: '10.0.0.9' }],
      { a: 'static' },
    ],
    [
      'nobody when the operator gave the address to two',
      inventory([
        minion('a', [], { staticAddresses: ['10.0.0.9'] }),
        minion('b', [], { staticAddresses: ['10.0.0.9'] }),
      ]),
      [{ cookie: 1, address: '10.0.0.9' }],
      {},
    ],
    [
      'one by its full name, when no grains hold the address',
      inventory([minion('a', ['10.0.0.1'], { moreAddresses: ['198.51.100.7'] })]),
      [{ cookie: 1, address: '198.51.100.7' }],
      { a: 'grains' },
    ],
    [
      'the grains before the full name of another',
      inventory([
        minion('a', ['10.0.0.1'], { moreAddresses: ['10.0.0.2'] }),
        minion('b', ['10.0.0.2']),
      ]),
      [{ cookie: 1, address: '10.0.0.2' }],
      { b: 'grains' },
    ],
    [
      'one minion over both families',
      inventory([minion('a', ['10.0.0.1', '2001:db8::7'])]),
      [
        { cookie: 1, address: '2001:db8::7' },
        { cookie: 2, address: '::ffff:10.0.0.1', port: 'request' },
      ],
      { a: 'grains' },
    ],
    [
      'nobody for 127.0.0.1 that stands in all grains, without a minion on the host',
      inventory([minion('a', ['10.0.0.1'])]),
      [{ cookie: 1, address: '127.0.0.1' }],
      {},
    ],
    [
      "the minion on the master's host for 127.0.0.1",
      inventory([minion('a', ['192.0.2.1']), minion('b', ['10.0.0.2'])]),
      [{ cookie: 1, address: '127.0.0.1' }],
      { a: 'grains' },
    ],
    [
      "the minion on the master's host for ::1",
      inventory([minion('a', ['2001:db8::1']), minion('b', ['10.0.0.2'])]),
      [{ cookie: 1, address: '::1' }],
      { a: 'grains' },
    ],
    [
      "nobody for ::1 with two minions on the master's host",
      inventory([minion('a', ['192.0.2.1']), minion('b', ['192.0.2.1'])]),
      [{ cookie: 1, address: '::1' }],
      {},
    ],
    [
      'nobody behind a NAT router with two ids',
      inventory([minion('a', ['192.168.1.2']), minion('b', ['192.168.1.3'])], {
        natAddresses: new Map([['203.0.113.9', ['a', 'b']]]),
      }),
      [{ cookie: 1, address: '203.0.113.9' }],
      {},
    ],
    [
      'the only id behind a NAT router',
      inventory([minion('a', ['192.168.1.2'])], {
        natAddresses: new Map([['203.0.113.9', ['a', 'gone']]]),
      }),
      [{ cookie: 1, address: '203.0.113.9' }],
      { a: 'static' },
    ],
    [
      'nobody when the NAT router runs a minion itself',
      inventory([minion('a', ['192.168.1.2']), minion('router', ['203.0.113.9'])], {
        natAddresses: new Map([['203.0.113.9', ['a']]]),
      }),
      [{ cookie: 1, address: '203.0.113.9' }],
      {},
    ],
    [
      'nobody without an accepted key, unless expected',
      inventory([
        minion('pending', ['10.0.0.1'], { key: 'pending' }),
        minion('expected', ['10.0.0.2'], { key: undefined, expected: true }),
      ]),
      [
        { cookie: 1, address: '10.0.0.1' },
        { cookie: 2, address: '10.0.0.2' },
      ],
      { expected: 'grains' },
    ],
  ])('%s', (...example) => {
    const [, from, rows, expected] = example;
    expect(named(see(from, rows))).toEqual(expected);
  });
});

describe('our own links', () => {
  it('are excluded by their source address, also after it changed', () => {
    const state = see(inventory([minion('a', ['127.0.0.77', '10.0.0.1'])]), [
      { cookie: 1, address: '127.0.0.77' },
      { cookie: 2, address: '127.0.0.78' },
    ]);
    expect(links(state)).toEqual({ minion: 0, unknown: 1, own: 1 });
    reconfigure(state, { ...OPTIONS, canarySourceAddress: '127.0.0.78' });
    expect(links(state)).toEqual({ minion: 1, unknown: 0, own: 1 });
  });
});

describe('a binding', () => {
  const nat = inventory([minion('a', ['192.168.1.2']), minion('b', ['192.168.1.3'])], {
    natAddresses: new Map([['203.0.113.9', ['a', 'b']]]),
  });
  const rows = [
    { cookie: 1, address: '203.0.113.9' },
    { cookie: 2, address: '203.0.113.9' },
  ];

  it('names one connection behind a shared address, with its own basis, as long as it lives', () => {
    const state = see(nat, rows);
    const basis = { minion: 'b', basis: 'learned' } as const;
    expect(bindLink(state, { low: 2, high: 0 }, basis)).toBe(true);
    expect(named(state)).toEqual({ b: 'learned' });
    apply(state, nat, instant(10));
    expect(named(state, 10)).toEqual({ b: 'learned' });
    apply(state, scan(rows.slice(0, 1), instant(20)), instant(20));
    expect(named(state, 20)).toEqual({});
    expect(freeze(state, instant(20)).disconnects.publish.minion).toBe(1);
  });

  it('is refused for a connection or a minion that is not there', () => {
    const state = see(nat, rows);
    const basis = { minion: 'b', basis: 'paired' } as const;
    expect(bindLink(state, { low: 99, high: 0 }, basis)).toBe(false);
    expect(bindLink(state, { low: 1, high: 0 }, { ...basis, minion: 'nobody' })).toBe(false);
  });

  it('ends with the key of its minion, and names nobody who takes its place', () => {
    const state = see(nat, rows);
    bindLink(state, { low: 2, high: 0 }, { minion: 'b', basis: 'filtered' });
    apply(state, inventory([minion('a', ['192.168.1.2']), minion('c', ['10.9.9.9'])]), instant(10));
    expect(named(state, 10)).toEqual({});
    expect(links(state)).toEqual({ minion: 0, unknown: 2, own: 0 });
  });
});

describe('a minion that loses its key', () => {
  it('loses row and links at once, and begins at zero when it comes back', () => {
    const both = inventory([minion('a', ['10.0.0.1']), minion('b', ['10.0.0.2'])]);
    const state = see(both, []);
    apply(state, scan([{ cookie: 1, address: '10.0.0.2' }], instant(10)), instant(10));
    expect(freeze(state, instant(10)).minions.connects).toEqual(Float64Array.of(0, 1));
    apply(state, inventory([minion('a', ['10.0.0.1'])]), instant(20));
    const without = freeze(state, instant(20));
    expect(without.minions.ids).toEqual(['a']);
    expect(without.links?.publish).toEqual({ minion: 0, unknown: 1, own: 0 });
    expect(without.connects.publish.minion).toBe(1);
    apply(state, both, instant(30));
    tick(state, instant(30));
    const again = freeze(state, instant(30));
    expect(again.minions.connects).toEqual(Float64Array.of(0, 0));
    expect(again.minions.publishLinks).toEqual(Uint16Array.of(0, 1));
  });
});

describe('the first of two rows with one id', () => {
  it('counts, the second is passed over', () => {
    const state = see(inventory([minion('a', ['10.0.0.1']), minion('a', ['10.0.0.2'])]), [
      { cookie: 1, address: '10.0.0.1' },
    ]);
    expect(freeze(state, instant(0)).minions.ids).toEqual(['a']);
    expect(named(state)).toEqual({ a: 'grains' });
  });
});

describe('addresses', () => {
  it('are forgotten with the inventory that named them', () => {
    const state = see(inventory([minion('a', ['10.0.0.1'])]), []);
    const size = () => freeze(state, instant(0)).stateEntries.get('addresses');
    const before = size();
    for (let n = 0; n < 20; n += 1) {
      const fleet = [minion('a', [`10.0.${n}.1`]), minion(`b${n}`, [`10.0.${n}.2`])];
      const natAddresses = new Map([[`203.0.113.${n}`, ['a']]]);
      apply(state, inventory(fleet, { natAddresses, hostAddresses: [`192.0.2.${n}`] }), instant(n));
    }
    apply(state, inventory([minion('a', ['10.0.0.1'])]), instant(30));
    expect(size()).toBe(before);
  });

  it('keep their names when only others change', () => {
    const fleet = [minion('a', ['10.0.0.1']), minion('b', ['10.0.0.2'])];
    const rows = [{ cookie: 1, address: '10.0.0.1' }];
    const state = see(inventory(fleet), rows);
    apply(state, inventory([minion('a', ['10.0.0.1']), minion('b', ['10.0.0.3'])]), instant(1));
    expect(named(state)).toEqual({ a: 'grains' });
    apply(state, inventory([minion('a', ['10.0.0.1']), minion('b', ['10.0.0.1'])]), instant(2));
    expect(named(state)).toEqual({});
    apply(state, inventory(fleet), instant(3));
    expect(named(state)).toEqual({ a: 'grains' });
  });

  it('take their NAT router from a map that changed, with the minions unchanged', () => {
    const fleet = [minion('a', ['192.168.1.2'])];
    const state = see(inventory(fleet), [{ cookie: 1, address: '203.0.113.9' }]);
    expect(named(state)).toEqual({});
    const natAddresses = new Map([['203.0.113.9', ['a']]]);
    apply(state, inventory(fleet, { natAddresses }), instant(1));
    expect(named(state)).toEqual({ a: 'static' });
    apply(state, inventory(fleet), instant(2));
    expect(named(state)).toEqual({});
  });
});
