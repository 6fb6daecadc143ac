/**
 * One frame of the event bus → what the domain needs of it: its kind, whom it is about, the jid and
 * the stamp. A body is `tag`, two line feeds, a msgpack map; of the map `id`, `cmd` and `_stamp`
 * are read and everything else is stepped over, so that nothing a job returned leaves this file.
 *
 * A minion may fire almost any tag. What it fires by itself is wrapped, with `cmd: _minion_event`:
 * such an event is no `new`, `publish`, return or authentication, whatever its tag says; and a
 * start is wrapped always. The `id` of a return is the one in its tag, that of a start too. An
 * event fired in a list (as beacons are) is not wrapped and can look like anything: who uses what
 * it claims must hold it against the minion's connection.
 */
import { isUtf8 } from 'node:buffer';
import type { BusEvent } from '../../domain/observations.js';
import type { BusReject } from '../../domain/vocabulary.js';
import type { Frame } from './framing.js';
import { ID_MAX_CHARACTERS } from './options.js';
import { CMD_MINION_EVENT, type Payload, readPayload } from './payload.js';
import { findTagEnd, isAscii, readTag, SEPARATOR_BYTES, type Tag } from './tag.js';

export type Decoded =
  | { readonly ok: true; readonly event: BusEvent }
  | { readonly ok: false; readonly reason: BusReject };

const NO_TAG: Decoded = { ok: false, reason: 'tag' };
const NOT_UTF8: Decoded = { ok: false, reason: 'encoding' };
const NO_PAYLOAD: Decoded = { ok: false, reason: 'body' };

/** `arrivedMonoMs`: when its last byte was read. Pure; never throws. */
export function decode(frame: Frame, arrivedMonoMs: number): Decoded {
  const { bytes, start, end, whole } = frame;
  const tagEnd = findTagEnd(bytes, start, end);
  if (tagEnd < 0) return NO_TAG;
  const ascii = isAscii(bytes, start, tagEnd);
  if (!ascii && !isUtf8(bytes.subarray(start, tagEnd))) return NOT_UTF8;
  const payload = readPayload(bytes, { at: tagEnd + SEPARATOR_BYTES, end, whole });
  if (payload === undefined) return NO_PAYLOAD;
  const { stampWallMs } = payload;
  const tag = readTag(bytes, start, tagEnd);
  if (!isGenuine(bytes, tag, payload))
    return {
      ok: true,
      event: { event: 'other', arrivedMonoMs, stampWallMs, minion: undefined, jid: undefined },
    };
  const isAnnounced = tag.event === 'new' || tag.event === 'publish';
  // What stands in an ASCII tag too need not be looked at as UTF-8.
  const read = ascii ? plainText : text;
  const readId = ascii && tag.idEnd > 0 ? plainText : text;
  const minion = isAnnounced ? undefined : readId(bytes, payload.idStart, payload.idEnd);
  const jid = tag.jidEnd > 0 ? read(bytes, tag.jidStart, tag.jidEnd) : undefined;
  return { ok: true, event: { event: tag.event, arrivedMonoMs, stampWallMs, minion, jid } };
}

/** Whether the payload is one that Salt itself puts under such a tag. */
function isGenuine(bytes: Buffer, tag: Tag, payload: Payload): boolean {
  const isWrapped = payload.cmd === CMD_MINION_EVENT;
  const hasId = payload.idEnd > payload.idStart;
  switch (tag.event) {
    case 'new':
    case 'publish':
      return !isWrapped;
    case 'return':
      return !isWrapped && sameId(bytes, tag, payload);
    case 'auth':
      return !isWrapped && hasId;
    case 'start':
      return isWrapped && hasId && (tag.idEnd === 0 || sameId(bytes, tag, payload));
    default:
      return false;
  }
}

function sameId(bytes: Buffer, tag: Tag, payload: Payload): boolean {
  const length = tag.idEnd - tag.idStart;
  if (payload.idEnd - payload.idStart !== length) return false;
  for (let index = 0; index < length; index += 1)
    if (bytes[tag.idStart + index] !== bytes[payload.idStart + index]) return false;
  return true;
}

/** Untrusted: bounded, and what is no UTF-8 is U+FFFD. */
function text(bytes: Buffer, start: number, end: number): string {
  // No character of UTF-16 takes more than three bytes of UTF-8.
  const whole = bytes.toString('utf8', start, Math.min(end, start + ID_MAX_CHARACTERS * 4));
  return whole.length > ID_MAX_CHARACTERS ? whole.slice(0, ID_MAX_CHARACTERS) : whole;
}

/** The same of ASCII, for less. */
function plainText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, Math.min(end, start + ID_MAX_CHARACTERS));
}
