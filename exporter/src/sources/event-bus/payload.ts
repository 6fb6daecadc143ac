/**
 * The payload of an event, a msgpack map: where the values stand that somebody uses. Everything
 * else is stepped over; of a return only whether its minion cut it is seen.
 */
import {
  NOTHING_WATCHED,
  TOO_MANY,
  TRUNCATED,
  type ValueWalk,
  walkValue,
} from '../../lib/msgpack.js';
import type { Frame } from './framing.js';
import { VALUES_MAX } from './options.js';
import { mapHeadBytes, sizeOf, textHeadBytes } from './values.js';

/** Keys of the payloads that are looked at. */
export const FIELDS = [
  'other',
  'id',
  'cmd',
  'fun',
  'jid',
  'arg',
  'act',
  'stats',
  'error',
  'return',
  '_stamp',
  'result',
  'retcode',
  'success',
  'minions',
  'missing',
  'fun_args',
  'metadata',
  'schedule',
  'tgt_type',
  '__peer_id',
] as const;

const OTHER = 0;
export const ID = FIELDS.indexOf('id');
export const CMD = FIELDS.indexOf('cmd');
export const FUN = FIELDS.indexOf('fun');
export const JID = FIELDS.indexOf('jid');
export const ARG = FIELDS.indexOf('arg');
export const ACT = FIELDS.indexOf('act');
export const STATS = FIELDS.indexOf('stats');
export const ERROR = FIELDS.indexOf('error');
export const RETURN = FIELDS.indexOf('return');
export const STAMP = FIELDS.indexOf('_stamp');
export const RESULT = FIELDS.indexOf('result');
export const RETCODE = FIELDS.indexOf('retcode');
export const SUCCEEDED = FIELDS.indexOf('success');
export const MINIONS = FIELDS.indexOf('minions');
export const MISSING = FIELDS.indexOf('missing');
export const FUN_ARGS = FIELDS.indexOf('fun_args');
export const METADATA = FIELDS.indexOf('metadata');
export const SCHEDULE = FIELDS.indexOf('schedule');
export const TARGET_TYPE = FIELDS.indexOf('tgt_type');
export const PEER_ID = FIELDS.indexOf('__peer_id');

/** What a minion puts in place of a value that is too large, as msgpack. */
const VALUE_TRIMMED = Buffer.from('\xadVALUE_TRIMMED', 'latin1');

/** The fields of the payload that was read last. */
export class PayloadReader {
  /**
   * Where the value of a field begins in the frame's bytes, its msgpack head included; 0: there is
   * none. Of a key that stands twice it is the last, as in Python.
   */
  readonly starts = new Int32Array(FIELDS.length);
  readonly ends = new Int32Array(FIELDS.length);
  /** `return` holds a value that the minion put in place of one that was too large. */
  isTrimmed = false;
  readonly #walk: ValueWalk = {
    end: 0,
    valuesLeft: 0,
    watched: NOTHING_WATCHED,
    sighted: false,
  };

  /** False: no msgpack map stands at the offset, or a broken one. */
  read(frame: Frame, at: number): boolean {
    const { bytes, view, end } = frame;
    const { starts, ends } = this;
    const walk = this.#walk;
    this.#begin(end);
    const width = mapHeadBytes(bytes[at] ?? 0);
    if (width === 0 || at + width > end) return false;
    const pairs = sizeOf(view, at);
    let key = at + width;
    let next = key;
    for (let pair = 0; pair < pairs; pair += 1) {
      key = next;
      walk.watched = NOTHING_WATCHED;
      const value = behind(bytes, key, walk);
      if (value < 0) return this.#isReadSoFar(value, frame.whole);
      const field = fieldOf(frame, key, value);
      if (field === RETURN) {
        walk.watched = VALUE_TRIMMED;
        next = walkValue(bytes, value, walk);
      } else next = behind(bytes, value, walk);
      if (next < 0) return this.#isReadSoFar(next, frame.whole);
      if (field === OTHER) continue;
      starts[field] = value;
      ends[field] = next;
    }
    this.isTrimmed = walk.sighted;
    return true;
  }

  #begin(end: number): void {
    this.starts.fill(0);
    this.ends.fill(0);
    this.isTrimmed = false;
    this.#walk.end = end;
    this.#walk.valuesLeft = VALUES_MAX;
    this.#walk.sighted = false;
  }

  /** Of a frame that was cut, or holds too many values, what was found is used. */
  #isReadSoFar(problem: number, whole: boolean): boolean {
    this.isTrimmed = this.#walk.sighted;
    return problem === TOO_MANY || (problem === TRUNCATED && !whole);
  }
}

