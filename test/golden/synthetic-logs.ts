/** What Salt's logs said, by hand: a master's and a minion's log, and a key log that cannot be read. */
import type { LogFigures } from '../../exporter/src/domain/epoch.js';
import {
  applyLogFile,
  applyLogRecords,
  createLogBook,
  freezeLogs,
} from '../../exporter/src/domain/log-book.js';
import { LOG_SIGNALS, type LogSignal } from '../../exporter/src/domain/log-signals.js';
import { LOG_LEVELS, type LogLevel } from '../../exporter/src/domain/log-vocabulary.js';

export function logFigures(): readonly LogFigures[] {
  const book = createLogBook();
  for (const component of ['master', 'minion'] as const)
    applyLogFile(book, { kind: 'log_file', component, isRead: true });
  applyLogFile(book, { kind: 'log_file', component: 'key', isRead: false });
  applyLogRecords(book, {
    kind: 'log_records',
    component: 'master',
    levels: levels({ info: 201, warning: 4, error: 1 }),
    signals: signals({ job_published: 24, return_received: 55, publish_denied: 2 }),
    readBytes: 24_414,
    skippedBytes: 1_048_576,
  });
  applyLogRecords(book, {
    kind: 'log_records',
    component: 'minion',
    levels: levels({ debug: 11, info: 317 }),
    signals: signals({ job_received: 40, return_failed: 1 }),
    readBytes: 45_340,
    skippedBytes: 0,
  });
  return freezeLogs(book);
}

function levels(counts: Partial<Record<LogLevel, number>>): number[] {
  return LOG_LEVELS.map((level) => counts[level] ?? 0);
}

function signals(counts: Partial<Record<LogSignal, number>>): number[] {
  return LOG_SIGNALS.map(({ signal }) => counts[signal] ?? 0);
}
