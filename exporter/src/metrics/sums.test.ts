/**
 * One frozen epoch per body: whatever happened to the links, the minions' figures sum up to the
 * fleet's beside them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deaths,
  instant,
  inventory,
  minion,
  type RowSpec,
  scan,
} from '../../../test/bench/domain/kit.js';
import { sumOf } from '../../../test/golden/body-lines.js';
import { renderBody } from '../../../test/golden/render-body.js';
import { apply, createState, freeze, type State, tick } from '../domain/index.js';
import { MINION_STATUSES, PORTS } from '../domain/vocabulary.js';

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '2001:db8::4', '203.0.113.9'];

/**
 * What happens next: a link opens or dies, the kernel is scanned, time passes, a minion's grains
 * become known.
 */
const STEP = fc.oneof(
  fc.record({
    kind: fc.constant('open' as const),
    address: fc.constantFrom(...ADDRESSES),
    port: fc.constantFrom('publish' as const, 'request' as const),
  }),
  fc.record({ kind: fc.constant('die' as const), which: fc.nat(40) }),
  fc.record({ kind: fc.constant('scan' as const) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 130 }) }),
  fc.record({ kind: fc.constant('learn' as const), known: fc.nat(4) }),
);

type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

function minionsKnown(known: number) {
  const ids = ['m1', 'm2', 'm3', 'm4', 'shared-a', 'shared-b'];
  return inventory(
    ids.map((id, i) => {
      const address = ADDRESSES[Math.min(i, ADDRESSES.length - 1)] ?? '';
      return minion(id, i < known || i > 3 ? [address] : []);
    }),
  );
}

function run(steps: readonly Step[]): { state: State; ms: number } {
  const state = createState({
    flapWindowSeconds: 120,
    staleAfterSeconds: 604_800,
    canarySourceAddress: '127.0.0.77',
    enabledSources: ['kernel', 'inventory'],
  });
  const open: RowSpec[] = [];
  let ms = 0;
  let cookie = 100;
  apply(state, minionsKnown(2), instant(0));
  apply(state, scan([], instant(0)), instant(0));
  for (const step of steps) {
    ms += 10;
    const now = instant(ms);
    if (step.kind === 'open') {
      cookie += 1;
      open.push({ cookie, address: step.address, port: step.port });
    } else if (step.kind === 'die') {
      const dead = open.splice(step.which % Math.max(1, open.length), 1);
      if (dead.length > 0) apply(state, deaths(dead, now), now);
    } else if (step.kind === 'scan') {
      apply(state, scan(open, now), now);
    } else if (step.kind === 'wait') {
      ms += step.seconds * 1000;
    } else {
      apply(state, minionsKnown(step.known), now);
    }
    tick(state, instant(ms));
  }
  return { state, ms };
}

/**
 * Every pair of figures that must agree: what the minions sum up to, and what the fleet family
 * says.
 */
function pairs(body: string): readonly (readonly [string, number, number])[] {
  const both = (name: string, minions: [string, string?], fleet: [string, string?]) =>
    [name, sumOf(body, ...minions), sumOf(body, ...fleet)] as const;
  const attributed = 'port="publish",peer="minion"';
  return [
    ...MINION_STATUSES.map((status) => {
      const label = `status="${status}"`;
      return both(status, ['salt_minion_status', label], ['salt_minions', label]);
    }),
    ...PORTS.map((port) => {
      const fleet = `port="${port}",peer="minion"`;
      return both(port, ['salt_minion_links', `port="${port}"`], ['salt_links', fleet]);
    }),
    both('connects', ['salt_minion_connects_total'], ['salt_connects_total', attributed]),
    both('disconnects', ['salt_minion_disconnects_total'], ['salt_disconnects_total', attributed]),
    both('flaps', ['salt_minion_flaps_total'], ['salt_flaps_total']),
  ];
}

describe('per-minion figures', () => {
  it('sum up to the fleet figures of the same body after any history', async () => {
    let connects = 0;
    let flaps = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 60 }), async (steps) => {
        const { state, ms } = run(steps);
        const { body } = await renderBody(freeze(state, instant(ms)));
        for (const [name, minions, fleet] of pairs(body)) {
          expect([name, minions]).toEqual([name, fleet]);
        }
        connects += sumOf(body, 'salt_minion_connects_total');
        flaps += sumOf(body, 'salt_minion_flaps_total');
      }),
      { numRuns: 80 },
    );
    expect(connects).toBeGreaterThan(40);
    expect(flaps).toBeGreaterThan(2);
  });
});
