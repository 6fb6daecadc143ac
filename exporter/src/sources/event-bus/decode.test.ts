/** What is made of an event: its kind, whom it is about, and what a forger or an odd payload gets. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, decoding } from '../../../../test/e2e/bus-rows.js';
import { type PackValue, pack } from '../../demo/msgpack.js';
import { NAME_MAX_CHARACTERS, TAG_MAX_BYTES } from './options.js';
import { createSegment } from './segments.js';

const STAMP = '2026-11-21T22:03:16.420218';
const STAMP_MS = Date.UTC(2026, 10, 21, 22, 3, 16) + 420.218;

type Pairs = readonly (readonly [PackValue | Buffer, PackValue | Buffer])[];

/** A Buffer is msgpack already. */
function map(pairs: Pairs): Buffer {
  const parts = pairs.flat().map((each) => (Buffer.isBuffer(each) ? each : pack(each)));
  return Buffer.concat([Buffer.of(0xde, pairs.length >> 8, pairs.length & 0xff), ...parts]);
}

const bodyOf = (tag: string | Buffer, pairs: Pairs) =>
  Buffer.concat([Buffer.from(tag), Buffer.from('\n\n'), map(pairs)]);
const event = (tag: string | Buffer, pairs: Pairs) => decodeBody(bodyOf(tag, pairs));
const of = (data: Readonly<Record<string, PackValue>>): Pairs => Object.entries(data);

const wrapped = (id: string, more = {}): Pairs => of({ id, cmd: '_minion_event', ...more });
const returned = (id: string, more = {}): Pairs => of({ cmd: '_return', id, ...more });
const hex = (digits: string) => Buffer.from(digits, 'hex');

