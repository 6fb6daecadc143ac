/** The budget of canary jobs, and that everybody has a turn. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JobBudget } from './budget.js';
import { Rotation } from './rotation.js';
import { roundText } from './round-text.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Instants at which a job was sent in an hour, looked for at these instants. */
function sentIn(jobsPerMinute: number, looks: Iterable<number>): readonly number[] {
  const budget = new JobBudget(jobsPerMinute, 0);
  const sent: number[] = [];
  for (const nowMs of looks) {
    if (!budget.isDue(nowMs)) continue;
    budget.spend(nowMs);
    sent.push(nowMs);
  }
  return sent;
}

function* everyMs(stepMs: number): Iterable<number> {
  for (let nowMs = 0; nowMs <= HOUR_MS; nowMs += stepMs) yield nowMs;
}

/** Most jobs of any 60 s, from whenever to whenever. */
function mostInAMinute(sent: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [last, atMs] of sent.entries()) {
    while (atMs - (sent[first] ?? 0) >= MINUTE_MS) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('the budget', () => {
  it.each([1, 7, 10, 60])('of %i a minute is used and never exceeded in an hour', (perMinute) => {
    const sent = sentIn(perMinute, everyMs(250));
    expect(mostInAMinute(sent)).toBeLessThanOrEqual(perMinute);
    expect(sent.length).toBeLessThanOrEqual(perMinute * 60);
    // A look is up to a quarter of a second late.
    expect(sent.length).toBeGreaterThan(perMinute * 60 * 0.79);
  });

  it('holds however irregularly it is looked, and saves nothing up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 400 }),
        (perMinute, pausesMs) => {
          let nowMs = 0;
          const looks = pausesMs.flatMap((pauseMs) => {
            nowMs += pauseMs;
            return [nowMs, nowMs, nowMs + 1];
          });
          expect(mostInAMinute(sentIn(perMinute, looks))).toBeLessThanOrEqual(perMinute);
        },
      ),
    );
  });

  it('holds for a program that starts anew every second', () => {
    let sent = 0;
    for (let startMs = 0; startMs < HOUR_MS; startMs += 1_000) {
      const budget = new JobBudget(10, startMs);
      for (let nowMs = startMs; nowMs < startMs + 1_000; nowMs += 250)
        if (budget.isDue(nowMs)) sent += 1;
    }
    expect(sent).toBe(0);
  });

  it('can be changed while it runs', () => {
    const budget = new JobBudget(60, 0);
    budget.spend(1_000);
    budget.jobsPerMinute = 1;
    expect(budget.isDue(60_999)).toBe(false);
    expect(budget.isDue(61_000)).toBe(true);
  });
});

describe('the rotation', () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => `m${n}`);

  it('asks everybody once a round, pings and pulls of files in turn', () => {
    const rotation = new Rotation(Math.random);
    const rounds = [0, 1].map(() =>
      ids.map(() =>
        rotation.next(
          () => ids,
          () => true,
        ),
      ),
    );
    for (const round of rounds) {
      expect(new Set(round.map((turn) => turn?.minion)).size).toBe(1_000);
      expect(round.filter((turn) => turn?.isFileTurn === true)).toHaveLength(500);
    }
    const [first, second] = rounds.map((round) => round.map((turn) => turn?.minion).join());
    expect(first).not.toBe(second);
  });

  it('covers a fleet of which minions come and go', () => {
    const rotation = new Rotation(Math.random);
    const gone = new Set<string>();
    const asked = new Set<string>();
    for (let turn = 0; turn < 1_000; turn += 1) {
      if (turn % 100 === 0) gone.add(`m${turn}`);
      const next = rotation.next(
        () => ids,
        (id) => !gone.has(id),
      );
      expect(gone.has(next?.minion ?? '')).toBe(false);
      asked.add(next?.minion ?? '');
    }
    for (const id of ids) expect(asked.has(id) || gone.has(id)).toBe(true);
  });

  it('has nobody to ask where there is nobody, and begins when somebody is', () => {
    const rotation = new Rotation(Math.random);
    const ask = (fleet: readonly string[]) =>
      rotation.next(
        () => fleet,
        () => true,
      );
    expect(ask([])).toBeUndefined();
    expect(rotation.size).toBeUndefined();
    expect(ask(['web-1'])).toEqual({ minion: 'web-1', isFileTurn: expect.any(Boolean) });
    expect(rotation.size).toBe(1);
  });
});

describe('the time of a round', () => {
  it.each([
    [10_000, 10, 'a round of 10,000 minions takes 16 h 40 min at 10 a minute'],
    [10_000, 60, 'a round of 10,000 minions takes 2 h 46 min at 60 a minute'],
    [10_000, 1, 'a round of 10,000 minions takes 6 d 22 h at 1 a minute'],
    [50, 10, 'a round of 50 minions takes 5 min at 10 a minute'],
    [4, 10, 'a round of 4 minions takes 24 s at 10 a minute'],
    [1, 60, 'a round of 1 minion takes 1 s at 60 a minute'],
  ])('of %i minions at %i a minute', (minions, perMinute, text) => {
    expect(roundText(minions, perMinute)).toBe(text);
  });
});
