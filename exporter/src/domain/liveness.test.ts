/**
 * Stalled and slow over time: what a stopped process, a closed window and a slow reader look like,
 * with heartbeats and without. Instants in seconds after the first scan.
 */
import { describe, expect, it } from 'vitest';
import {
  deaths,
  instant,
  inventory,
  minion,
  type RowSpec,
  scan,
  stream,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State, tick } from './index.js';
import { MINION_STATUSES } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 7 * 86_400,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};
const SMALL = {
  ...DEFAULT_LIMITS,
  links: 64,
  minions: 64,
  addresses: 256,
  streamMessages: 1_024,
  announcements: 64,
};
/** Each link's heartbeat has a phase of its own. */
const PHASES_MS = [2_300, 5_700, 9_100];
const FLEET = inventory(['1', '2', '3'].map((n) => minion(`m${n}`, [`10.0.0.${n}`])));

interface Story {
  /** 0: none is sent. */
  readonly intervalMs?: number;
  /** What is the matter with m1, as its row at an instant. */
  readonly row?: (ms: number, well: RowSpec) => RowSpec;
  /** When the kernel destroys m1's link. */
  readonly endMs?: number;
  /** Messages that are published at an instant. */
  readonly publish?: (ms: number) => readonly number[];
}

/** The link of a process that runs: every PING acknowledged and answered at once. */
function wellRow(n: number, ms: number, intervalMs: number): RowSpec {
  const sinceMs = ms + intervalMs - (PHASES_MS[n] ?? 0);
  const beats = intervalMs > 0 ? Math.floor(sinceMs / intervalMs) : 0;
  const ageMs = beats > 0 ? sinceMs % intervalMs : ms + 60_000;
  return {
    cookie: n + 1,
    address: `10.0.0.${n + 1}`,
    acked: 91 + 9 * beats,
    received: 124 + 7 * beats,
    sentAgeMs: ageMs,
    ackAgeMs: ageMs,
    receivedAgeMs: ageMs,
  };
}

/** Status of m1 each second. */
function statuses(story: Story, seconds: number): { list: string[]; state: State } {
  const { intervalMs = 10_000, row, endMs = Number.POSITIVE_INFINITY, publish } = story;
  const state = createState(OPTIONS, SMALL);
  apply(state, FLEET, instant(0));
  apply(state, { kind: 'stream_link', subscribed: true, monoMs: instant(0).monoMs }, instant(0));
  const list: string[] = [];
  let published = 0;
  for (let ms = 0; ms <= seconds * 1_000; ms += 250) {
    const at = instant(ms);
    if (ms === endMs) apply(state, deaths([{ cookie: 1, address: '10.0.0.1' }], at), at);
    if (ms % 1_000 === 0) {
      const sizes = publish?.(ms) ?? [];
      if (sizes.length > 0) apply(state, stream(sizes, at.monoMs), at);
      published += sizes.reduce((sum, size) => sum + size, 0);
      const rows = PHASES_MS.map((_, n) => wellRow(n, ms, intervalMs)).map((well, n) => {
        const served = { ...well, acked: (well.acked ?? 0) + published };
        return n === 0 && row !== undefined ? row(ms, well) : served;
      });
      apply(state, scan(ms >= endMs ? rows.slice(1) : rows, at), at);
    }
    tick(state, at);
    if (ms % 1_000 === 0) list.push(statusOf(state, ms));
  }
  return { list, state };
}

function statusOf(state: State, ms: number): string {
  return MINION_STATUSES[freeze(state, instant(ms)).minions.status[0] ?? 255] ?? '';
}

function from(list: readonly string[], status: string): number {
  return list.indexOf(status);
}

