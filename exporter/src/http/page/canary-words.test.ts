/** Canary jobs in words: on, off, and off after they were on. */
import { describe, expect, it } from 'vitest';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { canaryView } from '../canary-view.js';
import { canaryPairs } from './canary-words.js';

const words = (epoch: Parameters<typeof canaryView>[0]) =>
  canaryPairs(canaryView(epoch)).map(({ word, cells }) => `${word}: ${cells.join()}`);

describe('canary jobs on the page', () => {
  it('say how long a round takes and how they ended', () => {
    expect(words(syntheticEpoch())).toEqual([
      'canary jobs: a round of 5 minions takes 30 s at 10 a minute; pings and file pulls in turn',
      'their pings: 2 ok, 1 timeout; half ≤ 50 ms, 99 % ≤ 250 ms',
      'their files: 1 ok, 1 wrong content, 2 timeout; half ≤ 1.0 s, 99 % ≤ 1.0 s',
    ]);
  });

  it('are one word where they are off', () => {
    expect(words(emptyEpoch())).toEqual(['canary jobs: off']);
  });
});
