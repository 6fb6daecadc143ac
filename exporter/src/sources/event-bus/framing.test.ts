/** Frames out of a byte stream in any pieces: both layouts, odd heads, sizes, noise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './framing.js';
import { FRAME_KEPT_BYTES, FRAME_MAX_BYTES } from './options.js';
import { createSegment, type Piece } from './segments.js';

/** `{"head": {}, "body": body}` as Salt packs it. */
function bare(body: Buffer): Buffer {
  const head = Buffer.from('82a46865616480a4626f6479', 'hex');
  const size = Buffer.alloc(5);
  if (body.length < 256) return Buffer.concat([head, Buffer.of(0xc4, body.length), body]);
  if (body.length < 65_536) {
    size.writeUInt8(0xc5);
    size.writeUInt16BE(body.length, 1);
    return Buffer.concat([head, size.subarray(0, 3), body]);
  }
  size.writeUInt8(0xc6);
  size.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, size, body]);
}

function prefixed(body: Buffer): Buffer {
  const outer = bare(body);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(outer.length);
  return Buffer.concat([length, outer]);
}

/** Each piece in a segment of its own, or all in one, as reads fill it. */
type Placing = 'apart' | 'together';

function placed(pieces: readonly Buffer[], placing: Placing): Piece[] {
  if (placing === 'apart')
    return pieces.map((piece) => {
      const segment = createSegment(piece.length + 3);
      piece.copy(segment.bytes, 1);
      return { segment, from: 1, to: 1 + piece.length };
    });
  const segment = createSegment(pieces.reduce((sum, piece) => sum + piece.length, 1));
  let from = 0;
  return pieces.map((piece) => {
    const to = from + piece.copy(segment.bytes, from);
    const each = { segment, from, to };
    from = to;
    return each;
  });
}

/** Bodies as text; what is no frame as `!reason`; a part of a body ends in `…`. */
function readAll(
  pieces: readonly Buffer[],
  placing: Placing = 'apart',
): { found: string[]; isTorn: boolean } {
  const reader = new FrameReader();
  const found: string[] = [];
  for (const piece of placed(pieces, placing)) {
    reader.feed(piece);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      if (next === 'lost') return { found: [...found, '!lost'], isTorn: false };
      if (next !== 'frame') found.push(`!${next}`);
      else {
        const { bytes, start, end, whole } = reader.frame;
        const body = bytes.toString('latin1', start, end);
        found.push(whole ? body : `${body.length}…`);
      }
    }
  }
  return { found, isTorn: reader.isTorn };
}

