/** Passwords against bcrypt hashes in the thread that compares them, which is the built one. */
import { hashSync } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { PasswordCheck } from '../../exporter/dist/http/web-config-passwords.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();
const HASH = hashSync('right horse', 4);
const USERS = new Map([['anna', HASH]]);
/** As many as may wait. */
const WAITING = 64;

function checker(): PasswordCheck {
  const check = new PasswordCheck(silentLogger);
  undo.push(() => check.stop());
  return check;
}

const anna = (password: string) => ({ name: 'anna', password });

describe('a password', () => {
  it.each([
    ['$2a$', HASH.replace('$2b$', '$2a$')],
    ['$2b$', HASH],
    ['$2y$ (htpasswd)', HASH.replace('$2b$', '$2y$')],
  ])('is right for a hash that begins with %s', async (_how, hash) => {
    const check = checker();
    const users = new Map([['anna', hash]]);
    expect(await check.verdict(users, anna('right horse'))).toBe('right');
    expect(await check.verdict(users, anna('Right horse'))).toBe('wrong');
  });

  it('is wrong for a user that nobody has, and for another hash than it was right for', async () => {
    const check = checker();
    expect(await check.verdict(USERS, anna('right horse'))).toBe('right');
    expect(await check.verdict(USERS, { name: 'bert', password: 'right horse' })).toBe('wrong');
    const changed = new Map([['anna', hashSync('another', 4)]]);
    expect(await check.verdict(changed, anna('right horse'))).toBe('wrong');
    expect(await check.verdict(new Map(), anna('right horse'))).toBe('wrong');
  });

  it('is turned away when too many wait, but not when it was right before', async () => {
    const check = checker();
    expect(await check.verdict(USERS, anna('right horse'))).toBe('right');
    const waiting = Array.from({ length: WAITING }, (_, n) => check.verdict(USERS, anna(`${n}`)));
    expect(await check.verdict(USERS, anna('one more'))).toBe('too_many');
    expect(await check.verdict(USERS, anna('right horse'))).toBe('right');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['wrong']));
    expect(await check.verdict(USERS, anna('one more'))).toBe('wrong');
  });

  it('never stays without a verdict: those that wait at the end are wrong', async () => {
    const check = checker();
    const slow = new Map([['anna', HASH.replace('$04$', '$14$')]]);
    const waiting = [check.verdict(slow, anna('a')), check.verdict(slow, anna('b'))];
    await check.stop();
    expect(await Promise.all(waiting)).toEqual(['wrong', 'wrong']);
    expect(await check.verdict(USERS, anna('right horse'))).toBe('too_many');
  });
});
