/**
 * Salt's own presence, as `connected_ids()` computes it from text, against ours, computed from
 * columns.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant, inventory, minion, type RowSpec, scan } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';
import type { Inventory, InventoryMinion, MasterConfig } from './observations.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const LIMITS = { ...DEFAULT_LIMITS, links: 64, minions: 64, addresses: 128 };

function see(from: Inventory, rows: readonly RowSpec[]): State {
  const state = createState(OPTIONS, LIMITS);
  apply(state, from, instant(0));
  apply(state, scan(rows, instant(0)), instant(0));
  return state;
}

/**
 * The original, in its own order, on text: peers of ESTABLISHED publish links, loopback swapped for
 * the host, then any grain in it.
 */
function connectedIds(from: Inventory, rows: readonly RowSpec[]): string[] {
  const peers = rows.filter((row) => (row.state ?? 1) === 1 && row.port !== 'request');
  const addresses = new Set(peers.map((row) => (row.address ?? '').replace(/^::ffff:/, '')));
  const isIpv4 = (text: string) => text.includes('.');
  if (addresses.delete('127.0.0.1')) {
    for (const own of from.hostAddresses.filter(isIpv4)) addresses.add(own);
  }
  if (addresses.delete('::1')) {
    for (const own of from.hostAddresses.filter((text) => !isIpv4(text))) addresses.add(own);
  }
  return from.minions
    .filter((each) => each.cached && each.grainAddresses.some((text) => addresses.has(text)))
    .map((each) => each.id);
}

function saltPresent(state: State): string[] {
  const { minions } = freeze(state, instant(0));
  return minions.ids.filter((_, row) => minions.saltPresent[row] === 1);
}

const POOL = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.3',
  '127.0.0.1',
  '127.0.0.77',
  '192.0.2.1',
  '::1',
  '2001:db8::1',
  '2001:db8::9',
  '203.0.113.9',
];

/** A property run takes a second alone and shares its machine with other suites. */
const PROPERTY_TIMEOUT_MS = 60_000;

describe("Salt's presence", () => {
  it(
    'equals the original on any fleet and any links',
    () => {
      const address = fc.constantFrom(...POOL);
      const grains = fc.array(address, { maxLength: 4 });
      const fleet = fc.array(fc.record({ grains, cached: fc.boolean() }), { maxLength: 8 });
      const row = fc.record({
        address: fc.oneof(address, fc.constantFrom('::ffff:10.0.0.2', '::ffff:127.0.0.1')),
        port: fc.constantFrom('publish' as const, 'request' as const),
        state: fc.constantFrom(1, 1, 1, 4, 8, 3),
      });
      fc.assert(
        fc.property(fleet, fc.array(row, { maxLength: 8 }), (minions, links) => {
          const from = inventory(
            minions.map(({ grains, cached }, n) =>
              minion(`m${n}`, [], { grainAddresses: grains, cached }),
            ),
          );
          const rows = links.map((link, n) => ({ ...link, cookie: n + 1 }));
          expect(saltPresent(see(from, rows))).toEqual(connectedIds(from, rows));
        }),
        { numRuns: 300 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it.each<[string, InventoryMinion, RowSpec[], { salt: number; kernel: number }]>([
    [
      'agrees on a plain minion',
      minion('m', ['10.0.0.1']),
      [{ cookie: 1, address: '10.0.0.1' }],
      { salt: 1, kernel: 1 },
    ],
    [
      'is blind where nothing is cached',
      minion('m', [], { staticAddresses: ['10.0.0.1'] }),
      [{ cookie: 1, address: '10.0.0.1' }],
      { salt: 0, kernel: 1 },
    ],
    [
      'takes a subscriber from 127.0.0.1 for every address of the host',
      minion('m', ['192.0.2.1'], { staticAddresses: ['10.9.9.9'] }),
      [
        { cookie: 1, address: '127.0.0.1' },
        { cookie: 2, address: '10.0.0.1' },
      ],
      { salt: 1, kernel: 1 },
    ],
    [
      'is not fooled by our own subscription',
      minion('m', ['192.0.2.1']),
      [{ cookie: 1, address: '127.0.0.77' }],
      { salt: 0, kernel: 255 },
    ],
  ])('%s', (...example) => {
    const [, one, rows, expected] = example;
    const { minions } = freeze(see(inventory([one]), rows), instant(0));
    expect({ salt: minions.saltPresent[0], kernel: minions.kernelPresent[0] }).toEqual(expected);
  });

  it('finds nobody on a master that keeps no minion cache', () => {
    const from = inventory([minion('m', ['10.0.0.1'])]);
    const state = see(from, [{ cookie: 1, address: '10.0.0.1' }]);
    const config: MasterConfig = {
      kind: 'master_config',
      version: '3008.5',
      masterId: undefined,
      transport: 'zeromq',
      zmqFiltering: false,
      minionDataCache: false,
      options: new Map(),
      ignoredOptions: [],
      limitations: [],
    };
    apply(state, config, instant(0));
    const epoch = freeze(state, instant(0));
    expect([...epoch.minions.saltPresent]).toEqual([0]);
    expect(epoch.disagreements).toEqual({ kernel_not_salt: 1, salt_not_kernel: 0 });
  });

  it('is counted where it differs from ours, both ways', () => {
    const from = inventory([
      minion('behind', ['192.168.0.5'], { staticAddresses: ['203.0.113.9'] }),
      minion('clone', ['10.0.0.1'], { staticAddresses: ['10.0.0.2'] }),
      minion('real', ['10.0.0.1'], { staticAddresses: ['10.0.0.1'] }),
    ]);
    const state = see(from, [
      { cookie: 1, address: '203.0.113.9' },
      { cookie: 2, address: '10.0.0.1' },
    ]);
    expect(freeze(state, instant(0)).disagreements).toEqual({
      kernel_not_salt: 1,
      salt_not_kernel: 0,
    });
  });
});