/** The process stands still from `stopMs` on: its kernel answers, it does not. */
function stopped(stopMs: number, runsOnMs = Number.POSITIVE_INFINITY, intervalMs = 10_000) {
  return (ms: number, well: RowSpec): RowSpec => {
    if (ms < stopMs || ms >= runsOnMs) return well;
    const before = wellRow(0, stopMs, intervalMs);
    const answeredMs = stopMs - (before.receivedAgeMs ?? 0);
    return { ...well, received: before.received ?? 0, receivedAgeMs: ms - answeredMs };
  };
}

describe('a process that was stopped, with heartbeats', () => {
  it.each([
    [20_500, 22],
    [31_000, 22],
    [29_900, 22],
  ])('is stalled 22 s after its last answer, stopped at %i ms', (stopMs) => {
    const { list } = statuses({ row: stopped(stopMs) }, 60);
    const lastAnswerMs = stopMs - (wellRow(0, stopMs, 10_000).receivedAgeMs ?? 0);
    const afterMs = from(list, 'stalled') * 1_000 - lastAnswerMs;
    expect(afterMs).toBeGreaterThan(22_000);
    expect(afterMs).toBeLessThanOrEqual(23_000);
    expect(new Set(list.slice(1, from(list, 'stalled')))).toEqual(new Set(['ok']));
    expect(new Set(list.slice(from(list, 'stalled')))).toEqual(new Set(['stalled']));
  });

  it('is absent 5 s after the publisher ended its link, between 31 and 36 s after the fault', () => {
    const { list } = statuses({ row: stopped(30_000), endMs: 63_000 }, 80);
    expect(list.slice(46, 62)).toEqual(Array.from({ length: 16 }, () => 'stalled'));
    expect(list.slice(69)).toEqual(Array.from({ length: 12 }, () => 'absent'));
  });

  it('is well again at its first answer, and says what its stall rests on', () => {
    const { list, state } = statuses({ row: stopped(30_000, 58_000) }, 70);
    expect(list[57]).toBe('stalled');
    expect(new Set(list.slice(58))).toEqual(new Set(['ok']));
    const events = freeze(state, instant(70_000)).recentEvents;
    const told = events.find(({ status }) => status === 'stalled')?.text;
    expect(told).toBe(
      'Its host acknowledges, its process answers no heartbeat since 00:00:22 UTC. (kernel)',
    );
  });

  it('is stalled in seconds where heartbeats come each second', () => {
    const { list } = statuses({ intervalMs: 1_000, row: stopped(30_000, 90_000, 1_000) }, 50);
    expect(from(list, 'stalled')).toBeGreaterThanOrEqual(33);
    expect(from(list, 'stalled')).toBeLessThanOrEqual(35);
  });

  it('is not stalled when it is the publisher that stands still, however its host answers', () => {
    const row = (ms: number, well: RowSpec): RowSpec => {
      if (ms < 30_000) return well;
      const before = wellRow(0, 30_000, 10_000);
      const silentMs = ms - 30_000 + (before.receivedAgeMs ?? 0);
      return { ...before, receivedAgeMs: silentMs, sentAgeMs: silentMs, ackAgeMs: ms % 5_000 };
    };
    expect(statuses({ row }, 90).list).not.toContain('stalled');
  });

  it('keeps the instant of its last answer', () => {
    const { state } = statuses({ row: stopped(30_000) }, 40);
    expect(freeze(state, instant(40_000)).minions.lastPongMs[0]).toBe(instant(22_300).wallMs);
    const none = statuses({ intervalMs: 0 }, 40).state;
    expect(freeze(none, instant(40_000)).minions.lastPongMs[0]).toBeNaN();
  });

  it('that stood still before we came is stalled as well, when its PINGs were seen', () => {
    const { list } = statuses({ row: stopped(0) }, 50);
    expect(from(list, 'stalled')).toBeGreaterThan(22);
    expect(from(list, 'stalled')).toBeLessThan(40);
  });
});