/** Cuts at these places, whatever their order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

describe('FrameReader', () => {
  it.each([
    ['without a length in front', bare],
    ['with a length in front', prefixed],
  ])('reads frames %s, each size of body', (_layout, frame) => {
    const bodies = [0, 1, 255, 256, 65_535, 65_536, 100_000].map((size) => 'x'.repeat(size));
    const bytes = Buffer.concat(bodies.map((body) => frame(Buffer.from(body))));
    expect(readAll([bytes])).toEqual({ found: bodies, isTorn: false });
  });

  it('finds the same frames in any pieces', () => {
    const frames = fc.array(fc.tuple(fc.boolean(), fc.string({ maxLength: 300 })), {
      minLength: 1,
      maxLength: 12,
    });
    const places = fc.array(fc.nat(), { maxLength: 40 });
    const same = fc.property(frames, places, (list, at) => {
      const bodies = list.map(([, body]) => Buffer.from(body).toString('latin1'));
      const bytes = Buffer.concat(
        list.map(([isBare, body]) => (isBare ? bare : prefixed)(Buffer.from(body))),
      );
      const pieces = cut(bytes, at);
      for (const placing of ['apart', 'together'] as const)
        expect(readAll(pieces, placing)).toEqual({ found: bodies, isTorn: false });
    });
    fc.assert(same, { numRuns: 500 });
  });

  it('finds the same frames byte by byte', () => {
    const bytes = Buffer.concat([bare(Buffer.from('one')), prefixed(Buffer.from('two'))]);
    const pieces = [...bytes].map((byte) => Buffer.of(byte));
    for (const placing of ['apart', 'together'] as const)
      expect(readAll(pieces, placing)).toEqual({ found: ['one', 'two'], isTorn: false });
  });

  it('takes a body that is a str, other keys before it and a head that is not empty', () => {
    const odd = [
      '82 a468656164 80 a4626f6479 d903 616263',
      '82 a468656164 80 a4626f6479 da0003 616263',
      '82 a468656164 80 a4626f6479 db00000003 616263',
      '82 a468656164 80 a4626f6479 a3 616263',
      '82 a468656164 81 a16b c403 000102 a4626f6479 c403 616263',
      '82 a568656164 32 c0 a4626f6479 c403 616263',
    ].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const bytes = Buffer.concat(odd);
    expect(readAll([bytes]).found).toEqual(odd.map(() => 'abc'));
    expect(readAll([...bytes].map((byte) => Buffer.of(byte))).found).toEqual(odd.map(() => 'abc'));
  });

  it('steps over a frame without a body', () => {
    const without = Buffer.from('82a46865616480a5626f64793101', 'hex');
    const bytes = Buffer.concat([without, bare(Buffer.from('next'))]);
    expect(readAll([bytes])).toEqual({ found: ['!body', 'next'], isTorn: false });
  });

  it('keeps the beginning of a large frame, and the place of the next', () => {
    const large = Buffer.alloc(FRAME_KEPT_BYTES + 1_000, 'y');
    for (const frame of [bare, prefixed]) {
      const bytes = Buffer.concat([frame(large), frame(Buffer.from('next'))]);
      const pieces = cut(bytes, [1, 20, 65_536, FRAME_KEPT_BYTES, FRAME_KEPT_BYTES + 500]);
      const { found } = readAll(pieces);
      expect(found).toHaveLength(2);
      expect(found[0]).toMatch(/^83885\d\d…$/);
      expect(found[1]).toBe('next');
    }
  });

  it('lets a frame of 200 MB pass without holding it', () => {
    const size = 200_000_000;
    expect(size).toBeGreaterThan(FRAME_MAX_BYTES);
    const head = Buffer.concat([bare(Buffer.alloc(65_536)).subarray(0, 13), Buffer.alloc(4)]);
    head.writeUInt32BE(size, 13);
    const reader = new FrameReader();
    const feed = (bytes: Buffer) => {
      for (const piece of placed([bytes], 'apart')) reader.feed(piece);
    };
    feed(head);
    expect(reader.next()).toBeUndefined();
    const chunk = Buffer.alloc(1_000_000);
    for (let sent = 0; sent < size - chunk.length; sent += chunk.length) {
      feed(chunk);
      expect(reader.next()).toBeUndefined();
    }
    feed(Buffer.concat([chunk, bare(Buffer.from('next'))]));
    expect(reader.next()).toBe('size');
    expect(reader.next()).toBe('frame');
    expect(reader.frame.whole).toBe(true);
    expect(reader.next()).toBeUndefined();
  });

  it.each([
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['zeros', Buffer.alloc(64)],
    ['bytes above 0x82', Buffer.alloc(64, 0xff)],
    ['ZMTP', Buffer.from('ff00000000000000017f03004e554c4c', 'hex')],
    [
      'a length that its map does not fill',
      Buffer.concat([Buffer.of(0, 0, 1, 0), bare(Buffer.alloc(4))]),
    ],
    ['another map', Buffer.from('82a16101a16202a16303a16404', 'hex')],
    [
      'an endless head',
      Buffer.concat([Buffer.from('82a468656164c5ffff', 'hex'), Buffer.alloc(9_000)]),
    ],
  ])('is lost in %s', (_what, bytes) => {
    expect(readAll([bytes]).found).toEqual(['!lost']);
    const later = readAll([bare(Buffer.from('good')), bytes]).found;
    expect(later).toEqual(['good', '!lost']);
  });

  it('knows that a stream ended within a frame', () => {
    const bytes = prefixed(Buffer.from('body'));
    for (let end = 1; end < bytes.length; end += 1)
      expect(readAll([bytes.subarray(0, end)])).toEqual({ found: [], isTorn: true });
  });

  it('never throws and always ends, whatever the bytes', () => {
    const noise = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
    const never = fc.property(noise, (pieces) => {
      const buffers = pieces.map((piece) => Buffer.from(piece));
      expect(readAll(buffers, 'together')).toEqual(readAll(buffers, 'apart'));
    });
    fc.assert(never, { numRuns: 2_000 });
  });
});
