/** The judge itself: it must not pass what is wrong, missing or never happened. */
import { describe, expect, it } from 'vitest';
import type { Fault } from './fault.js';
import { FAULTS, QUICK } from './faults/index.js';
import { type Counts, outcomeOf, score, truthOf } from './judge.js';
import type { Scene } from './scene.js';

const LOSING: Fault = {
  name: 'one',
  what: 'a fault that loses',
  lab: { name: 'lab' },
  jobs: { perRound: 1, seconds: 0 },
  expects: 'losses',
};
const QUIET: Fault = { ...LOSING, expects: 'none' };
const VERSION = '3008.5';

function counts(...pairs: readonly [truth: string, verdict: string, count: number][]): Counts {
  const rows = pairs.map(([truth, verdict, count]) => ({
    truth,
    verdict,
    count,
    phase: 'end' as const,
  }));
  return { failures: [], publishes: [], pairs: rows, suspects: 0 };
}

const problemsOf = (fault: Fault, given: Counts) => score(fault, VERSION, given).problems;

describe('one pair', () => {
  it.each([
    ['3 hwm', '3 hwm', 'right'],
    ['3 hwm', '3 disconnect', 'wrong'],
    ['3 hwm', 'unknown unknown', 'unknown'],
    ['3 hwm', '4_or_5 unknown', 'wrong'],
    ['5 blocked', '4_or_5 unknown', 'unknown'],
    ['4 no_return', '4_or_5 unknown', 'unknown'],
    ['3 hwm', 'returned', 'wrong'],
    ['3 hwm', 'pending', 'wrong'],
    ['3 hwm', 'no such job', 'wrong'],
    ['returned', 'returned', 'right'],
    ['returned', 'unknown unknown', 'wrong'],
    ['returned', '4_or_5 unknown', 'wrong'],
    ['returned', 'pending', 'wrong'],
    ['unexplained', 'unexplained', 'unexplained'],
  ] as const)('that is %s and called %s is %s', (truth, verdict, outcome) => {
    expect(outcomeOf({ truth, verdict, phase: 'end' })).toBe(outcome);
  });

  it('may have no verdict yet only while the fault lasts', () => {
    expect(outcomeOf({ truth: '3 hwm', verdict: 'pending', phase: 'held' })).toBe('unknown');
  });
});

describe('the truth of a pair', () => {
  const HANDLER = { link: '6', reason: 'handler' } as const;

  it('is the cause that the injector names, else whether the job cache holds the return', () => {
    expect(truthOf({ kept: true }, undefined)).toBe('returned');
    expect(truthOf({ kept: false }, undefined)).toBe('unexplained');
    expect(truthOf({ kept: false }, HANDLER)).toBe('6 handler');
  });

  it('is link 6 for a kept return of which a killed EventPublisher told nobody', () => {
    const fault = FAULTS.find(({ name }) => name === 'event-publisher-killed');
    const pair = {
      ...{ jid: '1', minion: 'm1', index: 0, victim: true },
      ...{ started: true, ended: true, kept: true },
    };
    // `as`: this fault asks nothing of the scene
    const causeOf = (told: boolean) => fault?.untold?.({ ...pair, told }, {} as Scene);
    expect(causeOf(true)).toBeUndefined();
    expect(causeOf(false)).toEqual({ link: '6', reason: 'bus' });
  });
});

describe('a fault', () => {
  it('passes when nearly all lost pairs are right', () => {
    const given = counts(
      ['3 hwm', '3 hwm', 97],
      ['3 hwm', '3 disconnect', 3],
      ['returned', 'returned', 9],
    );
    expect(problemsOf(LOSING, given)).toEqual([]);
    expect(score(LOSING, VERSION, given)).toMatchObject({
      pairs: 109,
      lost: 100,
      right: 97,
      wrong: 3,
    });
  });

  it('fails below 97 %, whatever number of pairs returned', () => {
    const given = counts(
      ['3 hwm', '3 hwm', 96],
      ['3 hwm', '3 disconnect', 4],
      ['returned', 'returned', 900],
    );
    expect(problemsOf(LOSING, given)).toEqual(['96 of 100 decided pairs are right']);
  });

  it('fails when more is unknown than was stated, and passes up to it', () => {
    const given = counts(['5 blocked', '4_or_5 unknown', 2], ['5 blocked', '5 blocked', 8]);
    expect(problemsOf(LOSING, given)).toEqual(['2 of 10 lost pairs are unknown, at most 0 %']);
    const open = { ...LOSING, unknown: () => ({ share: 0.2, why: 'a reason' }) };
    expect(problemsOf(open, given)).toEqual([]);
  });

  it('fails when it lost nothing although it should, or nothing was judged', () => {
    expect(problemsOf(LOSING, counts(['returned', 'returned', 40]))).toEqual([
      'the injection lost nothing',
    ]);
    expect(problemsOf(QUIET, counts())).toEqual(['nothing was judged']);
  });

  it('fails for one returned pair that is called lost where nothing was lost', () => {
    const given = counts(['returned', 'returned', 299], ['returned', 'unknown unknown', 1]);
    expect(problemsOf(QUIET, given)).toContain('1 returned pairs are called lost');
  });

  it('fails for a loss that the injector cannot explain, and for a round that broke', () => {
    const given = counts(['unexplained', '3 hwm', 1], ['returned', 'returned', 9]);
    expect(problemsOf(QUIET, given)).toEqual(['1 lost pairs that the injector cannot explain']);
    expect(problemsOf(QUIET, { ...given, pairs: [], failures: ['round 1: why'] })).toContain(
      'round 1: why',
    );
  });

  it('fails when a real return is called suspect', () => {
    const given = { ...counts(['returned', 'returned', 9]), suspects: 1 };
    expect(problemsOf(QUIET, given)).toEqual(['1 returns of the minions themselves are suspect']);
  });

  it('fails when lost publishes are not counted exactly, under that reason and no other', () => {
    const fault: Fault = { ...LOSING, expects: 'publishes' };
    const of = (counted: number, others: number): Counts => ({
      ...counts(),
      publishes: [{ reason: 'failed', lost: 3, counted, others }],
    });
    expect(problemsOf(fault, of(3, 0))).toEqual([]);
    for (const [counted, others] of [
      [2, 0],
      [4, 0],
      [3, 1],
    ] as const) {
      expect(problemsOf(fault, of(counted, others))).toHaveLength(1);
    }
    expect(problemsOf(fault, counts())).toContain('the injection lost no publish');
  });
});

describe('the list of faults', () => {
  it('names each of them once', () => {
    const names = FAULTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says why, wherever something may stay unknown', () => {
    for (const { unknown } of FAULTS) {
      const ceiling = unknown?.(VERSION);
      if (ceiling !== undefined) expect(ceiling.why).toMatch(/\w{3}/);
    }
  });

  it('has every quick one', () => {
    const names = FAULTS.map(({ name }) => name);
    expect(QUICK.filter((name) => !names.includes(name))).toEqual([]);
  });
});
