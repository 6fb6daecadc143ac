/**
 * What is used of a job's arguments: the names of the states that it applies, and the job that a
 * `find_job` asks for. Nothing else of them leaves this file.
 */
import { NO_NAME } from '../../domain/bus-batch.js';
import { endOfValue } from '../../lib/msgpack.js';
import {
  type EventNames,
  FIND_JOB,
  STATE_APPLY,
  STATE_HIGHSTATE,
  STATE_SINGLE,
} from './event-names.js';
import { type Bytes, KEY_MAX_BYTES, type NameTable, viewOf } from './name-table.js';
import { entryOf, listHeadBytes, mapHeadBytes, sizeOf, textHeadBytes } from './values.js';

/** A name that the exporters of this field share; no tree of states has a file of this name. */
const HIGHSTATE = bytesOf('highstate');
const MODS = Buffer.from('mods');
const FUN = Buffer.from('fun');
const COMMA = 0x2c;

export class ArgumentReader {
  readonly #names: EventNames;
  readonly #scratch = bytesOf(' '.repeat(KEY_MAX_BYTES));

  constructor(names: EventNames) {
    this.#names = names;
  }

  /**
   * The states that a `state.*` job names, as a number of the table of functions: what stands first
   * of its arguments, or `mods` (of `state.single`: `fun`) among the named ones; `highstate`
   * without any. `args`: offset of the list, 0: there is none.
   */
  stateOf(fun: number, source: Bytes, args: number): number {
    if (fun < 0 || fun >= FIND_JOB) return NO_NAME;
    const { funs } = this.#names;
    if (fun === STATE_HIGHSTATE) return funs.number(HIGHSTATE, 0, HIGHSTATE.bytes.length);
    const first = firstOf(source, args);
    const isNamed = first > 0 && mapHeadBytes(source.bytes[first] ?? 0) > 0;
    const named = isNamed ? entryOf(source, first, fun === STATE_SINGLE ? FUN : MODS) : first;
    const state = named > 0 ? this.textNumber(funs, source, named) : NO_NAME;
    if (state !== NO_NAME || fun !== STATE_APPLY) return state;
    return named > 0 ? NO_NAME : funs.number(HIGHSTATE, 0, HIGHSTATE.bytes.length);
  }

  /** The jid that a `saltutil.find_job` asks for, as a number of the table of jids. */
  aboutOf(fun: number, source: Bytes, args: number): number {
    if (fun !== FIND_JOB) return NO_NAME;
    const first = firstOf(source, args);
    if (first === 0 || textHeadBytes(source.bytes[first] ?? 0) === 0) return NO_NAME;
    return this.textNumber(this.#names.jids, source, first);
  }

  /** Number of a text, or of the texts of a list, joined by commas; NO_NAME: it is neither. */
  textNumber(table: NameTable, source: Bytes, at: number): number {
    const { bytes, view } = source;
    const first = bytes[at] ?? 0;
    // Nearly all of them are of this form, which tells its length at once.
    if (first >= 0xa0 && first < 0xc0) return table.number(source, at + 1, at + first - 0x9f);
    const head = textHeadBytes(first);
    if (head > 0) return table.number(source, at + head, endOfValue(bytes, at, bytes.length));
    const listHead = listHeadBytes(bytes[at] ?? 0);
    if (listHead === 0) return NO_NAME;
    const length = this.#join(source, at + listHead, sizeOf(view, at));
    return length === 0 ? NO_NAME : table.number(this.#scratch, 0, length);
  }

  /** Texts of a list into the scratch; returns their bytes. */
  #join(source: Bytes, from: number, count: number): number {
    const { bytes } = source;
    let length = 0;
    let at = from;
    for (let index = 0; index < count && length < KEY_MAX_BYTES; index += 1) {
      const end = endOfValue(bytes, at, bytes.length);
      if (end < 0) return length;
      const head = textHeadBytes(bytes[at] ?? 0);
      if (head > 0) {
        if (length > 0) length = this.#scratch.bytes.writeUInt8(COMMA, length);
        length += bytes.copy(this.#scratch.bytes, length, at + head, end);
      }
      at = end;
    }
    return length;
  }
}

/** Offset of the first element of a list that has one; 0: it is no such list. */
function firstOf(source: Bytes, list: number): number {
  if (list === 0) return 0;
  const head = listHeadBytes(source.bytes[list] ?? 0);
  return head === 0 || sizeOf(source.view, list) === 0 ? 0 : list + head;
}

function bytesOf(text: string): Bytes {
  const bytes = Buffer.from(text);
  return { bytes, view: viewOf(bytes) };
}
