/** What is made of an event: its kind, whom it is about, and what a forger or an odd payload gets. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.js';
import type { Frame } from './framing.js';
import { ID_MAX_CHARACTERS, TAG_MAX_BYTES } from './options.js';

const STAMP = '2026-11-21T22:03:16.420218';
const STAMP_MS = Date.UTC(2026, 10, 21, 22, 3, 16) + 420.218;

type Value = string | number | Buffer;

/** A msgpack map of these; a number is a positive fixint, a Buffer msgpack already. */
function map(pairs: readonly (readonly [Value, Value])[]): Buffer {
  return Buffer.concat([Buffer.of(0x80 | pairs.length), ...pairs.flat().map(packed)]);
}

function packed(value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'number') return Buffer.of(value);
  const bytes = Buffer.from(value);
  const head = Buffer.of(0xda, bytes.length >> 8, bytes.length & 0xff);
  return Buffer.concat([head, bytes]);
}

/** Bytes stand before and behind the body, as in a chunk of the stream. */
function frame(body: Buffer, whole = true): Frame {
  const bytes = Buffer.concat([Buffer.alloc(7, 0xc1), body, Buffer.alloc(5, 0xa1)]);
  return { kind: 'frame', bytes, start: 7, end: 7 + body.length, whole };
}

function event(tag: string | Buffer, pairs: readonly (readonly [Value, Value])[]) {
  const decoded = decode(
    frame(Buffer.concat([Buffer.from(tag), Buffer.from('\n\n'), map(pairs)])),
    5,
  );
  return decoded.ok ? decoded.event : decoded.reason;
}

const told = (kind: string, minion?: string, jid?: string) => ({
  event: kind,
  arrivedMonoMs: 5,
  stampWallMs: undefined,
  minion,
  jid,
});
const OTHER = told('other');
const wrapped = (id: string): readonly (readonly [Value, Value])[] => [
  ['id', id],
  ['cmd', '_minion_event'],
];
const returned = (id: string): readonly (readonly [Value, Value])[] => [
  ['cmd', '_return'],
  ['id', id],
];

