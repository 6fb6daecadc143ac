/** What a broken or hostile master or minion can send: damage, floods of names, odd values, secrets. */
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../../../test/e2e/bus-frames.js';
import { decodeBody, decoding } from '../../../../test/e2e/bus-rows.js';
import { type PackValue, pack } from '../../demo/msgpack.js';
import type { BusBatch, NameNews } from '../../domain/bus-batch.js';
import type { Observation } from '../../domain/observations.js';
import { FrameReader } from './framing.js';
import { EventIntake } from './intake.js';
import { FUNCTIONS_MAX, JIDS_MAX, LISTED_MAX, MINIONS_MAX } from './options.js';
import { createSegment } from './segments.js';

/** Counts what came of it, and hands each batch on. */
function stand(onBatch: (batch: BusBatch) => void = () => undefined) {
  const counted = { rows: 0, dropped: 0, rejected: 0, links: 0 };
  const emit = (told: Observation, onApplied?: () => void) => {
    if (told.kind === 'bus_link') counted.links += 1;
    if (told.kind === 'bus_loss') {
      counted.dropped += told.dropped;
      counted.rejected += Object.values(told.rejects).reduce((sum, each) => sum + each, 0);
    }
    if (told.kind === 'bus_batch') {
      counted.rows += told.count;
      onBatch(told);
    }
    onApplied?.();
  };
  let monoMs = 0;
  const intake = new EventIntake({
    clock: { now: () => ({ monoMs: ++monoMs / 1_000, wallMs: 0 }) },
    emit,
    random: Math.random,
    onLost: () => undefined,
    onFrame: () => undefined,
  });
  const push = (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const read = bytes.copy(intake.space, 0, at);
      intake.taken(read);
      at += read;
    }
  };
  return { intake, push, counted };
}

/** The frames of both recordings, each by itself. */
function recordedFrames(): { frame: Buffer; bodyAt: number }[] {
  return ['3006.30', '3008.5'].flatMap((version) => {
    const file = new URL(`../../../../test/fixtures/salt-${version}/bus.bin`, import.meta.url);
    const bytes = readFileSync(file);
    const segment = createSegment(bytes.length);
    bytes.copy(segment.bytes);
    const reader = new FrameReader();
    reader.feed({ segment, from: 0, to: bytes.length });
    const frames: { frame: Buffer; bodyAt: number }[] = [];
    let from = 0;
    while (reader.next() === 'frame') {
      const { start, end } = reader.frame;
      frames.push({ frame: Buffer.from(bytes.subarray(from, end)), bodyAt: start - from });
      from = end;
    }
    return frames;
  });
}

describe('100,000 frames that were tampered with', () => {
  const frames = recordedFrames();
  const EACH = 50_000;
  const which = fc.nat(frames.length - 1);
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  const tampered = fc.tuple(which, changes);

  it('are each a row or a reject when their bodies are damaged', async () => {
    const { intake, push, counted } = stand();
    intake.opened();
    for (const [at, damage] of fc.sample(tampered, EACH)) {
      const { frame, bodyAt } = frames[at] ?? { frame: Buffer.alloc(0), bodyAt: 0 };
      const bytes = Buffer.from(frame);
      for (const [place, byte] of damage) bytes[bodyAt + (place % (bytes.length - bodyAt))] = byte;
      push(bytes);
    }
    while (counted.rows + counted.rejected + counted.dropped < EACH) await nextTurn();
    await nextTurn();
    expect(counted.rows + counted.rejected + counted.dropped).toBe(EACH);
    expect(counted.rejected).toBeGreaterThan(EACH / 100);
    expect(counted.rows).toBeGreaterThan(EACH / 2);
  });

  it('leave a count each when anything of them is damaged', async () => {
    const { intake, push, counted } = stand();
    for (const [at, damage] of fc.sample(tampered, EACH)) {
      const bytes = Buffer.from(frames[at]?.frame ?? '');
      for (const [place, byte] of damage) bytes[place % bytes.length] = byte;
      const before = counted.rows + counted.rejected;
      const { links } = counted;
      intake.opened();
      push(bytes);
      intake.closed();
      while (counted.links < links + 2) await nextTurn();
      expect(counted.rows + counted.rejected).toBeGreaterThan(before);
    }
    expect(counted.dropped).toBe(0);
  });
});

