/** The payload of an event: `id`, `cmd` and `_stamp` of a msgpack map, found without reading the rest. */
import { endOfValue, TRUNCATED } from '../../lib/msgpack.js';
import { stampMs } from './stamp.js';

export const CMD_ABSENT = 0;
/** The payload is the load of a minion that fired the event itself. */
export const CMD_MINION_EVENT = 1;
export const CMD_OTHER = 2;

export interface Payload {
  readonly cmd: number;
  /** Offsets of the text; 0 to 0: there is none, or it is no text. */
  readonly idStart: number;
  readonly idEnd: number;
  readonly stampWallMs: number | undefined;
}

interface Region {
  readonly at: number;
  readonly end: number;
  /** False: the map goes on behind `end`, and what stands there is not known. */
  readonly whole: boolean;
}

/** undefined: no msgpack map stands there. Looks no further than the last of the three. */
export function readPayload(bytes: Uint8Array, region: Region): Payload | undefined {
  const { end } = region;
  const width = mapHeadBytes(bytes[region.at] ?? 0);
  if (width === 0 || region.at + width > end) return undefined;
  const pairs = mapPairs(bytes, region.at, width);
  let at = region.at + width;
  let cmd = CMD_ABSENT;
  let idStart = 0;
  let idEnd = 0;
  let stampWallMs: number | undefined;
  let wanted = 3;
  for (let pair = 0; pair < pairs && wanted > 0; pair += 1) {
    const key = at;
    const value = endOfValue(bytes, key, end);
    const next = value < 0 ? value : endOfValue(bytes, value, end);
    if (next < 0) {
      if (next === TRUNCATED && !region.whole) break;
      return undefined;
    }
    at = next;
    const name = nameOf(bytes, key, value);
    if (name === NAME_OTHER) continue;
    wanted -= 1;
    const head = textHeadBytes(bytes[value] ?? 0);
    if (name === NAME_CMD) {
      const start = value + head;
      const isEvent = next - start === MINION_EVENT.length && holds(bytes, start, MINION_EVENT);
      cmd = isEvent ? CMD_MINION_EVENT : CMD_OTHER;
    } else if (head === 0) continue;
    else if (name === NAME_ID) {
      idStart = value + head;
      idEnd = next;
    } else stampWallMs = stampMs(bytes, value + head, next);
  }
  return { cmd, idStart, idEnd, stampWallMs };
}

const NAME_OTHER = 0;
const NAME_ID = 1;
const NAME_CMD = 2;
const NAME_STAMP = 3;

const ID = Buffer.from('id');
const CMD = Buffer.from('cmd');
const STAMP = Buffer.from('_stamp');
const MINION_EVENT = Buffer.from('_minion_event');

/** Keys need not be text. */
function nameOf(bytes: Uint8Array, key: number, end: number): number {
  const head = textHeadBytes(bytes[key] ?? 0);
  if (head === 0) return NAME_OTHER;
  const start = key + head;
  const length = end - start;
  if (length === ID.length && holds(bytes, start, ID)) return NAME_ID;
  if (length === CMD.length && holds(bytes, start, CMD)) return NAME_CMD;
  return length === STAMP.length && holds(bytes, start, STAMP) ? NAME_STAMP : NAME_OTHER;
}

function holds(bytes: Uint8Array, start: number, words: Uint8Array): boolean {
  for (let index = 0; index < words.length; index += 1)
    if (bytes[start + index] !== words[index]) return false;
  return true;
}

/** Bytes in front of the text of a str or bin; 0 = it is neither. */
function textHeadBytes(first: number): number {
  if (first >= 0xa0 && first <= 0xbf) return 1;
  if (first === 0xd9 || first === 0xc4) return 2;
  if (first === 0xda || first === 0xc5) return 3;
  return first === 0xdb || first === 0xc6 ? 5 : 0;
}

function mapHeadBytes(first: number): number {
  if (first >= 0x80 && first <= 0x8f) return 1;
  if (first === 0xde) return 3;
  return first === 0xdf ? 5 : 0;
}

function mapPairs(bytes: Uint8Array, at: number, width: number): number {
  if (width === 1) return (bytes[at] ?? 0) & 0x0f;
  let pairs = 0;
  for (let index = at + 1; index < at + width; index += 1)
    pairs = pairs * 256 + (bytes[index] ?? 0);
  return pairs;
}
