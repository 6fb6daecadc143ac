/** The room of the event bus: reconnects, lag by two clocks, what was lost. */
import { describe, expect, it } from 'vitest';
import { BusTeller } from '../../../test/bench/domain/bus-kit.js';
import { apply } from './apply.js';
import { freeze } from './freeze.js';
import { DEFAULT_LIMITS } from './limits.js';
import { createState } from './state.js';

const NOW = { monoMs: 10_000, wallMs: 1_800_000_010_000 };
const STARTED_MS = 1_800_000_000_000;

function busState() {
  return createState(
    {
      flapWindowSeconds: 120,
      staleAfterSeconds: 604_800,
      canarySourceAddress: '127.0.0.77',
      enabledSources: ['event_bus'],
    },
    { ...DEFAULT_LIMITS, links: 64, minions: 64 },
  );
}

describe('the event bus in the domain', () => {
  it('is unknown until the source told', () => {
    const epoch = freeze(busState(), NOW);
    expect(epoch.busConnected).toBeUndefined();
    expect(epoch.bus.backlogBytes).toBeUndefined();
  });

  it('counts the connections after the first one', () => {
    const state = busState();
    const link = (connected: boolean) =>
      apply(state, { kind: 'bus_link', connected, monoMs: NOW.monoMs }, NOW);
    const seen = [false, true, false, false, true, true, false].map((connected) => {
      link(connected);
      const { busConnected, bus } = freeze(state, NOW);
      return [busConnected, bus.reconnects];
    });
    expect(seen).toEqual([
      [false, 0],
      [true, 0],
      [false, 0],
      [false, 0],
      [true, 1],
      [true, 1],
      [false, 1],
    ]);
  });

  it('measures lag at the arrival, on the wall clock, however late it is told', () => {
    const state = busState();
    const returned = { kind: 'ret' as const, atMs: 0, minion: 'm1', jid: '1' };
    const batch = new BusTeller().batch(Array.from({ length: 4 }, () => returned));
    batch.arrivedMonoMs.fill(4_000);
    batch.stampWallMs.set([
      STARTED_MS + 3_750, // 0.25 s
      STARTED_MS + 4_000.9, // less than the step of the clock ahead: 0
      STARTED_MS + 4_005, // stamped after it arrived: a clock was set
      Number.NaN,
    ]);
    apply(state, { kind: 'bus_link', connected: true, monoMs: 0 }, NOW);
    apply(state, { ...batch, backlogBytes: 7 }, NOW);
    const { busLagSeconds, bus, sources } = freeze(state, NOW);
    expect([...busLagSeconds.counts].reduce((sum, count) => sum + count)).toBe(2);
    expect(busLagSeconds.sum).toBeCloseTo(0.25, 9);
    expect(bus.events.return).toBe(4);
    expect(bus.backlogBytes).toBe(7);
    const source = sources.find((each) => each.source === 'event_bus');
    expect(source?.errors.get('stamp_ahead')).toBe(1);
    expect(source?.lastSuccessMs).toBe(NOW.wallMs);
  });

  it('adds up what was lost', () => {
    const state = busState();
    apply(state, { kind: 'bus_loss', dropped: 3, rejects: { size: 1 } }, NOW);
    apply(state, { kind: 'bus_loss', dropped: 4, rejects: { size: 1, framing: 2 } }, NOW);
    const { bus } = freeze(state, NOW);
    expect(bus.dropped).toBe(7);
    expect(bus.rejects).toEqual({ framing: 2, body: 0, tag: 0, encoding: 0, size: 2 });
  });
});