describe('decode', () => {
  it.each([
    ['salt/job/1/new', [['jid', '1']], told('new', undefined, '1')],
    ['salt/job/1/publish', [['jid', '1']], told('publish', undefined, '1')],
    ['salt/job/1/ret/m1', returned('m1'), told('return', 'm1', '1')],
    // a syndic's master hands a return on without a command
    [
      'salt/job/1/ret/m1',
      [
        ['jid', '1'],
        ['id', 'm1'],
      ],
      told('return', 'm1', '1'),
    ],
    [
      'salt/auth',
      [
        ['result', Buffer.of(0xc3)],
        ['id', 'm1'],
      ],
      told('auth', 'm1'),
    ],
    ['salt/minion/m1/start', wrapped('m1'), told('start', 'm1')],
    ['minion_start', wrapped('m1'), told('start', 'm1')],
    ['salt/job/1/ret/wëb.ex', returned('wëb.ex'), told('return', 'wëb.ex', '1')],
  ] as const)('knows %s', (tag, pairs, expected) => {
    expect(event(tag, pairs)).toEqual(expected);
  });

  it.each([
    ['salt/job/1/new', wrapped('m1')],
    ['salt/job/1/publish', wrapped('m1')],
    ['salt/job/1/ret/m2', wrapped('m1')],
    ['salt/job/1/ret/m1', wrapped('m1')],
    ['salt/auth', wrapped('m1')],
    ['salt/job/1/ret/m2', returned('m1')],
    ['salt/job/1/ret/m2', [['cmd', '_return']]],
    ['salt/job/1/ret/m2', [['id', Buffer.of(0xc0)]]],
    ['salt/minion/m2/start', wrapped('m1')],
    ['salt/minion/m1/start', [['id', 'm1']]],
    ['minion_start', returned('m1')],
    ['salt/auth', [['act', 'accept']]],
  ] as const)('counts what a minion can forge, %s of %j, as other', (tag, pairs) => {
    expect(event(tag, pairs)).toEqual(OTHER);
  });

  it.each([
    'salt/job/1/ret/',
    'salt/job/1/ret/a/b',
    'salt/job/1/returned/m1',
    'salt/job//new',
    'salt/job/1/new/x',
    'salt/job/new',
    'salt/job/',
    'salt/job/1/start/m1',
    'salt/run/1/ret',
    'salt/minion//start',
    'salt/minion/a/b/start',
    'salt/minion/start',
    'salt/authx',
    '20261121220316419923',
    'x',
    'wëb',
    `a/${'b'.repeat(10_000)}`,
  ])('counts %s as other', (tag) => {
    expect(event(tag, returned('m1'))).toEqual(OTHER);
  });

  it('reads the stamp wherever it stands, past whatever stands before it', () => {
    const nested = map([
      ['_stamp', 'x'],
      ['id', map([['cmd', '_minion_event']])],
    ]);
    const pairs: readonly (readonly [Value, Value])[] = [
      [7, nested],
      [Buffer.of(0xc0), Buffer.of(0xc4, 2, 0xff, 0xfe)],
      [map([[1, 2]]), Buffer.from('d74e0000000000000000', 'hex')],
      ['return', nested],
      ...returned('m1'),
      ['_stamp', STAMP],
    ];
    const expected = { ...told('return', 'm1', '1'), stampWallMs: STAMP_MS };
    expect(event('salt/job/1/ret/m1', pairs)).toEqual(expected);
  });

  it('cuts ids and jids, and makes U+FFFD of what is no UTF-8', () => {
    const long = 'é'.repeat(300);
    const cut = event(`salt/job/${long}/ret/${long}`, returned(long));
    expect(cut).toEqual(
      told('return', long.slice(0, ID_MAX_CHARACTERS), long.slice(0, ID_MAX_CHARACTERS)),
    );
    const id = Buffer.of(0xc4, 2, 0xff, 0x41);
    expect(event('salt/auth', [['id', id]])).toEqual(told('auth', '\u{fffd}A'));
  });

  it.each([
    ['tag', Buffer.from('salt/auth')],
    ['tag', Buffer.from('\n\n\x80')],
    ['tag', Buffer.from('salt/auth\n')],
    ['tag', Buffer.alloc(0)],
    [
      'tag',
      Buffer.concat([Buffer.alloc(TAG_MAX_BYTES + 1, 'x'), Buffer.from('\n\n\x80', 'latin1')]),
    ],
    ['encoding', Buffer.from('caf\xe9\n\n\x80', 'latin1')],
    ['body', Buffer.from('salt/auth\n\n')],
    ['body', Buffer.from('salt/auth\n\n\x93\x01\x02\x03', 'latin1')],
    ['body', Buffer.from('salt/auth\n\n\x82\xa1a', 'latin1')],
    ['body', Buffer.from('salt/auth\n\n\xde\x00', 'latin1')],
    ['body', Buffer.from('salt/auth\n\n\xc1', 'latin1')],
    ['body', Buffer.from('salt/auth\n\n\x81\xa1a\xc1', 'latin1')],
    ['body', Buffer.from('salt/auth\n\n\xdf\xff\xff\xff\xff\xa1a', 'latin1')],
  ])('rejects by %s what has none that can be read', (reason, body) => {
    expect(decode(frame(body), 0)).toEqual({ ok: false, reason });
  });

  it('takes what stands in the kept part of a frame that was too large to keep', () => {
    const body = Buffer.concat([
      Buffer.from('salt/job/1/ret/m1\n\n'),
      map([...returned('m1'), ['return', 'x'.repeat(100)]]).subarray(0, 60),
    ]);
    expect(decode(frame(body), 0)).toEqual({ ok: false, reason: 'body' });
    const decoded = decode(frame(body, false), 5);
    expect(decoded.ok && decoded.event).toEqual(told('return', 'm1', '1'));
    const tooShort = decode(frame(body.subarray(0, 25), false), 5);
    expect(tooShort.ok && tooShort.event).toEqual(OTHER);
  });

  it('never throws and hands on no more than it may, whatever is done to a real frame', () => {
    const recording = readFileSync(
      new URL('../../../../test/fixtures/salt-3008.5/bus.bin', import.meta.url),
    );
    const parts = { from: fc.nat(recording.length - 1), length: fc.nat(3_000) };
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 });
    const never = fc.property(fc.record(parts), damage, (part, changes) => {
      const bytes = Buffer.from(recording.subarray(part.from, part.from + part.length));
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      for (const whole of [true, false]) {
        const decoded = decode({ kind: 'frame', bytes, start: 0, end: bytes.length, whole }, 1);
        if (!decoded.ok) continue;
        expect(decoded.event.minion?.length ?? 0).toBeLessThanOrEqual(ID_MAX_CHARACTERS);
        expect(decoded.event.jid?.length ?? 0).toBeLessThanOrEqual(ID_MAX_CHARACTERS);
      }
    });
    fc.assert(never, { numRuns: 5_000 });
  });
});
