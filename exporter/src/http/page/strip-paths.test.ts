/** What is drawn of a minion's row, layer by layer. */
import { describe, expect, it } from 'vitest';
import type { TimelineSegments, TimelineState, TimelineView } from '../timeline-api-types.js';
import { stripPaths, stripSummary } from './strip-paths.js';

const STATES: readonly TimelineState[] = [
  'ok',
  'no_data',
  'stale',
  'unknown',
  'ambiguous',
  'slow',
  'stalled',
  'half_open',
  'absent',
];
const code = (state: TimelineState): number => STATES.indexOf(state);

interface Segment {
  readonly start: number;
  readonly state: TimelineState;
  readonly worst?: TimelineState;
  readonly share?: number;
  readonly pressure?: number;
}

interface Mark {
  readonly column: number;
  readonly connects?: number;
  readonly disconnects?: number;
  readonly dropped?: number;
}

function answer(
  rows: readonly (readonly Segment[])[],
  marks: readonly (readonly Mark[])[] = [],
): TimelineView {
  const all = rows.flat();
  const ends = (parts: readonly (readonly unknown[])[]): number[] => {
    let end = 0;
    return parts.map(({ length }) => (end += length));
  };
  const segments: TimelineSegments = {
    ends: ends(rows),
    start: all.map(({ start }) => start),
    state: all.map(({ state }) => code(state)),
    worst: all.map(({ state, worst }) => code(worst ?? state)),
    share: all.map(({ share }) => share ?? 255),
    pressure: all.map(({ pressure }) => pressure ?? 0),
  };
  const marked = rows.map((_, row) => marks[row] ?? []);
  const flat = marked.flat();
  const zero = rows.map(() => 0);
  return {
    atMs: 100_000,
    fromMs: 0,
    toMs: 100_000,
    columns: 100,
    columnMs: 1_000,
    states: STATES,
    pressureStepSeconds: 10,
    of: rows.length,
    offset: 0,
    rows: {
      ids: rows.map((_, row) => `m${row}`),
      last: zero,
      sinceMs: rows.map(() => null),
      disconnects: zero,
      flaps: zero,
      dropped: zero,
      losses: zero,
      pressureMax: zero,
      troubleSeconds: zero,
    },
    encoding: 'arrays',
    segments,
    marks: {
      ends: ends(marked),
      column: flat.map(({ column }) => column),
      connects: flat.map(({ connects }) => connects ?? 0),
      disconnects: flat.map(({ disconnects }) => disconnects ?? 0),
      flaps: flat.map(() => 0),
      losses: flat.map(() => 0),
      dropped: flat.map(({ dropped }) => dropped ?? 0),
    },
    fleet: [],
    gaps: [],
    overview: { minions: [], dropped: [] },
    history: { state: 'works', detail: '', fromMs: 0, bytes: 0, dropped: 0 },
    notices: [],
  };
}

describe('the paths of a row', () => {
  it('fill its states as fields up to the next one or the end', () => {
    const view = answer([
      [
        { start: 0, state: 'ok' },
        { start: 60, state: 'absent' },
      ],
    ]);
    expect([...stripPaths(view, 0, 18)]).toEqual([
      ['field-ok', 'M0 0h60v18h-60z'],
      ['field-absent', 'M60 0h40v18h-40z'],
      ['edge-ok', 'M0 17h60v1h-60z'],
      ['edge-absent', 'M60 17h40v1h-40zM60 0h40v1h-40z'],
    ]);
  });

  it('are those of the row that is asked for', () => {
    const view = answer([[{ start: 0, state: 'ok' }], [{ start: 0, state: 'slow' }]]);
    expect([...stripPaths(view, 1, 10).keys()]).toEqual(['field-slow', 'edge-slow']);
  });

  it('hang what a column hides from the roof, never shorter than two fifths', () => {
    const brief = answer([[{ start: 3, state: 'ok', worst: 'absent', share: 1 }]]);
    expect(stripPaths(brief, 0, 20).get('worst-absent')).toBe('M3 0h97v8h-97z');
    const most = answer([[{ start: 3, state: 'ok', worst: 'absent', share: 204 }]]);
    expect(stripPaths(most, 0, 20).get('worst-absent')).toBe('M3 0h97v16h-97z');
  });

  it('raise the pressure from the floor, and say nothing of one that is not known', () => {
    const full = answer([[{ start: 0, state: 'stalled', pressure: 254 }]]);
    expect(stripPaths(full, 0, 21).get('pressure-stalled')).toBe('M0 1h100v20h-100z');
    const little = answer([[{ start: 0, state: 'ok', pressure: 1 }]]);
    expect(stripPaths(little, 0, 21).get('pressure-ok')).toBe('M0 19.5h100v1.5h-100z');
    const unknown = answer([[{ start: 0, state: 'ok', pressure: 255 }]]);
    expect(stripPaths(unknown, 0, 21).has('pressure-ok')).toBe(false);
  });

  it('are sparse dots where nothing was recorded', () => {
    const view = answer([[{ start: 90, state: 'no_data' }]]);
    expect([...stripPaths(view, 0, 18)]).toEqual([['dots', 'M90 9h1v1h-1zM96 9h1v1h-1z']]);
  });

  it('mark a quick flap once, and take the triangles from marks that are near', () => {
    const flap = answer(
      [[{ start: 0, state: 'ok' }]],
      [
        [
          { column: 10, disconnects: 1 },
          { column: 14, connects: 1 },
          { column: 40, connects: 1 },
          { column: 43, disconnects: 1 },
        ],
      ],
    );
    const paths = stripPaths(flap, 0, 18);
    expect(paths.get('gone')).toBe('M10.5 0v18M7 0h7l-3.5 5zM43.5 0v18');
    expect(paths.get('come')).toBe('M40.5 0v18M37 18h7l-3.5-5z');
  });

  it('join drops that are near to a bar, and leave single ones diamonds', () => {
    const drops = answer(
      [[{ start: 0, state: 'ok' }]],
      [
        [
          { column: 5, dropped: 1 },
          { column: 30, dropped: 9 },
          { column: 90, dropped: 2 },
        ],
      ],
    );
    expect(stripPaths(drops, 0, 18).get('drop')).toBe(
      'M5 0h25v3h-25zM90 .7l3.8 3.8-3.8 3.8-3.8-3.8z',
    );
  });

  it('draw a restart of the master through the row', () => {
    const mark = {
      atMs: 50_400,
      kind: 'master_restart' as const,
      reason: null,
      count: 1,
      text: '',
    };
    const view = { ...answer([[{ start: 0, state: 'ok' }]]), fleet: [mark] };
    expect(stripPaths(view, 0, 18).get('restart')).toBe('M50.5 0v18');
  });

  it('refuse columns that were asked for as text', () => {
    const view = answer([[{ start: 0, state: 'ok' }]]);
    const packed = { ...view, segments: { ...view.segments, ends: 'AQAAAA==' } };
    expect(() => stripPaths(packed, 0, 18)).toThrow('no list of numbers');
  });
});

describe('the same in words', () => {
  it('counts what happened and leaves out what did not', () => {
    const view = answer([[{ start: 0, state: 'ok' }]]);
    expect(stripSummary(view, 0)).toBe('');
    const rows = { ...view.rows, disconnects: [2], flaps: [1], dropped: [12], losses: [0] };
    expect(stripSummary({ ...view, rows }, 0)).toBe('2 disconnects, 1 flap, 12 messages dropped');
  });
});
