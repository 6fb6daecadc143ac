/** How many messages a number of missing bytes are: the question, and what answers it. */
import type { Steps } from './steps.js';

/** It is being searched for, or waits for that. */
export const NOT_COUNTED = -1;

/** Where a link stood that lacked `lag` bytes. */
export interface Look {
  readonly lag: number;
  readonly acked: number;
  readonly count: number;
  readonly rowMonoMs: number;
}

/** What is missing, and where among the messages of a link. */
export interface Sought {
  readonly slot: number;
  readonly key: number;
  /** Bytes that are missing; heartbeats may hide some of them. */
  readonly lag: number;
  readonly span: { readonly from: number; readonly to: number };
  /** What the pipe had accepted when the window began, and not confirmed of it. */
  readonly written: number;
  readonly unconfirmed: number;
  /** Bytes that the link moved between its sync and the window. */
  readonly skipped: number;
  /** Heartbeats that may hide some: as many as since the sync, or since the last look. */
  readonly pings: { readonly least: number; readonly most: number };
}

export interface Tally {
  /** NaN = cannot be told; NOT_COUNTED. */
  readonly messages: number;
  /** What the pipe had accepted when the window ended; NaN = not known. */
  readonly written: number;
}

export interface Inquiry {
  readonly sought: Sought;
  /** Of a second loss behind the first: where it was seen. */
  readonly look: Look | undefined;
}

/** The search under way. */
export interface Searching {
  readonly inquiry: Inquiry;
  readonly steps: Steps<Tally>;
}
