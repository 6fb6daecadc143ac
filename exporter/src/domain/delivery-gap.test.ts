/** Messages that the bus announced and our own subscription never received. */
import { describe, expect, it } from 'vitest';
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

/** A master that publishes, a bus that is late, our subscription; what happens is sorted by time. */
class Master {
  readonly state: State = createState(OPTIONS, LIMITS);
  #happenings: { ms: number; read: boolean }[] = [];
  #own = 91;

  constructor() {
    this.#tell({ kind: 'stream_link', subscribed: true, monoMs: instant(0).monoMs }, 0);
    this.#tell({ kind: 'bus_link', connected: true, monoMs: instant(0).monoMs }, 0);
  }

  publish(
    ms: number,
    how: { readonly busLateMs?: number; readonly readLateMs?: number | undefined },
  ) {
    this.#happenings.push({ ms: ms + (how.busLateMs ?? 0), read: false });
    if (how.readLateMs !== undefined) {
      this.#happenings.push({ ms: ms + 1 + how.readLateMs, read: true });
    }
  }

  /** Scans once a second until then. */
  run(untilMs: number): number {
    const sorted = [...this.#happenings].sort((a, b) => a.ms - b.ms);
    let next = 0;
    for (let ms = 1_000; ms <= untilMs; ms += 1_000) {
      for (; (sorted[next]?.ms ?? Number.POSITIVE_INFINITY) <= ms; next += 1) {
        const { ms: atMs, read } = sorted[next] ?? { ms, read: false };
        if (read) this.#read(atMs);
        else this.#announce(atMs);
      }
      const own = { cookie: 7, address: '127.0.0.77', acked: this.#own, sentAgeMs: 500 };
      apply(this.state, scan([own], instant(ms)), instant(ms));
    }
    apply(this.state, deaths([], instant(untilMs)), instant(untilMs));
    return freeze(this.state, instant(untilMs)).publishGapMessages;
  }

  #read(ms: number): void {
    this.#own += SIZE;
    apply(this.state, stream([SIZE], instant(ms).monoMs), instant(ms));
  }

  #announce(ms: number): void {
    const event = {
      event: 'new' as const,
      arrivedMonoMs: instant(ms).monoMs,
      stampWallMs: undefined,
      minion: undefined,
      jid: undefined,
    };
    this.#tell({ kind: 'bus_events', events: [event] }, ms);
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
