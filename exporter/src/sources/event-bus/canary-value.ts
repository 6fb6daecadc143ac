/**
 * What a return of a canary job says, held against what its metadata expect. The value itself goes no
 * further than this file; only values of the one length that our files have are looked at.
 */
import { createHash } from 'node:crypto';
import { CANARY_ABSENT, CANARY_SAME } from '../../domain/bus-batch.js';
import { CANARY_FILE_BYTES } from '../../domain/canary-job.js';
import { endOfValue } from '../../lib/msgpack.js';
import type { Bytes } from './name-table.js';
import { textHeadBytes, truthAt } from './values.js';

/** Of SHA-256, in hexadecimal digits. */
const DIGEST_CHARACTERS = 64;
const PING = 'ping';

/**
 * `mark`: offset of what the metadata say, `ping` or the digest of the file's content; `returned`: of
 * the return, 0: there is none. A file that is not there is `False` or an empty text.
 */
export function canaryFlags(source: Bytes, mark: number, returned: number): number {
  const expected = shortText(source, mark);
  if (returned === 0 || expected === undefined) return 0;
  const said = truthAt(source.view, returned);
  if (expected === PING) return said === true ? CANARY_SAME : 0;
  if (expected.length !== DIGEST_CHARACTERS) return 0;
  if (said === false) return CANARY_ABSENT;
  const { bytes } = source;
  const head = textHeadBytes(bytes[returned] ?? 0);
  if (head === 0) return 0;
  const content = bytes.subarray(returned + head, endOfValue(bytes, returned, bytes.length));
  if (content.length === 0) return CANARY_ABSENT;
  if (content.length !== CANARY_FILE_BYTES) return 0;
  return createHash('sha256').update(content).digest('hex') === expected ? CANARY_SAME : 0;
}

function shortText({ bytes }: Bytes, at: number): string | undefined {
  const head = textHeadBytes(bytes[at] ?? 0);
  const end = endOfValue(bytes, at, bytes.length);
  const isShort = head > 0 && end > 0 && end - at - head <= DIGEST_CHARACTERS;
  return isShort ? bytes.toString('latin1', at + head, end) : undefined;
}
