/**
 * Events of Salt's bus as columns: row r of every column is one event, and texts are numbers of
 * names. What a job was given or returned is not among them: it never leaves the decoder.
 */
/** In place of a number: there is none. */
export const NO_NAME = -1;
/** In place of a return code: there is none, or it is no integer of 32 bits. */
export const NO_CODE = -2_147_483_648;

/** The function said that it went well (`success`); without the mark beside it nothing was said. */
export const SUCCESS = 1;
export const SUCCESS_SAID = 2;
/** The return of a job that the minion's own scheduler began. */
export const SCHEDULED = 4;
/** The minion cut the return: it holds the text `VALUE_TRIMMED` as a value. */
export const TRIMMED = 8;
/** The job's metadata say that it is a canary of ours. */
export const CANARY = 16;
/** A `find_job` return: the job runs (a map with a `pid`), or it does not (an empty map). */
export const JOB_RUNS = 32;
export const JOB_GONE = 64;
/** Wrapped by the minion although Salt itself never wraps such an event. */
export const FORGED = 128;
/**
 * Of a return with CANARY: it is what we expect (`true` of a ping, of a file the content whose digest
 * the metadata carry), or there was no such file. Nothing else of the value leaves the decoder.
 */
export const CANARY_SAME = 512;
export const CANARY_ABSENT = 1_024;
/** Mirrored from another master of a cluster (`__peer_id`), or forwarded by a syndic. */
export const MIRRORED = 256;

/**
 * Names are numbered from 0 as they are first used; a name that was told once is not told again. When
 * the table is full it begins anew, with another generation: numbers told before mean nothing then.
 */
export interface NameNews {
  readonly generation: number;
  /** Number of the first of `texts`; the others follow. */
  readonly first: number;
  /** Untrusted, bounded text. */
  readonly texts: readonly string[];
}

/** What a `new` announces; the columns have the rest. */
export interface JobAnnouncement {
  readonly row: number;
  /** Numbers of the minions that are expected to return. */
  readonly minions: Int32Array;
  /** Listed targets without a key, and expected ids that are more than a job may list. */
  readonly missing: number;
  readonly unlisted: number;
  readonly targetType: string;
}

/** One command's figures of a `salt/stats` event, over the window that it tells. */
export interface WorkerStats {
  readonly command: string;
  readonly runs: number;
  readonly seconds: number;
}

/**
 * Lent until it was applied. Rows stand in the order in which they were read, which is not the order
 * in which they were fired.
 */
export interface BusBatch {
  readonly kind: 'bus_batch';
  readonly count: number;
  /** Index into BUS_KINDS. */
  readonly event: Uint8Array;
  /** When the last byte was read. */
  readonly arrivedMonoMs: Float64Array;
  /** Salt's own `_stamp`; NaN = it cannot be read. */
  readonly stampWallMs: Float64Array;
  /** Numbers of names. The minion is the one in the tag of a return, else the payload's `id`. */
  readonly minion: Int32Array;
  readonly jid: Int32Array;
  readonly fun: Int32Array;
  /** `state` of the shared families: the states that a `state.*` job names, joined; a name of `funs`. */
  readonly state: Int32Array;
  /** The jid that a `find_job` asks for; a name of `jids`. */
  readonly about: Int32Array;
  /**
   * Of a `ret` its return code, of an `auth` or `key` an index into AUTH_ACTS, of an `error` one into
   * PUBLISH_ERRORS, of a `start` 1 when it is the older of the two events of one start.
   */
  readonly code: Int32Array;
  readonly flags: Uint16Array;
  readonly names: {
    readonly minions: NameNews;
    readonly jids: NameNews;
    readonly funs: NameNews;
  };
  /** Ascending by row. */
  readonly announcements: readonly JobAnnouncement[];
  readonly stats: readonly WorkerStats[];
  /** Bytes that were read and not decoded when this was told. */
  readonly backlogBytes: number;
}

/** Rows that one batch holds; to apply them takes the program's thread a millisecond or two. */
export const BATCH_ROWS = 4_096;

export type BusColumns = Pick<
  BusBatch,
  | 'event'
  | 'arrivedMonoMs'
  | 'stampWallMs'
  | 'minion'
  | 'jid'
  | 'fun'
  | 'state'
  | 'about'
  | 'code'
  | 'flags'
>;

export function createBusColumns(rows: number): BusColumns {
  return {
    event: new Uint8Array(rows),
    arrivedMonoMs: new Float64Array(rows),
    stampWallMs: new Float64Array(rows),
    minion: new Int32Array(rows),
    jid: new Int32Array(rows),
    fun: new Int32Array(rows),
    state: new Int32Array(rows),
    about: new Int32Array(rows),
    code: new Int32Array(rows),
    flags: new Uint16Array(rows),
  };
}

/** What a row is when nothing is known of it but its kind. */
export function clearRow(
  columns: BusColumns,
  row: number,
  { event, arrivedMonoMs }: { readonly event: number; readonly arrivedMonoMs: number },
): void {
  columns.event[row] = event;
  columns.arrivedMonoMs[row] = arrivedMonoMs;
  columns.stampWallMs[row] = Number.NaN;
  columns.minion[row] = NO_NAME;
  columns.jid[row] = NO_NAME;
  columns.fun[row] = NO_NAME;
  columns.state[row] = NO_NAME;
  columns.about[row] = NO_NAME;
  columns.code[row] = NO_CODE;
  columns.flags[row] = 0;
}
