/** Messages that the bus announced and our own subscription never received. */
import { describe, expect, it } from 'vitest';
import { BusTeller } from '../../../test/bench/domain/bus-kit.js';
import { deaths, instant, scan, stream } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const LIMITS = { ...DEFAULT_LIMITS, links: 8, minions: 4, addresses: 8, announcements: 64 };
const SIZE = 472;

interface Reading {
  /** When it reached our kernel; a millisecond later without it. */
  readonly sentMs: number;
  /** When we read it after that; never without it. */
  readonly readLateMs: number | undefined;
}

/** A master that publishes, a bus that is late, our subscription; what happens is sorted by time. */
class Master {
  readonly state: State = createState(OPTIONS, LIMITS);
  readonly #bus = new BusTeller();
  #happenings: { ms: number; what: 'announced' | 'sent' | 'read' }[] = [];
  #own = 91;
  #sentMs = 0;

  constructor() {
    this.#tell({ kind: 'stream_link', subscribed: true, monoMs: instant(0).monoMs }, 0);
    this.#tell({ kind: 'bus_link', connected: true, monoMs: instant(0).monoMs }, 0);
  }

  publish(ms: number, how: { readonly busLateMs?: number } & Partial<Reading>) {
    this.#happenings.push({ ms: ms + (how.busLateMs ?? 0), what: 'announced' });
    if (how.readLateMs === undefined) return;
    const sentMs = how.sentMs ?? ms + 1;
    this.#happenings.push({ ms: sentMs, what: 'sent' });
    this.#happenings.push({ ms: sentMs + how.readLateMs, what: 'read' });
  }

  /** Scans once a second until then. */
  run(untilMs: number): number {
    const sorted = [...this.#happenings].sort((a, b) => a.ms - b.ms);
    let next = 0;
    for (let ms = 1_000; ms <= untilMs; ms += 1_000) {
      for (; (sorted[next]?.ms ?? Number.POSITIVE_INFINITY) <= ms; next += 1) {
        const { ms: atMs, what } = sorted[next] ?? { ms, what: 'sent' };
        if (what === 'read') this.#read(atMs);
        else if (what === 'announced') this.#announce(atMs);
        else this.#send(atMs);
      }
      const sentAgeMs = ms - this.#sentMs;
      const own = { cookie: 7, address: '127.0.0.77', acked: this.#own, sentAgeMs };
      apply(this.state, scan([own], instant(ms)), instant(ms));
    }
    apply(this.state, deaths([], instant(untilMs)), instant(untilMs));
    return freeze(this.state, instant(untilMs)).publishGapMessages;
  }

  #send(ms: number): void {
    this.#own += SIZE;
    this.#sentMs = ms;
  }

  #read(ms: number): void {
    apply(this.state, stream([SIZE], instant(ms).monoMs), instant(ms));
  }

  #announce(ms: number): void {
    this.#tell(this.#bus.batch([{ kind: 'new', atMs: ms, stamped: false }]), ms);
  }

  #tell(observation: Parameters<typeof apply>[1], ms: number): void {
    apply(this.state, observation, instant(ms));
  }
}

/** `lost` of 60 publishes in a row, `apartMs` apart, from the tenth on. */
function gapOf(what: {
  readonly lost: number;
  readonly apartMs: number;
  readonly busLateMs?: number;
  readonly readLateMs?: number;
}): number {
  const master = new Master();
  const { lost, apartMs, busLateMs = 0, readLateMs = 0 } = what;
  for (let n = 0; n < 60; n += 1) {
    const isLost = n >= 10 && n < 10 + lost;
    master.publish(5_000 + n * apartMs, { busLateMs, readLateMs: isLost ? undefined : readLateMs });
  }
  return master.run(5_000 + 60 * apartMs + 2_000);
}

describe('a gap', () => {
  it('is none while the publisher stands still, whenever we read what it wrote before', () => {
    const master = new Master();
    for (let n = 0; n < 20; n += 1) master.publish(5_000 + n * 1_000, { readLateMs: 1 });
    for (let n = 0; n < 14; n += 1) {
      const reading = n < 6 ? { readLateMs: 1_700 } : { sentMs: 35_000, readLateMs: 1 };
      master.publish(25_000, reading);
    }
    master.publish(36_000, { readLateMs: 1 });
    expect(master.run(50_000)).toBe(0);
  });

  it('is none when it stands still again before what came late was told apart', () => {
    const master = new Master();
    for (let n = 0; n < 5; n += 1) master.publish(5_000 + n * 1_000, { readLateMs: 1 });
    for (let n = 0; n < 13; n += 1) {
      master.publish(12_000 + n, n < 11 ? { readLateMs: 8 } : { sentMs: 15_985, readLateMs: 1 });
    }
    for (const ms of [15_983, 16_015, 16_022]) master.publish(ms, { readLateMs: 1 });
    for (let n = 0; n < 11; n += 1) {
      master.publish(17_796 + n, { sentMs: 21_810, readLateMs: 1 });
    }
    for (const ms of [21_820, 23_300, 24_800]) master.publish(ms, { readLateMs: 1 });
    expect(master.run(40_000)).toBe(0);
  });

  it.each([
    ['on a calm master', { lost: 3, apartMs: 8_000 }],
    ['on a busy master', { lost: 3, apartMs: 1_500 }],
    ['with a bus that tells late', { lost: 3, apartMs: 8_000, busLateMs: 607 }],
    ['with a bus that tells late, on a busy master', { lost: 3, apartMs: 1_500, busLateMs: 607 }],
    ['of one, with a bus that tells late', { lost: 1, apartMs: 1_500, busLateMs: 607 }],
    ['of none, with a bus that tells late', { lost: 0, apartMs: 1_500, busLateMs: 3_607 }],
    ['of none, read late', { lost: 0, apartMs: 700, readLateMs: 650 }],
    ['read late', { lost: 2, apartMs: 700, readLateMs: 650 }],
  ])('%s is counted to the message', (_title, what) => {
    expect(gapOf(what)).toBe(what.lost);
  });
});
