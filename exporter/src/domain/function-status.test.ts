/** How the latest return of chosen functions ended, per minion: who names it, and who cannot. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller, type Told } from '../../../test/bench/domain/bus-kit.js';
import { instant, inventory, minion } from '../../../test/bench/domain/kit.js';
import { SCHEDULED, SUCCESS, SUCCESS_SAID } from './bus-batch.js';
import { STATUS_PAIRS_MAX, STATUS_WELL } from './function-status-table.js';
import { apply, createState, DEFAULT_LIMITS, freeze, reconfigure, type State } from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['event_bus', 'inventory'] as const,
};
const CHOSEN = ['state.apply', 'test.ping'];

let state: State;
let teller: BusTeller;

function start(functions: readonly string[] = CHOSEN): void {
  state = createState({ ...OPTIONS, functions }, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
  teller = new BusTeller();
  apply(state, inventory([minion('m1'), minion('m2')]), instant(0));
}

beforeEach(() => start());

function tell(...events: Told[]): void {
  const atMs = Math.max(...events.map((told) => told.atMs));
  apply(state, teller.batch(events), instant(atMs));
}

const published = (jid: string, more: Partial<Told> = {}): Told => ({
  kind: 'new',
  atMs: 1_000,
  jid,
  fun: 'state.apply',
  minions: ['m1', 'm2'],
  ...more,
});

const returned = (jid: string, id: string, more: Partial<Told> = {}): Told => ({
  kind: 'ret',
  atMs: 1_200,
  jid,
  fun: 'state.apply',
  minion: id,
  code: 0,
  ...more,
});

/** `m1 state.apply web 1`. */
function statuses(): readonly string[] {
  const { minions, functionStatus } = freeze(state, instant(5_000));
  const { pairs, values } = functionStatus;
  return minions.ids.flatMap((id, row) =>
    pairs.flatMap((pair, at) => {
      const status = values[row * pairs.length + at] ?? 0;
      const word = status === STATUS_WELL ? 'well' : 'failed';
      return status === 0 ? [] : [[id, pair.function, pair.state, word].join(' ')];
    }),
  );
}

describe('the status of a function', () => {
  it('is how its latest return ended, early ones and late ones included', () => {
    tell(returned('1', 'm1', { state: 'web', atMs: 900 }), published('1', { state: 'web' }));
    tell(returned('1', 'm2', { flags: SUCCESS_SAID, code: 2, state: 'web' }));
    expect(statuses()).toEqual(['m1 state.apply web well', 'm2 state.apply web failed']);
    tell(published('2', { state: 'web' }), returned('2', 'm2', { atMs: 2_000, state: 'web' }));
    expect(statuses()).toEqual(['m1 state.apply web well', 'm2 state.apply web well']);
  });

  it('is kept of chosen functions alone', () => {
    tell(published('1', { fun: 'cmd.run' }), returned('1', 'm1', { fun: 'cmd.run' }));
    tell(published('2', { fun: 'test.ping' }), returned('2', 'm1', { fun: 'test.ping' }));
    expect(statuses()).toEqual(['m1 test.ping  well']);
    start([]);
    tell(published('3'), returned('3', 'm1'));
    expect([statuses(), state.functionStatus.values.length]).toEqual([[], 0]);
  });

  it('of what a minion does by itself has the states that a publish named, or `_other`', () => {
    const flags = SCHEDULED | SUCCESS | SUCCESS_SAID;
    tell(returned('own', 'm1', { flags, state: 'highstate' }));
    tell(returned('mine', 'm2', { flags, state: 'secret-of-mine' }));
    tell(returned('call', 'm2', { state: 'highstate', code: 1, flags: 0 }));
    tell(returned('call', 'm1', { state: 'never-published', code: 1, flags: 0 }));
    expect(statuses()).toEqual([
      'm1 state.apply highstate well',
      'm2 state.apply highstate failed',
      'm2 state.apply _other well',
    ]);
  });

  it('is bounded, whatever jobs name', () => {
    for (let n = 0; n < STATUS_PAIRS_MAX * 2; n += 1) {
      tell(published(`${n}`, { state: `s${n}` }), returned(`${n}`, 'm1', { state: `s${n}` }));
    }
    const said = statuses();
    expect(state.functionStatus.pairs).toHaveLength(STATUS_PAIRS_MAX);
    expect(said.filter((each) => each.includes('_other'))).toEqual(['m1 state.apply _other well']);
    expect(said.length).toBeLessThan(STATUS_PAIRS_MAX);
  });

  it('ends with the key of its minion', () => {
    tell(published('1'), returned('1', 'm1'));
    apply(state, inventory([minion('m2')]), instant(3_000));
    apply(state, inventory([minion('m1'), minion('m2')]), instant(4_000));
    expect(statuses()).toEqual([]);
  });

  it('begins anew when other functions are chosen, and only then', () => {
    tell(published('1'), returned('1', 'm1'));
    reconfigure(state, { ...OPTIONS, functions: [...CHOSEN] });
    expect(statuses()).toEqual(['m1 state.apply  well']);
    reconfigure(state, { ...OPTIONS, functions: ['test.ping'] });
    tell(returned('1', 'm2'));
    expect(statuses()).toEqual([]);
  });
});