/** `salt/job/<jid>/ret/<id>` with a number of its own in jid, id and function. */
function numberedFrame() {
  const jid = '20261122'.padEnd(20, '0');
  const id = 'minion-0000000';
  const fun = 'module.f0000000';
  const data = { cmd: '_return', id, jid, fun, retcode: 0 };
  const body = Buffer.concat([Buffer.from(`salt/job/${jid}/ret/${id}\n\n`), pack(data)]);
  const frame = wrap(body, false);
  const places = [jid, jid, id, id, fun].map((text, nth) => {
    const first = frame.indexOf(text);
    const at = nth === 1 || nth === 3 ? frame.indexOf(text, first + 1) : first;
    return at + text.length - 7;
  });
  return (number: number) => {
    const digits = String(number).padStart(7, '0');
    for (const place of places) frame.write(digits, place, 'latin1');
    return frame;
  };
}

describe('a million names', () => {
  it('fill tables that stay bounded, and every row has its own', async () => {
    const texts = { minions: [] as string[], jids: [] as string[], funs: [] as string[] };
    const generations = { minions: 0, jids: 0, funs: 0 };
    let next = 0;
    let wrong = 0;
    let longest = 0;
    const take = (name: keyof typeof texts, { generation, texts: told }: NameNews) => {
      if (generation !== generations[name]) texts[name] = [];
      generations[name] = generation;
      texts[name].push(...told);
      longest = Math.max(longest, texts[name].length);
    };
    const { intake, push, counted } = stand((batch) => {
      for (const name of ['minions', 'jids', 'funs'] as const) take(name, batch.names[name]);
      for (let row = 0; row < batch.count; row += 1) {
        const digits = String(next).padStart(7, '0');
        const isRight =
          texts.minions[batch.minion[row] ?? -1] === `minion-${digits}` &&
          texts.jids[batch.jid[row] ?? -1] === `2026112200000${digits}` &&
          texts.funs[batch.fun[row] ?? -1] === `module.f${digits}`;
        if (!isRight) wrong += 1;
        next += 1;
      }
    });
    const MILLION = 1_000_000;
    const frameOf = numberedFrame();
    intake.opened();
    for (let number = 0; number < MILLION; number += 1) {
      push(frameOf(number));
      if (number % 10_000 === 0) while (counted.rows < number) await nextTurn();
    }
    while (counted.rows < MILLION) await nextTurn();
    expect({ wrong, ...counted }).toEqual({
      wrong: 0,
      rows: MILLION,
      dropped: 0,
      rejected: 0,
      links: 1,
    });
    expect(longest).toBeLessThanOrEqual(MINIONS_MAX);
    expect(generations.minions).toBe(Math.floor(MILLION / MINIONS_MAX));
    expect(generations.jids).toBeGreaterThanOrEqual(Math.floor(MILLION / JIDS_MAX));
    expect(generations.funs).toBeGreaterThanOrEqual(Math.floor(MILLION / FUNCTIONS_MAX));
  });

  it('of one announcement are counted beyond those that are listed', () => {
    const bodyOf = (first: number, count: number) => {
      const head = Buffer.from('dd00000000', 'hex');
      head.writeUInt32BE(count, 1);
      const ids = Array.from({ length: count }, (_each, at) => pack(`minion-${first + at}`));
      const key = pack('minions');
      const list = Buffer.concat([Buffer.of(0x81), key, head, ...ids]);
      return Buffer.concat([Buffer.from('salt/job/1/new\n\n'), list]);
    };
    const { decoder, rows, take } = decoding();
    const decode = (body: Buffer) => {
      const segment = createSegment(body.length);
      body.copy(segment.bytes);
      return decoder.decode({ ...segment, start: 0, end: body.length, whole: true }, 1, rows);
    };
    const many = bodyOf(0, 100_000);
    expect(decode(many)).toBeUndefined();
    const [row] = take().read;
    expect(row?.minions?.[LISTED_MAX - 1]).toBe(`minion-${LISTED_MAX - 1}`);
    expect([row?.minions?.length, row?.unlisted]).toEqual([LISTED_MAX, 100_000 - LISTED_MAX]);
    // Others do not find room beside them; after the table began anew they do.
    expect(decode(bodyOf(300_000, 10_000))).toBeUndefined();
    const others = bodyOf(500_000, 40_000);
    expect(decode(others)).toBe('full');
    expect(take().read).toHaveLength(1);
    decoder.renewNames();
    expect(decode(others)).toBeUndefined();
    expect(take().read[0]?.minions?.[7]).toBe('minion-500007');
  });
});

