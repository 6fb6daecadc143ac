/**
 * A fleet from plain Prometheus range queries of the contract's families. Families are told by their
 * name, so the queries are raw selectors: `salt_minion_status`, `salt_minion_queue_pressure_ratio`,
 * `salt_minion_flaps_total`, `salt_minion_connects_total`, `salt_minion_disconnects_total`,
 * `salt_minion_dropped_messages_total`, `salt_minion_identity_info`, `salt_master_restarts_total`,
 * `salt_reconnect_storms_total`, `salt_publish_hwm_messages`. Only the first is needed.
 */
import { CONNECT, DISCONNECT, DROP, type Fleet, FleetBuilder, type FleetEvent } from './fleet';
import { cutSeries, type MinionSeries, type Series, sortSeries } from './prometheus-series';
import { AT_MARK, codeOf, NODATA } from './statuses';
import { clock, duration, UTC, type ZoneOffset } from './time-text';

export interface PrometheusRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly zone?: ZoneOffset;
}

const NONE = 255;

/** One row of samples at equal steps, reused from minion to minion. */
class Grid {
  readonly steps: number;
  readonly startMs: number;
  readonly stepMs: number;
  readonly status: Uint8Array;
  readonly pressure: Uint8Array;
  /** Steps in which anything was recorded, over all minions. */
  readonly heard: Uint8Array;

  constructor({ startMs, endMs }: PrometheusRange, stepMs: number) {
    this.startMs = startMs;
    this.stepMs = stepMs;
    this.steps = Math.max(1, Math.ceil((endMs - startMs) / stepMs) + 1);
    this.status = new Uint8Array(this.steps);
    this.pressure = new Uint8Array(this.steps);
    this.heard = new Uint8Array(this.steps);
  }

  indexOf(ms: number): number {
    return Math.max(0, Math.min(this.steps - 1, Math.round((ms - this.startMs) / this.stepMs)));
  }

  fill(minion: MinionSeries): void {
    this.status.fill(NONE);
    this.pressure.fill(0);
    for (const series of minion.status) {
      const code = codeOf(series.labels.status ?? '');
      for (let k = 0; k < series.times.length; k++) {
        if (!(series.values[k] > 0)) continue;
        const at = this.indexOf(series.times[k]);
        // Two masters may tell of one step: the worse one is shown.
        if (this.status[at] === NONE || code > this.status[at]) this.status[at] = code;
        this.heard[at] = 1;
      }
    }
    for (const series of minion.pressure) {
      for (let k = 0; k < series.times.length; k++) {
        const share = series.values[k];
        if (!(share > 0)) continue;
        const at = this.indexOf(series.times[k]);
        const byte = Math.min(AT_MARK, Math.round(share * AT_MARK));
        if (byte > this.pressure[at]) this.pressure[at] = byte;
      }
    }
  }

  /** Intervals of what `fill` left: a step without a sample is no data. */
  intervals() {
    const start: number[] = [];
    const status: number[] = [];
    const pressure: number[] = [];
    for (let at = 0; at < this.steps; at++) {
      const code = this.status[at] === NONE ? NODATA : this.status[at];
      const share = this.pressure[at];
      const last = status.length - 1;
      if (last >= 0 && status[last] === code && pressure[last] === share) continue;
      start.push(at * this.stepMs);
      status.push(code);
      pressure.push(code === NODATA ? 0 : share);
    }
    return { start, status, pressure };
  }
}

interface Mark {
  readonly at: number;
  readonly kind: number;
  readonly count: number;
}

/** Growth of a counter as marks; a fall is a new process, which began at 0. */
function growth(
  series: Series,
  into: Mark[],
  { startMs, kind }: { readonly startMs: number; readonly kind: number },
): number {
  let sum = 0;
  for (let k = 1; k < series.times.length; k++) {
    const [before, now] = [series.values[k - 1], series.values[k]];
    const grown = now >= before ? now - before : now;
    if (!(grown > 0)) continue;
    sum += grown;
    into.push({ at: series.times[k] - startMs, kind, count: Math.round(grown) });
  }
  return Math.round(sum);
}

