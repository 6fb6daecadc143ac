/** A minion's own view: its links and requests by the bytes of its kernel, its jobs, and what its settings do to a master. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deaths, instant, type RowSpec, scan } from '../../../test/bench/domain/kit.js';
import {
  apply,
  createState,
  DEFAULT_LIMITS,
  freeze,
  localSight,
  type State,
  tick,
} from './index.js';
import { stormAdvice } from './local-advice.js';
import type { LocalMasterFigures } from './local-epoch.js';
import type { LocalConfig, LocalEvent, LocalPart } from './local-told.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel'] as const,
  role: 'minion',
} as const;
const JID = '20261122030405000001';
const HANDSHAKE = { acked: 131, received: 107 };
const SYN_SENT = 2;
const FIN_WAIT1 = 4;
const CLOSED = 7;

let state: State;

beforeEach(() => {
  state = createState(OPTIONS, { ...DEFAULT_LIMITS, links: 64, minions: 64 });
});

function configure(
  masters: LocalConfig['masters'] = [{ name: 'salt', addresses: ['10.0.0.1'] }],
): void {
  const options = new Map([['recon_max', 10_000]]);
  const config = { minionId: 'm1', version: undefined, masters, options };
  apply(state, { kind: 'local_config', ...config }, instant(0));
}

/** A request link as a scan sees it. */
function request(parts: Partial<RowSpec> = {}): RowSpec {
  return { cookie: 7, port: 'request', receivedAgeMs: 500, sentAgeMs: 500, ...HANDSHAKE, ...parts };
}

function look(atMs: number, ...rows: RowSpec[]): void {
  apply(state, scan(rows, instant(atMs)), instant(atMs));
}

function die(atMs: number, ...rows: RowSpec[]): void {
  const gone = rows.map((row) => ({ state: CLOSED, ...row }));
  apply(state, deaths(gone, instant(atMs)), instant(atMs));
}

function master(atMs: number, name = 'salt'): LocalMasterFigures | undefined {
  return freeze(state, instant(atMs)).local?.masters.find((each) => each.name === name);
}

function counts(atMs: number): readonly (number | undefined)[] {
  const seen = master(atMs);
  return [seen?.answered, seen?.abandoned, seen?.refused];
}

describe('links of a minion', () => {
  beforeEach(() => configure());

  it('are not known before they were looked at, then counted by port and master', () => {
    expect(master(500)).toMatchObject({ publishLinks: undefined, requestLinks: undefined });
    look(1_000, { cookie: 1, receiveQueue: 4_000 }, { cookie: 2 }, request());
    expect(master(1_100)).toMatchObject({
      publishLinks: 2,
      requestLinks: 1,
      receiveQueueBytes: 4_000,
      requestWaitSeconds: undefined,
    });
    look(2_000, request());
    expect(master(2_100)).toMatchObject({ publishLinks: 0, receiveQueueBytes: undefined });
  });

  it('go to the master whose address they have, and to nobody known without one', () => {
    configure([
      { name: 'a.example', addresses: ['10.0.0.1', '2001:db8::1'] },
      { name: 'b.example', addresses: ['10.0.0.2'] },
    ]);
    const at = (address: string, cookie: number) => ({ cookie, address });
    look(1_000, at('2001:db8::1', 1), at('10.0.0.2', 2), at('10.0.0.2', 3), at('10.9.9.9', 4));
    expect(master(1_100, 'a.example')?.publishLinks).toBe(1);
    expect(master(1_100, 'b.example')?.publishLinks).toBe(2);
  });

  it('answer requests: bytes out, then bytes in', () => {
    look(1_000);
    look(2_000, request());
    look(3_000, request({ acked: 728, sentAgeMs: 200, receivedAgeMs: 900 }));
    expect(counts(3_100)).toEqual([0, 0, 0]);
    expect(master(3_300)?.requestWaitSeconds).toBeCloseTo(0.5, 3);
    look(4_000, request({ acked: 728, received: 210, sentAgeMs: 1_200, receivedAgeMs: 100 }));
    expect(counts(4_100)).toEqual([1, 0, 0]);
    expect(master(4_100)?.requestWaitSeconds).toBeUndefined();
    look(5_000, request({ acked: 1_325, received: 313, sentAgeMs: 300, receivedAgeMs: 290 }));
    expect(counts(5_100)).toEqual([2, 0, 0]);
  });

  it('see a request that waits while the one before it was answered in the same second', () => {
    look(1_000, request());
    look(2_000, request({ acked: 1_400, received: 210, sentAgeMs: 100, receivedAgeMs: 400 }));
    expect(master(2_000)?.requestWaitSeconds).toBeCloseTo(0.1, 3);
    die(9_000, request({ acked: 1_401, received: 210 }));
    expect(counts(9_100)).toEqual([1, 1, 0]);
  });

  it('take heartbeats for no requests', () => {
    look(1_000, request());
    for (let beat = 1; beat <= 6; beat += 1) {
      const bytes = { acked: 131 + 7 * beat, received: 107 + 9 * beat };
      look(1_000 + beat * 10_000, request({ ...bytes, sentAgeMs: 10, receivedAgeMs: 12 }));
    }
    expect(counts(62_000)).toEqual([0, 0, 0]);
    expect(master(62_000)?.requestWaitSeconds).toBeUndefined();
  });

  it('abandon what waits when they end, once, whether or not the kernel still tries to deliver', () => {
    look(1_000, request());
    look(2_000, request({ sendQueue: 597 }));
    expect(master(2_000)?.requestWaitSeconds).toBeGreaterThan(0);
    look(9_000, request({ sendQueue: 598, state: FIN_WAIT1 }));
    expect(counts(9_100)).toEqual([0, 1, 0]);
    expect(master(9_100)).toMatchObject({ requestLinks: 0, requestWaitSeconds: undefined });
    look(10_000, request({ sendQueue: 598, state: FIN_WAIT1 }));
    die(60_000, request({ sendQueue: 598 }));
    look(61_000);
    expect(counts(61_100)).toEqual([0, 1, 0]);
  });

  it('are answered at their very end too', () => {
    look(1_000);
    die(1_500, request({ acked: 729, received: 211, sentAgeMs: 5, receivedAgeMs: 3 }));
    expect(counts(1_600)).toEqual([1, 0, 0]);
  });

  it('that were never made are refused', () => {
    look(1_000);
    const attempt = { state: SYN_SENT, acked: 0, received: 0, sendQueue: 1 };
    look(2_000, request(attempt));
    expect(master(2_100)?.requestLinks).toBe(0);
    die(2_500, request({ acked: 0, received: 0 }));
    die(2_600, request({ cookie: 8, acked: 0, received: 0 }));
    die(2_700, { cookie: 9, port: 'publish', acked: 0, received: 0 });
    expect(counts(2_800)).toEqual([0, 0, 2]);
  });

  it('that stood before our first look have no history', () => {
    look(1_000, request({ acked: 9_000_000, received: 700_000 }));
    expect(counts(1_100)).toEqual([0, 0, 0]);
    look(2_000, request({ acked: 9_000_597, received: 700_103, sentAgeMs: 9, receivedAgeMs: 3 }));
    expect(counts(2_100)).toEqual([1, 0, 0]);
  });

  it('stay within their bound', () => {
    const rows = Array.from({ length: 5_000 }, (_, cookie) => request({ cookie: cookie + 1 }));
    look(1_000, ...rows);
    expect(state.local?.links.size).toBe(4_096);
    look(2_000);
    expect(state.local?.links.size).toBe(0);
  });
});