/** Offset behind a value, or why there is none: most are a short text or a small number. */
function behind(bytes: Uint8Array, at: number, walk: ValueWalk): number {
  const first = bytes[at] ?? 0;
  if (first >= 0xa0 && first < 0xc0) {
    const next = at + 1 + (first & 0x1f);
    if (next <= walk.end) return next;
  }
  return walkValue(bytes, at, walk);
}

/** Keys need not be text; those that are looked at are told by their length and a few bytes of them. */
function fieldOf(frame: Frame, key: number, end: number): number {
  const { bytes, view } = frame;
  const start = key + textHeadBytes(bytes[key] ?? 0);
  if (start === key) return OTHER;
  switch (end - start) {
    case 2:
      return view.getUint16(start) === ID_WORD ? ID : OTHER;
    case 3:
      return fieldOf3((view.getUint16(start) << 8) | (bytes[start + 2] ?? 0));
    case 5:
      return isKey(view, start, STATS_KEY) ? STATS : isKey(view, start, ERROR_KEY) ? ERROR : OTHER;
    case 6:
      if (isKey(view, start, RETURN_KEY)) return RETURN;
      if (isKey(view, start, STAMP_KEY)) return STAMP;
      return isKey(view, start, RESULT_KEY) ? RESULT : OTHER;
    case 7:
      if (isKey(view, start, RETCODE_KEY)) return RETCODE;
      if (isKey(view, start, SUCCESS_KEY)) return SUCCEEDED;
      if (isKey(view, start, MINIONS_KEY)) return MINIONS;
      return isKey(view, start, MISSING_KEY) ? MISSING : OTHER;
    case 8:
      if (isKey(view, start, FUN_ARGS_KEY)) return FUN_ARGS;
      if (isKey(view, start, METADATA_KEY)) return METADATA;
      if (isKey(view, start, SCHEDULE_KEY)) return SCHEDULE;
      return isKey(view, start, TARGET_TYPE_KEY) ? TARGET_TYPE : OTHER;
    case 9:
      return isKey(view, start, PEER_ID_KEY) && bytes[start + 4] === LETTER_E ? PEER_ID : OTHER;
    default:
      return OTHER;
  }
}

function fieldOf3(word: number): number {
  if (word === CMD_WORD) return CMD;
  if (word === JID_WORD) return JID;
  if (word === FUN_WORD) return FUN;
  if (word === ARG_WORD) return ARG;
  return word === ACT_WORD ? ACT : OTHER;
}

/** The first and the last four bytes of a key; of at most eight they are all there are. */
interface Key {
  readonly head: number;
  readonly tail: number;
  readonly tailAt: number;
}

function isKey(view: DataView, start: number, key: Key): boolean {
  return view.getInt32(start) === key.head && view.getInt32(start + key.tailAt) === key.tail;
}

function keyOf(name: (typeof FIELDS)[number]): Key {
  const bytes = Buffer.from(name);
  const tailAt = bytes.length - 4;
  return { head: bytes.readInt32BE(0), tail: bytes.readInt32BE(tailAt), tailAt };
}

const STATS_KEY = keyOf('stats');
const ERROR_KEY = keyOf('error');
const RETURN_KEY = keyOf('return');
const STAMP_KEY = keyOf('_stamp');
const RESULT_KEY = keyOf('result');
const RETCODE_KEY = keyOf('retcode');
const SUCCESS_KEY = keyOf('success');
const MINIONS_KEY = keyOf('minions');
const MISSING_KEY = keyOf('missing');
const FUN_ARGS_KEY = keyOf('fun_args');
const METADATA_KEY = keyOf('metadata');
const SCHEDULE_KEY = keyOf('schedule');
const TARGET_TYPE_KEY = keyOf('tgt_type');
const PEER_ID_KEY = keyOf('__peer_id');
const LETTER_E = 0x65;

/** `cmd` → 0x636d64. */
function wordOf(name: (typeof FIELDS)[number]): number {
  return Buffer.from(name).readUIntBE(0, name.length);
}
const ID_WORD = wordOf('id');
const CMD_WORD = wordOf('cmd');
const FUN_WORD = wordOf('fun');
const JID_WORD = wordOf('jid');
const ARG_WORD = wordOf('arg');
const ACT_WORD = wordOf('act');
