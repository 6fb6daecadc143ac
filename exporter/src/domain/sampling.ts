/** Keeps the peaks of each minion's figures, and gives them away once per sample. */
import type { Instant } from '../lib/clock.js';
import type { MinionSample, SampleTable } from './sample-table.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';

/** Four comparisons cost a sixteenth of a new minion at most. */
const SAMPLED_PER_ROW = 16;

/** After each survey. */
export function* peakSteps(state: State): Steps {
  const { samples, minions, delivery } = state;
  const { order } = minions;
  const { shown } = delivery;
  yield* inSteps(order.length, state.limits.rowsPerStep * SAMPLED_PER_ROW, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const slot = order[row] ?? 0;
      raise(samples.queueMessages, slot, shown.queueMessages[slot]);
      raise(samples.lagSeconds, slot, shown.lagSeconds[slot]);
      raise(samples.waitSeconds, slot, (minions.requestWaitMs[slot] ?? Number.NaN) / 1_000);
      raise(samples.rttSeconds, slot, (minions.rttMicros[slot] ?? Number.NaN) / 1e6);
    }
  });
}

/** The peaks since the last call; in one go: 10,000 minions take less than a millisecond. */
export function takeSample(state: State, now: Instant): MinionSample {
  const { samples, minions } = state;
  const { order } = minions;
  const hwm = state.config?.options.get('pub_hwm');
  const pressure = gather(samples.queueMessages, order);
  for (let row = 0; row < pressure.length; row += 1) {
    pressure[row] = pressureOf(pressure[row] ?? Number.NaN, hwm);
  }
  const sample = {
    wallMs: now.wallMs,
    ids: minions.orderedIds,
    pressure,
    lagSeconds: gather(samples.lagSeconds, order),
    waitSeconds: gather(samples.waitSeconds, order),
    rttSeconds: gather(samples.rttSeconds, order),
  };
  for (const column of Object.values(samples)) column.fill(Number.NaN, 0, minions.high);
  return sample;
}

/** The slot is given to another minion. */
export function forgetSample(samples: SampleTable, slot: number): void {
  for (const column of Object.values(samples)) column[slot] = Number.NaN;
}

/** A mark of 0 is no limit: nothing presses. */
function pressureOf(messages: number, hwm: number | undefined): number {
  if (hwm === undefined) return Number.NaN;
  return hwm <= 0 ? messages * 0 : Math.min(1, messages / hwm);
}

/** NaN gives way to anything, and replaces nothing. */
function raise(column: Float32Array, slot: number, value: number | undefined): void {
  if (value === undefined || Number.isNaN(value)) return;
  if (!((column[slot] ?? Number.NaN) >= value)) column[slot] = value;
}

function gather(column: Float32Array, order: Int32Array): Float32Array {
  const rows = new Float32Array(order.length);
  for (let row = 0; row < rows.length; row += 1) {
    rows[row] = column[order[row] ?? 0] ?? Number.NaN;
  }
  return rows;
}
