/** Advice on the mark and the workers: on worked examples, and none where too little was seen. */
import { describe, expect, it } from 'vitest';
import { instant, inventory, minion } from '../../../test/bench/domain/kit.js';
import { adviseHwm, adviseWorkers, recommendedHwm } from './advice.js';
import { freezeAdvice, noteAdvice } from './advice-note.js';
import { apply, createState, DEFAULT_LIMITS } from './index.js';
import { SOCKET_MARKS } from './socket-marks.js';

const NOTHING = {
  lagMessagesMost: undefined,
  lagSecondsMost: undefined,
  queueMessagesMost: undefined,
};
const seen = (messages: number, seconds: number) => ({
  lagMessagesMost: messages,
  lagSecondsMost: seconds,
  queueMessagesMost: messages,
});
const hwm = (more = {}) =>
  adviseHwm({
    hwm: 1_000,
    burst: 100,
    figures: seen(0, 0),
    droppedAtMark: 0,
    messageBytes: 600,
    ...more,
  });

/** Seconds with so many requests waiting. */
function waiting(seconds: Readonly<Record<number, number>>): Float64Array {
  const places = new Float64Array(257);
  for (const [number, time] of Object.entries(seconds)) places[Number(number)] = time;
  return places;
}
const workers = (seconds: Readonly<Record<number, number>>, more = {}) =>
  adviseWorkers({
    workers: 5,
    figures: { waitingSeconds: waiting(seconds), waitingMost: 12 },
    minions: 1_000,
    wedged: 0,
    serviceP99Seconds: 0.016,
    ...more,
  });

describe('advice on pub_hwm', () => {
  it.each([
    [undefined, undefined, undefined],
    [0, 0, undefined],
    [300, 0, 1_000],
    [700, 0, 2_048],
    [700, 3_000, 8_192],
    [3, 500, 1_000],
    [3, 501, 1_024],
  ])('for a burst of %s and a stall of %s messages is %s', (burst, lag, expected) => {
    expect(recommendedHwm(burst, lag)).toBe(expected);
  });

  it('is a mark at which the stalls that were seen would have dropped nothing', () => {
    for (const messages of [1, 499, 500, 501, 3_000, 64_000]) {
      const mark = recommendedHwm(1, messages) ?? 0;
      // libzmq drops from half the mark on at the earliest.
      expect(mark / 2).toBeGreaterThanOrEqual(messages);
    }
  });

  it('says what it rests on and what it costs', () => {
    const advice = hwm({ burst: 700, figures: seen(3_000, 12.34), droppedAtMark: 1_500 });
    expect(advice).toMatchObject({ verdict: 'raise', current: 1_000, recommended: 8_192 });
    expect(advice.reasons).toEqual([
      'At most 700 messages came within one second.',
      'A minion whose host answered was 3,000 messages behind, the longest stall lasted 12.3 s.',
      '1,500 messages were dropped at the mark.',
      'A queue of 8192 messages takes up to 4.9 MB for each minion that stands still, by the size of what was published so far.',
    ]);
  });

  it('is none without data', () => {
    const advice = hwm({ burst: undefined, figures: NOTHING });
    expect(advice).toMatchObject({ verdict: 'unknown', recommended: undefined });
    expect(advice.reasons).toEqual(['Nothing was published yet.']);
    expect(hwm({ hwm: undefined })).toMatchObject({ verdict: 'unknown', current: undefined });
  });

  it('says where no stall could be measured', () => {
    const advice = hwm({ figures: NOTHING });
    expect(advice.verdict).toBe('enough');
    expect(advice.reasons.join(' ')).toMatch(/no stall could be measured/);
  });

  it('knows a mark of 0 for what it is', () => {
    const advice = hwm({ hwm: 0, figures: seen(3_000, 12) });
    expect(advice.verdict).toBe('enough');
    expect(advice.reasons.at(-1)).toMatch(/no limit/);
  });
});

