/**
 * The payload of an event, a msgpack map: where the values stand that somebody uses. Everything
 * else is stepped over; of a return only whether its minion cut it is seen.
 */
import {
  NOTHING_WATCHED,
  PLAIN_SIZES,
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
  /** Where it ends, when it has a beginning. */
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
    const { starts } = this;
    // A loop, for `fill` costs more of so few.
    for (let field = 0; field < starts.length; field += 1) starts[field] = 0;
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
  const size = PLAIN_SIZES[bytes[at] ?? 0] ?? 0;
  const next = at + size;
  return size > 0 && next <= walk.end ? next : walkValue(bytes, at, walk);
}

/**
 * Keys need not be text. Salt's are short and stand behind one byte that says how long they are:
 * that byte and three letters tell most of them apart. Bytes behind the frame may be read, for
 * segments are longer than what is in them.
 */
function fieldOf({ bytes, view }: Frame, key: number, end: number): number {
  const more = view.getInt32(key + 4);
  switch (view.getUint32(key)) {
    case 0xa363_6d64:
      return CMD;
    case 0xa366_756e:
      return FUN;
    case 0xa36a_6964:
      return JID;
    case 0xa361_7267:
      return ARG;
    case 0xa361_6374:
      return ACT;
    case 0xa573_7461: // sta-ts
      return more >>> 16 === 0x7473 ? STATS : OTHER;
    case 0xa565_7272: // err-or
      return more >>> 16 === 0x6f72 ? ERROR : OTHER;
    case 0xa672_6574: // ret-urn
      return more >>> 8 === 0x75_726e ? RETURN : OTHER;
    case 0xa65f_7374: // _st-amp
      return more >>> 8 === 0x61_6d70 ? STAMP : OTHER;
    case 0xa672_6573: // res-ult
      return more >>> 8 === 0x75_6c74 ? RESULT : OTHER;
    case 0xa772_6574: // ret-code
      return more === 0x636f_6465 ? RETCODE : OTHER;
    case 0xa773_7563: // suc-cess
      return more === 0x6365_7373 ? SUCCEEDED : OTHER;
    case 0xa76d_696e: // min-ions
      return more === 0x696f_6e73 ? MINIONS : OTHER;
    case 0xa76d_6973: // mis-sing
      return more === 0x7369_6e67 ? MISSING : OTHER;
    case 0xa866_756e: // fun-_arg-s
      return more === 0x5f61_7267 && bytes[key + 8] === 0x73 ? FUN_ARGS : OTHER;
    case 0xa86d_6574: // met-adat-a
      return more === 0x6164_6174 && bytes[key + 8] === 0x61 ? METADATA : OTHER;
    case 0xa873_6368: // sch-edul-e
      return more === 0x6564_756c && bytes[key + 8] === 0x65 ? SCHEDULE : OTHER;
    case 0xa874_6774: // tgt-_typ-e
      return more === 0x5f74_7970 && bytes[key + 8] === 0x65 ? TARGET_TYPE : OTHER;
    case 0xa95f_5f70: // __p-eer_-id
      return more === 0x6565_725f && view.getUint16(key + 8) === 0x6964 ? PEER_ID : OTHER;
    default:
      return otherFieldOf(bytes, key, end);
  }
}

/** `id`, which is shorter than the others; and any name behind a longer head, as no Salt packs it. */
function otherFieldOf(bytes: Buffer, key: number, end: number): number {
  const head = textHeadBytes(bytes[key] ?? 0);
  const length = end - key - head;
  if (head === 1 && length !== 2) return OTHER;
  if (head === 1) return bytes[key + 1] === LETTER_I && bytes[key + 2] === LETTER_D ? ID : OTHER;
  if (head === 0 || length > LONGEST_NAME) return OTHER;
  return Math.max(
    OTHER,
    (FIELDS as readonly string[]).indexOf(bytes.toString('latin1', key + head, end)),
  );
}

const LETTER_I = 0x69;
const LETTER_D = 0x64;
const LONGEST_NAME = Math.max(...FIELDS.map(({ length }) => length));