/** A Buffer is msgpack already. */
type Pairs = readonly (readonly [PackValue | Buffer, PackValue | Buffer])[];

function returnOf(pairs: Pairs) {
  const all: Pairs = [['cmd', '_return'], ['id', 'm1'], ['jid', '1'], ...pairs];
  const parts = all.flat().map((each) => (Buffer.isBuffer(each) ? each : pack(each)));
  const map = Buffer.concat([Buffer.of(0x80 | all.length), ...parts]);
  return decodeBody(Buffer.concat([Buffer.from('salt/job/1/ret/m1\n\n'), map]));
}

describe('a return', () => {
  const known = { kind: 'ret', minion: 'm1', jid: '1' };
  const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

  it.each([
    ['0', hex('00'), 0],
    ['255', hex('ccff'), 255],
    ['256', hex('cd0100'), 256],
    ['−1', hex('ff'), -1],
    ['−129', hex('d1ff7f'), -129],
    ['2^31 − 1', hex('ce7fffffff'), 2_147_483_647],
    ['7 in eight bytes', hex('cf0000000000000007'), 7],
    ['−7 in eight bytes', hex('d3fffffffffffffff9'), -7],
    ['2^31', hex('ce80000000'), undefined],
    ['−2^31, which stands for none', hex('d280000000'), undefined],
    ['2^64 − 1', hex('cfffffffffffffffff'), undefined],
    ['2^64, which Salt sends as text', pack('18446744073709551616'), undefined],
    ['a list, of a job with several functions', hex('920001'), undefined],
    ['a map', hex('81a16100'), undefined],
    ['a float', hex('cb3ff0000000000000'), undefined],
    ['true', hex('c3'), undefined],
    ['nil', hex('c0'), undefined],
  ])('has the code %s', (_what, retcode, code) => {
    const expected = code === undefined ? known : { ...known, code };
    expect(returnOf([['retcode', retcode]])).toEqual(expected);
  });

  it.each([
    ['success', hex('c3'), 'success said'],
    ['success', hex('c2'), 'said'],
    ['success', hex('c0'), undefined],
    ['success', pack('yes'), undefined],
    ['success', hex('92c3c2'), undefined],
    ['schedule', pack('nightly'), 'scheduled'],
    ['schedule', pack(''), undefined],
    ['metadata', pack({ brinescope_canary: true }), 'canary'],
    ['metadata', pack({ other: 'brinescope_canary' }), undefined],
    ['metadata', pack('brinescope_canary'), undefined],
    ['return', pack('VALUE_TRIMMED'), 'trimmed'],
    ['return', pack({ a: { b: ['x', 'VALUE_TRIMMED'] } }), 'trimmed'],
    ['return', pack('VALUE_TRIMMED!'), undefined],
    ['fun_args', pack(['VALUE_TRIMMED']), undefined],
  ])('whose %s is %s is flagged', (key, value, flags) => {
    const expected = flags === undefined ? known : { ...known, flags };
    expect(returnOf([[key, value]])).toEqual(expected);
  });

  it.each([
    [{}, 'gone'],
    [{ tgt: '*', jid: '5', pid: 77 }, 'runs'],
    [{ tgt: '*' }, undefined],
    ['VALUE_TRIMMED', 'trimmed'],
  ])('of a find_job that found %j', (found, flags) => {
    const row = returnOf([
      ['fun', 'saltutil.find_job'],
      ['fun_args', ['20261121220316419923']],
      ['return', found],
    ]);
    const job = { fun: 'saltutil.find_job', about: '20261121220316419923' };
    expect(row).toEqual({ ...known, ...job, ...(flags === undefined ? {} : { flags }) });
  });

  it.each<[string, PackValue, string | undefined]>([
    ['state.sls', ['a,b'], 'a,b'],
    ['state.apply', [['a', 7, 'b.c']], 'a,b.c'],
    ['state.apply', [], 'highstate'],
    ['state.apply', [{ __kwarg__: true, test: true }], 'highstate'],
    ['state.apply', [{ __kwarg__: true, mods: 'a' }], 'a'],
    ['state.sls', [{ __kwarg__: true, mods: ['a', 'b'], pillar: { a: 1 } }], 'a,b'],
    ['state.apply', [7], undefined],
    ['state.sls', [], undefined],
    ['state.highstate', ['a'], 'highstate'],
    ['state.single', ['pkg.installed'], 'pkg.installed'],
    ['state.single', [{ __kwarg__: true, fun: 'file.absent' }], 'file.absent'],
    ['state.show_sls', ['a'], undefined],
    ['test.arg', ['a'], undefined],
    ['state.sls', 'a', undefined],
  ])('of %s with %j applied the states %s', (fun, args, state) => {
    const expected = { ...known, fun, ...(state === undefined ? {} : { state }) };
    expect(
      returnOf([
        ['fun', fun],
        ['fun_args', args],
      ]),
    ).toEqual(expected);
    // salt-call tells both
    expect(
      returnOf([
        ['arg', args],
        ['fun', fun],
        ['fun_args', ['other']],
      ]),
    ).toEqual(Array.isArray(args) && args.length > 0 ? expected : expect.objectContaining(known));
  });

  it('of several functions names them all', () => {
    const row = returnOf([
      ['fun', ['test.ping', 'cmd.run']],
      ['retcode', hex('82a16100a16201')],
    ]);
    expect(row).toEqual({ ...known, fun: 'test.ping,cmd.run' });
  });

  it('of 5 MB, of text or of half a million numbers, is read to its end', () => {
    const list = Buffer.concat([hex('dd0004e200'), Buffer.alloc(320_000, 1)]);
    const text = Buffer.concat([hex('db004c4b40'), Buffer.alloc(5_000_000, 0xff)]);
    for (const value of [list, text]) {
      const row = returnOf([
        ['return', value],
        ['retcode', hex('02')],
        ['success', hex('c2')],
      ]);
      expect(row).toEqual({ ...known, code: 2, flags: 'said' });
    }
  });

  it('with keys of any type, ext types and bytes that are no UTF-8 is read past them', () => {
    const odd: Pairs = [
      [hex('c0'), hex('d74e 3230323631313231')],
      [hex('c3'), hex('c7044f92a16101')],
      [hex('92a16101'), hex('c404ff00fe80')],
      [hex('cb7ff8000000000000'), hex('cfffffffffffffffff')],
      [hex('d903726574'), hex('a2c328')],
      // A head that no Salt uses, in front of a key that it does.
      [hex('d907726574636f6465'), hex('05')],
    ];
    expect(returnOf(odd)).toEqual({ ...known, code: 5 });
  });

  it('has of a key that stands twice the last value, as in Python', () => {
    expect(
      returnOf([
        ['retcode', hex('01')],
        ['retcode', hex('02')],
      ]),
    ).toEqual({ ...known, code: 2 });
  });
});