describe('advice on worker_threads', () => {
  it('is none before ten minutes were watched', () => {
    const advice = workers({ 0: 599 });
    expect(advice).toMatchObject({ verdict: 'unknown', recommended: undefined });
    expect(advice.reasons).toEqual([
      'Requests were watched for 9 min; ten are the least to say anything.',
    ]);
    expect(workers({ 0: 3_600 }, { workers: undefined }).verdict).toBe('unknown');
  });

  it('is that they are enough while nobody waits for them', () => {
    expect(workers({ 0: 3_000, 4: 590, 6: 10 })).toMatchObject({
      verdict: 'enough',
      recommended: 5,
    });
  });

  it('is the number that would have been too few in less than 1 % of the time', () => {
    const advice = workers({ 0: 9_700, 9: 220, 12: 80 });
    expect(advice).toMatchObject({ verdict: 'raise', current: 5, recommended: 9 });
    expect(advice.reasons).toEqual([
      'In 3.0 % of 2.8 h more requests waited than there are workers (12 at most).',
      '99 % of the requests that were timed took no longer than 0.016 s.',
      "Salt's documentation gives one worker for 200 minions (5 here), and no more than 1.5 for each core.",
    ]);
  });

  it('is no number but a restart where workers do not answer', () => {
    const advice = workers({ 0: 3_000, 9: 600 }, { wedged: 2 });
    expect(advice).toMatchObject({ verdict: 'ineffective', recommended: undefined });
    expect(advice.reasons[0]).toMatch(/2 of 5 workers do not answer/);
  });

  it('says when more waited than can be told apart', () => {
    const advice = workers({ 0: 3_000, 256: 600 });
    expect(advice.recommended).toBe(256);
    expect(advice.reasons.join(' ')).toMatch(/the least that is needed/);
  });
});

describe('what it rests on', () => {
  it('is kept: time by waiting requests, and nothing of pauses in which nobody looked', () => {
    const options = {
      flapWindowSeconds: 120,
      staleAfterSeconds: 604_800,
      canarySourceAddress: '127.0.0.77',
      enabledSources: ['kernel'] as const,
    };
    const state = createState(options, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
    apply(state, inventory([minion('m1')]), instant(0));
    Object.assign(state.scans, { complete: true, origin: 'netlink' });
    const look = (atMs: number, requests: number) => {
      state.scans.lastMonoMs = instant(atMs).monoMs;
      state.survey.requestsWaiting = requests;
      noteAdvice(state, instant(atMs));
    };
    look(0, 3);
    look(1_000, 3);
    look(1_500, 0);
    look(2_000, 1_000);
    look(60_000, 3);
    const figures = freezeAdvice(state);
    const seconds = (place: number) => figures.waitingSeconds[place] ?? Number.NaN;
    expect([seconds(0), seconds(3), seconds(256)]).toEqual([0.5, 1, 0.5]);
    expect(figures.waitingMost).toBe(1_000);
    expect(figures.lagMessagesMost, 'no ledger was known').toBeUndefined();
    state.delivery.shown.known[0] = 1;
    state.delivery.shown.lagMessages[0] = 40;
    state.delivery.shown.lagSeconds[0] = 7;
    state.delivery.shown.queueMessages[0] = 30;
    look(61_000, 0);
    expect(freezeAdvice(state)).toMatchObject({
      lagMessagesMost: 40,
      lagSecondsMost: 7,
      queueMessagesMost: 30,
    });
    state.minions.silentLinks[0] = 1;
    state.delivery.shown.lagMessages[0] = 4_000;
    look(62_000, 0);
    expect(freezeAdvice(state).lagMessagesMost, 'its host is gone').toBe(40);
  });
});

describe('the table of sockets', () => {
  it('has one row for each kind, in Salt on the master and the minion', () => {
    const types = SOCKET_MARKS.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of ['PUB', 'SUB', 'REQ', 'ROUTER', 'DEALER', 'REP'])
      expect(types).toContain(type);
  });
});
