/** How many workers do not answer, from pings that hang and the traffic of others. */
import { describe, expect, it } from 'vitest';
import {
  createWedged,
  estimateWedged,
  forgetPings,
  notePing,
  type Traffic,
  type Wedged,
} from './wedged.js';

const NOW = 1_000_000;
const QUIET: Traffic = { hanging: 0, nowMonoMs: NOW };

/** `.` answered, `T` hung, `x` no worker had it, `-` not told; one ping each, long ago. */
function pinged(pattern: string, wedged: Wedged = createWedged(), first = 0): Wedged {
  for (const [n, mark] of [...pattern].entries()) {
    if (mark === '-') continue;
    const outcome = mark === 'T' ? 'hung' : mark === 'x' ? 'void' : 'answered';
    notePing(wedged, { sequence: first + n, outcome }, NOW - 60_000);
  }
  return wedged;
}

describe('an estimate of workers that stand still', () => {
  it.each([
    ['one of three', 'T..T..T..', 3, 1],
    ['the same, at another place in the round', '.T..T..T.', 3, 1],
    ['two of three', 'TT.TT.TT.', 3, 2],
    ['all of three', 'TTTTTTTTT', 3, 3],
    ['none', '.........', 3, 0],
    ['one of three, recovered since', 'T..T..T...........', 3, 0],
    ['one of five, our places used up', 'T....T....T....T....T', 5, 1],
    ['two of eight', 'T..T....T..T....', 8, 2],
    ['one that dies now', '............T', 5, 1],
    ['all of three after a good time, our places used up', '.........TTT', 3, 3],
    ['two of three after a good time', '.........TT.T', 3, 2],
    ['one of three after a good time', '.........T..T', 3, 1],
    ['the first hung of few', 'T', 3, 1],
    ['pings that no worker had are no evidence', 'T.xxxxxxxx.T..', 3, 1],
  ])('%s: %s of %i is %i', (...[, pattern, workers, expected]) => {
    expect(estimateWedged(pinged(pattern), workers, QUIET)).toBe(expected);
  });

  it('is not known before every worker can have had a ping, or without the number of workers', () => {
    expect(estimateWedged(createWedged(), 3, QUIET)).toBeUndefined();
    expect(estimateWedged(pinged('..'), 3, QUIET)).toBeUndefined();
    expect(estimateWedged(pinged('xxxxxx'), 3, QUIET)).toBeUndefined();
    expect(estimateWedged(pinged('T..'), undefined, QUIET)).toBeUndefined();
    expect(estimateWedged(pinged('T..'), 0, QUIET)).toBeUndefined();
  });

  it('is all when a ping hangs, nobody is answered and others hang too', () => {
    expect(estimateWedged(pinged('T'), 5, { ...QUIET, hanging: 3 })).toBe(5);
  });

  it('is not all when others are answered', () => {
    const wedged = pinged('TTT');
    wedged.answeredInRow = 2;
    expect(estimateWedged(wedged, 3, { ...QUIET, hanging: 1 })).toBe(2);
  });

  it('is over when four rounds of others were answered and none hangs', () => {
    const wedged = pinged('T..T..T');
    wedged.answeredInRow = 12;
    expect(estimateWedged(wedged, 3, { ...QUIET, hanging: 1 })).toBe(1);
    expect(estimateWedged(wedged, 3, QUIET)).toBe(0);
    notePing(wedged, { sequence: 7, outcome: 'hung' }, NOW);
    expect(estimateWedged(wedged, 3, QUIET)).toBe(2);
  });

  it('takes back what is answered late: that worker was busy', () => {
    const wedged = pinged('T..T..T');
    for (const sequence of [0, 3, 6]) notePing(wedged, { sequence, outcome: 'answered' }, NOW);
    expect(estimateWedged(wedged, 3, QUIET)).toBe(0);
  });

  it('waits for a ping that is still under way, for as long as it can be', () => {
    const wedged = pinged('.........');
    notePing(wedged, { sequence: 10, outcome: 'answered' }, NOW);
    notePing(wedged, { sequence: 11, outcome: 'answered' }, NOW);
    expect(estimateWedged(wedged, 3, QUIET)).toBe(0);
    notePing(wedged, { sequence: 9, outcome: 'hung' }, NOW + 4_000);
    expect(estimateWedged(wedged, 3, { ...QUIET, nowMonoMs: NOW + 4_000 })).toBe(1);
    const gone = pinged('T..-..T..');
    expect(estimateWedged(gone, 3, QUIET)).toBe(1);
  });

  it('forgets a quarter of an hour, and a request server that ended', () => {
    expect(estimateWedged(pinged('TTTTTT'), 3, { ...QUIET, nowMonoMs: NOW + 900_000 })).toBe(
      undefined,
    );
    const wedged = pinged('TTTTTT');
    forgetPings(wedged);
    expect(estimateWedged(wedged, 3, QUIET)).toBeUndefined();
    pinged('...', wedged, 6);
    expect(estimateWedged(wedged, 3, QUIET)).toBe(0);
  });

  it('follows thousands of pings, and ignores numbers that are none', () => {
    const wedged = createWedged();
    pinged('T..'.repeat(2_000), wedged);
    expect(estimateWedged(wedged, 3, QUIET)).toBe(1);
    for (const sequence of [-1, 0.5, Number.NaN, 5_000]) {
      notePing(wedged, { sequence, outcome: 'hung' }, NOW);
    }
    expect(estimateWedged(wedged, 3, QUIET)).toBe(1);
  });
});
