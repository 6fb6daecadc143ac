/** Jobs as the bus tells them: who was expected, who returned, who is missing, and when that is said. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller, type Told } from '../../../test/bench/domain/bus-kit.js';
import { instant, inventory, minion } from '../../../test/bench/domain/kit.js';
import {
  JOB_GONE,
  JOB_RUNS,
  MIRRORED,
  NO_CODE,
  SCHEDULED,
  SUCCESS_SAID,
  TRIMMED,
} from './bus-batch.js';
import { apply, createState, DEFAULT_LIMITS, type State, tick } from './index.js';
import { pendingCount } from './job-table.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['event_bus', 'inventory'] as const,
};
const JID = '20261122030405000001';
const FLEET = ['m1', 'm2', 'm3', 'm4'];

let state: State;
let teller: BusTeller;

function start(limits = {}): void {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 64, minions: 64, ...limits });
  teller = new BusTeller();
  apply(state, inventory(FLEET.map((id) => minion(id))), instant(0));
  apply(state, { kind: 'bus_link', connected: true, monoMs: instant(0).monoMs }, instant(0));
}

function tell(...events: Told[]): void {
  const atMs = Math.max(...events.map((told) => told.atMs + (told.lateMs ?? 0)));
  apply(state, teller.batch(events), instant(atMs));
}

const published = (more: Partial<Told> = {}): Told => ({
  kind: 'new',
  atMs: 1_000,
  jid: JID,
  fun: 'test.ping',
  minions: FLEET,
  ...more,
});

const returned = (id: string, atMs: number, more: Partial<Told> = {}): Told => ({
  kind: 'ret',
  atMs,
  jid: JID,
  fun: 'test.ping',
  minion: id,
  code: 0,
  ...more,
});

const sums = () => {
  const { expected, returned: heard, missing, late, duplicates, suspects, unseen } = state.jobs;
  const [suspect = 0] = suspects;
  return { expected, returned: heard, missing, late, duplicates, suspect, unseen };
};
const NONE = {
  expected: 0,
  returned: 0,
  missing: 0,
  late: 0,
  duplicates: 0,
  suspect: 0,
  unseen: 0,
};
const outcomes = () => [...state.jobs.outcomes];

beforeEach(() => start());

describe('a job', () => {
  it('is complete when the last of its minions returns, and not before', () => {
    tell(published());
    for (const id of ['m1', 'm2', 'm3']) tell(returned(id, 1_400));
    tick(state, instant(15_900));
    expect([sums(), outcomes()]).toEqual([{ ...NONE, expected: 3, returned: 3 }, [0, 0, 0]]);
    tell(returned('m4', 15_950));
    expect([sums(), outcomes()]).toEqual([{ ...NONE, expected: 4, returned: 4 }, [1, 0, 0]]);
  });

  it('is partial or of nobody when timeout and gathering have passed', () => {
    tell(published(), returned('m1', 1_200));
    tell(published({ atMs: 2_000, jid: '2' }));
    tick(state, instant(15_999));
    expect(sums().missing).toBe(0);
    tick(state, instant(16_001));
    expect([sums().missing, outcomes()]).toEqual([3, [0, 1, 0]]);
    tick(state, instant(17_001));
    expect([sums().missing, outcomes()]).toEqual([7, [0, 1, 1]]);
  });

  it('waits as long as the configuration of the master says', () => {
    start();
    const options = new Map([
      ['timeout', 20],
      ['gather_job_timeout', 40],
    ]);
    state.config = { options } as unknown as State['config'];
    tell(published());
    tick(state, instant(60_900));
    expect(sums().missing).toBe(0);
    tick(state, instant(61_001));
    expect(sums().missing).toBe(4);
  });

  it('may take minutes where its function does, and twice what it usually takes', () => {
    tell(published({ fun: 'state.apply' }));
    tick(state, instant(900_000));
    expect(sums().missing).toBe(0);
    tick(state, instant(1_201_001));
    expect(sums().missing).toBe(4);
    const slow = (n: number): Told[] => {
      const jid = `slow-${n}`;
      const atMs = 2_000_000 + n * 100_000;
      const rets = FLEET.map((id) => returned(id, atMs + 25_000, { jid, fun: 'my.report' }));
      return [published({ jid, atMs, fun: 'my.report' }), ...rets];
    };
    for (let n = 0; n < 6; n += 1) tell(...slow(n));
    tell(published({ jid: 'last', atMs: 3_000_000, fun: 'my.report' }));
    tick(state, instant(3_059_000));
    expect(sums().missing).toBe(4);
    tick(state, instant(3_060_001));
    expect(sums().missing).toBe(8);
  });

  it('runs on while a find_job says so, and the others are missing meanwhile', () => {
    tell(published(), returned('m1', 1_100), returned('m2', 1_100));
    const found = (id: string, atMs: number, flags: number): void => {
      const jid = `find-${atMs}-${id}`;
      tell(
        { kind: 'new', atMs, jid, fun: 'saltutil.find_job', about: JID, minions: [id] },
        {
          kind: 'ret',
          atMs: atMs + 50,
          jid,
          fun: 'saltutil.find_job',
          minion: id,
          about: JID,
          flags,
        },
      );
    };
    for (const atMs of [6_000, 16_000, 26_000]) {
      found('m3', atMs, JOB_RUNS);
      found('m4', atMs, JOB_GONE);
      tick(state, instant(atMs + 1_000));
    }
    expect(sums()).toEqual({ ...NONE, expected: 3, returned: 2, missing: 1 });
    tell(returned('m3', 40_000));
    expect([sums(), outcomes()]).toEqual([
      { ...NONE, expected: 4, returned: 3, missing: 1 },
      [0, 1, 0],
    ]);
  });

  it('ends when no find_job says any more that it runs', () => {
    tell(published({ minions: ['m3'] }));
    const jid = 'find';
    const fun = 'saltutil.find_job';
    tell({ kind: 'new', atMs: 6_000, jid, fun, about: JID, minions: ['m3'] });
    tell({ kind: 'ret', atMs: 6_100, jid, fun, minion: 'm3', about: JID, flags: JOB_RUNS });
    tick(state, instant(36_000));
    expect(sums().missing).toBe(0);
    tick(state, instant(36_200));
    expect([sums().missing, outcomes()]).toEqual([1, [0, 0, 1]]);
  });
});

describe('a return', () => {
  it('that comes late is late, and what was missing stays booked', () => {
    tell(published({ minions: ['m1', 'm2'] }), returned('m1', 1_100));
    tick(state, instant(17_000));
    tell(returned('m2', 20_000));
    expect(sums()).toEqual({ ...NONE, expected: 2, returned: 1, missing: 1, late: 1 });
  });

  it('that comes twice is a duplicate', () => {
    tell(published(), returned('m1', 1_100), returned('m1', 1_200), returned('m1', 9_000));
    expect(sums()).toEqual({ ...NONE, expected: 1, returned: 1, duplicates: 2 });
  });

  it('of a minion that its job does not expect is suspect, and counted as nothing else', () => {
    tell(published({ minions: ['m1'] }), returned('m2', 1_100), returned('m1', 1_200));
    expect(sums()).toEqual({ ...NONE, expected: 1, returned: 1, suspect: 1 });
    expect(state.minions.goodReturns[state.minions.slots.get('m2') ?? -1]).toBe(0);
  });

  it('that overtakes its announcement is the return of that job', () => {
    tell(returned('m1', 990), returned('m2', 995));
    expect(sums()).toEqual(NONE);
    tell(published({ lateMs: 3_000 }));
    expect(sums()).toEqual({ ...NONE, expected: 2, returned: 2 });
  });

  it('of a job that nobody announced is the own work of its minion', () => {
    tell(returned('m1', 1_000, { jid: 'req' }));
    tell(returned('m2', 1_000, { jid: 'x', flags: SCHEDULED, fun: 'state.apply' }));
    tick(state, instant(100_000));
    expect(sums()).toEqual(NONE);
    const [other] = state.jobs.functions.rows;
    expect([other?.scheduledSucceeded, other?.scheduledFailed]).toEqual([1, 0]);
    expect(state.minions.goodReturns[state.minions.slots.get('m1') ?? -1]).toBe(1);
  });

  it('is one that failed where Salt says so, else by its code', () => {
    tell(published());
    tell(returned('m1', 1_100, { flags: SUCCESS_SAID, code: 0 }));
    tell(returned('m2', 1_100, { flags: 0, code: 1 }));
    tell(returned('m3', 1_100, { flags: 0, code: 0 }), returned('m4', 1_100, { code: 1 }));
    const row = state.jobs.functions.rows[1];
    expect([row?.function, row?.succeeded, row?.failed]).toEqual(['test.ping', 2, 2]);
    tell(published({ jid: 'many', minions: ['m1'] }));
    tell(returned('m1', 2_000, { jid: 'many', flags: 0, code: NO_CODE }));
    expect([row?.succeeded, row?.failed]).toEqual([3, 2]);
  });

  it('is timed by the stamps, not by its arrival', () => {
    tell(published(), returned('m1', 3_000, { lateMs: 60_000 }));
    expect(state.jobs.returnSeconds.sum).toBe(2);
  });

  it('that was trimmed is counted', () => {
    tell(published(), returned('m1', 3_000, { flags: TRIMMED }));
    expect(state.jobs.trimmed).toBe(1);
  });

  it('that another master mirrors is that master\u2019s', () => {
    tell(published({ flags: MIRRORED }), returned('m1', 1_200, { flags: MIRRORED }));
    expect([sums(), state.jobs.table.slots.size]).toEqual([NONE, 0]);
  });
});

describe('a jid', () => {
  it('that is published twice is one job more than there should be', () => {
    tell(published(), published({ atMs: 2_000 }), returned('m1', 2_100));
    expect([state.jobs.duplicateJids, state.jobs.table.slots.size]).toEqual([1, 1]);
    expect(sums()).toEqual({ ...NONE, expected: 1, returned: 1 });
  });
});

describe('a bus that was not heard', () => {
  it('leaves who is silent neither returned nor missing', () => {
    tell(published(), returned('m1', 1_100));
    const link = { kind: 'bus_link' as const };
    apply(state, { ...link, connected: false, monoMs: instant(2_000).monoMs }, instant(2_000));
    apply(state, { ...link, connected: true, monoMs: instant(3_000).monoMs }, instant(3_000));
    tick(state, instant(17_000));
    tick(state, instant(20_500));
    expect([sums(), outcomes()]).toEqual([
      { ...NONE, expected: 1, returned: 1, unseen: 3 },
      [0, 0, 0],
    ]);
  });

  it('is one that we read and threw away, too', () => {
    tell(published());
    apply(state, { kind: 'bus_loss', dropped: 1, rejects: {} }, instant(2_000));
    tick(state, instant(17_000));
    tick(state, instant(20_500));
    expect(sums()).toEqual({ ...NONE, unseen: 4 });
  });
});

describe('the table of jobs', () => {
  it('forgets the oldest closed job first, and says what it gave up of open ones', () => {
    start({ jobs: 3 });
    tell(published({ jid: 'a' }), published({ jid: 'b', minions: ['m1'] }));
    tell(returned('m1', 1_100, { jid: 'b' }), published({ jid: 'c' }), published({ jid: 'd' }));
    expect([...state.jobs.table.slots.keys()]).toEqual(['a', 'c', 'd']);
    tell(published({ jid: 'e' }));
    const { evictedJobs, evictedPairs, slots } = state.jobs.table;
    expect([[...slots.keys()], evictedJobs, evictedPairs]).toEqual([['c', 'd', 'e'], 1, 4]);
    tick(state, instant(60_000));
    expect(sums()).toEqual({ ...NONE, expected: 13, returned: 1, missing: 12 });
  });

  it('drops the pairs of a minion whose key goes, and gives them to no other', () => {
    tell(published(), returned('m1', 1_100));
    apply(state, inventory([minion('m1'), minion('m2')]), instant(2_000));
    const others = ['m1', 'm2', 'm5', 'm6'].map((id) => minion(id));
    apply(state, inventory(others), instant(3_000));
    tell(returned('m5', 3_100));
    expect(sums().suspect).toBe(1);
    tick(state, instant(17_000));
    expect(sums()).toEqual({ ...NONE, expected: 2, returned: 1, missing: 1, suspect: 1 });
  });

  it('books every pair once, whatever comes in whatever order', () => {
    const event = fc.record({
      kind: fc.constantFrom('new' as const, 'ret' as const, 'ret' as const, 'tick' as const),
      job: fc.integer({ min: 0, max: 5 }),
      who: fc.integer({ min: 0, max: 3 }),
      waitMs: fc.constantFrom(0, 10, 500, 8_000, 20_000),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        start({ jobs: 4 });
        let atMs = 1_000;
        let news = 0;
        for (const { kind, job, who, waitMs } of events) {
          atMs += waitMs;
          const jid = `j${job}`;
          if (kind === 'tick') tick(state, instant(atMs));
          else if (kind === 'new') {
            news += 1;
            tell(published({ atMs, jid, minions: FLEET.slice(who) }));
          } else tell(returned(FLEET[who] ?? '', atMs, { jid }));
        }
        const { table, expected, returned: heard, missing } = state.jobs;
        expect(expected).toBe(heard + missing);
        expect(expected).toBeLessThanOrEqual(news * FLEET.length);
        let open = 0;
        for (const slot of table.slots.values()) {
          expect(pendingCount(table, slot)).toBeGreaterThanOrEqual(0);
          open += table.phase[slot] === 1 ? 1 : 0;
        }
        expect(table.open).toBe(open);
      }),
    );
  });
});

describe('functions', () => {
  it('have 200 rows; one that is used more takes the place of the least used', () => {
    for (let n = 0; n < 300; n += 1) {
      tell(published({ jid: `f${n}`, fun: `mod.f${n}`, minions: [] }));
    }
    const { functions } = state.jobs;
    expect([functions.rows.length, functions.replaced]).toEqual([201, 0]);
    expect(functions.other.newJobs).toBe(100);
    for (let n = 0; n < 20; n += 1) {
      tell(published({ jid: `g${n}`, fun: 'mod.f299', minions: [] }));
    }
    const row = functions.rows.find((each) => each.function === 'mod.f299');
    expect([functions.rows.length, functions.replaced]).toEqual([201, 1]);
    expect((row?.newJobs ?? 0) + functions.other.newJobs).toBe(120);
  });
});
