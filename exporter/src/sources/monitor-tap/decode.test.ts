/** What the tap takes, what it rejects and under which name, and that nothing makes it throw. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MONITOR_EVENTS, MONITOR_REJECTS } from '../../domain/vocabulary.js';
import { decode } from './decode.js';

const LITTLE = true;
const ADDRESS = Buffer.from('tcp://10.0.0.1:4505');

function event(number: number, value = 0): Buffer {
  const frame = Buffer.alloc(6);
  frame.writeUInt16LE(number, 0);
  frame.writeUInt32LE(value, 2);
  return frame;
}

function word(value: number | bigint): Buffer {
  const frame = Buffer.alloc(8);
  frame.writeBigUInt64LE(BigInt(value));
  return frame;
}

const CONNECTED = event(1, 14);

describe('version 1', () => {
  it('names each event of libzmq by its bit', () => {
    const named = MONITOR_EVENTS.map((_, bit) =>
      decode([Buffer.from('app/jobs'), event(2 ** bit, 7), ADDRESS], LITTLE),
    );
    expect(named).toEqual(
      MONITOR_EVENTS.map((name) => ({
        ok: true,
        source: 'app',
        socket: 'jobs',
        event: name,
        value: 7,
      })),
    );
  });

  it('reads the recorded bytes of a connect_retried of 1376 ms', () => {
    const frames = [Buffer.from('m1'), Buffer.from('040060050000', 'hex'), ADDRESS];
    expect(decode(frames, LITTLE)).toEqual({
      ok: true,
      source: 'm1',
      socket: 'default',
      event: 'connect_retried',
      value: 1376,
    });
  });

  it('follows the byte order of the host', () => {
    const frames = [Buffer.from('m1'), Buffer.from('000400000560', 'hex'), ADDRESS];
    expect(decode(frames, false)).toMatchObject({
      ok: true,
      event: 'connect_retried',
      value: 1376,
    });
  });

  it('takes an empty address and the largest value', () => {
    expect(decode([Buffer.from('a'), event(512, 0xffffffff), Buffer.alloc(0)], LITTLE)).toEqual({
      ok: true,
      source: 'a',
      socket: 'default',
      event: 'disconnected',
      value: 0xffffffff,
    });
  });

  it('reads frames that are views into a larger buffer', () => {
    const all = Buffer.concat([Buffer.from('xxx'), CONNECTED, ADDRESS]);
    const frames = [Buffer.from('a'), all.subarray(3, 9), all.subarray(9)];
    expect(decode(frames, LITTLE)).toMatchObject({ ok: true, event: 'connected', value: 14 });
  });
});

describe('version 2', () => {
  const tail = [Buffer.from('tcp://10.0.0.2:40000'), ADDRESS];

  it.each([
    [[], 0],
    [[1376], 1376],
    [[5, 6], 5],
  ])('takes values %j', (values, value) => {
    const frames = [Buffer.from('a/b'), word(4), word(values.length), ...values.map(word), ...tail];
    expect(decode(frames, LITTLE)).toEqual({
      ok: true,
      source: 'a',
      socket: 'b',
      event: 'connect_retried',
      value,
    });
  });
});

describe('rejects', () => {
  const a = Buffer.from('a');
  const table: readonly (readonly [string, readonly Buffer[], string, string | undefined])[] = [
    ['nothing', [], 'frames', undefined],
    ['a source alone', [a], 'frames', 'a'],
    ['a monitor message without a source', [CONNECTED, ADDRESS], 'frames', undefined],
    ['no address', [a, CONNECTED], 'frames', 'a'],
    ['a fourth frame', [a, CONNECTED, ADDRESS, ADDRESS], 'frames', 'a'],
    ['an empty event', [a, Buffer.alloc(0), ADDRESS], 'length', 'a'],
    ['an event of 5 bytes', [a, Buffer.alloc(5), ADDRESS], 'length', 'a'],
    ['an event of 7 bytes', [a, Buffer.alloc(7), ADDRESS], 'length', 'a'],
    ['an event of 4 KiB', [a, Buffer.alloc(4096), ADDRESS], 'length', 'a'],
    ['event 0', [a, event(0), ADDRESS], 'event', 'a'],
    ['two events at once', [a, event(3), ADDRESS], 'event', 'a'],
    ['an event above those of libzmq 4.3', [a, event(0x8000), ADDRESS], 'event', 'a'],
    ['64-bit event, three frames', [a, word(1), ADDRESS], 'version', 'a'],
    ['64-bit event, no count', [a, word(1), ADDRESS, ADDRESS, ADDRESS], 'version', 'a'],
    ['fewer values than counted', [a, word(1), word(2), word(1), a, ADDRESS], 'version', 'a'],
    ['more values than counted', [a, word(1), word(0), word(1), a, ADDRESS], 'version', 'a'],
    ['a count of 2^64 - 1', [a, word(1), word(2n ** 64n - 1n), a, ADDRESS], 'version', 'a'],
    ['a value of 4 bytes', [a, word(1), word(1), event(1), a, ADDRESS], 'length', 'a'],
    ['version 2 pipe statistics', [a, word(0x10000), word(0), a, ADDRESS], 'event', 'a'],
    ['version 2 event 2^63', [a, word(2n ** 63n), word(0), a, ADDRESS], 'event', 'a'],
    ...[
      '',
      '/',
      'a/',
      '/a',
      'a/b/c',
      'a b',
      'a"b',
      'a\nb',
      'a\n',
      '<b>',
      '-a',
      '.a',
      'é',
      'exporter',
      'exporter/publish',
      'log',
      'unknown',
      'a'.repeat(65),
    ].map(
      (name) =>
        [
          `the name ${JSON.stringify(name)}`,
          [Buffer.from(name), CONNECTED, ADDRESS],
          'source',
          undefined,
        ] as const,
    ),
    [
      'a name that is not UTF-8',
      [Buffer.from('ff61', 'hex'), CONNECTED, ADDRESS],
      'source',
      undefined,
    ],
  ];

  it.each(table)('%s', (_title, frames, ...expected) => {
    const [reason, source] = expected;
    expect(decode(frames, LITTLE)).toEqual({ ok: false, reason, source });
  });

  it('accepts a name of 64 bytes and every allowed character', () => {
    const name = `Az09_.:-${'x'.repeat(47)}/Az09_.:-`;
    expect(Buffer.byteLength(name)).toBe(64);
    expect(decode([Buffer.from(name), CONNECTED, ADDRESS], LITTLE)).toMatchObject({ ok: true });
  });
});

describe('any frames', () => {
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constant(new Uint8Array(CONNECTED)),
    fc.constant(new Uint8Array(word(1))),
    fc.constantFrom('a', 'a/b', 'exporter').map((name) => new Uint8Array(Buffer.from(name))),
  );

  it('give an event of the closed set or a reject of the closed set, never an exception', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.boolean(), (frames, littleEndian) => {
        const message = decode(frames, littleEndian);
        if (message.ok) {
          expect(MONITOR_EVENTS).toContain(message.event);
          expect(`${message.source}/${message.socket}`).toMatch(/^[\w.:-]{1,64}\/[\w.:-]{1,64}$/);
          expect(message.value).toBeGreaterThanOrEqual(0);
        } else {
          expect(MONITOR_REJECTS).toContain(message.reason);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
