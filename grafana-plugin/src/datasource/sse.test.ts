/** Server-sent events, however the pieces are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerEvent, ServerEventReader } from './sse';

const bytes = (text: string) => new TextEncoder().encode(text);
const readAll = (text: string): ServerEvent[] => new ServerEventReader().read(bytes(text));

describe('the reader of server-sent events', () => {
  it('reads type, data and id; a comment is nothing', () => {
    const text =
      'retry: 2000\n\n: here\n\nid: 7\nevent: event\ndata: {"a":1}\n\ndata: b\ndata: c\n\n';
    const reader = new ServerEventReader();
    expect(reader.read(bytes(text))).toEqual([
      { type: 'event', data: '{"a":1}', id: '7' },
      { type: 'message', data: 'b\nc', id: '7' },
    ]);
    expect(reader.retryMs).toBe(2000);
  });

  it.each([
    ['an event that was not ended', 'data: a\n', []],
    ['an id alone', 'id: 3\n\n', []],
    ['CR LF', 'data: a\r\n\r\n', [{ type: 'message', data: 'a', id: '' }]],
    ['CR alone', 'data: a\r\rx', [{ type: 'message', data: 'a', id: '' }]],
    ['no space behind the colon', 'data:a\n\n', [{ type: 'message', data: 'a', id: '' }]],
    ['a name alone', 'data\n\n', [{ type: 'message', data: '', id: '' }]],
    ['a retry that is no number', 'retry: soon\n\n', []],
    ['an unknown field', 'colour: red\ndata: a\n\n', [{ type: 'message', data: 'a', id: '' }]],
  ])('reads %s', (_, text, wanted) => {
    expect(readAll(text)).toEqual(wanted);
  });

  it('says the same wherever the bytes are cut, within a letter too', () => {
    const text = 'id: 1\r\nevent: event\ndata: {"minion":"müller-☃"}\r\n\r\nid: 2\ndata: x\n\n';
    const whole = readAll(text);
    expect(whole).toHaveLength(2);
    const all = bytes(text);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const reader = new ServerEventReader();
        const out: ServerEvent[] = [];
        for (let at = 0, k = 0; at < all.length; k++) {
          const size = sizes[k % sizes.length] ?? 1;
          out.push(...reader.read(all.subarray(at, at + size)));
          at += size;
        }
        expect(out).toEqual(whole);
      }),
    );
  });

  it('gives up on a line that does not end', () => {
    const reader = new ServerEventReader();
    const piece = new Uint8Array(1_048_576).fill(97);
    expect(() => {
      for (let k = 0; k < 5; k++) reader.read(piece);
    }).toThrow(/does not end/);
  });
});
