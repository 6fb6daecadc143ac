/** A fleet from answers of the exporter's `timeline`, of one or several masters. */
import type { TimelineColumn, TimelineView } from '../../../exporter/src/http/timeline-api-types';
import {
  CONNECT,
  DISCONNECT,
  DROP,
  type Fleet,
  FleetBuilder,
  type FleetEvent,
  type MinionFacts,
} from './fleet';
import { AT_MARK, codeOf } from './statuses';
import { clock, duration, type ZoneOffset } from './time-text';

/** An answer, and whose it is; the master is a label where several are shown. */
export interface MasterTimeline {
  readonly master: string;
  readonly view: TimelineView;
  /** Messages at the mark; null = not known. */
  readonly hwm: number | null;
  /** Rows of the view that are wanted, ascending; default all. */
  readonly rows?: readonly number[];
}

const PRESSURE_UNKNOWN = 255;
const PRESSURE_FULL = 254;

interface Decoded {
  readonly segmentEnds: ArrayLike<number>;
  readonly start: ArrayLike<number>;
  readonly state: ArrayLike<number>;
  readonly worst: ArrayLike<number>;
  readonly share: ArrayLike<number>;
  readonly pressure: ArrayLike<number>;
  readonly markEnds: ArrayLike<number>;
  readonly column: ArrayLike<number>;
  readonly connects: ArrayLike<number>;
  readonly disconnects: ArrayLike<number>;
  readonly flaps: ArrayLike<number>;
  readonly dropped: ArrayLike<number>;
}

function bytesOf(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k++) bytes[k] = binary.charCodeAt(k);
  return bytes;
}

function column(data: TimelineColumn, width: 1 | 2 | 4): ArrayLike<number> {
  if (typeof data !== 'string') return data;
  const bytes = bytesOf(data);
  if (width === 1) return bytes;
  return width === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}

function decode({ segments, marks }: TimelineView): Decoded {
  return {
    segmentEnds: column(segments.ends, 4),
    start: column(segments.start, 2),
    state: column(segments.state, 1),
    worst: column(segments.worst, 1),
    share: column(segments.share, 1),
    pressure: column(segments.pressure, 1),
    markEnds: column(marks.ends, 4),
    column: column(marks.column, 2),
    connects: column(marks.connects, 2),
    disconnects: column(marks.disconnects, 2),
    flaps: column(marks.flaps, 2),
    dropped: column(marks.dropped, 4),
  };
}

class Intervals {
  readonly start: number[] = [];
  readonly status: number[] = [];
  readonly pressure: number[] = [];

  push(start: number, status: number, pressure: number): void {
    this.start.push(start);
    this.status.push(status);
    this.pressure.push(pressure);
  }
}

/**
 * A column that holds two states becomes two intervals, the worst first and as long as its share:
 * folded to the same pixels again, it is what the exporter folded.
 */
function intervalsOf(decoded: Decoded, row: number, view: TimelineView): Intervals {
  const out = new Intervals();
  const first = row === 0 ? 0 : decoded.segmentEnds[row - 1];
  const last = decoded.segmentEnds[row];
  const codes = view.states.map((state) => codeOf(state === 'no_data' ? 'nodata' : state));
  for (let k = first; k < last; k++) {
    const from = decoded.start[k];
    const to = k + 1 < last ? decoded.start[k + 1] : view.columns;
    const known = decoded.pressure[k] !== PRESSURE_UNKNOWN;
    const pressure = known ? Math.round((decoded.pressure[k] / PRESSURE_FULL) * AT_MARK) : 0;
    const [state, worst] = [codes[decoded.state[k]], codes[decoded.worst[k]]];
    if (worst === state || decoded.share[k] >= 255) {
      out.push(from * view.columnMs, worst, pressure);
      continue;
    }
    const part = Math.max(1, (decoded.share[k] / 255) * view.columnMs);
    for (let at = from; at < to; at++) {
      out.push(at * view.columnMs, worst, pressure);
      out.push(at * view.columnMs + part, state, pressure);
    }
  }
  return out;
}

function marksOf(decoded: Decoded, row: number, view: TimelineView) {
  const at: number[] = [];
  const kind: number[] = [];
  const amount: number[] = [];
  const first = row === 0 ? 0 : decoded.markEnds[row - 1];
  for (let k = first; k < decoded.markEnds[row]; k++) {
    const middle = (decoded.column[k] + 0.5) * view.columnMs;
    const push = (what: number, many: number) => {
      if (many === 0) return;
      at.push(middle);
      kind.push(what);
      amount.push(many);
    };
    push(DISCONNECT, decoded.disconnects[k]);
    push(CONNECT, decoded.connects[k]);
    push(DROP, decoded.dropped[k]);
  }
  return { markAt: at, markKind: kind, markCount: amount };
}

function eventsOf({ view }: MasterTimeline, zone: ZoneOffset): FleetEvent[] {
  const out: FleetEvent[] = [];
  for (const mark of view.fleet) {
    const at = mark.atMs - view.fromMs;
    const time = clock(mark.atMs, zone);
    if (mark.kind === 'master_restart') {
      out.push({ kind: 'restart', at, text: `master restart ${time}`, short: 'restart' });
    } else if (mark.kind === 'storm') {
      out.push({ kind: 'storm', at, text: mark.text.replace(/\.$/, ''), short: 'storm' });
    }
  }
  for (const gap of view.gaps) {
    const at = Math.max(0, gap.fromMs - view.fromMs);
    const until = Math.min(view.toMs, gap.toMs) - view.fromMs;
    const text = `exporter down ${duration(until - at)}`;
    out.push({ kind: 'gap', at, until, text, short: 'exporter down' });
  }
  return out;
}

function factsOf(answer: MasterTimeline, row: number, several: boolean): MinionFacts {
  const { rows } = answer.view;
  const labels: Record<string, string> = several ? { master: answer.master } : {};
  const facts = { id: rows.ids[row], labels, flaps: rows.flaps[row], dropped: rows.dropped[row] };
  return facts;
}

/** All answers are of one range. */
export function fleetFromTimelines(
  answers: readonly MasterTimeline[],
  zone: ZoneOffset,
): Fleet | null {
  const [first] = answers;
  if (first === undefined) return null;
  const { fromMs, toMs } = first.view;
  const builder = new FleetBuilder(fromMs, toMs - fromMs);
  for (const answer of answers) {
    const decoded = decode(answer.view);
    for (const row of answer.rows ?? answer.view.rows.ids.keys()) {
      const intervals = intervalsOf(decoded, row, answer.view);
      const marks = marksOf(decoded, row, answer.view);
      builder.add(factsOf(answer, row, answers.length > 1), {
        start: intervals.start,
        status: intervals.status,
        pressure: intervals.pressure,
        ...marks,
      });
    }
  }
  const marks = new Set(answers.map((answer) => answer.hwm));
  return builder.build({
    events: answers.flatMap((answer) => eventsOf(answer, zone)),
    hwm: marks.size === 1 ? first.hwm : null,
    stepMs: null,
    notices: answers.flatMap((answer) => answer.view.notices),
  });
}