describe('decode', () => {
  it.each([
    ['salt/job/1/new', of({ jid: '1' }), { kind: 'new', jid: '1' }],
    ['salt/job/1/publish', of({ jid: '1' }), { kind: 'publish', jid: '1' }],
    [
      '20261121220316419923',
      of({ minions: ['m1'] }),
      { kind: 'publish', jid: '20261121220316419923' },
    ],
    ['salt/job/1/ret/m1', returned('m1'), { kind: 'ret', minion: 'm1', jid: '1' }],
    // a syndic's master hands a return on without a command
    ['salt/job/1/ret/m1', of({ jid: '1', id: 'm1' }), { kind: 'ret', minion: 'm1', jid: '1' }],
    ['salt/job/1/ret/wëb.ex', returned('wëb.ex'), { kind: 'ret', minion: 'wëb.ex', jid: '1' }],
    ['salt/job/1/start/m1', wrapped('m1'), { kind: 'prog', minion: 'm1', jid: '1' }],
    ['salt/job/1/prog/m1/0', wrapped('m1'), { kind: 'prog', minion: 'm1', jid: '1' }],
    // orchestration runs states on the master
    ['salt/job/1/prog/a_master/0', of({ len: 1 }), { kind: 'prog', minion: 'a_master', jid: '1' }],
    ['salt/state_result/1/m1/a/b', wrapped('m1'), { kind: 'prog', minion: 'm1', jid: '1' }],
    [
      'salt/job/1/sub/m1/error/state.sls',
      of({ id: 'm1', jid: '1', fun: 'state.sls' }),
      { kind: 'sub', minion: 'm1', jid: '1', fun: 'state.sls' },
    ],
    ['state.highstate', of({ result: false }), { kind: 'sub' }],
    ['salt/minion/m1/start', wrapped('m1'), { kind: 'start', minion: 'm1', code: 0 }],
    ['minion_start', wrapped('m1'), { kind: 'start', minion: 'm1', code: 1 }],
    ['key', of({ rotate_aes_key: true }), { kind: 'key', code: 5 }],
    [
      'minion/refresh/m1',
      of({ 'Minion data cache refresh': 'm1' }),
      { kind: 'grains', minion: 'm1' },
    ],
    ['resource/refresh/m1', of({}), { kind: 'grains', minion: 'm1' }],
    ['minion_ping', wrapped('m1'), { kind: 'beacon', minion: 'm1' }],
    ['salt/beacon/m1/load/', of({ id: 'm1' }), { kind: 'beacon', minion: 'm1' }],
    ['salt/presence/present', of({ present: ['m1'] }), { kind: 'presence' }],
    ['salt/presence/change', of({ new: ['m1'] }), { kind: 'presence' }],
    ['salt/fileserver/roots/update', of({ changed: true }), { kind: 'fileserver' }],
    ['salt/stats/MWorker-default-0', of({}), { kind: 'stats' }],
    ['salt/run/1/new', of({ fun: 'runner.a' }), { kind: 'run', jid: '1', fun: 'runner.a' }],
    ['salt/wheel/1/ret', of({ fun: 'wheel.a' }), { kind: 'wheel', jid: '1', fun: 'wheel.a' }],
    [
      'salt/batch/1/progress',
      of({ fun: 'test.ping' }),
      { kind: 'batch', jid: '1', fun: 'test.ping' },
    ],
    ['_salt_error', wrapped('m1'), { kind: 'error', minion: 'm1' }],
    ['syndic_start', wrapped('s1'), { kind: 'sync', minion: 's1' }],
    ['cluster/peer/a', of({}), { kind: 'sync' }],
    ['_minion_mine', of({}), { kind: 'mine' }],
    ['manage_schedule', of({}), { kind: 'schedule' }],
    ['custom', wrapped('m1'), { kind: 'custom', minion: 'm1' }],
  ] as const)('knows %s of %j', (tag, pairs, expected) => {
    expect(event(tag, pairs)).toMatchObject(expected);
  });

  it('knows what an authentication came to', () => {
    const pub = '-----BEGIN PUBLIC KEY-----';
    const accepted = event('salt/auth', of({ result: true, act: 'accept', id: 'm1', pub }));
    expect(accepted).toEqual({ kind: 'auth', minion: 'm1', code: 0, flags: 'success said' });
    const denied = event('salt/auth', of({ result: false, act: 'denied', id: 'm1' }));
    expect(denied).toEqual({ kind: 'auth', minion: 'm1', code: 3, flags: 'said' });
    // before 3008 some failures have no act
    const silent = event('salt/auth', of({ result: false, id: 'm1' }));
    expect(silent).toEqual({ kind: 'auth', minion: 'm1', code: 5, flags: 'said' });
    const deleted = event('salt/key', of({ result: true, act: 'delete', id: 'm1' }));
    expect(deleted).toEqual({ kind: 'key', minion: 'm1', code: 5, flags: 'success said' });
  });

  it.each([
    ['AuthenticationError', 0],
    ['AuthorizationError', 1],
    ['SaltClientError', undefined],
  ])('knows that a publish was refused by an %s', (name, code) => {
    const data = of({ cmd: 'publish', fun: 'test.ping', jid: '', error: { name, message: 'x' } });
    const expected = code === undefined ? {} : { code };
    expect(event('salt/job/error', data)).toEqual({ kind: 'error', ...expected });
    const withJid = { kind: 'error', jid: '7', fun: 'test.ping', ...expected };
    expect(
      event(
        'salt/job/7/error',
        data.map(([key, value]) => [key, key === 'jid' ? '7' : value]),
      ),
    ).toEqual(withJid);
  });

  it.each([
    ['salt/job/1/new', wrapped('m1'), true],
    ['salt/job/1/publish', wrapped('m1'), true],
    ['salt/job/1/ret/m2', wrapped('m1'), true],
    ['salt/job/1/ret/m1', wrapped('m1'), true],
    ['salt/job/1/error', wrapped('m1'), true],
    ['salt/auth', wrapped('m1'), true],
    ['salt/key', wrapped('m1'), true],
    ['salt/presence/present', wrapped('m1'), true],
    ['salt/stats/MWorker-1', wrapped('m1'), true],
    ['salt/run/1/ret', wrapped('m1'), true],
    ['salt/wheel/1/new', wrapped('m1'), true],
    ['salt/batch/1/new', wrapped('m1'), true],
    ['salt/fileserver/roots/update', wrapped('m1'), true],
    ['20261121220316419923', wrapped('m1'), true],
    ['minion/refresh/m2', wrapped('m1'), true],
    ['salt/minion/m2/start', wrapped('m1'), true],
    ['salt/job/1/start/m2', wrapped('m1'), true],
    ['salt/job/1/prog/m2/0', wrapped('m1'), true],
    ['salt/job/1/new', of({ jid: '2' }), false],
    ['salt/job/1/ret/m2', returned('m1'), false],
    ['salt/job/1/ret/m1', returned('m1', { jid: '2' }), false],
    ['salt/job/1/ret/m2', of({ cmd: '_return' }), false],
    ['salt/job/1/ret/m2', of({ id: null }), false],
    ['salt/job/1/sub/m2/error/a.b', of({ id: 'm1' }), false],
    ['salt/minion/m1/start', of({ id: 'm1' }), false],
    ['salt/job/1/start/m1', of({ id: 'm1' }), false],
    ['minion_start', returned('m1'), false],
    ['salt/auth', of({ act: 'accept' }), false],
    ['salt/beacon/m2/load/', of({ id: 'm1' }), false],
  ] as const)('suspects what a minion can forge: %s of %j', (tag, pairs, isWrapped) => {
    const who = isWrapped ? { minion: 'm1', flags: 'forged' } : {};
    expect(event(tag, pairs)).toEqual({ kind: 'suspect', ...who });
  });

  it.each([
    'salt/job/1/ret/',
    'salt/job/1/ret/a/b',
    'salt/job/1/returned/m1',
    'salt/job//new',
    'salt/job/1/new/x',
    'salt/job/new',
    'salt/job/',
    'salt/minion//start',
    'salt/minion/a/b/start',
    'salt/minion/start',
    'salt/authx',
    'salt//auth',
    '/salt/auth',
    'salt/auth/',
    '2026112122031641992',
    '20261121220316419923x',
    '20261121220316419923_',
    'x',
    'wëb',
    '/////////////////////////',
    'a/b/c/d/e/f/g/h/i',
    'salt/job/1/sub/m1/error/a.b/c',
    'syndic/',
    'syndic/s1',
    'syndic/s1/',
    `a/${'b'.repeat(10_000)}`,
  ])('counts %s as custom', (tag) => {
    expect(event(tag, of({ id: 'm1' }))).toMatchObject({ kind: 'custom', minion: 'm1' });
  });

  it('takes a jid with a process number, as unique_jid makes them', () => {
    const jid = '20261121220316419923_4711';
    expect(event(jid, of({}))).toEqual({ kind: 'publish', jid });
  });

  it.each([
    ['syndic/s1/salt/job/1/ret/m1', returned('m1')],
    ['syndic/s1/syndic/s2/salt/job/1/ret/m1', returned('m1')],
    ['cluster/event/peer1/salt/job/1/ret/m1', returned('m1')],
    ['salt/job/1/ret/m1', returned('m1', { __peer_id: 'peer1' })],
  ])('marks %s as told by another master first', (tag, pairs) => {
    expect(event(tag, pairs)).toEqual({ kind: 'ret', minion: 'm1', jid: '1', flags: 'mirrored' });
  });

  it('reads the stamp wherever it stands, past whatever stands before it', () => {
    const nested = map(of({ _stamp: 'x', id: { cmd: '_minion_event' } }));
    const pairs: Pairs = [
      [7, nested],
      [hex('c0'), hex('c402fffe')],
      [hex('d801000102030405060708090a0b0c0d0e0f'), hex('cfffffffffffffffff')],
      [map([[1, 2]]), hex('d74e0000000000000000')],
      [hex('c3'), hex('c7034f920103')],
      ['return', nested],
      ...returned('m1'),
      ['_stamp', STAMP],
    ];
    const expected = { kind: 'ret', minion: 'm1', jid: '1', stampWallMs: STAMP_MS };
    expect(event('salt/job/1/ret/m1', pairs)).toEqual(expected);
  });

  it('cuts names, and makes U+FFFD of what is no UTF-8', () => {
    const long = 'é'.repeat(300);
    const cut = long.slice(0, NAME_MAX_CHARACTERS);
    const row = event(`salt/job/${long}/ret/${long}`, returned(long));
    expect(row).toEqual({ kind: 'ret', minion: cut, jid: cut });
    const smiles = event('custom', of({ id: `a${'😀'.repeat(100)}` }));
    expect(smiles).toEqual({ kind: 'custom', minion: `a${'😀'.repeat(63)}` });
    const odd = event('custom', [['id', hex('c402ff41')]]);
    expect(odd).toEqual({ kind: 'custom', minion: '\u{fffd}A' });
    const head = { kind: 'run', jid: '1' };
    expect(event('salt/run/1/new', [['fun', hex('a3c3a9ff')]])).toEqual({
      ...head,
      fun: 'é\u{fffd}',
    });
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
    expect(decodeBody(body)).toBe(reason);
  });

  it('takes what stands in the kept part of a frame that was too large to keep', () => {
    const body = bodyOf('salt/job/1/ret/m1', returned('m1', { return: 'x'.repeat(100) }));
    expect(decodeBody(body.subarray(0, 60))).toBe('body');
    const known = { kind: 'ret', minion: 'm1', jid: '1' };
    expect(decodeBody(body.subarray(0, 60), false)).toEqual(known);
    expect(decodeBody(body.subarray(0, 25), false)).toEqual({ kind: 'suspect' });
  });

  it('reads no further than half a million values', () => {
    const many = Buffer.concat([hex('dd00080000'), Buffer.alloc(0x80000)]);
    const row = event('salt/job/1/ret/m1', [
      ...returned('m1'),
      ['return', many],
      ['_stamp', STAMP],
    ]);
    expect(row).toEqual({ kind: 'ret', minion: 'm1', jid: '1' });
  });

  it('never throws and hands on no more than it may, whatever is done to a real frame', () => {
    const recording = readFileSync(
      new URL('../../../../test/fixtures/salt-3008.5/bus.bin', import.meta.url),
    );
    const { decoder, rows, take } = decoding();
    const parts = { from: fc.nat(recording.length - 1), length: fc.nat(3_000) };
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 });
    const never = fc.property(fc.record(parts), damage, (part, changes) => {
      const segment = createSegment(part.length);
      const size = recording.copy(segment.bytes, 0, part.from, part.from + part.length);
      for (const [at, byte] of changes) if (size > 0) segment.bytes[at % size] = byte;
      for (const whole of [true, false])
        decoder.decode({ ...segment, start: 0, end: size, whole }, 1, rows);
      for (const row of take().read)
        for (const text of [row.minion, row.jid, row.fun, row.state, row.about])
          expect(text?.length ?? 0).toBeLessThanOrEqual(NAME_MAX_CHARACTERS);
    });
    fc.assert(never, { numRuns: 5_000 });
  });
});
