/** The figures of a `salt/stats` event: what one worker did since its last one, per command. */
import type { WorkerStats } from '../../domain/bus-batch.js';
import { endOfValue } from '../../lib/msgpack.js';
import { type Bytes, KEY_MAX_BYTES } from './name-table.js';
import { COMMANDS_MAX, NAME_MAX_CHARACTERS } from './options.js';
import { entryOf, integerAt, mapHeadBytes, numberAt, sizeOf, textHeadBytes } from './values.js';

const MEAN = Buffer.from('mean');
const RUNS = Buffer.from('runs');

/** `stats`: offset of a whole map `{command: {mean: seconds, runs: n}}`. What is odd in it is left out. */
export function readWorkerStats(source: Bytes, stats: number): readonly WorkerStats[] {
  const { bytes, view } = source;
  const width = mapHeadBytes(bytes[stats] ?? 0);
  if (stats === 0 || width === 0) return [];
  const told: WorkerStats[] = [];
  const pairs = Math.min(sizeOf(view, stats), COMMANDS_MAX);
  let at = stats + width;
  for (let pair = 0; pair < pairs; pair += 1) {
    const figures = endOfValue(bytes, at, bytes.length);
    const head = textHeadBytes(bytes[at] ?? 0);
    const mean = entryOf(source, figures, MEAN);
    const runs = entryOf(source, figures, RUNS);
    if (head > 0 && mean > 0 && runs > 0) {
      const text = bytes.toString('utf8', at + head, Math.min(figures, at + head + KEY_MAX_BYTES));
      const row = toldBy(text, numberAt(view, mean), integerAt(view, runs));
      if (row !== undefined) told.push(row);
    }
    at = endOfValue(bytes, figures, bytes.length);
  }
  return told;
}

/** A worked example: a mean of 0.0025 s over 4 runs are 0.01 s. */
function toldBy(command: string, meanSeconds: number, runs: number): WorkerStats | undefined {
  const seconds = meanSeconds * runs;
  if (!(runs > 0 && seconds >= 0 && Number.isFinite(seconds))) return undefined;
  return { command: command.slice(0, NAME_MAX_CHARACTERS), runs, seconds };
}
