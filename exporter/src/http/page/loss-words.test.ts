/** Lost returns in words. */
import { describe, expect, it } from 'vitest';
import { LOSS_LINKS } from '../../domain/loss-vocabulary.js';
import type { LossesView } from '../job-api-types.js';
import { lossSummary, publishSummary } from './loss-words.js';

const NONE: LossesView = {
  byLink: { '2': 0, '3': 0, '4': 0, '5': 0, '6': 0, '4_or_5': 0, unknown: 0 },
  publishes: { abandoned: 0, failed: 0, authentication: 0, authorization: 0 },
  waiting: 0,
  returned: 0,
  latest: { shown: 0, of: 0, rows: [] },
};

describe('lost returns', () => {
  it('are none when nothing was lost', () => {
    expect([lossSummary(NONE), publishSummary(NONE)]).toEqual(['none lost', '']);
    expect(Object.keys(NONE.byLink).sort()).toEqual([...LOSS_LINKS].sort());
  });

  it('are told by the link of the path, most first', () => {
    const byLink = { ...NONE.byLink, '2': 3, '3': 1_200, '4_or_5': 1 };
    expect(lossSummary({ ...NONE, byLink, waiting: 2 })).toBe(
      '1,200 on its way there, 3 not connected, 1 at the minion or back, 2 being looked into',
    );
  });

  it('are not those that a later return took back', () => {
    const byLink = { ...NONE.byLink, '3': 0 };
    expect(lossSummary({ ...NONE, byLink, returned: 4 })).toBe('none lost');
  });

  it('have publishes beside them that never became a job', () => {
    const publishes = { ...NONE.publishes, abandoned: 3, authorization: 1 };
    expect(publishSummary({ ...NONE, publishes })).toBe(
      '4 publishes never became a job: 3 given up unanswered, 1 not allowed.',
    );
  });
});