describe('statistics of a worker', () => {
  const statsOf = (stats: PackValue | Buffer) => {
    const { decoder, rows, take } = decoding();
    const packed = Buffer.isBuffer(stats) ? stats : pack(stats);
    const tag = Buffer.from('salt/stats/MWorker-1\n\n');
    const body = Buffer.concat([tag, Buffer.of(0x81), pack('stats'), packed]);
    const segment = createSegment(body.length);
    body.copy(segment.bytes);
    decoder.decode({ ...segment, start: 0, end: body.length, whole: true }, 1, rows);
    return take().batch.stats;
  };
  const mean = (value: number) => {
    const bytes = Buffer.alloc(9, 0xcb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  };

  it('are runs and seconds', () => {
    const figures = (value: number, runs: number) =>
      Buffer.concat([Buffer.of(0x82), pack('mean'), mean(value), pack('runs'), pack(runs)]);
    const map = [Buffer.of(0x82), pack('_return'), figures(0.0025, 4), pack('publish')];
    expect(statsOf(Buffer.concat([...map, figures(1, 2)]))).toEqual([
      { command: '_return', runs: 4, seconds: 0.01 },
      { command: 'publish', runs: 2, seconds: 2 },
    ]);
  });

  it.each([
    ['nothing', {}],
    ['no map', ['a']],
    ['figures that are none', { _return: 7, publish: { mean: 'x', runs: 2 }, _auth: { mean: 1 } }],
    ['no runs', { _return: { mean: 1, runs: 0 } }],
    [
      'NaN',
      Buffer.concat([
        Buffer.of(0x81),
        pack('a'),
        Buffer.of(0x82),
        pack('mean'),
        mean(Number.NaN),
        pack('runs'),
        pack(1),
      ]),
    ],
  ])('of %s are none', (_what, stats) => {
    expect(statsOf(stats)).toEqual([]);
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-Sesam';
  const nested = { password: SECRET, list: [SECRET, { [SECRET]: SECRET }] };
  const events: readonly (readonly [string, Record<string, PackValue>])[] = [
    [
      'salt/job/1/new',
      {
        jid: '1',
        fun: 'cmd.run',
        arg: [SECRET, nested],
        tgt: SECRET,
        user: SECRET,
        minions: ['m1'],
      },
    ],
    [
      'salt/job/1/publish',
      {
        jid: '1',
        fun: 'state.apply',
        arg: ['web', { __kwarg__: true, pillar: nested }],
        ret: SECRET,
      },
    ],
    [
      'salt/job/1/ret/m1',
      {
        id: 'm1',
        jid: '1',
        fun: 'state.apply',
        fun_args: ['web', { __kwarg__: true, pillar: nested }, SECRET],
        return: { [`cmd_|-a_|-${SECRET}_|-run`]: { ...nested, comment: SECRET } },
        metadata: nested,
        out: SECRET,
        ...nested,
      },
    ],
    ['salt/job/1/ret/m1', { id: 'm1', jid: '1', fun: 'pillar.items', return: nested }],
    ['salt/job/1/prog/m1/0', { id: 'm1', cmd: '_minion_event', data: nested }],
    ['salt/auth', { id: 'm1', act: SECRET, pub: SECRET, result: true }],
    ['salt/job/error', { error: { name: SECRET, message: SECRET }, fun: 'cmd.run', arg: [SECRET] }],
    ['salt/run/1/ret', { fun: 'runner.a', fun_args: [SECRET, nested], return: nested }],
    ['salt/wheel/1/ret', { fun: 'wheel.a', fun_args: [SECRET], return: nested }],
    ['salt/beacon/m1/log/', { id: 'm1', line: SECRET }],
    [`custom/${SECRET}`, { id: 'm1', data: nested }],
  ];

  it('in arguments, returns, pillar, metadata and tags are in nothing that is told', () => {
    const { decoder, rows, take } = decoding();
    for (const [tag, data] of events) {
      const body = Buffer.concat([Buffer.from(`${tag}\n\n`), pack(data)]);
      const segment = createSegment(body.length);
      body.copy(segment.bytes);
      const frame = { ...segment, start: 0, end: body.length, whole: true };
      expect(decoder.decode(frame, 1, rows)).toBeUndefined();
    }
    const { batch, read } = take();
    expect(read).toHaveLength(events.length);
    const told = JSON.stringify([batch, read]);
    expect(told).not.toContain(SECRET);
    // It would be found: the name of a state is the one argument that is told.
    expect(told).toContain('"web"');
  });

  it('that stand where the name of a state or a function does are told: these are names', () => {
    const row = returnOf([
      ['fun', 'state.sls'],
      ['fun_args', [SECRET]],
    ]);
    expect(row).toMatchObject({ state: SECRET });
  });
});
