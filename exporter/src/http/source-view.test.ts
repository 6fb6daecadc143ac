/** How a source's report, its fallback and the master's limits become one state. */
import { describe, expect, it } from 'vitest';
import { AT_MS, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import type { Epoch, SourceStatus } from '../domain/epoch.js';
import { sourceViews } from './source-view.js';

function view(status: Partial<SourceStatus>, changes: Partial<Epoch> = {}) {
  const source: SourceStatus = {
    source: 'inventory',
    enabled: true,
    up: true,
    detail: 'Said.',
    lastSuccessMs: AT_MS,
    errors: new Map(),
    ...status,
  };
  return sourceViews(syntheticEpoch({ sources: [source], ...changes }))[0];
}

function limited(source: SourceStatus['source']): Partial<Epoch> {
  const { config } = syntheticEpoch();
  if (config === undefined) throw new Error('the sample has a configuration');
  const limitation = { source, finding: 'transport: tcp', consequence: 'Nothing is seen.' };
  return { config: { ...config, limitations: [limitation] } };
}

describe('sourceViews', () => {
  it('tells the five states apart', () => {
    expect(view({})?.state).toBe('works');
    expect(view({ enabled: false, up: false })?.state).toBe('off');
    expect(view({ up: false })?.state).toBe('down');
    expect(view({ up: false, ...{ source: 'kernel' } }, limited('kernel'))?.state).toBe('limited');
    const young = { startedWallMs: AT_MS - 3000 };
    expect(view({ up: false, lastSuccessMs: undefined }, young)?.state).toBe('starting');
    expect(view({ up: false, lastSuccessMs: undefined })?.state).toBe('down');
  });

  it('says which setting turns a source on that is off', () => {
    const off = { enabled: false, up: false, detail: 'Nothing was heard from it yet.' };
    expect(view({ ...off, source: 'monitor_tap' })?.detail).toBe('Off: --monitor.tap is not set.');
    expect(view({ ...off, source: 'kernel' })?.detail).toBe('These settings keep it off.');
  });

  it('calls the kernel limited, not down, while it still shows links', () => {
    const status = { source: 'kernel' as const, up: false, detail: 'Reading /proc/net/tcp …' };
    expect(view(status)).toMatchObject({ state: 'limited', detail: 'Reading /proc/net/tcp …' });
    expect(view(status, { links: undefined })?.state).toBe('down');
  });

  it('calls a feed of Salt that the master keeps off, off', () => {
    const status = { source: 'salt_presence_events' as const, up: false };
    expect(view(status, limited('salt_presence_events'))).toMatchObject({
      state: 'off',
      limitations: [{ finding: 'transport: tcp', consequence: 'Nothing is seen.' }],
    });
  });

  it('says a limitation once, though the domain repeats it as detail', () => {
    const status = {
      source: 'kernel' as const,
      up: false,
      detail: 'transport: tcp: Nothing is seen.',
    };
    expect(view(status, limited('kernel'))?.detail).toBe('');
  });

  it('lists errors that happened, and what the kernel lost', () => {
    const errors = new Map([
      ['refused', 0],
      ['torn_dump', 2],
    ]);
    expect(view({ source: 'kernel', errors })?.errors).toEqual({
      torn_dump: 2,
      overflows: 1,
      destroy_events_lost: 12,
    });
  });

  it('lists what of the event bus was dropped or could not be read', () => {
    expect(view({ source: 'event_bus' })?.errors).toEqual({
      events_dropped: 17,
      framing_rejected: 1,
      body_rejected: 2,
      encoding_rejected: 3,
    });
  });
});