describe('a process that was stopped, without heartbeats', () => {
  it('is not seen while nothing is published, and nothing is said of it', () => {
    const { list } = statuses({ intervalMs: 0, row: stopped(30_000, 1e9, 0) }, 90);
    expect(new Set(list.slice(1))).toEqual(new Set(['ok']));
  });

  it('is stalled 5 s after its window closed, with the window as evidence', () => {
    const blocked = { sendQueue: 60_000, notSent: 60_000, unacked: 0, sendWindow: 0 };
    const row = (ms: number, well: RowSpec) => (ms < 30_000 ? well : { ...well, ...blocked });
    const { list, state } = statuses({ intervalMs: 0, row }, 50);
    expect(from(list, 'stalled')).toBe(35);
    expect(freeze(state, instant(50_000)).recentEvents[0]?.text).toBe(
      'Its host acknowledges, its process reads nothing since 00:00:30 UTC: the window is closed. (kernel)',
    );
  });

  it('is stalled too where the kernel tells no window, by what it keeps back', () => {
    const blocked = { sendQueue: 60_000, notSent: 60_000, unacked: 0, sendWindow: 0xffff_ffff };
    const row = (ms: number, well: RowSpec) => (ms < 30_000 ? well : { ...well, ...blocked });
    expect(from(statuses({ intervalMs: 0, row }, 50).list, 'stalled')).toBe(35);
  });

  it('is not stalled when it reads on each time, however slowly', () => {
    const row = (ms: number, well: RowSpec): RowSpec =>
      ms < 30_000
        ? well
        : { ...well, acked: ms, sendQueue: 9_000, notSent: 9_000, unacked: 0, sendWindow: 0 };
    expect(statuses({ intervalMs: 0, row }, 60).list).not.toContain('stalled');
  });
});

describe('a host that is gone', () => {
  it('is half open, never stalled, with heartbeats', () => {
    const row = (ms: number, well: RowSpec): RowSpec => {
      if (ms < 33_000) return well;
      const before = wellRow(0, 32_900, 10_000);
      const lost = { unacked: 1, sendQueue: 9, backoff: 4, ackAgeMs: ms - 32_300 };
      return { ...before, ...lost, sentAgeMs: 400, receivedAgeMs: ms - 32_300 };
    };
    const { list } = statuses({ row }, 60);
    expect(list).not.toContain('stalled');
    expect(list[59]).toBe('half_open');
  });
});

describe('a reader that is behind', () => {
  const SIZE = 100_000;
  /** 100 messages at 20 s; m1 takes one a `pace` ms. */
  const story = (pace: number): Story => ({
    intervalMs: 0,
    publish: (ms) =>
      ms === 10_000 ? [500] : ms === 20_000 ? Array.from({ length: 100 }, () => SIZE) : [],
    row: (ms, well) => {
      const taken = Math.min(100, Math.max(0, Math.floor((ms - 20_000) / pace)));
      const acked = (well.acked ?? 0) + (ms >= 10_000 ? 500 : 0) + taken * SIZE;
      const left = (ms >= 20_000 ? 100 - taken : 0) * SIZE;
      const waits = { sendQueue: Math.min(left, 1_000_000), unacked: left > 0 ? 3 : 0 };
      return { ...well, acked, ...waits, ackAgeMs: 10, sentAgeMs: left > 0 ? 10 : ms - 19_000 };
    },
  });

  it('is slow while its lag is above two seconds and it drains, until it has caught up', () => {
    const { list } = statuses(story(200), 60);
    expect(from(list, 'slow')).toBeGreaterThanOrEqual(25);
    expect(from(list, 'slow')).toBeLessThanOrEqual(27);
    expect(list.lastIndexOf('slow')).toBeGreaterThanOrEqual(38);
    expect(list.lastIndexOf('slow')).toBeLessThanOrEqual(41);
    expect(list[45]).toBe('ok');
    expect(list.filter((status, n) => status === 'slow' && list[n - 1] === 'ok')).toHaveLength(1);
  });

  it('is not slow for one burst that takes three seconds', () => {
    expect(statuses(story(30), 40).list).not.toContain('slow');
  });
});
