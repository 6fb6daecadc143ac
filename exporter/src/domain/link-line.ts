/** One row of a kernel answer on its way into the tables. */
import type { Instant } from '../lib/clock.js';
import type { SocketColumns } from './observations.js';

export interface LinkLine {
  readonly sockets: SocketColumns;
  readonly row: number;
  /** Instant at which the row was true. */
  readonly at: Instant;
}
