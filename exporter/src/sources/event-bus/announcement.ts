/** What a `new` announces beside its row: the minions that are expected to return. */
import type { JobAnnouncement } from '../../domain/bus-batch.js';
import { endOfValue } from '../../lib/msgpack.js';
import type { Frame } from './framing.js';
import type { NameTable } from './name-table.js';
import { LISTED_MAX, LISTED_MAX_BYTES, TARGET_TYPE_MAX_BYTES } from './options.js';
import { MINIONS, MISSING, type PayloadReader, TARGET_TYPE } from './payload.js';
import { listHeadBytes, sizeOf, textHeadBytes } from './values.js';

/** Minions that an announcement lists, and their bytes, as far as they are numbered. */
export interface Listed {
  readonly names: number;
  readonly bytes: number;
}

export function listedBy(frame: Frame, { starts, ends }: PayloadReader): Listed {
  const at = starts[MINIONS] ?? 0;
  if (at === 0 || listHeadBytes(frame.bytes[at] ?? 0) === 0) return { names: 0, bytes: 0 };
  const bytes = (ends[MINIONS] ?? 0) - at;
  return {
    names: Math.min(sizeOf(frame.view, at), LISTED_MAX),
    bytes: Math.min(bytes, LISTED_MAX_BYTES),
  };
}

/** To be called when there is room for the minions that are listed. */
export function readAnnouncement(
  frame: Frame,
  payload: PayloadReader,
  { row, table }: { readonly row: number; readonly table: NameTable },
): JobAnnouncement {
  const { starts } = payload;
  const { minions, unlisted } = readMinions(frame, starts[MINIONS] ?? 0, table);
  const missing = elementsAt(frame, starts[MISSING] ?? 0);
  return { row, minions, missing, unlisted, targetType: targetTypeOf(frame, payload) };
}

function readMinions(
  frame: Frame,
  list: number,
  table: NameTable,
): { minions: Int32Array; unlisted: number } {
  const count = elementsAt(frame, list);
  const numbers = new Int32Array(Math.min(count, LISTED_MAX));
  const { bytes } = frame;
  let listed = 0;
  let at = list + listHeadBytes(bytes[list] ?? 0);
  const limit = at + LISTED_MAX_BYTES;
  for (let index = 0; index < numbers.length; index += 1) {
    const end = endOfValue(bytes, at, bytes.length);
    if (end < 0 || end > limit) break;
    const head = textHeadBytes(bytes[at] ?? 0);
    if (head > 0) {
      numbers[listed] = table.number(frame, at + head, end);
      listed += 1;
    }
    at = end;
  }
  return { minions: numbers.subarray(0, listed), unlisted: count - listed };
}

function elementsAt(frame: Frame, at: number): number {
  if (at === 0 || listHeadBytes(frame.bytes[at] ?? 0) === 0) return 0;
  return sizeOf(frame.view, at);
}

function targetTypeOf(frame: Frame, { starts, ends }: PayloadReader): string {
  const at = starts[TARGET_TYPE] ?? 0;
  const head = at === 0 ? 0 : textHeadBytes(frame.bytes[at] ?? 0);
  if (head === 0) return '';
  const end = Math.min(ends[TARGET_TYPE] ?? 0, at + head + TARGET_TYPE_MAX_BYTES);
  return frame.bytes.toString('utf8', at + head, end);
}
