/**
 * zmq_socket_monitor counters: complete from the start for our own sockets, bounded for everybody
 * else's.
 */
import { describe, expect, it } from 'vitest';
import { instant } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';
import { OTHER_SOURCES } from './monitor.js';
import type { MonitorEvent } from './observations.js';
import { MONITOR_EVENTS, type MonitorEventName } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};

function start(): State {
  return createState(OPTIONS, { ...DEFAULT_LIMITS, links: 8, minions: 8, addresses: 8 });
}

const event = (name: MonitorEventName, over: Partial<MonitorEvent> = {}): MonitorEvent => ({
  kind: 'monitor_event',
  source: 'exporter',
  socket: 'publish',
  event: name,
  value: 7,
  ...over,
});

function tell(state: State, ...events: MonitorEvent[]): void {
  for (const each of events) apply(state, each, instant(0));
}

function peers(state: State, source = 'exporter', socket = 'publish') {
  const { monitorSockets } = freeze(state, instant(0));
  return monitorSockets.find((each) => each.source === source && each.socket === socket)?.peers;
}

const count = (state: State, name: MonitorEventName) =>
  freeze(state, instant(0)).monitorCounters.find(
    (each) => each.socket === 'publish' && each.event === name,
  );

describe('monitor', () => {
  it('has every event of our own sockets at 0 before anything happened', () => {
    const { monitorCounters, monitorRejects } = freeze(start(), instant(0));
    for (const socket of ['publish', 'request']) {
      const events = monitorCounters.filter((each) => each.socket === socket);
      expect(events.map((each) => each.event)).toEqual([...MONITOR_EVENTS]);
      expect(events.every((each) => each.source === 'exporter' && each.count === 0)).toBe(true);
      expect(events.every((each) => Number.isNaN(each.lastWallMs))).toBe(true);
    }
    const none = { frames: 0, length: 0, version: 0, event: 0, source: 0 };
    expect(monitorRejects.get('exporter')).toEqual(none);
  });

  it('counts events and says when the last came', () => {
    const state = start();
    tell(state, event('connect_delayed'));
    apply(state, event('connect_delayed'), instant(5_000));
    expect(count(state, 'connect_delayed')).toMatchObject({
      count: 2,
      lastWallMs: instant(5_000).wallMs,
    });
  });

  it('has as many peers as handshakes less disconnects, never fewer than none', () => {
    const state = start();
    tell(state, event('disconnected'));
    expect(peers(state)).toBe(0);
    tell(state, event('handshake_succeeded'), event('handshake_succeeded'), event('disconnected'));
    expect(peers(state)).toBe(1);
    const { sources } = freeze(state, instant(0));
    const canary = sources.find((each) => each.source === 'stream_canary');
    expect(canary?.errors.get('peers_clamped')).toBe(1);
  });

  it('takes away as many peers as our own sockets say, all with a foreign one that ends', () => {
    const state = start();
    const own = { socket: 'request' };
    tell(state, event('handshake_succeeded', own), event('handshake_succeeded', own));
    const refused = { ...own, endedPeers: 0 };
    tell(state, event('disconnected', refused), event('monitor_stopped', refused));
    expect(peers(state, 'exporter', 'request')).toBe(2);
    tell(state, event('monitor_stopped', { ...own, endedPeers: 1 }));
    expect(peers(state, 'exporter', 'request')).toBe(1);
    const bound = { source: 'device', socket: 'frontend' };
    tell(state, event('handshake_succeeded', bound), event('handshake_succeeded', bound));
    tell(state, event('monitor_stopped', bound));
    expect(peers(state, 'device', 'frontend')).toBe(0);
  });

  it('keeps the last retry interval in seconds', () => {
    const state = start();
    tell(state, event('connect_retried', { value: 1_376 }), event('connected', { value: 12 }));
    const [first] = freeze(state, instant(0)).monitorSockets;
    expect(first?.retryIntervalSeconds).toBe(1.376);
  });

  it('counts rejects of a source and of events that nobody knows', () => {
    const state = start();
    apply(state, { kind: 'monitor_rejected', source: 'tap', reason: 'frames' }, instant(0));
    const alien = { ...event('connected', { source: 'tap' }), event: 'exploded' };
    apply(state, alien as unknown as MonitorEvent, instant(0));
    const rejects = freeze(state, instant(0)).monitorRejects.get('tap');
    expect(rejects).toEqual({ frames: 1, length: 0, version: 0, event: 1, source: 0 });
  });

  it('refuses the ninth socket of a source, counted', () => {
    const state = start();
    for (let n = 0; n < 9; n += 1)
      tell(state, event('connected', { source: 's', socket: `k${n}` }));
    const { monitorSockets, monitorRejects } = freeze(state, instant(0));
    expect(monitorSockets.filter((each) => each.source === 's')).toHaveLength(8);
    expect(monitorRejects.get('s')?.source).toBe(1);
  });

  it('refuses the sixty-fifth source, unless one has been silent for an hour', () => {
    const state = start();
    for (let n = 0; n < 70; n += 1) tell(state, event('connected', { source: `s${n}` }));
    const full = freeze(state, instant(0));
    expect(full.stateEntries.get('monitor_sources')).toBe(64);
    expect(full.monitorRejects.get(OTHER_SOURCES)?.source).toBe(7);
    apply(state, event('connected', { source: 'late' }), instant(3_600_000));
    const later = freeze(state, instant(3_600_000));
    expect(later.monitorSockets.some((each) => each.source === 'late')).toBe(true);
    expect(later.monitorSockets.some((each) => each.source === 'exporter')).toBe(true);
    expect(later.stateEvicted.get('monitor_sources')).toBe(1);
  });

  it('passes names through as they are', () => {
    const state = start();
    const name = '__proto__"\n<b>';
    tell(state, event('connected', { source: name, socket: 'constructor' }));
    expect(peers(state, name, 'constructor')).toBe(0);
  });
});
