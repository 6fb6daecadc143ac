/** The model of the timeline: building, folding, ordering, inspecting. */
import { describe, expect, it } from 'vitest';
import { paintDense, SHADES } from './dense';
import { CONNECT, DISCONNECT, DROP, type Fleet, FleetBuilder } from './fleet';
import { foldRow, makePixelRow } from './fold';
import { changesOf, inspect } from './inspect';
import { marksOfRow } from './mark-runs';
import { orderFleet, sharedSuffix } from './order';
import { makeOverviewBins } from './overview-bins';
import { ABSENT, NODATA, OK, SLOW, STALLED, STATUSES, UNKNOWN } from './statuses';

type Interval = readonly [start: number, status: number, pressure?: number];
type Mark = readonly [at: number, kind: number, count?: number];

interface MinionInput {
  readonly id: string;
  readonly intervals: readonly Interval[];
  readonly marks?: readonly Mark[];
  readonly flaps?: number;
  readonly dropped?: number;
  readonly rack?: string;
}

const SPAN = 100_000;

function fleetOf(...minions: readonly MinionInput[]): Fleet {
  const builder = new FleetBuilder(0, SPAN);
  for (const { id, intervals, marks = [], flaps = 0, dropped = 0, rack } of minions) {
    const labels: Record<string, string> = rack === undefined ? {} : { rack };
    builder.add(
      { id, labels, flaps, dropped },
      {
        start: intervals.map(([start]) => start),
        status: intervals.map(([, status]) => status),
        pressure: intervals.map(([, , pressure]) => pressure ?? 0),
        markAt: marks.map(([at]) => at),
        markKind: marks.map(([, kind]) => kind),
        markCount: marks.map(([, , many]) => many ?? 1),
      },
    );
  }
  return builder.build({ events: [], hwm: 1000, stepMs: null, notices: [] });
}

const WHOLE = { from: 0, to: SPAN };

describe('a minion', () => {
  it('has what it ends with as its present status, and since when', () => {
    const fleet = fleetOf({
      id: 'a',
      intervals: [
        [0, OK],
        [40_000, STALLED, 100],
        [60_000, STALLED, 255],
      ],
    });
    expect(fleet.minions[0]).toMatchObject({ now: STALLED, since: 40_000, pressureMax: 255 });
  });

  it('keeps its status over a gap that has the same status on both sides', () => {
    const fleet = fleetOf({
      id: 'a',
      intervals: [
        [0, OK],
        [10_000, ABSENT],
        [50_000, NODATA],
        [60_000, ABSENT],
      ],
    });
    expect(fleet.minions[0]).toMatchObject({ now: ABSENT, since: 10_000 });
  });

  it('without any interval was not recorded', () => {
    expect(fleetOf({ id: 'a', intervals: [] }).minions[0]).toMatchObject({ now: NODATA });
  });
});

describe('a row of pixels', () => {
  const fold = (intervals: readonly Interval[], width = 10) => {
    const out = makePixelRow(width);
    foldRow(fleetOf({ id: 'a', intervals }), 0, { window: WHOLE, out });
    return out;
  };

  it('shows the worst of several states and its share of the time', () => {
    const out = fold([
      [0, OK],
      [52_000, ABSENT],
      [54_000, OK],
    ]);
    expect(out.worst[5]).toBe(ABSENT);
    expect(out.share[5]).toBeCloseTo(0.2);
    expect(out.dominant[5]).toBe(OK);
  });

  it('takes the change between two long states for a change, not for a mixture', () => {
    const out = fold([
      [0, OK],
      [53_000, ABSENT],
    ]);
    expect([...out.worst]).toEqual([OK, OK, OK, OK, OK, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT]);
    expect(out.share[5]).toBe(1);
  });

  it('shows the highest pressure of a pixel', () => {
    expect(
      fold([
        [0, OK, 10],
        [51_000, OK, 200],
        [52_000, OK, 10],
      ]).pressure[5],
    ).toBe(200);
  });
});

describe('dense rows', () => {
  const colours = {
    shades: Uint32Array.from({ length: STATUSES.length * SHADES }, (_, at) => at),
    ground: 1000,
    drop: 1001,
    unknown: 1002,
    ambiguous: 1003,
    nodata: 1004,
  };
  const paint = (fleet: Fleet, rowHeight: number, height: number) => {
    const words = new Uint32Array(10 * height);
    const order = fleet.minions.map((one) => one.index);
    const view = { window: WHOLE, order, rowHeight, scroll: 0, ratio: 1 };
    paintDense(fleet, view, { image: { width: 10, height, words }, colours });
    return words;
  };

  it('never fold a bad state of one minion away among many good ones', () => {
    const good = Array.from({ length: 99 }, (_, k) => ({
      id: `g${k}`,
      intervals: [[0, OK]] as const,
    }));
    const bad = {
      id: 'bad',
      intervals: [
        [30_000, OK],
        [32_000, ABSENT],
        [33_000, OK],
      ] as const,
    };
    const words = paint(fleetOf(...good, bad), 0.01, 1);
    expect(words[3]).toBeGreaterThanOrEqual(ABSENT * SHADES);
    expect(words[5]).toBeLessThan(SHADES);
  });

  it('never fold a drop away', () => {
    const fleet = fleetOf({ id: 'a', intervals: [[0, OK]], marks: [[35_000, DROP, 3]] });
    expect(paint(fleet, 2, 2)[3]).toBe(1001);
  });

  it('leave the ground where no row is', () => {
    expect(paint(fleetOf({ id: 'a', intervals: [[0, OK]] }), 1, 3)[25]).toBe(1000);
  });
});

