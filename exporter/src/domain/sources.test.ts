/**
 * What the program says of its own sources, of the master's configuration, and of the kernel's
 * losses.
 */
import { describe, expect, it } from 'vitest';
import { instant, inventory, scan, stream } from '../../../test/bench/domain/kit.js';
import { apply, createState, freeze, reconfigure, type State } from './index.js';
import type { MasterConfig, Observation } from './observations.js';
import { type SourceName, sourcesOf } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory', 'master_config', 'stream_canary'] as const,
};
const CONFIG: MasterConfig = {
  kind: 'master_config',
  version: '3007.17',
  masterId: 'master',
  transport: 'zeromq',
  zmqFiltering: false,
  options: new Map([['pub_hwm', 1_000]]),
  ignoredOptions: [],
  limitations: [],
};

function told(...observations: readonly Observation[]): State {
  const state = createState(OPTIONS);
  for (const [n, each] of observations.entries()) apply(state, each, instant(n * 1_000));
  return state;
}

const status = (state: State, source: SourceName) =>
  freeze(state, instant(60_000)).sources.find((each) => each.source === source);
const health = (source: SourceName, up: boolean): Observation => ({
  kind: 'source_health',
  source,
  up,
  detail: up ? 'It sees.' : 'It is blind.',
});

describe('sources', () => {
  it('are all listed, down until they speak, enabled as the settings say', () => {
    const { sources } = freeze(told(), instant(0));
    expect(sources.map((each) => each.source)).toEqual(sourcesOf('master'));
    expect(sources.some((each) => each.up)).toBe(false);
    const state = told();
    expect(status(state, 'monitor_tap')?.enabled).toBe(false);
    reconfigure(state, { ...OPTIONS, enabledSources: ['monitor_tap'] });
    expect([status(state, 'monitor_tap')?.enabled, status(state, 'kernel')?.enabled]).toEqual([
      true,
      false,
    ]);
  });

  it('keep their last success when they go down', () => {
    const state = told(health('kernel', true), health('kernel', false));
    expect(status(state, 'kernel')).toMatchObject({
      up: false,
      detail: 'It is blind.',
      lastSuccessMs: instant(0).wallMs,
    });
  });

  it('succeed with what they deliver', () => {
    const state = told(
      scan([], instant(0)),
      inventory([]),
      CONFIG,
      stream([300, 300, 300]),
      { kind: 'request_ping', result: 'ok', seconds: 0.01 },
      { kind: 'request_ping', result: 'timeout', seconds: undefined },
    );
    const at = (source: SourceName) => status(state, source)?.lastSuccessMs;
    const names = [
      'kernel',
      'inventory',
      'master_config',
      'stream_canary',
      'request_canary',
    ] as const;
    expect(names.map(at)).toEqual([0, 1, 2, 3, 4].map((n) => instant(n * 1_000).wallMs));
  });

  it('are put down by a limitation of the master, which says what follows', () => {
    const limited: MasterConfig = {
      ...CONFIG,
      limitations: [
        { source: 'kernel', finding: 'transport: tcp', consequence: 'Statuses are not known.' },
        { source: 'salt_auth_events', finding: 'auth_events: False', consequence: 'No auth.' },
      ],
    };
    const state = told(health('kernel', true), health('master_config', true), limited);
    expect(status(state, 'kernel')).toMatchObject({
      up: false,
      detail: 'transport: tcp: Statuses are not known.',
    });
    expect(status(state, 'salt_auth_events')?.up).toBe(false);
    expect(status(state, 'salt_presence_events')).toMatchObject({ up: true, enabled: true });
  });

  it('of Salt are not known while its configuration cannot be read', () => {
    const state = told(CONFIG, health('master_config', false));
    expect(status(state, 'salt_auth_events')).toMatchObject({
      up: false,
      detail: 'Not known: the configuration of the master could not be read.',
    });
  });

  it('count their errors by reason, within bounds, and nothing that is no count', () => {
    const error = (reason: string, count: number): Observation => ({
      kind: 'source_error',
      source: 'inventory',
      reason,
      count,
    });
    const many = Array.from({ length: 40 }, (_, n) => error(`reason_${n}`, 1));
    const state = told(error('msgpack', 2), error('msgpack', 1), error('nan', Number.NaN), ...many);
    const errors = status(state, 'inventory')?.errors ?? new Map();
    expect([errors.get('msgpack'), errors.has('nan'), errors.size]).toEqual([3, false, 33]);
    expect(errors.get('other')).toBe(9);
  });
});

describe('the rest of an epoch', () => {
  it('adds up what canaries and kernel tell', () => {
    const state = told(
      stream([450, 450]),
      stream([481]),
      { kind: 'request_ping', result: 'ok', seconds: 0.3 },
      { kind: 'request_ping', result: 'error', seconds: undefined },
      { kind: 'kernel_loss', overflows: 1, eventsLost: 2_000 },
      { kind: 'kernel_loss', overflows: 2, eventsLost: 5 },
      {
        kind: 'master_descriptors',
        open: new Map([['workers', 55]]),
        maximum: new Map([['workers', 5_120]]),
      },
      CONFIG,
    );
    const epoch = freeze(state, instant(9_000));
    expect([epoch.publishMessages, epoch.publishBytes]).toEqual([3, 1_381]);
    expect(epoch.requestPings).toEqual({ ok: 1, timeout: 0, error: 1 });
    expect([epoch.requestPingSeconds.sum, epoch.requestPingSeconds.bounds[0]]).toEqual([
      0.3, 0.005,
    ]);
    expect([epoch.kernelOverflows, epoch.kernelEventsLost]).toEqual([3, 2_005]);
    expect(epoch.masterOpenFds.get('workers')).toBe(55);
    expect(epoch.config?.options.get('pub_hwm')).toBe(1_000);
    expect(epoch.startedWallMs).toBe(instant(0).wallMs);
  });

  it('times scans and says their cadence and origin', () => {
    const state = told(
      scan([], instant(0), { startedMonoMs: instant(0).monoMs - 30, intervalSeconds: 2 }),
    );
    const { scanSeconds, scanIntervalSeconds, scanOrigin } = freeze(state, instant(1));
    expect([scanSeconds.sum, scanIntervalSeconds, scanOrigin]).toEqual([0.03, 2, 'netlink']);
    expect([...scanSeconds.counts]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it('does not change when the state does', () => {
    const state = told(inventory([]), { kind: 'request_ping', result: 'ok', seconds: 1 });
    const before = freeze(state, instant(0));
    const copy = structuredClone(before);
    apply(state, { kind: 'request_ping', result: 'ok', seconds: 1 }, instant(1));
    apply(state, health('kernel', true), instant(2));
    apply(state, scan([{ cookie: 1 }], instant(3)), instant(3));
    expect(before).toEqual(copy);
  });
});
