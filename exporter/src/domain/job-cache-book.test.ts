/** What verdicts ask of the job cache, and what is kept of the answers. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller } from '../../../test/bench/domain/bus-kit.js';
import { instant, inventory, minion } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';
import type { JobCacheAnswer } from './job-cache-answer.js';
import { answerOf, askJobCache, hasCachedReturn, takeJobCacheQuestions } from './job-cache-book.js';
import type { CachedJob } from './job-cache-table.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['job_cache'] as const,
};
const JID = '20261122030405000001';
const FLEET = Array.from({ length: 40 }, (_, i) => `m${i}`);

let state: State;

beforeEach(() => {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
  apply(state, inventory(FLEET.map((id) => minion(id))), instant(0));
});

function answer(parts: Partial<JobCacheAnswer> = {}): JobCacheAnswer {
  return {
    kind: 'job_cache',
    jid: JID,
    state: 'present',
    loadWritten: true,
    nocache: false,
    minions: [],
    truncated: false,
    readMonoMs: 1_000,
    ...parts,
  };
}

function tell(parts: Partial<JobCacheAnswer> = {}): CachedJob | undefined {
  apply(state, answer(parts), instant(1_100));
  return answerOf(state, JID);
}

function returnedOf(cached: CachedJob | undefined): readonly string[] {
  if (cached === undefined) return [];
  return FLEET.filter((id) => hasCachedReturn(cached, state.minions.slots.get(id) ?? -1));
}

describe('the book of the job cache', () => {
  it('keeps whose returns are written, and counts whom no key is known of', () => {
    const cached = tell({ minions: ['m0', 'm31', 'm32', 'm39', 'T@vm:1', '<b>'] });
    expect(returnedOf(cached)).toEqual(['m0', 'm31', 'm32', 'm39']);
    expect(cached).toMatchObject({ state: 'present', loadWritten: true, strangers: 2 });
    expect(cached !== undefined && hasCachedReturn(cached, -1)).toBe(false);
    expect(answerOf(state, 'another')).toBeUndefined();
  });

  it('has the latest answer, whole, and no half of one', () => {
    tell({ minions: ['m1', 'm2'], readMonoMs: 1_000 });
    const cached = tell({ minions: ['m2', 'm3'], readMonoMs: 2_000, truncated: true });
    expect(returnedOf(cached)).toEqual(['m2', 'm3']);
    expect(cached).toMatchObject({ readMonoMs: 2_000, truncated: true });
    expect(tell({ state: 'absent', loadWritten: false })?.state).toBe('absent');
  });

  it('hands each question out once, those first who are silent so far', () => {
    const teller = new BusTeller();
    const minions = ['m1', 'm2', 'm33', 'm34'];
    const told = { jid: JID, fun: 'test.ping' };
    apply(state, teller.batch([{ kind: 'new', atMs: 10, ...told, minions }]), instant(10));
    const returned = { kind: 'ret' as const, atMs: 20, ...told, minion: 'm33', code: 0 };
    apply(state, teller.batch([returned]), instant(20));
    askJobCache(state, JID);
    askJobCache(state, 'unknown');
    askJobCache(state, JID);
    expect(takeJobCacheQuestions(state)).toEqual([
      { jid: JID, minions: ['m1', 'm2', 'm34', 'm33'] },
      { jid: 'unknown', minions: [] },
    ]);
    expect(takeJobCacheQuestions(state)).toEqual([]);
  });

  it('stays within its bounds, oldest first, and counts what went', () => {
    for (let i = 0; i < 260; i += 1) askJobCache(state, `${i}`);
    const questions = takeJobCacheQuestions(state);
    expect([questions.length, questions[0]?.jid]).toEqual([256, '4']);
    for (let i = 0; i < 515; i += 1) tell({ jid: `${i}` });
    tell({ jid: '3', readMonoMs: 5_000 });
    tell({ jid: 'one more' });
    expect(['2', '3', '4', '5'].map((jid) => answerOf(state, jid)?.readMonoMs)).toEqual([
      undefined,
      5_000,
      undefined,
      1_000,
    ]);
    const { stateEntries, stateEvicted } = freeze(state, instant(1_200));
    expect(stateEntries.get('job_cache_answers')).toBe(512);
    expect(stateEvicted.get('job_cache_answers')).toBe(4);
    expect(stateEvicted.get('job_cache_questions')).toBe(4);
  });

  it('does not give a new minion the returns of the one whose place it takes', () => {
    const slot = state.minions.slots.get('m5') ?? -1;
    const cached = tell({ minions: FLEET });
    const without = FLEET.filter((id) => id !== 'm5');
    apply(state, inventory(without.map((id) => minion(id))), instant(2_000));
    const next = [...without, 'newcomer'].map((id) => minion(id));
    apply(state, inventory(next), instant(3_000));
    expect(state.minions.slots.get('newcomer')).toBe(slot);
    expect(cached !== undefined && hasCachedReturn(cached, slot)).toBe(false);
    expect(returnedOf(cached)).toEqual(without);
  });

  it('calls the source well when it could tell something', () => {
    const at = () =>
      freeze(state, instant(1_200)).sources.find(({ source }) => source === 'job_cache')
        ?.lastSuccessMs;
    tell({ state: 'unreadable' });
    expect(at()).toBeUndefined();
    tell({ state: 'absent' });
    expect(at()).toBe(instant(1_100).wallMs);
  });
});
