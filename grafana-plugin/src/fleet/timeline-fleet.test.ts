/** A fleet from the exporter's timeline: folded columns come back as what the exporter folded. */
import { describe, expect, it } from 'vitest';
import type { TimelineView } from '../../../exporter/src/http/timeline-api-types';
import { DROP } from './fleet';
import { foldRow, makePixelRow } from './fold';
import { ABSENT, OK, STALLED } from './statuses';
import { UTC } from './time-text';
import { fleetFromTimelines } from './timeline-fleet';

const COLUMNS = 10;
const COLUMN_MS = 1000;

function viewOf(over: Partial<TimelineView> = {}): TimelineView {
  const zero = { ids: ['web1'], last: [8], sinceMs: [null], disconnects: [1], flaps: [1] };
  return {
    atMs: 10_000,
    fromMs: 0,
    toMs: COLUMNS * COLUMN_MS,
    columns: COLUMNS,
    columnMs: COLUMN_MS,
    states: [
      ...(['ok', 'no_data', 'stale', 'unknown', 'ambiguous'] as const),
      ...(['slow', 'stalled', 'half_open', 'absent'] as const),
    ],
    pressureStepSeconds: 10,
    of: 1,
    offset: 0,
    rows: { ...zero, dropped: [7], losses: [0], pressureMax: [0.5], troubleSeconds: [3] },
    encoding: 'arrays',
    segments: {
      ends: [3],
      start: [0, 4, 5],
      state: [0, 0, 6],
      worst: [0, 8, 6],
      share: [255, 51, 255],
      pressure: [0, 0, 127],
    },
    marks: {
      ends: [1],
      column: [4],
      connects: [1],
      disconnects: [1],
      flaps: [1],
      losses: [0],
      dropped: [7],
    },
    fleet: [{ atMs: 2000, kind: 'master_restart', reason: null, count: 1, text: 'It came back.' }],
    gaps: [{ fromMs: 6000, toMs: 7000 }],
    overview: { minions: [], dropped: [] },
    history: { state: 'works', detail: '', fromMs: 0, bytes: 1, dropped: 0 },
    notices: ['The oldest hour is not known.'],
    ...over,
  };
}

const encode = (values: readonly number[], width: 1 | 2 | 4) => {
  const typed = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width].from(values);
  return Buffer.from(typed.buffer).toString('base64');
};

describe('a fleet from a timeline', () => {
  it('folds to the same columns again: worst, its share, what else was there', () => {
    const fleet = fleetFromTimelines([{ master: 'a', view: viewOf(), hwm: 1000 }], UTC);
    if (fleet === null) throw new Error('no fleet');
    const out = makePixelRow(COLUMNS);
    foldRow(fleet, 0, { window: { from: 0, to: fleet.span }, out });
    expect([...out.worst]).toEqual([0, 0, 0, 0, ABSENT, ...Array(5).fill(STALLED)]);
    expect(out.share[4]).toBeCloseTo(0.2, 1);
    expect(out.dominant[4]).toBe(OK);
    expect(out.pressure[7]).toBe(128);
  });

  it('is the same from numbers and from bytes', () => {
    const plain = viewOf();
    const { segments, marks } = plain;
    const list = (column: unknown) => column as number[];
    const packed = viewOf({
      encoding: 'base64',
      segments: {
        ends: encode(list(segments.ends), 4),
        start: encode(list(segments.start), 2),
        state: encode(list(segments.state), 1),
        worst: encode(list(segments.worst), 1),
        share: encode(list(segments.share), 1),
        pressure: encode(list(segments.pressure), 1),
      },
      marks: {
        ends: encode(list(marks.ends), 4),
        column: encode(list(marks.column), 2),
        connects: encode(list(marks.connects), 2),
        disconnects: encode(list(marks.disconnects), 2),
        flaps: encode(list(marks.flaps), 2),
        losses: encode(list(marks.losses), 2),
        dropped: encode(list(marks.dropped), 4),
      },
    });
    const of = (view: TimelineView) => fleetFromTimelines([{ master: 'a', view, hwm: 9 }], UTC);
    expect(of(packed)).toEqual(of(plain));
  });

  it('has marks, events of the fleet, gaps and notices', () => {
    const fleet = fleetFromTimelines([{ master: 'a', view: viewOf(), hwm: null }], UTC);
    expect([...(fleet?.marks.kind ?? [])]).toContain(DROP);
    expect(fleet?.events.map((event) => event.kind)).toEqual(['restart', 'gap']);
    expect(fleet?.notices).toEqual(['The oldest hour is not known.']);
  });

  it('says whose a minion is only where there are several masters', () => {
    const one = { master: 'a', view: viewOf(), hwm: 1000 };
    expect(fleetFromTimelines([one], UTC)?.minions[0]?.labels).toEqual({});
    const two = fleetFromTimelines([one, { ...one, master: 'b', hwm: 500 }], UTC);
    expect(two?.minions.map((minion) => minion.labels.master)).toEqual(['a', 'b']);
    // Two marks: messages of one are not messages of the other.
    expect(two?.hwm).toBeNull();
  });
});
