/** Presence by answers to canary jobs, and minions that are connected and do not answer. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusTeller, type Told } from '../../../test/bench/domain/bus-kit.js';
import { instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import { CANARY, CANARY_SAME, SUCCESS, SUCCESS_SAID } from './bus-batch.js';
import { type CanaryProbe, canaryJid } from './canary-job.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State, tick } from './index.js';
import type { CanaryStance } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['event_bus', 'inventory', 'job_canary', 'kernel'] as const,
};
const WELL = CANARY | CANARY_SAME | SUCCESS | SUCCESS_SAID;
const ROUND_SECONDS = 60;
const NOT_KNOWN = 255;

let state: State;
let teller: BusTeller;
let count = 0;

beforeEach(() => {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
  teller = new BusTeller();
  count = 0;
  apply(state, inventory([minion('m1', ['10.0.0.1']), minion('m2', ['10.0.0.2'])]), instant(0));
  apply(state, { kind: 'bus_link', connected: true, monoMs: instant(0).monoMs }, instant(0));
  plan('running', 100);
});

function plan(stance: CanaryStance, atMs: number): void {
  const rest = { detail: '', jobsPerMinute: 10, minions: 2, filesOff: undefined };
  const roundSeconds = stance === 'running' ? ROUND_SECONDS : undefined;
  apply(state, { kind: 'canary_plan', stance, roundSeconds, ...rest }, instant(atMs));
}

function send(id: string, atMs: number, probe: CanaryProbe = 'ping'): string {
  const now = instant(atMs);
  count += 1;
  const jid = canaryJid(now.wallMs, count);
  apply(state, { kind: 'canary_job', jid, probe, minion: id, sentMonoMs: now.monoMs }, now);
  return jid;
}

function tell(told: Told): void {
  apply(state, teller.batch([told]), instant(told.atMs));
}

function answer(jid: string, id: string, atMs: number): void {
  tell({ kind: 'ret', atMs, jid, minion: id, fun: 'test.ping', code: 0, flags: WELL });
}

const present = (atMs: number) => [...freeze(state, instant(atMs)).minions.pingPresent];

/** Both minions are connected. */
function connected(atMs: number): void {
  const rows = [
    { cookie: 1, address: '10.0.0.1' },
    { cookie: 2, address: '10.0.0.2' },
  ];
  apply(state, scan(rows, instant(atMs)), instant(atMs));
  tick(state, instant(atMs));
}

describe('presence by answers', () => {
  it('is what the last canary ping of each minion came to', () => {
    expect(present(500)).toEqual([NOT_KNOWN, NOT_KNOWN]);
    answer(send('m1', 1_000), 'm1', 1_100);
    send('m2', 2_000);
    expect(present(3_000)).toEqual([1, NOT_KNOWN]);
    tick(state, instant(17_001));
    expect(present(17_001)).toEqual([1, 0]);
    answer(send('m2', 20_000), 'm2', 20_100);
    expect(present(21_000)).toEqual([1, 1]);
  });

  it('is there for who returned something since, and for who did within a round', () => {
    send('m2', 2_000);
    tick(state, instant(17_001));
    const ret = { kind: 'ret', jid: '7', fun: 'test.ping', code: 0 } as const;
    tell({ ...ret, atMs: 18_000, minion: 'm1' });
    tell({ ...ret, atMs: 18_000, minion: 'm2' });
    expect(present(19_000)).toEqual([1, 1]);
    expect(present(18_000 + ROUND_SECONDS * 1_000 + 1)).toEqual([NOT_KNOWN, 1]);
  });

  it('is not denied for a file that was not pulled, nor while the bus was not heard', () => {
    send('m1', 1_000, 'file');
    send('m2', 1_000);
    apply(state, { kind: 'bus_link', connected: false, monoMs: 2_000 }, instant(2_000));
    apply(state, { kind: 'bus_link', connected: true, monoMs: 3_000 }, instant(3_000));
    tick(state, instant(70_000));
    expect(present(70_000)).toEqual([NOT_KNOWN, NOT_KNOWN]);
  });

  it('is unknown while no canary jobs are sent, and ends with the key', () => {
    answer(send('m1', 1_000), 'm1', 1_100);
    plan('paused', 2_000);
    expect(present(2_500)).toEqual([NOT_KNOWN, NOT_KNOWN]);
    plan('running', 3_000);
    expect(present(3_500)).toEqual([1, NOT_KNOWN]);
    apply(state, inventory([minion('m2')]), instant(4_000));
    apply(state, inventory([minion('m1'), minion('m2')]), instant(5_000));
    expect(present(5_500)).toEqual([NOT_KNOWN, NOT_KNOWN]);
  });

  it('disagrees with the kernel where a connected minion does not answer', () => {
    const differ = (atMs: number) => freeze(state, instant(atMs)).disagreements.kernel_not_ping;
    connected(200);
    expect(differ(300)).toBe(0);
    send('m2', 1_000);
    tick(state, instant(16_001));
    connected(16_100);
    expect(differ(16_200)).toBe(1);
    plan('off', 17_000);
    connected(17_100);
    expect(differ(17_200)).toBeUndefined();
  });
});
