/** Where Salt keeps what it knows of a job: a directory that is named by a digest of the job's id. */
import { createHash, getHashes } from 'node:crypto';
import { join } from 'node:path';
import { JID_MAX_CHARACTERS } from './options.js';

/** Names of Python's hashlib that are others in Node; what has one name in both is not listed. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['blake2b', 'blake2b512'],
  ['blake2s', 'blake2s256'],
  ['sha3_224', 'sha3-224'],
  ['sha3_256', 'sha3-256'],
  ['sha3_384', 'sha3-384'],
  ['sha3_512', 'sha3-512'],
]);

/** The digest of a `hash_type`; undefined: this machine cannot compute it. */
export function digestOf(hashType: string): string | undefined {
  const name = DIGESTS.get(hashType) ?? hashType;
  return getHashes().some((known) => known.toLowerCase() === name) ? name : undefined;
}

/**
 * salt.utils.jid.jid_dir: with sha256 the job 20260101000000000000 is kept in
 * `<jobs>/27/6f9f9…`. No character of the id itself becomes part of the path.
 */
export function jobDirectory(jobs: string, digest: string, jid: string): string {
  const name = createHash(digest).update(jid, 'utf8').digest('hex');
  return join(jobs, name.slice(0, 2), name.slice(2));
}

/** Whether this text is the whole id of a job: the bus cuts long ones, and replaces what is no text. */
export function isWholeJid(jid: string): boolean {
  return jid !== '' && jid.length <= JID_MAX_CHARACTERS && !jid.includes('\u{fffd}');
}

/** Whether an entry can be named after a minion: no hidden one, none that was no UTF-8. */
export function isMinionName(name: string): boolean {
  return !name.startsWith('.') && !name.includes('\u{fffd}');
}
