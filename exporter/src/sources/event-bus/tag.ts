/** The tag of an event, from its bytes: which of the kinds it names, and where jid and id stand in it. */
import type { BusEventKind } from '../../domain/vocabulary.js';
import { TAG_MAX_BYTES } from './options.js';

/** A tag and its payload are parted by the first two line feeds in a row. */
export const SEPARATOR_BYTES = 2;

export interface Tag {
  readonly event: BusEventKind;
  /** Offsets in the bytes that the tag was read from; 0 to 0: it names none. */
  readonly jidStart: number;
  readonly jidEnd: number;
  readonly idStart: number;
  readonly idEnd: number;
}

const LINE_FEED = 0x0a;
const SLASH = 0x2f;

/** Where the first two line feeds stand; −1: there is no tag, or it is too long for one. */
export function findTagEnd(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end - SEPARATOR_BYTES, start + TAG_MAX_BYTES);
  for (let at = start; at <= last; at += 1)
    if (bytes[at] === LINE_FEED && bytes[at + 1] === LINE_FEED) return at === start ? -1 : at;
  return -1;
}

export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) > 0x7f) return false;
  return true;
}

const OTHER: Tag = { event: 'other', jidStart: 0, jidEnd: 0, idStart: 0, idEnd: 0 };
const AUTH: Tag = { ...OTHER, event: 'auth' };
const MINION_START: Tag = { ...OTHER, event: 'start' };

const JOB = ascii('salt/job/');
const RETURN = ascii('ret/');
const NEW = ascii('new');
const PUBLISH = ascii('publish');
const MINION = ascii('salt/minion/');
const START = ascii('/start');

/** The tag is what stands between the offsets. */
export function readTag(bytes: Uint8Array, start: number, end: number): Tag {
  if (begins(bytes, start, JOB)) return readJobTag(bytes, start + JOB.length, end);
  if (isWhole(bytes, { start, end }, AUTH_TAG)) return AUTH;
  if (isWhole(bytes, { start, end }, MINION_START_TAG)) return MINION_START;
  const idStart = start + MINION.length;
  const idEnd = end - START.length;
  const isStart = idEnd > idStart && begins(bytes, start, MINION) && begins(bytes, idEnd, START);
  if (!isStart || nextSlash(bytes, idStart, idEnd) < idEnd) return OTHER;
  return { event: 'start', jidStart: 0, jidEnd: 0, idStart, idEnd };
}

const AUTH_TAG = ascii('salt/auth');
const MINION_START_TAG = ascii('minion_start');

/** Behind `salt/job/`: `<jid>/new`, `<jid>/publish`, `<jid>/ret/<id>`; an id holds no slash. */
function readJobTag(bytes: Uint8Array, jidStart: number, end: number): Tag {
  const jidEnd = nextSlash(bytes, jidStart, end);
  const start = jidEnd + 1;
  if (jidEnd === jidStart || start >= end) return OTHER;
  if (isWhole(bytes, { start, end }, NEW))
    return { event: 'new', jidStart, jidEnd, idStart: 0, idEnd: 0 };
  if (isWhole(bytes, { start, end }, PUBLISH))
    return { event: 'publish', jidStart, jidEnd, idStart: 0, idEnd: 0 };
  const idStart = start + RETURN.length;
  const isReturn = idStart < end && begins(bytes, start, RETURN);
  if (!isReturn || nextSlash(bytes, idStart, end) < end) return OTHER;
  return { event: 'return', jidStart, jidEnd, idStart, idEnd: end };
}

/** `end` when there is none. */
function nextSlash(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SLASH) at += 1;
  return at;
}

/** Only where so many bytes are known to follow, or to be followed by something else. */
function begins(bytes: Uint8Array, start: number, words: Uint8Array): boolean {
  for (let index = 0; index < words.length; index += 1)
    if (bytes[start + index] !== words[index]) return false;
  return true;
}

function isWhole(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  words: Uint8Array,
): boolean {
  return end - start === words.length && begins(bytes, start, words);
}

function ascii(words: string): Uint8Array {
  return Buffer.from(words, 'latin1');
}
