/** The bytes of a publish, what is made of its answer, and the key that it carries. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pack, unpack } from 'msgpackr';
import { afterAll, describe, expect, it } from 'vitest';
import { canaryJid, isCanaryJid } from '../../domain/canary-job.js';
import { readKey } from './key-file.js';
import { publishRequest } from './load.js';
import { readReply } from './reply.js';

const JID = canaryJid(Date.UTC(2026, 10, 22, 9, 30, 0, 123), 45);
const KEY = 'kBkMVRnC5tjNbCLDDOxNJ5NQnE3c0PN2JVhQhEpJ9ov0gk8yLV5Z6Lf1eJzqsWvVQcE2Wm3sJVw=';
const common = { jid: JID, key: KEY, user: 'root', isFiltering: false, file: undefined };

describe('the jid of a canary job', () => {
  it('is one of Salt, with a number behind it that no process has', () => {
    expect(JID).toBe('20261122093000123045_04507');
    expect(isCanaryJid(JID)).toBe(true);
  });

  it.each([
    '20261122093000123045',
    '20261122093000123045_4507',
    '20261122093000123045_04507x',
    '2026112209300012304_04507',
    '_04507',
    'x0261122093000123045_04507',
    undefined,
  ])('is not %s', (jid) => {
    expect(isCanaryJid(jid)).toBe(false);
  });
});

describe('publishRequest', () => {
  it('is a ping of one minion as the client of Salt sends it', () => {
    expect(unpack(publishRequest({ ...common, minion: 'web-1' }))).toEqual({
      enc: 'clear',
      load: {
        cmd: 'publish',
        tgt: ['web-1'],
        tgt_type: 'list',
        fun: 'test.ping',
        arg: [],
        key: KEY,
        user: 'root',
        ret: '',
        jid: JID,
        kwargs: { metadata: { brinescope_canary: 'ping' }, nocache: true },
      },
      version: 3,
    });
  });

  it('asks for a file and carries the digest of its content', () => {
    const file = { url: 'salt://canary/f?saltenv=base', digest: 'a'.repeat(64) };
    const { load } = unpack(publishRequest({ ...common, minion: 'web-1', file }));
    expect(load).toMatchObject({ fun: 'cp.get_file_str', arg: [file.url] });
    expect(load.kwargs.metadata).toEqual({ brinescope_canary: file.digest });
  });

  it('goes to all links where the publisher filters', () => {
    const { load } = unpack(publishRequest({ ...common, minion: 'web-1.x', isFiltering: true }));
    expect([load.tgt, load.tgt_type]).toEqual(['L@web-1.x', 'compound']);
  });

  it.each(['*', 'a or b', 'a,b', 'E@.*', '( a )', 'ünï"<\n', 'x'.repeat(300), '{{ a }}'])(
    'names %s and nobody else',
    (minion) => {
      for (const isFiltering of [false, true]) {
        const { load } = unpack(publishRequest({ ...common, minion, isFiltering }));
        if (load.tgt_type === 'list') expect(load.tgt).toEqual([minion]);
        else expect(minion).toMatch(/^x+$/);
      }
    },
  );

  it('is whole for any id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.boolean(), (minion, on) => {
        const { load } = unpack(publishRequest({ ...common, minion, isFiltering: on }));
        const named = load.tgt_type === 'list' ? load.tgt[0] : load.tgt.slice(2);
        // Half a pair of surrogates has no UTF-8.
        expect(named).toBe(Buffer.from(minion).toString());
      }),
    );
  });
});

describe('readReply', () => {
  const reply = (value: unknown) => readReply([pack(value)]);
  const load = (value: unknown) => reply({ enc: 'clear', load: value });

  it('reads who was published to', () => {
    expect(load({ jid: JID, minions: ['web-1'], missing: [] })).toEqual({
      kind: 'accepted',
      jid: JID,
      minions: ['web-1'],
    });
  });

  it.each([
    [
      'a wrong key',
      { error: { name: 'AuthenticationError', message: 'x' } },
      'refused_authentication',
    ],
    ['no right', { error: { name: 'AuthorizationError', message: 'x' } }, 'refused_authorization'],
    ['no key of it', { enc: 'clear', load: { jid: null, minions: [], error: 'x' } }, 'no_target'],
    ['no job cache', { error: 'Master failed to assign jid' }, 'no_jid'],
    ['the same', { enc: 'clear', load: { error: 'Failed to allocate a jid' } }, 'no_jid'],
    ['an exception', 'Some exception handling minion payload', 'handler_failed'],
    ['an old master', 'bad load', 'handler_failed'],
    ['nothing', {}, 'unexpected_reply'],
    ['a number', 7, 'unexpected_reply'],
    ['another error', { error: { name: 'X' } }, 'unexpected_reply'],
    ['no minions', { load: { jid: JID } }, 'unexpected_reply'],
  ])('says what is wrong: %s', (_name, value, kind) => {
    expect(reply(value)).toEqual({ kind });
  });

  it('never throws, whatever came back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }), (frames) => {
        expect(readReply(frames)).toHaveProperty('kind');
      }),
    );
    const whole = pack({ enc: 'clear', load: { jid: JID, minions: ['web-1'], missing: [] } });
    for (let length = 0; length < whole.length; length += 1)
      expect(readReply([whole.subarray(0, length)]).kind).toBe('unexpected_reply');
  });

  it('takes no more of a long answer than it needs', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => `m${n}`);
    const read = load({ minions: many, jid: JID });
    expect(read.kind === 'accepted' ? read.minions.length : 0).toBe(16);
    let deep: unknown = 'x';
    for (let depth = 0; depth < 400; depth += 1) deep = [deep];
    expect(load({ deep, jid: JID, minions: ['m1'] }).kind).toBe('accepted');
  });
});

describe('readKey', () => {
  const directory = mkdtempSync(join(tmpdir(), 'canary-key-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (user: string, text: string) =>
    writeFileSync(join(directory, `.${user}_key`), text);

  it('reads the key of its user', async () => {
    write('salt', `${KEY}\n`);
    expect(await readKey(directory, 'salt')).toEqual({ ok: true, key: KEY });
  });

  it.each([
    ['empty', ''],
    ['short', 'abc'],
    ['binary', '\0'.repeat(76)],
    ['long', 'a'.repeat(2_000)],
  ])('refuses a file that is %s', async (user, text) => {
    write(user, text);
    const read = await readKey(directory, user);
    expect(read).toMatchObject({ ok: false, reason: 'key_unreadable' });
  });

  it('says that it is not there, or is a directory, and never what it holds', async () => {
    expect(await readKey(directory, 'nobody')).toMatchObject({ ok: false, reason: 'key_missing' });
    expect(await readKey(directory, '../x')).toMatchObject({ ok: false, reason: 'key_unreadable' });
    write('noise', `${KEY}!`);
    chmodSync(join(directory, '.noise_key'), 0o600);
    expect(JSON.stringify(await readKey(directory, 'noise'))).not.toContain(KEY.slice(0, 16));
  });
});
