/** Words of Salt's logs: whose log it is, levels, a row of the table of signals, and what the source tells of them. */

/**
 * Whose log: the master's (its command-line programs write there too), the minion's of the master's
 * own host, and the logs of `salt-key` and `salt-api`.
 */
export const LOG_COMPONENTS = ['master', 'minion', 'key', 'api'] as const;
export type LogComponent = (typeof LOG_COMPONENTS)[number];

/** From the least to the most urgent; `other` is a level that Salt does not have. */
export const LOG_LEVELS = [
  'garbage',
  'trace',
  'debug',
  'profile',
  'info',
  'warning',
  'error',
  'critical',
  'other',
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One named line of Salt's logs; the table of them is the closed set of the label `signal`. */
export interface LogSignalRow {
  /** Value of the label; stable. */
  readonly signal: string;
  /** Logs in which it can stand. */
  readonly components: readonly LogComponent[];
  /** The least urgent level at which Salt writes it; below it the text means something else. */
  readonly level: Exclude<LogLevel, 'other'>;
  /**
   * Salt's own format strings as far as they matter, `%s` for what varies. The first piece stands at
   * the beginning of the message unless the text begins with `%s`.
   */
  readonly texts: readonly string[];
  /** Stands anywhere in a record, its traceback included. */
  readonly anywhere?: true;
  readonly meaning: string;
  /** Major releases whose newest versions (3006.30, 3007.17, 3008.5) contain the text. */
  readonly versions: readonly (3006 | 3007 | 3008)[];
}

/** Whether the log of a component is read; told at the first look at it and on each change. */
export interface LogFile {
  readonly kind: 'log_file';
  readonly component: LogComponent;
  readonly isRead: boolean;
}

/** What was read of a log since the last such observation: counts, never its text. */
export interface LogRecords {
  readonly kind: 'log_records';
  readonly component: LogComponent;
  /** Records by level, in the order of LOG_LEVELS. */
  readonly levels: readonly number[];
  /** Records that hold the signal, in the order of LOG_SIGNALS. */
  readonly signals: readonly number[];
  /** Bytes of the file that were read, and that were passed over unread because it grew too fast. */
  readonly readBytes: number;
  readonly skippedBytes: number;
}
