/** Returns held against the request links of their minions: what is contradicted, and what is not. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller, type Told } from '../../../test/bench/domain/bus-kit.js';
import {
  deaths,
  instant,
  inventory,
  minion,
  type RowSpec,
  scan,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State, tick } from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['event_bus', 'inventory', 'kernel', 'job_cache'] as const,
};
const JID = '20261122030405000001';
const HOME: Readonly<Record<string, string>> = { m1: '10.0.0.1', m2: '10.0.0.2', m3: '10.0.0.3' };
const NOTHING = { not_expected: 0, request_link: 0, job_cache: 0 };
const REQUEST_BYTES = 613;
const REPLY_BYTES = 103;

let state: State;
let teller: BusTeller;
let rows: Map<string, { row: RowSpec; spokeMs: number }>;

beforeEach(() => {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 256, minions: 64 });
  teller = new BusTeller();
  rows = new Map();
  const ids = Object.entries(HOME).map(([id, address]) => minion(id, [address]));
  apply(state, inventory(ids), instant(0));
  apply(state, { kind: 'bus_link', connected: true, monoMs: instant(0).monoMs }, instant(0));
  look(0);
  let cookie = 10;
  for (const [id, address] of Object.entries(HOME)) {
    open(id, { cookie, address });
    cookie += 1;
  }
  look(1_000);
  look(20_000);
});

function open(name: string, row: RowSpec): void {
  rows.set(name, {
    row: { port: 'request', received: 104, acked: 107, ...row },
    spokeMs: Number.NEGATIVE_INFINITY,
  });
}

/** A scan of all links; ages are those since they last spoke. */
function look(atMs: number): void {
  const specs = [...rows.values()].map(({ row, spokeMs }) => {
    const age = Math.min(atMs - spokeMs, 1_000_000);
    return { ...row, receivedAgeMs: age + 2, sentAgeMs: age };
  });
  apply(state, scan(specs, instant(atMs)), instant(atMs));
  tick(state, instant(atMs));
}

/** Bytes of a link grow at an instant; the next look shows it. */
function grow(name: string, spokeMs: number, bytes: Partial<RowSpec> = {}): void {
  const link = rows.get(name);
  if (link === undefined) throw new Error(`no link ${name}`);
  const { received = REQUEST_BYTES, acked = REPLY_BYTES } = bytes;
  const row = {
    ...link.row,
    received: (link.row.received ?? 0) + received,
    acked: (link.row.acked ?? 0) + acked,
  };
  rows.set(name, { row, spokeMs });
}

function tell(...events: Told[]): void {
  const atMs = Math.max(...events.map((told) => told.atMs + (told.lateMs ?? 0)));
  apply(state, teller.batch(events), instant(atMs));
}

function publish(atMs: number, minions: readonly string[] = ['m1', 'm2', 'm3']): void {
  tell({ kind: 'new', atMs, jid: JID, fun: 'test.ping', minions });
}

function answered(id: string, atMs: number, more: Partial<Told> = {}): void {
  tell({ kind: 'ret', atMs, jid: JID, fun: 'test.ping', minion: id, code: 0, ...more });
}

/** A minion returns: over its link, and then the bus tells of it. */
function returns(id: string, atMs: number): void {
  grow(id, atMs);
  answered(id, atMs);
}

const suspects = () => freeze(state, instant(0)).jobs.suspects;
const sums = () => {
  const { expected, returned, missing, duplicates, late } = state.jobs;
  return { expected, returned, missing, duplicates, late };
};