function marksOf(minion: MinionSeries, startMs: number) {
  const marks: Mark[] = [];
  for (const series of minion.disconnects) growth(series, marks, { startMs, kind: DISCONNECT });
  for (const series of minion.connects) growth(series, marks, { startMs, kind: CONNECT });
  let dropped = 0;
  for (const series of minion.dropped) dropped += growth(series, marks, { startMs, kind: DROP });
  let flaps = 0;
  const unmarked: Mark[] = [];
  for (const series of minion.flaps)
    flaps += growth(series, unmarked, { startMs, kind: DISCONNECT });
  // Without the disconnects themselves, flaps are what can be marked.
  if (minion.disconnects.length === 0) marks.push(...unmarked);
  marks.sort((a, b) => a.at - b.at);
  return {
    dropped: minion.dropped.length === 0 ? null : dropped,
    flaps: minion.flaps.length === 0 ? null : flaps,
    columns: {
      markAt: marks.map((mark) => mark.at),
      markKind: marks.map((mark) => mark.kind),
      markCount: marks.map((mark) => mark.count),
    },
  };
}

function basisOf(minion: MinionSeries): string | undefined {
  const publish = minion.identity.filter((series) => series.labels.port !== 'request');
  return publish.at(-1)?.labels.basis;
}

/** Times in which nothing was recorded of any minion, between times in which something was. */
function gapEvents(grid: Grid): FleetEvent[] {
  const out: FleetEvent[] = [];
  const first = grid.heard.indexOf(1);
  const last = grid.heard.lastIndexOf(1);
  for (let at = first; at < last; at++) {
    if (grid.heard[at] === 1) continue;
    let end = at;
    while (grid.heard[end] === 0) end += 1;
    const ms = (end - at) * grid.stepMs;
    const text = `nothing recorded ${duration(ms)}`;
    const span = { at: at * grid.stepMs, until: end * grid.stepMs };
    out.push({ kind: 'gap', ...span, text, short: 'not recorded' });
    at = end;
  }
  return out;
}

function fleetEvents(series: readonly Series[], range: PrometheusRange): FleetEvent[] {
  const out: FleetEvent[] = [];
  for (const one of series) {
    const marks: Mark[] = [];
    growth(one, marks, { startMs: range.startMs, kind: DISCONNECT });
    const restart = one.family === 'salt_master_restarts_total';
    for (const { at } of marks) {
      const time = clock(range.startMs + at, range.zone ?? UTC);
      const cause = (one.labels.cause ?? 'unknown').replaceAll('_', ' ');
      out.push(
        restart
          ? { kind: 'restart', at, text: `master restart ${time}`, short: 'restart' }
          : { kind: 'storm', at, text: `reconnect storm: ${cause}`, short: 'storm' },
      );
    }
  }
  return out;
}

/** null when no frame is of `salt_minion_status`. */
export function fleetFromPrometheus(all: readonly Series[], range: PrometheusRange): Fleet | null {
  const sorted = sortSeries(all);
  if (sorted.minions.length === 0) return null;
  const { minions, notices } = cutSeries(sorted);
  const grid = new Grid(range, sorted.stepMs);
  const builder = new FleetBuilder(range.startMs, range.endMs - range.startMs);
  for (const minion of minions) {
    grid.fill(minion);
    const { columns, flaps, dropped } = marksOf(minion, range.startMs);
    const basis = basisOf(minion);
    const facts = { id: minion.id, labels: minion.labels, flaps, dropped };
    builder.add(basis === undefined ? facts : { ...facts, basis }, {
      ...grid.intervals(),
      ...columns,
    });
  }
  return builder.build({
    events: [...fleetEvents(sorted.fleet, range), ...gapEvents(grid)],
    hwm: sorted.hwm,
    stepMs: sorted.stepMs,
    notices,
  });
}
