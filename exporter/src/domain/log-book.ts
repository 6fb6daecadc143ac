/** What Salt's logs say, in numbers: records by level, named signals, and how much of each log was not read. */
import type { LogFigures } from './epoch.js';
import { LOG_SIGNALS, signalsOf } from './log-signals.js';
import {
  LOG_COMPONENTS,
  LOG_LEVELS,
  type LogComponent,
  type LogFile,
  type LogRecords,
} from './log-vocabulary.js';

interface LogCounts {
  isRead: boolean;
  readonly levels: Float64Array;
  readonly signals: Float64Array;
  readBytes: number;
  skippedBytes: number;
}

/** A component has an entry from when its log was first heard of. */
export type LogBook = Map<LogComponent, LogCounts>;

export function createLogBook(): LogBook {
  return new Map();
}

export function applyLogFile(book: LogBook, file: LogFile): void {
  const counts = countsOf(book, file.component);
  if (counts !== undefined) counts.isRead = file.isRead;
}

export function applyLogRecords(book: LogBook, records: LogRecords): void {
  const counts = countsOf(book, records.component);
  if (counts === undefined) return;
  addTo(counts.levels, records.levels);
  addTo(counts.signals, records.signals);
  counts.readBytes += amount(records.readBytes);
  counts.skippedBytes += amount(records.skippedBytes);
}

/** In the order of LOG_COMPONENTS; only signals that the component's log can hold. */
export function freezeLogs(book: LogBook): readonly LogFigures[] {
  return LOG_COMPONENTS.flatMap((component) => {
    const counts = book.get(component);
    if (counts === undefined) return [];
    const { isRead, readBytes, skippedBytes } = counts;
    return {
      component,
      isRead,
      levels: new Map(LOG_LEVELS.map((level, index) => [level, counts.levels[index] ?? 0])),
      signals: new Map(
        signalsOf(component).flatMap((index) => {
          const row = LOG_SIGNALS[index];
          return row === undefined ? [] : [[row.signal, counts.signals[index] ?? 0] as const];
        }),
      ),
      readBytes,
      skippedBytes,
    };
  });
}

/** undefined for a component that does not exist: there is nothing to count it under. */
function countsOf(book: LogBook, component: LogComponent): LogCounts | undefined {
  const known = book.get(component);
  if (known !== undefined || !LOG_COMPONENTS.includes(component)) return known;
  const counts: LogCounts = {
    isRead: false,
    levels: new Float64Array(LOG_LEVELS.length),
    signals: new Float64Array(LOG_SIGNALS.length),
    readBytes: 0,
    skippedBytes: 0,
  };
  book.set(component, counts);
  return counts;
}

function addTo(target: Float64Array, added: readonly number[]): void {
  for (let index = 0; index < target.length; index += 1)
    target[index] = (target[index] ?? 0) + amount(added[index] ?? 0);
}

/** A count that is no number of things counts as nothing. */
function amount(value: number): number {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
}
