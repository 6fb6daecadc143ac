/** What exporters beside minions say, and when "not received" means something. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller } from '../../../test/bench/domain/bus-kit.js';
import { instant, inventory, minion } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';
import type { MinionSight } from './minion-answer.js';
import { answerOfMinion, askMinion, takeMinionQuestions } from './minion-answers.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['minion_exporters'] as const,
};
const JID = '20261122030405000001';
const NOTHING: MinionSight = {
  received: false,
  executed: false,
  queued: false,
  returned: 'unknown',
  watchedSeconds: 0,
};

let state: State;
const slot = () => state.minions.slots.get('m1') ?? -1;

beforeEach(() => {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
  apply(state, inventory(['m1', 'm2'].map((id) => minion(id))), instant(0));
  const told = { jid: JID, fun: 'test.ping', minions: ['m1', 'm2'] };
  const batch = new BusTeller().batch([{ kind: 'new', atMs: 10_000, ...told }]);
  apply(state, batch, instant(10_000));
});

function tell(sight: MinionSight | undefined, jid = JID) {
  const askedMonoMs = instant(30_000).monoMs;
  apply(state, { kind: 'minion_answer', jid, minion: 'm1', sight, askedMonoMs }, instant(30_100));
  return answerOfMinion(state, jid, slot());
}

describe('the word of an exporter beside a minion', () => {
  it('is kept by job and minion, the latest of each', () => {
    expect(answerOfMinion(state, JID, slot())).toBeUndefined();
    const sight = { ...NOTHING, received: true, executed: true, returned: 'abandoned' as const };
    expect(tell(sight)).toEqual({
      answered: true,
      received: true,
      executed: true,
      queued: false,
      returned: 'abandoned',
      askedMonoMs: instant(30_000).monoMs,
    });
    expect(answerOfMinion(state, JID, state.minions.slots.get('m2') ?? -1)).toBeUndefined();
    expect(tell({ ...sight, returned: 'answered' })?.returned).toBe('answered');
  });

  it('says "not received" only when it watched since before the publish', () => {
    expect(tell({ ...NOTHING, watchedSeconds: 19 })).toMatchObject({
      received: undefined,
      executed: undefined,
    });
    expect(tell({ ...NOTHING, watchedSeconds: 21 })).toMatchObject({
      received: false,
      executed: false,
    });
    expect(tell({ ...NOTHING, watchedSeconds: 1e6 }, 'a job nobody knows')?.received).toBe(
      undefined,
    );
  });

  it('says "received, not executed" of a job that it saw', () => {
    expect(tell({ ...NOTHING, received: true, watchedSeconds: 5 })).toMatchObject({
      received: true,
      executed: false,
    });
  });

  it('says nothing when the exporter did not answer', () => {
    expect(tell(undefined)).toMatchObject({ answered: false, received: undefined });
  });

  it('hands each question out once, within its bounds', () => {
    for (let i = 0; i < 300; i += 1) askMinion(state, `${i}`, slot());
    askMinion(state, '299', slot());
    askMinion(state, JID, 63);
    const questions = takeMinionQuestions(state);
    expect([questions.length, questions[0]]).toEqual([256, { jid: '44', minion: 'm1' }]);
    expect(takeMinionQuestions(state)).toEqual([]);
    for (let i = 0; i < 4_100; i += 1) tell(NOTHING, `${i}`);
    const { stateEntries, stateEvicted } = freeze(state, instant(31_000));
    expect(stateEntries.get('minion_answers')).toBe(4_096);
    expect(stateEvicted.get('minion_answers')).toBe(4);
    expect(stateEvicted.get('minion_questions')).toBe(44);
  });
});
