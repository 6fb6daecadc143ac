/** What a row says of a job: function, states, how it went, and what a `find_job` found. */
import {
  type BusColumns,
  CANARY,
  JOB_GONE,
  JOB_RUNS,
  NO_CODE,
  NO_NAME,
  SCHEDULED,
  SUCCESS,
  SUCCESS_SAID,
  TRIMMED,
} from '../../domain/bus-batch.js';
import { CANARY_METADATA } from '../../domain/canary-job.js';
import { BUS_KINDS } from '../../domain/vocabulary.js';
import { ArgumentReader } from './arguments.js';
import { canaryFlags } from './canary-value.js';
import { type EventNames, FIND_JOB } from './event-names.js';
import type { Frame } from './framing.js';
import {
  ARG,
  FUN,
  FUN_ARGS,
  METADATA,
  type PayloadReader,
  RETCODE,
  RETURN,
  SCHEDULE,
  SUCCEEDED,
} from './payload.js';
import {
  entryOf,
  integerAt,
  listHeadBytes,
  mapHeadBytes,
  sizeOf,
  textHeadBytes,
  truthAt,
} from './values.js';

const RET = BUS_KINDS.indexOf('ret');
const PID = Buffer.from('pid');
const CANARY_BYTES = Buffer.from(CANARY_METADATA);

export interface Row {
  readonly columns: BusColumns;
  readonly row: number;
  /** Index into BUS_KINDS. */
  readonly event: number;
}

export class JobReader {
  readonly #names: EventNames;
  readonly #arguments: ArgumentReader;

  constructor(names: EventNames) {
    this.#names = names;
    this.#arguments = new ArgumentReader(names);
  }

  /** Fills all but the jid. */
  fill(frame: Frame, payload: PayloadReader, { columns, row, event }: Row): void {
    const { starts } = payload;
    const at = starts[FUN] ?? 0;
    const fun = at === 0 ? NO_NAME : this.#arguments.textNumber(this.#names.funs, frame, at);
    columns.fun[row] = fun;
    // Only of these functions is anything of the arguments used.
    if (fun >= 0 && fun <= FIND_JOB) {
      const args = argumentsAt(frame, payload);
      columns.state[row] = this.#arguments.stateOf(fun, frame, args);
      columns.about[row] = this.#arguments.aboutOf(fun, frame, args);
    }
    const mark = canaryMark(frame, starts[METADATA] ?? 0);
    if (mark > 0) raise(columns, row, CANARY);
    if (event !== RET) return;
    if (mark > 0) raise(columns, row, canaryFlags(frame, mark, starts[RETURN] ?? 0));
    const retcode = starts[RETCODE] ?? 0;
    if (retcode > 0) columns.code[row] = codeAt(frame, retcode);
    raise(columns, row, successFlags(frame, starts[SUCCEEDED] ?? 0));
    if (isSomeText(frame, starts[SCHEDULE] ?? 0)) raise(columns, row, SCHEDULED);
    if (payload.isTrimmed) raise(columns, row, TRIMMED);
    if (fun === FIND_JOB) raise(columns, row, findJobFlags(frame, starts[RETURN] ?? 0));
  }
}

/** What the function said of itself, in either of two fields. */
export function successFlags(frame: Frame, at: number): number {
  const said = at === 0 ? undefined : truthAt(frame.view, at);
  if (said === undefined) return 0;
  return said ? SUCCESS | SUCCESS_SAID : SUCCESS_SAID;
}

export function raise(columns: BusColumns, row: number, flags: number): void {
  columns.flags[row] = (columns.flags[row] ?? 0) | flags;
}

/** `arg` of a publish and of `salt-call`, `fun_args` of a return; a list that holds something first. */
function argumentsAt(frame: Frame, { starts }: PayloadReader): number {
  const arg = starts[ARG] ?? 0;
  const isList = arg > 0 && listHeadBytes(frame.bytes[arg] ?? 0) > 0;
  return isList && sizeOf(frame.view, arg) > 0 ? arg : (starts[FUN_ARGS] ?? 0);
}

/** Jobs of several functions have a map of them, and a runner's can be anything. */
function codeAt(frame: Frame, at: number): number {
  const code = integerAt(frame.view, at);
  return code === (code | 0) ? code : NO_CODE;
}

/** Where the mark of our own jobs stands; 0: it does not. */
function canaryMark(frame: Frame, metadata: number): number {
  return metadata > 0 ? entryOf(frame, metadata, CANARY_BYTES) : 0;
}

function isSomeText({ bytes, view }: Frame, at: number): boolean {
  const head = at === 0 ? 0 : textHeadBytes(bytes[at] ?? 0);
  return head > 0 && (head > 1 || view.getUint8(at) > 0xa0);
}

/** `find_job` returns what it knows of a job that runs, its `pid` among it, or nothing. */
function findJobFlags(frame: Frame, returned: number): number {
  if (returned === 0 || mapHeadBytes(frame.bytes[returned] ?? 0) === 0) return 0;
  if (sizeOf(frame.view, returned) === 0) return JOB_GONE;
  return entryOf(frame, returned, PID) > 0 ? JOB_RUNS : 0;
}
