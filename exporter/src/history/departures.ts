/** What departs from idle: queues that fill, lag, waits, round trips beyond what is usual. */
import type { MinionSample } from '../domain/sample-table.js';
import { NOT_KNOWN, type Peaks, SAMPLE_METRICS } from './sample-rows.js';
import { isLinked } from './timeline-states.js';

/** Lag and waits below are what a healthy exchange takes. */
const IDLE_SECONDS = 0.25;
/** A round trip departs beyond twice its usual, and two milliseconds more. */
const RTT_RATIO = 2;
const RTT_ROOM_SECONDS = 0.002;
/** Half of a lasting change is usual after an hour of samples at 10 s. */
const RTT_WEIGHT = 1 / 500;

/** By ref. */
export interface Usual {
  rttSeconds: Float32Array;
}

/** Worked example: usual round trip 1 ms; 3 ms is idle, 4.1 ms departs. */
export function departures(
  sample: MinionSample,
  minions: { readonly refs: readonly number[]; readonly codes: Uint8Array; readonly usual: Usual },
): Peaks {
  const peaks: Peaks = new Map();
  for (let row = 0; row < minions.refs.length; row += 1) {
    const ref = minions.refs[row] ?? 0;
    const linked = isLinked(minions.codes[ref] ?? 0);
    const values = [
      pressureOf(sample.pressure[row], linked),
      above(sample.lagSeconds[row], IDLE_SECONDS),
      rttOf(minions.usual.rttSeconds, ref, sample.rttSeconds[row]),
      above(sample.waitSeconds[row], IDLE_SECONDS),
    ];
    if (values.every(Number.isNaN)) continue;
    peaks.set(ref, Float32Array.from(values.slice(0, SAMPLE_METRICS.length)));
  }
  return peaks;
}

/** With a link, a queue that is not known departs, too: it must not be read as empty. */
function pressureOf(pressure: number | undefined, linked: boolean): number {
  if (pressure === undefined || Number.isNaN(pressure)) return linked ? NOT_KNOWN : Number.NaN;
  return pressure > 0 ? pressure : Number.NaN;
}

function above(value: number | undefined, idle: number): number {
  return value !== undefined && value > idle ? value : Number.NaN;
}

function rttOf(usual: Float32Array, ref: number, rtt: number | undefined): number {
  if (rtt === undefined || !(rtt > 0)) return Number.NaN;
  const before = usual[ref] ?? Number.NaN;
  if (!(before > 0)) {
    usual[ref] = rtt;
    return Number.NaN;
  }
  usual[ref] = before + (rtt - before) * RTT_WEIGHT;
  return rtt > before * RTT_RATIO + RTT_ROOM_SECONDS ? rtt : Number.NaN;
}
