/** The ring of the publish stream: offsets, instants, what fell out, and sizes that are none. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stream } from '../../../test/bench/domain/kit.js';
import {
  appendMessages,
  arrivalOf,
  countAtInstant,
  countAtOffset,
  createStreamIndex,
  endOf,
  firstMessage,
  NO_KEY,
} from './stream-index.js';
import { TOPIC_MINION } from './vocabulary.js';

function indexOf(sizes: readonly number[], arrived: readonly number[] = sizes, capacity = 16) {
  const index = createStreamIndex(capacity);
  appendMessages(index, stream(sizes, arrived));
  return index;
}

describe('offsets', () => {
  it.each([
    [0, 0],
    [9, 0],
    [10, 1],
    [29, 1],
    [30, 2],
    [31, 2],
    [60, 3],
    [1_000, 3],
  ])('%i bytes hold %i messages of 10, 20 and 30', (offset, messages) => {
    expect(countAtOffset(indexOf([10, 20, 30]), offset)).toBe(messages);
  });

  it('stay exact for messages of 200 MB', () => {
    const index = indexOf(Array.from({ length: 12 }, () => 200_000_001));
    expect(endOf(index, 12)).toBe(2_400_000_012);
    expect(countAtOffset(index, 2_400_000_011)).toBe(11);
  });
});

describe('instants', () => {
  it('find what was read by then', () => {
    const index = indexOf([1, 1, 1], [100, 100, 250]);
    expect([99, 100, 249, 250, 900].map((ms) => countAtInstant(index, ms))).toEqual([
      0, 2, 2, 3, 3,
    ]);
  });

  it('never fall, whatever the clock says', () => {
    const index = indexOf([1, 1, 1, 1], [100, 50, Number.NaN, 120]);
    expect([1, 2, 3, 4].map((n) => arrivalOf(index, n))).toEqual([100, 100, 100, 120]);
  });
});

describe('a full ring', () => {
  it('keeps the newest and knows from where', () => {
    const index = indexOf(Array.from({ length: 40 }, () => 5));
    expect([index.count, index.bytes, firstMessage(index)]).toEqual([40, 200, 26]);
    expect(countAtOffset(index, 0)).toBe(25);
    expect(countAtOffset(index, 135)).toBe(27);
    expect(countAtInstant(index, Number.NEGATIVE_INFINITY)).toBe(25);
  });

  it('finds in it what a list without end finds', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const index = indexOf(list);
        const ends = list.map((_, i) => list.slice(0, i + 1).reduce((a, b) => a + b, 0));
        const offset = Math.floor(share * index.bytes);
        const oldest = firstMessage(index) - 1;
        const right = ends.filter((end) => end <= offset).length;
        expect(countAtOffset(index, offset)).toBe(Math.max(right, oldest));
      }),
    );
  });
});

describe('what is no message', () => {
  it.each([0, -5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 41])(
    'of %d bytes is refused',
    (size) => {
      const index = indexOf([10, size, 20], [1, 2, 3]);
      expect([index.count, index.bytes, index.refused]).toEqual([2, 30, 1]);
    },
  );

  it.each([-1, 1.5, Number.NaN, 1e9])(
    'counted as %d reads no further than its columns',
    (messages) => {
      const index = createStreamIndex(16);
      appendMessages(index, { ...stream([10, 20]), messages });
      expect(index.count).toBe(messages === 1e9 ? 2 : 0);
    },
  );
});

describe('topics', () => {
  it('cost nothing until there is one, and then hold what came before as for all', () => {
    const index = indexOf([10]);
    expect(index.topics).toBeUndefined();
    appendMessages(index, {
      ...stream([20]),
      topic: Uint8Array.of(TOPIC_MINION),
      topicHigh: Uint32Array.of(0xffff_ffff),
      topicLow: Uint32Array.of(0xffff_ffff),
    });
    expect(index.topics?.key[1]).toBe(NO_KEY);
    expect(index.topics?.key[2]).toBe(2 ** 53 - 1);
  });
});
