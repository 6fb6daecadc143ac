/**
 * How much one step does, in rows and not in time, and that nobody can tell from a picture that the
 * work was done in steps.
 */
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import {
  apply,
  applySteps,
  createState,
  DEFAULT_LIMITS,
  type DomainOptions,
  freeze,
  freezeSteps,
  reconfigure,
  reconfigureSteps,
  type State,
  type Steps,
  tick,
  tickSteps,
} from './index.js';

const LINKS = 10_000;
const ROWS_PER_STEP = DEFAULT_LIMITS.rowsPerStep;
const OPTIONS: DomainOptions = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory'],
};
const address = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ cookie: n + 1, address: address(n) }));
const fleetOf = (count: number) =>
  inventory(Array.from({ length: count }, (_, n) => minion(`m${n}`, [address(n)])));

/** The largest change of a figure within one step, and the figure at the end. */
function largestStep(steps: Steps, figure: () => number): { largest: number; end: number } {
  let largest = 0;
  let before = figure();
  for (let done = false; !done; ) {
    done = steps.next().done === true;
    const now = figure();
    largest = Math.max(largest, Math.abs(now - before));
    before = now;
  }
  return { largest, end: before };
}

const sum = (counts: Float64Array) => counts.reduce((total, count) => total + count, 0);

describe('no step takes more rows than its limit', () => {
  const rows = rowsOf(LINKS);
  const state = createState(OPTIONS);
  const take = (steps: Steps, figure: () => number) => largestStep(steps, figure);

  it('of new minions', () => {
    const steps = applySteps(state, fleetOf(LINKS), instant(0));
    expect(take(steps, () => state.minions.slots.size)).toEqual({
      largest: ROWS_PER_STEP,
      end: LINKS,
    });
  });

  it('of new connections', () => {
    apply(state, scan([], instant(0)), instant(0));
    const steps = applySteps(state, scan(rows, instant(1_000)), instant(1_000));
    const booked = () => sum(state.connects);
    expect(take(steps, booked)).toEqual({ largest: ROWS_PER_STEP, end: LINKS });
  });

  it('of verdicts that change', () => {
    const verdicts = () => state.minions.status.filter((status) => status === 0).length;
    const before = verdicts();
    const { largest, end } = take(tickSteps(state, instant(1_250)), verdicts);
    expect(Math.abs(end - before)).toBe(LINKS);
    expect(largest).toBeLessThanOrEqual(8 * ROWS_PER_STEP);
  });

  it('of connections that are told to have died', () => {
    const steps = applySteps(state, deaths(rows, instant(2_000)), instant(2_000));
    const booked = () => sum(state.disconnects);
    expect(take(steps, booked)).toEqual({ largest: ROWS_PER_STEP, end: LINKS });
  });

  it('of connects whose grace is over', () => {
    const unknown = createState(OPTIONS);
    apply(unknown, scan([], instant(0)), instant(0));
    apply(unknown, scan(rows, instant(1_000)), instant(1_000));
    const steps = tickSteps(unknown, instant(12_000));
    const booked = () => sum(unknown.connects);
    expect(take(steps, booked)).toEqual({ largest: ROWS_PER_STEP, end: LINKS });
  });
});

const SOME = 20;
/** Small tables, so that whole states can be compared. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  minions: 32,
  links: 64,
  addresses: 64,
  stormWindow: 32,
  streamMessages: 64,
  announcements: 16,
  rowsPerStep: 1,
};

/** A fleet that has just come, nothing of it surveyed yet; one of its addresses is ours. */
function fleet(): State {
  const state = createState({ ...OPTIONS, canarySourceAddress: address(0) }, LIMITS);
  apply(state, fleetOf(SOME), instant(0));
  apply(state, scan([], instant(0)), instant(0));
  tick(state, instant(0));
  apply(state, scan(rowsOf(SOME), instant(1_000)), instant(1_000));
  return state;
}

/** A picture after each number of steps, each of a state of its own: to look finishes what is half done. */
function pictures(begin: (state: State) => Steps): ReturnType<typeof freeze>[] {
  const taken: ReturnType<typeof freeze>[] = [];
  for (let count = 1; ; count += 1) {
    const state = fleet();
    const steps = begin(state);
    let done = false;
    for (let n = 0; n < count && !done; n += 1) done = steps.next().done === true;
    taken.push(freeze(state, instant(1_300)));
    if (done) return taken;
  }
}

function* asWork(steps: Steps<unknown>): Steps {
  yield* steps;
}

describe('a picture that is taken between two steps', () => {
  it('of a tick is that of before it or that of after it', () => {
    const before = freeze(fleet(), instant(1_300));
    const state = fleet();
    tick(state, instant(1_250));
    const after = freeze(state, instant(1_300));
    expect(before.minionsByStatus).not.toEqual(after.minionsByStatus);
    const taken = pictures((each) => tickSteps(each, instant(1_250)));
    expect(taken.length).toBeGreaterThan(SOME / 8);
    for (const picture of taken) expect([before, after]).toContainEqual(picture);
    expect(taken.at(-1)).toEqual(after);
  });

  it('leaves the rest of the tick nothing to do, and the tick ends as if nobody had looked', () => {
    const looked = fleet();
    const steps = tickSteps(looked, instant(1_250));
    steps.next();
    freeze(looked, instant(1_300));
    while (steps.next().done !== true) freeze(looked, instant(1_300));
    const alone = fleet();
    tick(alone, instant(1_250));
    expect(looked).toEqual(alone);
  });

  it('of a picture in the making is the same one', () => {
    const whole = freeze(fleet(), instant(1_300));
    const taken = pictures((each) => asWork(freezeSteps(each, instant(1_300))));
    expect(taken.length).toBeGreaterThan(SOME / 8);
    for (const picture of taken) expect(picture).toEqual(whole);
    const looked = fleet();
    const steps = freezeSteps(looked, instant(1_300));
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) freeze(looked, instant(1_300));
    expect(step.value).toEqual(whole);
  });

  it('of an inventory is that of before it or that of after it', () => {
    const smaller = fleetOf(SOME - 3);
    const before = freeze(fleet(), instant(1_300));
    const state = fleet();
    apply(state, smaller, instant(1_250));
    const after = freeze(state, instant(1_300));
    const taken = pictures((each) => applySteps(each, smaller, instant(1_250)));
    expect(taken.length).toBeGreaterThan(SOME);
    for (const picture of taken) {
      expect([before, after]).toContainEqual({ ...picture, at: before.at });
    }
    expect(taken.at(-1)).toEqual(after);
  });

  it('of other settings is that of before them or that of after them', () => {
    const moved = { ...OPTIONS, canarySourceAddress: address(SOME - 1) };
    const before = freeze(fleet(), instant(1_300));
    const state = fleet();
    reconfigure(state, moved);
    const after = freeze(state, instant(1_300));
    expect(after.links?.publish).toEqual({ minion: SOME - 1, unknown: 0, own: 1 });
    const taken = pictures((each) => reconfigureSteps(each, moved, instant(1_250)));
    expect(taken.length).toBeGreaterThan(SOME / 8);
    for (const picture of taken) expect([before, after]).toContainEqual(picture);
    expect(taken.at(-1)).toEqual(after);
  });
});
