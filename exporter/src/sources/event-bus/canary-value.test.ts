/** Returns of canary jobs against what their metadata expect: told in a word, and the value kept. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../../../test/e2e/bus-rows.js';
import { type PackValue, pack } from '../../demo/msgpack.js';
import { CANARY_FILE_BYTES } from '../../domain/canary-job.js';

const CONTENT = 'SECRET'.padStart(CANARY_FILE_BYTES, 'x');
const DIGEST = createHash('sha256').update(CONTENT).digest('hex');
const TAG = 'salt/job/20261122093000123045_04507/ret/m1';

function flagsOf(mark: PackValue, returned: PackValue | Buffer): string | undefined {
  const pairs: (readonly [PackValue, PackValue | Buffer])[] = [
    ['cmd', '_return'],
    ['id', 'm1'],
    ['metadata', { brinescope_canary: mark }],
    ['return', returned],
  ];
  const parts = pairs.flat().map((each) => (Buffer.isBuffer(each) ? each : pack(each)));
  const body = Buffer.concat([Buffer.from(`${TAG}\n\n`), Buffer.of(0x80 | pairs.length), ...parts]);
  const row = decodeBody(body);
  expect(row).toMatchObject({ kind: 'ret', minion: 'm1', jid: '20261122093000123045_04507' });
  expect(JSON.stringify(row)).not.toContain('SECRET');
  return typeof row === 'string' ? row : row.flags;
}

type Case = readonly [what: string, told: readonly [PackValue, PackValue | Buffer], flags: string];

function binary(text: string): Buffer {
  return Buffer.concat([Buffer.of(0xc5, text.length >> 8, text.length & 0xff), Buffer.from(text)]);
}

describe('the return of a canary job', () => {
  const cases: readonly Case[] = [
    ['a ping that was answered', ['ping', Buffer.of(0xc3)], 'canary same'],
    ['a ping that was answered oddly', ['ping', Buffer.of(0xc2)], 'canary'],
    ['a ping with a text', ['ping', 'true'], 'canary'],
    ['the file', [DIGEST, CONTENT], 'canary same'],
    ['the file as bytes', [DIGEST, binary(CONTENT)], 'canary same'],
    ['no file', [DIGEST, Buffer.of(0xc2)], 'canary absent'],
    ['no file, said by nothing', [DIGEST, ''], 'canary absent'],
    ['nil', [DIGEST, Buffer.of(0xc0)], 'canary'],
    ['another content', [DIGEST, `y${CONTENT.slice(1)}`], 'canary'],
    ['half of it', [DIGEST, CONTENT.slice(0, 256)], 'canary'],
    ['more than it', [DIGEST, `${CONTENT} `], 'canary'],
    ['an exception', [DIGEST, 'ERROR executing cp.get_file_str: timed out'], 'canary'],
    ['a mark of another kind', ['SECRET', CONTENT], 'canary'],
    ['a mark in capitals', [DIGEST.toUpperCase(), CONTENT], 'canary'],
    ['a mark that is too long', [`${DIGEST}0`, CONTENT], 'canary'],
    ['a mark that is none', [{ a: 1 }, CONTENT], 'canary'],
    ['a mark that is true', [true, Buffer.of(0xc3)], 'canary'],
  ];

  it.each(cases)('that is %s', (_what, [mark, returned], flags) => {
    expect(flagsOf(mark, returned)).toBe(flags);
  });

  it('is the same only for the very content', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: CANARY_FILE_BYTES - 1 }),
        fc.integer({ min: 1, max: 127 }),
        (at, by) => {
          const changed = Buffer.from(CONTENT);
          changed[at] = (changed[at] ?? 0) ^ by;
          const value = Buffer.concat([Buffer.of(0xda, 2, 0), changed]);
          const row = flagsOf(DIGEST, value);
          expect(row).toBe('canary');
        },
      ),
      { numRuns: 60 },
    );
  });
});