describe('jobs of a minion', () => {
  const at = (atMs: number) => instant(atMs).monoMs;
  const watch = (part: LocalPart, watched: boolean, atMs: number) =>
    apply(state, { kind: 'local_watch', part, watched, monoMs: at(atMs) }, instant(atMs));
  const tell = (...events: LocalEvent[]) =>
    apply(state, { kind: 'local_events', events }, instant(50_000));
  const sight = (atMs: number, jid = JID) => {
    const { local } = state;
    return local === undefined ? undefined : localSight(local, jid, instant(atMs));
  };
  const returning = (request: string | undefined, atMs: number, jid = JID): LocalEvent => ({
    what: 'returning',
    jid,
    request,
    internal: false,
    monoMs: at(atMs),
  });

  beforeEach(() => {
    configure();
    watch('bus', true, 1_000);
    watch('processes', true, 2_000);
  });

  it('are received, executed and answered', () => {
    tell({ what: 'started', jid: JID, monoMs: at(10_000) });
    expect(sight(11_000)).toEqual({
      received: true,
      executed: false,
      queued: false,
      running: true,
      returned: 'unknown',
      watchedSeconds: 9,
    });
    tell(returning('r1', 12_000), { what: 'ended', jid: JID, monoMs: at(12_010) });
    tell({ what: 'settled', request: 'r1', answered: true, monoMs: at(12_020) });
    expect(sight(13_000)).toMatchObject({ executed: true, running: false, returned: 'answered' });
    expect(freeze(state, instant(13_000)).local).toMatchObject({ executed: 1, notReturned: 0 });
  });

  it('wait, have their turn, and are counted once', () => {
    tell({ what: 'queued', jid: JID, monoMs: at(10_000) });
    expect(sight(11_000)).toMatchObject({ received: true, queued: true, executed: false });
    tell({ what: 'released', jid: JID, monoMs: at(12_000) });
    expect(sight(13_000)).toMatchObject({ received: true, queued: false });
    expect(freeze(state, instant(13_000)).local?.queued).toBe(1);
    tell({ what: 'queued', jid: 'other', monoMs: at(14_000) });
    tell({ what: 'started', jid: 'other', monoMs: at(15_000) });
    expect(sight(15_100, 'other')).toMatchObject({ queued: false, running: true });
  });

  it('whose return was given up are abandoned, or refused where no link stands', () => {
    look(3_000, request());
    tell(returning('r1', 12_000), returning('r2', 12_000, 'other'));
    tell({ what: 'settled', request: 'r1', answered: false, monoMs: at(40_000) });
    expect(sight(41_000)?.returned).toBe('abandoned');
    look(42_000);
    tell({ what: 'settled', request: 'r2', answered: false, monoMs: at(43_000) });
    expect(sight(44_000, 'other')?.returned).toBe('refused');
    expect(freeze(state, instant(45_000)).local?.notReturned).toBe(2);
  });

  it('of whose return nobody says anything are given up after two minutes, if somebody listened', () => {
    tell({ what: 'settled', request: 'r0', answered: true, monoMs: at(5_000) });
    tell(returning('r1', 12_000), returning('r2', 13_000, 'other'));
    tick(state, instant(131_000));
    expect(sight(131_000)?.returned).toBe('unknown');
    tick(state, instant(132_500));
    expect(sight(132_500)?.returned).toBe('abandoned');
    watch('bus', false, 132_600);
    watch('bus', true, 132_700);
    tick(state, instant(140_000));
    expect(sight(140_000, 'other')).toMatchObject({ executed: true, returned: 'unknown' });
    expect(freeze(state, instant(140_000)).local?.notReturned).toBe(1);
  });

  it('stay unknown to the end where the bus never tells an outcome, as on 3007.17', () => {
    tell(returning('r1', 12_000));
    tick(state, instant(500_000));
    expect(sight(500_000)).toMatchObject({ executed: true, returned: 'unknown' });
    expect(freeze(state, instant(500_000)).local?.notReturned).toBe(0);
  });

  it('of which nothing was seen are denied only by those who watched', () => {
    expect(sight(10_000)).toMatchObject({ received: false, executed: false, watchedSeconds: 8 });
    watch('processes', false, 10_000);
    expect(sight(11_000)).toMatchObject({
      received: undefined,
      executed: false,
      queued: undefined,
    });
    watch('bus', false, 11_000);
    expect(sight(12_000)).toMatchObject({ executed: undefined, watchedSeconds: 0 });
  });

  it('that were forgotten are denied by nobody', () => {
    for (let i = 0; i < 2_050; i += 1)
      tell({ what: 'started', jid: `${i}`, monoMs: at(10_000 + i) });
    expect(state.local?.jobs.size).toBe(2_048);
    expect(sight(20_000, '0')).toMatchObject({ received: false });
    expect(sight(20_000, '0')?.watchedSeconds).toBeCloseTo(9.999, 6);
  });

  it('without a name for their request, as before 3006.11, are executed and no more is known', () => {
    tell(returning(undefined, 12_000));
    tick(state, instant(200_000));
    expect(sight(200_000)).toMatchObject({ executed: true, returned: 'unknown' });
  });

  it('that only ask whether a job runs are no executed ones', () => {
    tell({ ...returning('r1', 12_000), internal: true } as LocalEvent);
    expect(freeze(state, instant(13_000)).local?.executed).toBe(0);
  });
});

