/** The table of named log lines: one row each, from which names, decoding and documentation follow. */
import { MASTER_LOG_SIGNALS } from './log-signals-master.js';
import { MINION_LOG_SIGNALS } from './log-signals-minion.js';
import type { LogComponent, LogSignalRow } from './log-vocabulary.js';

export type LogSignal = (
  | (typeof MASTER_LOG_SIGNALS)[number]
  | (typeof MINION_LOG_SIGNALS)[number]
)['signal'];

export interface NamedLogSignal extends LogSignalRow {
  readonly signal: LogSignal;
}

/** Each name once; in observations a signal is its index in this table. */
export const LOG_SIGNALS: readonly NamedLogSignal[] = [
  ...MASTER_LOG_SIGNALS,
  ...MINION_LOG_SIGNALS,
];

/** Indices of the signals that a log of this component can hold. */
export function signalsOf(component: LogComponent): readonly number[] {
  return LOG_SIGNALS.flatMap(({ components }, index) =>
    components.includes(component) ? [index] : [],
  );
}
