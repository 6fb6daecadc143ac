/** The secret that Alertmanager shows: read once, from a file that nobody else can read. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { AppError, errorText } from '../lib/errors.js';

const TOKEN_MIN_LENGTH = 16;
const TOKEN_MAX_BYTES = 4_096;
const OTHERS = 0o077;

/** Throws AppError `config_invalid` or `config_unreadable` with what to do. */
export function readToken(path: string): string {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > TOKEN_MAX_BYTES)
      throw new AppError('config_invalid', `${path} is no file with a single token.`);
    if ((stat.mode & OTHERS) !== 0)
      throw new AppError('config_invalid', `${path} can be read by others: chmod 600 ${path}`);
    const token = readFileSync(file, 'utf8').trim();
    if (token.length >= TOKEN_MIN_LENGTH && /^[\x21-\x7e]+$/.test(token)) return token;
    throw new AppError(
      'config_invalid',
      `${path} must hold one word of ${TOKEN_MIN_LENGTH} characters or more: openssl rand -hex 32`,
    );
  } finally {
    closeSync(file);
  }
}

/** In the same time whatever is shown. */
export function isToken(shown: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown ?? ''), digest(`Bearer ${token}`));
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new AppError('config_unreadable', `${path} cannot be read: ${errorText(error)}`);
  }
}