describe('a return', () => {
  it('is suspect when the request link of its minion stood idle, and its pair is open again', () => {
    publish(30_000);
    returns('m1', 30_200);
    answered('m2', 30_200);
    look(31_000);
    expect(suspects()).toEqual({ ...NOTHING, request_link: 1 });
    expect(freeze(state, instant(31_000)).jobs.events.suspect).toBe(1);
    expect(sums()).toMatchObject({ expected: 2, returned: 2, missing: 0 });
    look(45_100);
    // m3 never returned, and m2 did not either: expected = returned + missing.
    expect(sums()).toMatchObject({ expected: 4, returned: 2, missing: 2 });
    expect([...state.jobs.outcomes]).toEqual([0, 1, 0]);
  });

  it('of a job that closed with it opens the job again, whose end is booked once', () => {
    publish(30_000, ['m2']);
    answered('m2', 30_200);
    expect([...state.jobs.outcomes]).toEqual([1, 0, 0]);
    look(31_000);
    expect(state.jobs.table.open).toBe(1);
    returns('m2', 33_000);
    look(34_000);
    expect(state.jobs.table.open).toBe(0);
    expect([...state.jobs.outcomes]).toEqual([1, 0, 0]);
    expect(sums()).toMatchObject({ expected: 2, returned: 2, duplicates: 0 });
  });

  it('that had been given up is missing again', () => {
    publish(30_000, ['m2']);
    look(46_000);
    expect(sums()).toMatchObject({ expected: 1, missing: 1 });
    answered('m2', 50_000);
    expect(sums()).toMatchObject({ late: 1 });
    look(51_000);
    expect(suspects()).toEqual({ ...NOTHING, request_link: 1 });
    expect(sums()).toMatchObject({ expected: 1, returned: 0, missing: 1 });
    expect([...state.losses.records.values()].map(({ id }) => id)).toEqual(['m2']);
  });

  it('keeps its pair when its own return came as well, before or after', () => {
    publish(30_000);
    answered('m2', 30_100);
    returns('m2', 30_400);
    look(31_000);
    look(32_000);
    expect(sums()).toMatchObject({ returned: 1, duplicates: 1 });
    // The request of its own return is within the slack of a busy machine: nothing is said.
    expect(suspects()).toEqual(NOTHING);
    returns('m1', 33_000);
    look(33_900);
    answered('m1', 40_000);
    look(41_000);
    expect(suspects()).toEqual({ ...NOTHING, request_link: 1 });
    expect(sums()).toMatchObject({ returned: 2, duplicates: 2 });
    expect(state.jobs.table.returnedCount[0]).toBe(2);
  });

  it.each<[string, () => void]>([
    ['its minion asked', () => grow('m2', 30_190)],
    ['its minion asked, and waits still', () => grow('m2', 30_190, { acked: 0 })],
    [
      'its minion had asked before and is answered now',
      () => {
        grow('m2', 29_000, { acked: 0 });
        look(29_500);
        grow('m2', 30_210, { received: 0 });
      },
    ],
    [
      'a link of nobody asked',
      () => {
        open('stranger', { cookie: 99, address: '10.9.9.9' });
        look(29_000);
        grow('stranger', 30_190);
      },
    ],
    ['its minion has no request link', () => rows.delete('m2')],
    [
      'its minion has a new link',
      () => {
        rows.delete('m2');
        open('again', { cookie: 77, address: '10.0.0.2' });
      },
    ],
    [
      'a link of its minion ended with a request in',
      () => {
        open('second', { cookie: 88, address: '10.0.0.2', received: 717 });
        look(28_000);
        const { row } = rows.get('second') ?? { row: { cookie: 0 } };
        rows.delete('second');
        apply(state, deaths([row], instant(28_500)), instant(28_500));
      },
    ],
    [
      'the kernel lost something meanwhile',
      () => apply(state, { kind: 'kernel_loss', overflows: 1, eventsLost: 3 }, instant(30_100)),
    ],
  ])('is believed when %s', (_, happens) => {
    publish(27_000);
    happens();
    answered('m2', 30_200);
    for (const atMs of [31_000, 32_000, 33_000]) look(atMs);
    expect(suspects()).toEqual(NOTHING);
    expect(sums()).toMatchObject({ returned: 1 });
  });

  it('is believed when the bus brings it too late to say when it was fired', () => {
    publish(30_000);
    returns('m2', 30_200);
    look(31_000);
    look(100_000);
    answered('m1', 30_200, { lateMs: 70_000 });
    answered('m3', 100_300, { stamped: false });
    look(101_500);
    expect(suspects()).toEqual(NOTHING);
  });

  it('is held against a link that only answered heartbeats', () => {
    publish(30_000);
    grow('m2', 30_190, { received: 7, acked: 9 });
    answered('m2', 30_200);
    look(31_000);
    expect(suspects()).toEqual({ ...NOTHING, request_link: 1 });
  });

  it('of a minion that the job does not expect is suspect at once', () => {
    publish(30_000, ['m1']);
    answered('m2', 30_200);
    expect(suspects()).toEqual({ ...NOTHING, not_expected: 1 });
  });
});

describe('the job cache', () => {
  const cache = (atMs: number, minions: readonly string[]) => {
    const parts = { jid: JID, state: 'present', loadWritten: true, nocache: false } as const;
    const { monoMs } = instant(atMs);
    apply(
      state,
      { kind: 'job_cache', ...parts, minions, truncated: false, readMonoMs: monoMs },
      instant(atMs),
    );
    tick(state, instant(atMs + 10));
  };

  it('makes the one return suspect that it does not hold, where links tell nothing', () => {
    rows.delete('m2');
    look(29_000);
    publish(30_000);
    for (const id of ['m1', 'm3']) returns(id, 30_200);
    answered('m2', 30_200);
    look(31_000);
    for (const atMs of [34_000, 38_000, 42_000]) cache(atMs, ['m1', 'm3']);
    expect(suspects()).toEqual({ ...NOTHING, job_cache: 1 });
    expect(state.losses.records.size).toBe(0);
  });

  it('lost the return whose minion was heard on its link', () => {
    publish(30_000);
    for (const id of ['m1', 'm2', 'm3']) returns(id, 30_200);
    look(31_000);
    for (const atMs of [34_000, 38_000, 42_000]) cache(atMs, ['m1', 'm3']);
    expect(suspects()).toEqual(NOTHING);
    expect([...state.losses.records.values()].map(({ id }) => id)).toEqual(['m2']);
  });

  it('lost them where it holds more than one return of a job not', () => {
    rows.clear();
    look(29_000);
    publish(30_000);
    for (const id of ['m1', 'm2', 'm3']) answered(id, 30_200);
    look(31_000);
    for (const atMs of [34_000, 38_000, 42_000]) cache(atMs, ['m1']);
    expect(suspects()).toEqual(NOTHING);
    expect(state.losses.records.size).toBe(2);
  });
});