describe('the advice on storms', () => {
  const options = new Map([
    ['recon_default', 1_000],
    ['recon_max', 10_000],
    ['recon_randomize', 1],
    ['random_reauth_delay', 10],
  ]);

  it('is silent about a fleet that nobody counted', () => {
    expect(stormAdvice(options, undefined)).toEqual({
      invites: undefined,
      sentences: [expect.stringContaining('--local.fleet-size is not set')],
    });
    expect(stormAdvice(new Map(), 5_000).invites).toBeUndefined();
  });

  it('says how fast a fleet comes back, and what would slow it down', () => {
    expect(stormAdvice(options, 5_000)).toEqual({
      invites: true,
      sentences: [
        'After a restart of the master 5,000 minions like this one come back within 10 s, 500 a second (recon_max: 10000): that invites a storm; recon_max: 50000 makes it 100 a second.',
        'When the key of the master changes they authenticate within 10 s, 500 a second (random_reauth_delay: 10): that invites a storm; random_reauth_delay: 50 makes it 100 a second.',
      ],
    });
    const advised = new Map([...options, ['recon_max', 50_000], ['random_reauth_delay', 50]]);
    expect(stormAdvice(advised, 5_000).invites).toBe(false);
    expect(stormAdvice(options, 500).invites).toBe(false);
  });

  it('knows that without recon_randomize all come at once', () => {
    const together = new Map([...options, ['recon_randomize', 0]]);
    expect(stormAdvice(together, 500)).toMatchObject({ invites: true });
    expect(stormAdvice(together, 500).sentences[0]).toContain('all at once');
    expect(stormAdvice(together, 100).sentences[0]).toContain('no storm');
  });
});

describe('the role', () => {
  it('shows its own sources, and beside a master none of them', () => {
    const names = (of: State) => freeze(of, instant(0)).sources.map(({ source }) => source);
    expect(names(state)).toEqual(['kernel', 'logs', 'minion_config', 'minion_bus', 'minion_jobs']);
    const beside = createState({ ...OPTIONS, role: 'master' });
    expect(names(beside)).toContain('inventory');
    expect(names(beside)).not.toContain('minion_bus');
    expect(freeze(beside, instant(0)).local).toBeUndefined();
  });
});
