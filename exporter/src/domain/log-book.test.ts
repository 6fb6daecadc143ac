/** Counts of log records in the state, and the table of named lines itself. */
import { describe, expect, it } from 'vitest';
import { apply, createState, freeze } from './index.js';
import { LOG_SIGNALS, signalsOf } from './log-signals.js';
import { LOG_COMPONENTS, LOG_LEVELS, type LogRecords } from './log-vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['logs'] as const,
};
const NOW = { monoMs: 1_000, wallMs: 1_767_323_045_000 };

function records(parts: Partial<LogRecords>): LogRecords {
  return {
    kind: 'log_records',
    component: 'master',
    levels: LOG_LEVELS.map(() => 0),
    signals: LOG_SIGNALS.map(() => 0),
    readBytes: 0,
    skippedBytes: 0,
    ...parts,
  };
}

describe('the book of logs', () => {
  it('has nothing of a log that was never heard of, and zeros of one that was', () => {
    const state = createState(OPTIONS);
    expect(freeze(state, NOW).logs).toEqual([]);
    apply(state, { kind: 'log_file', component: 'minion', isRead: false }, NOW);
    const [minion, ...others] = freeze(state, NOW).logs;
    expect(others).toEqual([]);
    expect(minion).toMatchObject({ component: 'minion', isRead: false, readBytes: 0 });
    expect([...(minion?.levels ?? [])]).toEqual(LOG_LEVELS.map((level) => [level, 0]));
    expect([...(minion?.signals.keys() ?? [])]).toContain('return_failed');
    expect([...(minion?.signals.keys() ?? [])]).not.toContain('return_received');
  });

  it('adds up what comes, and dates the success of the source', () => {
    const state = createState(OPTIONS);
    const levels = LOG_LEVELS.map((level) => (level === 'error' ? 2 : 0));
    const signals = LOG_SIGNALS.map(({ signal }) => (signal === 'function_error' ? 1 : 0));
    for (const skippedBytes of [0, 5])
      apply(state, records({ levels, signals, readBytes: 10, skippedBytes }), NOW);
    const [master] = freeze(state, NOW).logs;
    expect(master?.levels.get('error')).toBe(4);
    expect(master?.signals.get('function_error')).toBe(2);
    expect(master).toMatchObject({ readBytes: 20, skippedBytes: 5 });
    const source = freeze(state, NOW).sources.find((each) => each.source === 'logs');
    expect(source?.lastSuccessMs).toBe(NOW.wallMs);
  });

  it('counts nothing that is no count', () => {
    const state = createState(OPTIONS);
    const levels = [Number.NaN, -1, Number.POSITIVE_INFINITY];
    apply(state, records({ levels, readBytes: -3, skippedBytes: Number.NaN }), NOW);
    const [master] = freeze(state, NOW).logs;
    expect([...(master?.levels.values() ?? [])]).toEqual(LOG_LEVELS.map(() => 0));
    expect(master).toMatchObject({ readBytes: 0, skippedBytes: 0 });
  });

  it('takes the peers of a socket from who tells them, also that they are not known', () => {
    const state = createState(OPTIONS);
    const event = {
      kind: 'monitor_event',
      source: 'log',
      socket: 'publish',
      event: 'disconnected',
      value: 7,
    } as const;
    const peers = () =>
      freeze(state, NOW).monitorSockets.find(({ source }) => source === 'log')?.peers;
    apply(state, { ...event, peersNow: 'unknown' }, NOW);
    expect(peers()).toBeUndefined();
    apply(state, { ...event, peersNow: 3 }, NOW);
    expect(peers()).toBe(3);
  });
});

describe('the table of named lines', () => {
  it('has each name once, in snake_case, with a log that can hold it', () => {
    const names = LOG_SIGNALS.map(({ signal }) => signal);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(?:_[a-z]+)*$/.test(name))).toEqual([]);
    const used = new Set(LOG_COMPONENTS.flatMap(signalsOf));
    expect(used.size).toBe(LOG_SIGNALS.length);
  });
});
