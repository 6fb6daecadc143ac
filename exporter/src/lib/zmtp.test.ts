/** Frame sizes around the border between short and long headers. */
import { describe, expect, it } from 'vitest';
import { frameWireBytes, messageWireBytes } from './zmtp.js';

describe('frameWireBytes', () => {
  it.each([
    [0, 2],
    [1, 3],
    [255, 257],
    [256, 265],
    [1_000_000, 1_000_009],
  ])('a frame of %i bytes takes %i on the wire', (body, wire) => {
    expect(frameWireBytes(body)).toBe(wire);
  });
});

describe('messageWireBytes', () => {
  it('adds a header for each frame', () => {
    expect(messageWireBytes([Buffer.alloc(0), Buffer.alloc(255), Buffer.alloc(256)])).toBe(
      2 + 257 + 265,
    );
    expect(messageWireBytes([])).toBe(0);
  });
});
