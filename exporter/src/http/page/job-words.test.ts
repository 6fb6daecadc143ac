/** Jobs in words, well and unwell. */
import { describe, expect, it } from 'vitest';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { jobsView } from '../jobs-view.js';
import { jobPairs } from './job-words.js';

const words = (epoch: Parameters<typeof jobsView>[0]) =>
  jobPairs(jobsView(epoch)).map(({ word, cells }) => `${word}: ${cells.join()}`);

describe('jobs on the page', () => {
  it('say how jobs ended, who is awaited and who is missing', () => {
    expect(words(syntheticEpoch())).toEqual([
      'jobs: 7 complete, 2 partial, 1 without any return, 3 open',
      'returns: 31 of 40, 9 missing, 3 not heard of',
      'awaited: 10 returns, 1 run, 3 wait behind other jobs, 2 cannot get through',
      'they take: half ≤ 500 ms, 99 % longer',
      'beside them: 2 late, 1 twice, 1 jid used twice, 1 cut by the minion, 1 suspect',
    ]);
  });

  it('say unknown for what nobody knows, never 0', () => {
    expect(words(emptyEpoch())).toEqual([
      'jobs: none seen',
      'returns: none expected',
      'awaited: unknown',
      'they take: unknown',
      'beside them: 0 late, 0 twice',
    ]);
  });
});
