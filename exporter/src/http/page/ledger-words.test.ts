/** The ledgers in words, well and unwell. */
import { describe, expect, it } from 'vitest';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { ledgersView } from '../ledgers-view.js';
import { ledgerPairs } from './ledger-words.js';

const words = (epoch: Parameters<typeof ledgersView>[0]) =>
  ledgerPairs(ledgersView(epoch)).map(({ word, cells }) => `${word}: ${cells.join()}`);

describe('the ledgers on the page', () => {
  it('say what was lost, where it waits, and what was never answered', () => {
    expect(words(syntheticEpoch())).toEqual([
      'published: 37,000 messages, 3 more that we never received',
      'ledger exact for: 2 of 3 minions',
      'fullest queue: 750 messages, 75 % of HWM',
      'dropped: 35 at the HWM, 2 with their link, 3 on all links, 1 loss not counted',
      'ledgers broke off: 3 times: 1 over a loss, 2 for want of history',
      'requests waiting: 2, the oldest for 13 s',
      'requests take: half ≤ 32 ms, 99 % longer',
      'never answered: 4 abandoned, 2 failed, 1 ghost job, 1 worker wedged',
    ]);
  });

  it('say unknown for what nobody knows, never 0', () => {
    expect(words(emptyEpoch())).toEqual([
      'published: 0 messages',
      'ledger exact for: 0 of 0 minions',
      'fullest queue: unknown',
      'dropped: none seen',
      'ledgers broke off: never',
      'requests waiting: unknown',
      'requests take: unknown',
      'never answered: 0 abandoned, 0 failed',
    ]);
  });
});
