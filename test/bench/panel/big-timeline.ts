/** A fleet's timeline as the exporter answers it, of any size: most minions well, some flapping, stalled or away. */
import type { TimelineView } from '../../../exporter/src/http/timeline-api-types.js';
import type { FrameInput } from '../../grafana-host/host-api.js';

export interface BigShape {
  readonly minions: number;
  readonly hours: number;
  readonly columns: number;
  /** Stretches of each minion. */
  readonly segments: number;
  readonly toMs: number;
  readonly seed: number;
}

const STATES = [
  ...(['ok', 'no_data', 'stale', 'unknown', 'ambiguous'] as const),
  ...(['slow', 'stalled', 'half_open', 'absent'] as const),
];
const OK = 0;
const SLOW = 5;
const STALLED = 6;
const ABSENT = 8;

/** mulberry32: the same fleet every time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const packed = (values: Uint8Array | Uint16Array | Uint32Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** Of one stretch, by what befalls this minion. */
function stretch(fate: number, part: number, roll: () => number): [state: number, fill: number] {
  if (fate < 0.02) return part > 0.7 ? [ABSENT, 0] : [OK, 0];
  if (fate < 0.03) return part > 0.5 ? [STALLED, Math.round(254 * Math.min(1, part))] : [OK, 8];
  const roughness = fate < 0.15 ? 0.3 : 0.02;
  const drawn = roll();
  if (drawn < roughness) return [drawn < roughness / 2 ? ABSENT : SLOW, Math.round(roll() * 120)];
  return [OK, roll() < 0.3 ? Math.round(roll() * 60) : Math.round(roll() * 12)];
}

function segmentsOf(shape: BigShape, roll: () => number) {
  const { minions, segments, columns } = shape;
  const total = minions * segments;
  const out = {
    ends: new Uint32Array(minions),
    start: new Uint16Array(total),
    state: new Uint8Array(total),
    worst: new Uint8Array(total),
    share: new Uint8Array(total).fill(255),
    pressure: new Uint8Array(total),
  };
  for (let row = 0; row < minions; row++) {
    const fate = roll();
    const shift = roll();
    for (let k = 0; k < segments; k++) {
      const at = row * segments + k;
      out.start[at] = k === 0 ? 0 : Math.floor(((k + shift) / (segments + 1)) * columns);
      const [state, pressure] = stretch(fate, k / segments, roll);
      out.state[at] = state;
      // One column in twenty held two states: a flap shorter than a pixel.
      const mixed = state === OK && fate < 0.15 && roll() < 0.05;
      out.worst[at] = mixed ? ABSENT : state;
      if (mixed) out.share[at] = 1 + Math.floor(roll() * 120);
      out.pressure[at] = pressure;
    }
    out.ends[row] = (row + 1) * segments;
  }
  return out;
}

function marksOf({ minions, columns }: BigShape, roll: () => number) {
  const perRow = 3;
  const total = minions * perRow;
  const out = { ends: new Uint32Array(minions), column: new Uint16Array(total) };
  const ones = new Uint16Array(total).fill(1);
  const dropped = new Uint32Array(total);
  for (let row = 0; row < minions; row++) {
    const at = Array.from({ length: perRow }, () => Math.floor(roll() * columns));
    out.column.set(
      at.sort((a, b) => a - b),
      row * perRow,
    );
    if (roll() < 0.05) dropped[row * perRow] = 11;
    out.ends[row] = (row + 1) * perRow;
  }
  return { ...out, ones, dropped };
}

export function bigTimeline(shape: BigShape): TimelineView {
  const roll = dice(shape.seed);
  const { minions, columns, toMs } = shape;
  const span = shape.hours * 3_600_000;
  const segments = segmentsOf(shape, roll);
  const marks = marksOf(shape, roll);
  const zeros = new Array<number>(minions).fill(0);
  const last = Array.from(segments.ends, (end) => segments.state[end - 1] ?? 0);
  const ids = zeros.map((_, row) => `minion-${String(row).padStart(5, '0')}.fleet.example.net`);
  return {
    ...{ atMs: toMs, fromMs: toMs - span, toMs, columns, columnMs: span / columns },
    states: STATES,
    pressureStepSeconds: 60,
    ...{ of: minions, offset: 0, encoding: 'base64' },
    rows: {
      ...{ ids, last, sinceMs: zeros.map(() => null), disconnects: zeros, flaps: zeros },
      ...{ dropped: zeros, losses: zeros, pressureMax: zeros, troubleSeconds: zeros },
    },
    segments: {
      ends: packed(segments.ends),
      start: packed(segments.start),
      state: packed(segments.state),
      worst: packed(segments.worst),
      share: packed(segments.share),
      pressure: packed(segments.pressure),
    },
    marks: {
      ends: packed(marks.ends),
      column: packed(marks.column),
      connects: packed(marks.ones),
      disconnects: packed(marks.ones),
      flaps: packed(marks.ones),
      losses: packed(new Uint16Array(marks.ones.length)),
      dropped: packed(marks.dropped),
    },
    fleet: [],
    gaps: [],
    overview: { minions: [], dropped: [] },
    history: { state: 'works', detail: '', fromMs: 0, bytes: 1, dropped: 0 },
    notices: [],
  };
}

/** As the data source hands it to the panel. */
export function timelineFrame(view: TimelineView): FrameInput {
  const timeline = { master: 'bench', view, hwm: 1000 };
  return {
    name: 'bench',
    fields: [{ name: 'minion', type: 'string', values: view.rows.ids }],
    meta: { custom: { brinescopeTimeline: timeline } },
  };
}
