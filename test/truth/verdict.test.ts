/** Every kind of wrong claim is found: a comparison that cannot fail proves nothing. */
import { describe, expect, it } from 'vitest';
import { exactly, type Losses } from './oracle.js';
import type { Claim, MinionClaim } from './snapshot.js';
import { judge, type Settlement } from './verdict.js';

const idle: MinionClaim = {
  known: true,
  hwm: 0,
  disconnect: 0,
  breaks: 0,
  queueBytes: 0,
  queueMessages: 0,
  lagMessages: 0,
};

function claim(minion: Partial<MinionClaim>, fleet: Partial<Claim> = {}): Claim {
  const one = { ...idle, ...minion };
  return {
    minions: [one],
    gaps: 0,
    messages: 10,
    bytes: 1_000,
    fleet: { hwm: one.hwm, disconnect: one.disconnect, allLinks: fleet.gaps ?? 0 },
    strangers: { hwm: 0, disconnect: 0 },
    ...fleet,
  };
}

function lost(hwm: number, disconnect = 0): Losses {
  return { hwm: exactly(hwm), disconnect: exactly(disconnect), total: exactly(hwm + disconnect) };
}

function settlement(losses: Losses, more: Partial<Settlement> = {}): Settlement {
  return {
    before: claim({}),
    losses: [losses],
    gapsTotal: 0,
    gapsNew: 0,
    announced: true,
    outrun: false,
    wasKnown: [true],
    gaveUp: [false],
    ...more,
  };
}

describe('a claim', () => {
  it('that is the truth has nothing wrong and nothing open', () => {
    expect(judge(settlement(lost(5)), claim({ hwm: 5 }))).toEqual({ wrong: [], open: [] });
    const gap = settlement(lost(0), { gapsTotal: 3, gapsNew: 3 });
    expect(judge(gap, claim({}, { gaps: 3 }))).toEqual({ wrong: [], open: [] });
  });

  it.each([
    ['one drop too many', claim({ hwm: 6 }), /hwm: reported 6, lost 5/],
    ['the wrong reason', claim({ hwm: 4, disconnect: 1 }), /disconnect: reported 1, lost 0/],
    ['a gap that is none', claim({ hwm: 5 }, { gaps: 1 }), /gaps: flagged 1, real 0/],
    [
      'drops of nobody',
      claim({ hwm: 5 }, { strangers: { hwm: 2, disconnect: 0 } }),
      /drops of nobody: 2 hwm/,
    ],
    [
      'a fleet that is no sum',
      claim({ hwm: 5 }, { fleet: { hwm: 4, disconnect: 0, allLinks: 0 } }),
      /fleet hwm 4, sum of the minions 5/,
    ],
  ])('is wrong with %s', (_, claimed, text) => {
    expect(judge(settlement(lost(5)), claimed).wrong.join('\n')).toMatch(text);
  });

  it.each([
    ['a drop too few', claim({ hwm: 4 }), /hwm: reported 4, lost 5/],
    ['an unknown ledger', claim({ hwm: 5, known: false }), /not known/],
    ['no link', claim({ hwm: 5, known: undefined }), /not known/],
    ['a lag', claim({ hwm: 5, lagMessages: 2 }), /lag of 2 messages/],
    ['a queue', claim({ hwm: 5, queueBytes: 9 }), /queue of 9 bytes/],
  ])('is not finished with %s', (_, claimed, text) => {
    const { wrong, open } = judge(settlement(lost(5)), claimed);
    expect(wrong).toEqual([]);
    expect(open.join('\n')).toMatch(text);
  });

  it('may book less, never more, after a gap, without history, or after it said so', () => {
    for (const more of [
      { gapsTotal: 3, gapsNew: 3 },
      { wasKnown: [false] },
      { gaveUp: [true] },
    ] satisfies Partial<Settlement>[]) {
      const gaps = 'gapsTotal' in more ? { gaps: 3 } : {};
      expect(judge(settlement(lost(5), more), claim({ hwm: 2 }, gaps)).open).toEqual([]);
      expect(judge(settlement(lost(5), more), claim({ hwm: 6 }, gaps)).wrong).toHaveLength(2);
    }
  });

  it('must flag a gap that the bus or another link gives away', () => {
    const real = { gapsTotal: 3, gapsNew: 3 };
    expect(judge(settlement(lost(0), real), claim({}, { gaps: 2 })).open).toHaveLength(1);
    const silent = { ...real, announced: false };
    expect(judge(settlement(lost(0), silent), claim({})).open).toEqual([]);
    expect(judge(settlement(lost(0), { ...silent, outrun: true }), claim({})).open).toHaveLength(1);
  });
});
