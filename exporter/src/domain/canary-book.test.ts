/** Canary jobs, booked: each ends once, in their own figures, and no figure of people's jobs knows them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller, type Told } from '../../../test/bench/domain/bus-kit.js';
import { instant, inventory, minion } from '../../../test/bench/domain/kit.js';
import { CANARY, CANARY_ABSENT, CANARY_SAME, SUCCESS, SUCCESS_SAID } from './bus-batch.js';
import { OPEN_CANARIES_MAX } from './canary-book.js';
import { type CanaryProbe, canaryJid } from './canary-job.js';
import {
  apply,
  canaryFleet,
  canaryTrouble,
  createState,
  DEFAULT_LIMITS,
  freeze,
  isCanaryMinion,
  type State,
  tick,
} from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['event_bus', 'inventory', 'job_canary'] as const,
};
const FLEET = ['m1', 'm2', '"\n{x="1"}', '<b>m</b>'];
const WELL = CANARY | CANARY_SAME | SUCCESS | SUCCESS_SAID;
const NO_PINGS = { ok: 0, timeout: 0, error: 0 };
const NO_FILES = { ok: 0, wrong_content: 0, missing: 0, timeout: 0, error: 0 };

let state: State;
let teller: BusTeller;
let count = 0;

beforeEach(() => {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
  teller = new BusTeller();
  count = 0;
  apply(state, inventory(FLEET.map((id) => minion(id))), instant(0));
  link(true, 0);
});

function link(connected: boolean, atMs: number): void {
  apply(state, { kind: 'bus_link', connected, monoMs: instant(atMs).monoMs }, instant(atMs));
}

function tell(...events: Told[]): void {
  apply(state, teller.batch(events), instant(Math.max(...events.map(({ atMs }) => atMs))));
}

/** Sends one; its jid. */
function send(probe: CanaryProbe, id: string, atMs = 1_000): string {
  const now = instant(atMs);
  count += 1;
  const jid = canaryJid(now.wallMs, count);
  apply(state, { kind: 'canary_job', jid, probe, minion: id, sentMonoMs: now.monoMs }, now);
  return jid;
}

function answer(jid: string, id: string, more: Partial<Told> = {}): void {
  const ret = { kind: 'ret', atMs: 1_250, jid, minion: id, code: 0, flags: WELL } as const;
  tell({ ...ret, fun: 'test.ping', ...more });
}

const canaries = (atMs = 2_000) => freeze(state, instant(atMs)).canaries;

describe('a canary ping', () => {
  it('that is answered counts with its round trip and dates its minion', () => {
    const jid = send('ping', 'm1');
    expect(canaries().open).toBe(1);
    tell({ kind: 'new', atMs: 1_010, jid, fun: 'test.ping', minions: ['m1'] });
    answer(jid, 'm1');
    answer(jid, 'm1', { atMs: 1_300 });
    const epoch = freeze(state, instant(2_000));
    expect(epoch.canaries).toMatchObject({
      pings: { ...NO_PINGS, ok: 1 },
      files: NO_FILES,
      open: 0,
    });
    expect(epoch.canaryPingSeconds.sum).toBeCloseTo(0.25, 6);
    const row = epoch.minions.ids.indexOf('m1');
    expect(epoch.minions.lastPingMs[row]).toBe(instant(1_250).wallMs);
    expect([...epoch.minions.lastPingMs].filter((ms) => !Number.isNaN(ms))).toHaveLength(1);
  });

  it('is no job of people, whatever becomes of it', () => {
    const before = freeze(state, instant(500)).jobs;
    const jid = send('ping', 'm1');
    tell({ kind: 'new', atMs: 1_010, jid, fun: 'test.ping', minions: ['m1'] });
    answer(jid, 'm1');
    const lost = send('ping', 'm2');
    tell({ kind: 'new', atMs: 1_400, jid: lost, fun: 'test.ping', minions: ['m2'] });
    tell({ kind: 'error', atMs: 1_500, jid: lost, code: 0 });
    tick(state, instant(120_000));
    const { events: _before, ...jobs } = before;
    const { events: _after, ...after } = freeze(state, instant(120_000)).jobs;
    expect(after).toEqual(jobs);
    const { goodReturns, failedReturns } = freeze(state, instant(120_000)).minions;
    expect([...goodReturns, ...failedReturns].every((returns) => returns === 0)).toBe(true);
    expect(state.requests.ghosts.news).toEqual([]);
  });

  it('that nobody answers is a timeout after 15 s, and what comes then is nothing', () => {
    const jid = send('ping', 'm1');
    tick(state, instant(15_900));
    expect(canaries(15_900).pings).toEqual(NO_PINGS);
    tick(state, instant(16_000));
    expect(canaries(16_000).pings).toEqual({ ...NO_PINGS, timeout: 1 });
    answer(jid, 'm1', { atMs: 17_000 });
    expect(canaries(17_000).pings).toEqual({ ...NO_PINGS, timeout: 1 });
  });

  it('is an error where the bus was not heard, not a timeout', () => {
    send('ping', 'm1');
    link(false, 2_000);
    link(true, 3_000);
    send('ping', 'm2', 4_000);
    tick(state, instant(60_000));
    expect(canaries().pings).toEqual({ ok: 0, timeout: 1, error: 1 });
    const source = freeze(state, instant(60_000)).sources.find(
      (each) => each.source === 'job_canary',
    );
    expect(source?.errors.get('bus_gap')).toBe(1);
  });

  it.each([
    ['returns something else', { flags: CANARY | SUCCESS | SUCCESS_SAID }],
    ['failed', { flags: CANARY | CANARY_SAME | SUCCESS_SAID }],
    ['has a code', { code: 1 }],
  ])('is an error when the function %s', (_what, more) => {
    const jid = send('ping', 'm1');
    answer(jid, 'm1', more);
    expect(canaries().pings).toEqual({ ...NO_PINGS, error: 1 });
  });

  it('is answered by the minion that was asked and by no other', () => {
    const jid = send('ping', 'm1');
    answer(jid, 'm2');
    answer(jid, 'nobody');
    expect(canaries()).toMatchObject({ pings: NO_PINGS, open: 1 });
    answer(jid, 'm1');
    expect(canaries().pings.ok).toBe(1);
  });

  it('of a hostile id is one like any other', () => {
    for (const id of FLEET.slice(2)) answer(send('ping', id), id);
    expect(canaries().pings.ok).toBe(2);
  });

  it('that was not published is an error at once, with its reason', () => {
    const jid = send('ping', 'm1');
    const reason = 'refused_authorization';
    apply(state, { kind: 'canary_failure', jid, probe: 'ping', reason }, instant(1_100));
    const more = { kind: 'canary_failure', jid: undefined, probe: 'file' } as const;
    apply(state, { ...more, reason: 'key_missing' }, instant(1_200));
    expect(canaries()).toMatchObject({
      pings: { ...NO_PINGS, error: 1 },
      files: { ...NO_FILES, error: 1 },
      open: 0,
    });
  });

  it('with a jid of somebody else is not taken', () => {
    const job = { kind: 'canary_job', probe: 'ping', minion: 'm1', sentMonoMs: 0 } as const;
    apply(state, { ...job, jid: '20261122030405000001' }, instant(0));
    expect(canaries().open).toBe(0);
  });
});