describe('the order', () => {
  const fleet = fleetOf(
    { id: 'ok-flappy', intervals: [[0, OK]], flaps: 9, rack: 'r1' },
    {
      id: 'slow',
      intervals: [
        [0, OK],
        [5000, SLOW],
      ],
      rack: 'r2',
    },
    {
      id: 'absent-old',
      intervals: [
        [0, OK],
        [5000, ABSENT],
      ],
      rack: 'r2',
    },
    {
      id: 'absent-new',
      intervals: [
        [0, OK],
        [90_000, ABSENT],
      ],
      rack: 'r1',
    },
    {
      id: 'dropping',
      intervals: [
        [0, OK],
        [5000, STALLED, 255],
      ],
      rack: 'r1',
    },
    { id: 'calm', intervals: [[0, OK]], rack: 'r1' },
  );
  const ids = (sort: 'worst' | 'flaps' | 'name', group = 'none', search = '') => {
    const order = orderFleet(fleet, { sort, group, search, only: new Set() });
    return order.minions.map((i) => fleet.minions[i].id);
  };

  it('puts who loses messages now first, then severity, then the newest change', () => {
    expect(ids('worst')).toEqual([
      'dropping',
      'absent-new',
      'absent-old',
      'slow',
      'ok-flappy',
      'calm',
    ]);
  });

  it('sorts by name, by flaps, and finds by label', () => {
    expect(ids('name')[0]).toBe('absent-new');
    expect(ids('flaps')[0]).toBe('ok-flappy');
    expect(ids('name', 'none', 'R2')).toEqual(['absent-old', 'slow']);
  });

  it('puts the group of which the larger share was hurt first', () => {
    const { groups } = orderFleet(fleet, {
      sort: 'worst',
      group: 'rack',
      search: '',
      only: new Set(),
    });
    expect(groups.map((group) => group.name)).toEqual(['r2', 'r1']);
  });

  it('says a suffix that all ids share once', () => {
    const two = fleetOf(
      { id: 'web1.fleet.example.net', intervals: [] },
      { id: 'db1.fleet.example.net', intervals: [] },
    );
    expect(sharedSuffix(two.minions)).toBe('.fleet.example.net');
    expect(sharedSuffix(fleet.minions)).toBe('');
  });
});

describe('an inspection', () => {
  it('tells the interval over a gap, what was not recorded, and what was lost until there', () => {
    const fleet = fleetOf({
      id: 'a',
      intervals: [
        [0, OK],
        [20_000, STALLED, 255],
        [50_000, NODATA],
        [60_000, STALLED, 255],
      ],
      marks: [
        [30_000, DROP, 5],
        [70_000, DROP, 7],
      ],
    });
    const at = inspect(fleet, 0, { time: 65_000, pixelMs: 100 });
    expect(at).toMatchObject({
      code: STALLED,
      from: 20_000,
      gap: 10_000,
      openEnd: true,
      dropped: 5,
    });
  });

  it('tells what a pixel holds, worst first', () => {
    const fleet = fleetOf({
      id: 'a',
      intervals: [
        [0, OK],
        [50_000, ABSENT],
        [50_400, OK],
      ],
    });
    const at = inspect(fleet, 0, { time: 50_000, pixelMs: 2000 });
    expect(at.parts).toEqual([
      [ABSENT, 400],
      [OK, 1600],
    ]);
  });

  it('knows the instants of change', () => {
    const fleet = fleetOf({
      id: 'a',
      intervals: [
        [0, OK],
        [20_000, OK, 9],
        [30_000, UNKNOWN],
      ],
    });
    expect(changesOf(fleet, 0)).toEqual([30_000]);
  });
});

describe('marks', () => {
  it('that would touch become one: a short flap is its disconnect, near drops a bar', () => {
    const marks: readonly Mark[] = [
      [10_000, DISCONNECT],
      [10_500, CONNECT],
      [50_000, DROP, 2],
      [52_000, DROP, 3],
      [99_000, DROP, 1],
    ];
    const fleet = fleetOf({ id: 'a', intervals: [[0, OK]], marks });
    const { links, drops } = marksOfRow(fleet, 0, { toX: (time) => time / 1000, width: 100 });
    expect(links).toEqual([{ x: 10, kind: DISCONNECT, triangle: true }]);
    expect(drops).toEqual([
      { from: 50, to: 52, messages: 5 },
      { from: 99, to: 99, messages: 1 },
    ]);
  });
});

describe('the overview', () => {
  it('counts minions per status, and gives a short fault a third of a pixel', () => {
    const fleet = fleetOf(
      { id: 'a', intervals: [[0, ABSENT]] },
      {
        id: 'b',
        intervals: [
          [0, OK],
          [50_000, ABSENT],
          [50_010, OK],
        ],
      },
    );
    const bins = makeOverviewBins(fleet, 10);
    expect(bins.counts[ABSENT][0]).toBeCloseTo(1);
    expect(bins.counts[ABSENT][5]).toBeCloseTo(1.34);
    expect(bins.peakAt).toBe(5);
  });
});
