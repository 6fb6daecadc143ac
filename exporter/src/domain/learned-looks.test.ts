/** Between which instants an event can lie, from what two looks at a request link differ by. */
import { describe, expect, it } from 'vitest';
import { instant, inventory, minion, type RowSpec, scan } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, type State } from './index.js';
import { findLink } from './link-table.js';

const COOKIE = 101;
const START_MS = instant(0).monoMs;
const QUIET = { received: 104, acked: 107, segmentsIn: 5, receivedAgeMs: 900, sentAgeMs: 900 };

/** A link behind a router that shook hands, looked at each second from 1,000 ms on. */
function watched(first: Partial<RowSpec> = {}): State {
  const options = { flapWindowSeconds: 120, staleAfterSeconds: 604_800, enabledSources: [] };
  const state = createState(
    { ...options, canarySourceAddress: '127.0.0.77' },
    { ...DEFAULT_LIMITS, links: 4_096, minions: 1_024 },
  );
  apply(state, inventory([minion('n1')]), instant(0));
  apply(state, scan([], instant(0)), instant(0));
  look(state, 1_000, first);
  return state;
}

function look(state: State, atMs: number, row: Partial<RowSpec>): void {
  const spec = { cookie: COOKIE, port: 'request' as const, address: '203.0.113.1', ...QUIET };
  apply(state, scan([{ ...spec, ...row }], instant(atMs)), instant(atMs));
}

/** What was asked and answered: from, to, whether it speaks for its link. */
function exchanges(state: State): readonly (readonly [number, number, boolean])[] {
  const { exchanges: ring } = state.votes;
  return Array.from({ length: ring.cursor }, (_, at) => [
    (ring.fromMonoMs[at] ?? 0) - START_MS,
    (ring.toMonoMs[at] ?? 0) - START_MS,
    ring.speaks[at] === 1,
  ]);
}

function askedSince(state: State): number {
  const slot = findLink(state.links, COOKIE, 0);
  return (state.votes.asking.fromMonoMs[slot] ?? Number.NaN) - START_MS;
}

const RETURNED = {
  received: 104 + 613,
  acked: 107 + 103,
  segmentsIn: 7,
  receivedAgeMs: 410,
  sentAgeMs: 380,
};

describe('an exchange on a request link of nobody', () => {
  it('lies between the last data that came and the last that went', () => {
    const state = watched();
    look(state, 2_000, RETURNED);
    expect(exchanges(state)).toEqual([[1_590, 1_620, true]]);
  });

  it('is dated by the earliest of several readings', () => {
    const state = watched();
    look(state, 2_000, { ...RETURNED, receivedAgeMs: 370, sentAgeMs: 340 });
    look(state, 3_000, { ...RETURNED, receivedAgeMs: 1_410, sentAgeMs: 1_380 });
    look(state, 4_000, { ...RETURNED, receivedAgeMs: 2_400, sentAgeMs: 2_370 });
    expect(exchanges(state)).toEqual([[1_590, 1_620, true]]);
  });

  it('is corrected by what a quiet link tells of how late the rows are dated', () => {
    const state = watched();
    const quiet = { cookie: 100, port: 'request' as const, address: '203.0.113.1', ...QUIET };
    const both = (atMs: number, row: Partial<RowSpec>, quietAgeMs: number) => {
      const spec = { ...quiet, cookie: COOKIE, ...row };
      const rows = [spec, { ...quiet, receivedAgeMs: quietAgeMs, sentAgeMs: quietAgeMs }];
      apply(state, scan(rows, instant(atMs)), instant(atMs));
    };
    both(1_500, {}, 100);
    both(2_000, {}, 600);
    both(3_000, RETURNED, 1_552);
    expect(exchanges(state)).toEqual([[2_550, 2_580, true]]);
  });

  it('may have begun after the look before, and before it by a late row, when a PING hides in it', () => {
    const state = watched();
    const beaten = { received: RETURNED.received + 7, acked: RETURNED.acked + 9, segmentsIn: 9 };
    look(state, 2_000, { ...beaten, receivedAgeMs: 100, sentAgeMs: 100 });
    expect(exchanges(state)).toEqual([[900, 1_900, true]]);
  });

  it('is one although two looks saw a half each, and its link was asking meanwhile', () => {
    const state = watched();
    look(state, 2_000, { ...RETURNED, acked: 107, segmentsIn: 6, sentAgeMs: 1_900 });
    expect(askedSince(state)).toBe(1_590);
    look(state, 3_000, { ...RETURNED, receivedAgeMs: 1_410, sentAgeMs: 900 });
    expect(askedSince(state)).toBeNaN();
    expect(exchanges(state)).toEqual([[1_590, 2_100, true]]);
  });

  it('is known of a link that was born and answered between two looks', () => {
    const state = watched({ ...RETURNED, received: 131 + 613 });
    expect(exchanges(state)).toEqual([[590, 620, true]]);
  });

  it('may be a return when there were several, and does not speak for its link then', () => {
    const state = watched();
    look(state, 2_000, { ...RETURNED, received: 104 + 1_100, acked: 107 + 503, segmentsIn: 9 });
    expect(exchanges(state)).toEqual([[900, 1_620, false]]);
  });

  it('is followed by a request that waits', () => {
    const state = watched();
    const again = { received: 104 + 2 * 613, segmentsIn: 8, receivedAgeMs: 200 };
    look(state, 2_000, { ...RETURNED, ...again });
    expect(exchanges(state)).toEqual([[900, 1_620, false]]);
    expect(askedSince(state)).toBe(1_800);
  });

  it('that took long does not speak for its link', () => {
    const state = watched();
    look(state, 2_000, { ...RETURNED, acked: 107, segmentsIn: 6, sentAgeMs: 1_900 });
    look(state, 5_000, { ...RETURNED, receivedAgeMs: 3_410, sentAgeMs: 900 });
    expect(exchanges(state)).toEqual([[1_590, 4_100, false]]);
  });

  it.each([
    ['a heartbeat', { received: 111, acked: 116, segmentsIn: 6 }],
    ['a ping and its reply', { received: 104 + 500, acked: 107 + 25, segmentsIn: 7 }],
    ['a small request', { received: 104 + 200, segmentsIn: 7 }],
    ['a file and nothing else', { acked: 107 + 1_200, segmentsIn: 7 }],
  ])('is none for %s', (_what, row) => {
    const state = watched();
    look(state, 2_000, { ...RETURNED, ...row });
    expect(exchanges(state)).toEqual([]);
    expect(askedSince(state)).toBeNaN();
  });

  it('is none of a link older than the watch, until its first look', () => {
    const state = createState(
      {
        flapWindowSeconds: 120,
        staleAfterSeconds: 604_800,
        canarySourceAddress: '127.0.0.77',
        enabledSources: [],
      },
      { ...DEFAULT_LIMITS, links: 4_096, minions: 1_024 },
    );
    look(state, 1_000, RETURNED);
    look(state, 2_000, { ...RETURNED, receivedAgeMs: 1_410, sentAgeMs: 1_380 });
    expect(exchanges(state)).toEqual([]);
  });
});