describe('the pull of a file', () => {
  it.each([
    ['ok', WELL],
    ['wrong_content', CANARY | SUCCESS | SUCCESS_SAID],
    ['missing', CANARY | CANARY_ABSENT | SUCCESS | SUCCESS_SAID],
    ['error', CANARY | SUCCESS_SAID],
  ] as const)('is %s', (result, flags) => {
    const jid = send('file', 'm1');
    answer(jid, 'm1', { fun: 'cp.get_file_str', flags });
    const epoch = freeze(state, instant(2_000));
    expect(epoch.canaries.files).toEqual({ ...NO_FILES, [result]: 1 });
    expect(epoch.canaryFileSeconds.sum).toBe(result === 'ok' ? 0.25 : 0);
    expect([...epoch.minions.lastPingMs].every(Number.isNaN)).toBe(true);
  });

  it('has a minute', () => {
    send('file', 'm1');
    tick(state, instant(60_900));
    expect(canaries().files).toEqual(NO_FILES);
    tick(state, instant(61_000));
    expect(canaries().files).toEqual({ ...NO_FILES, timeout: 1 });
  });
});

describe('canary jobs', () => {
  it('are bounded, and each is counted once', () => {
    for (let n = 0; n < OPEN_CANARIES_MAX + 10; n += 1) send('ping', 'm1');
    expect(canaries()).toMatchObject({ open: OPEN_CANARIES_MAX, pings: { error: 10 } });
    tick(state, instant(60_000));
    expect(canaries()).toMatchObject({ open: 0, pings: { timeout: OPEN_CANARIES_MAX } });
    expect(freeze(state, instant(60_000)).stateEvicted.get('open_canaries')).toBe(10);
  });

  it('end with the key of their minion: its series are gone', () => {
    answer(send('ping', 'm1'), 'm1');
    apply(state, inventory([minion('m2')]), instant(3_000));
    apply(state, inventory([minion('m1'), minion('m2')]), instant(4_000));
    const { minions } = freeze(state, instant(5_000));
    expect([...minions.lastPingMs].every(Number.isNaN)).toBe(true);
  });

  it('ask who has a key, and nobody else', () => {
    expect(canaryFleet(state)).toEqual([...FLEET].sort());
    expect(isCanaryMinion(state, 'm1')).toBe(true);
    expect(isCanaryMinion(state, 'm9')).toBe(false);
    apply(state, inventory([minion('m2')]), instant(3_000));
    expect(canaryFleet(state)).toEqual(['m2']);
    expect(isCanaryMinion(state, 'm1')).toBe(false);
  });

  it('wait while the bus is not read', () => {
    expect(canaryTrouble(state, instant(1_000))).toBeUndefined();
    link(false, 2_000);
    expect(canaryTrouble(state, instant(2_000))).toMatch(/event bus is not read/);
  });

  it('wait while workers do not answer', () => {
    const options = new Map([['worker_threads', 3]]);
    const config = { version: '3008.5', masterId: undefined, transport: 'zeromq' } as const;
    const rest = { zmqFiltering: false, ignoredOptions: [], limitations: [] };
    apply(state, { kind: 'master_config', ...config, ...rest, options }, instant(100));
    for (let sequence = 0; sequence < 6; sequence += 1) {
      const result = sequence % 3 === 0 ? 'timeout' : 'ok';
      apply(state, { kind: 'request_ping', result, seconds: 0.001, sequence }, instant(200));
    }
    expect(canaryTrouble(state, instant(300))).toBe('a worker of the master does not answer');
    for (const sequence of [0, 3]) apply(state, { kind: 'late_ping', sequence }, instant(400));
    expect(canaryTrouble(state, instant(500))).toBeUndefined();
    state.survey.requestsHanging = 2;
    const sees = { ...state.scans, complete: true, lastMonoMs: instant(500).monoMs };
    Object.assign(state.scans, sees);
    expect(canaryTrouble(state, instant(500))).toMatch(/half the workers/);
  });
});
