/**
 * The key that proves to the master that a publish comes from its own host: a file in its cache
 * directory, written anew at each start of the master. So it is read for every job, and never kept.
 */
import { join } from 'node:path';
import { readRegularFile } from '../../lib/regular-file.js';
import { KEY_MAX_BYTES } from './options.js';

export type KeyRead =
  | { readonly ok: true; readonly key: string }
  | {
      readonly ok: false;
      readonly reason: 'key_missing' | 'key_unreadable';
      /** For people. */
      readonly detail: string;
    };

/** Base64, as Salt makes it. */
const KEY = /^[A-Za-z0-9+/]{16,}={0,2}$/;
const USER = /^[^/\0\s]{1,64}$/;

export async function readKey(cacheDir: string, user: string): Promise<KeyRead> {
  if (!USER.test(user)) {
    return { ok: false, reason: 'key_unreadable', detail: 'its user has a name that no file has' };
  }
  const path = join(cacheDir, `.${user}_key`);
  const read = await readRegularFile(path, KEY_MAX_BYTES);
  if (!read.ok) {
    const reason = read.reason === 'missing' ? 'key_missing' : 'key_unreadable';
    return { ok: false, reason, detail: `${path} ${read.detail}` };
  }
  const key = read.bytes.toString('latin1').trim();
  if (KEY.test(key)) return { ok: true, key };
  return { ok: false, reason: 'key_unreadable', detail: `${path} holds no key` };
}
