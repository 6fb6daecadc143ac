/** Who acknowledges: the host of a minion, or a proxy before it; by when heartbeats are answered. */
import { describe, expect, it } from 'vitest';
import { instant, inventory, minion, scan, stream } from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';

const OWN = '127.0.0.77';
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 7 * 86_400,
  canarySourceAddress: OWN,
  enabledSources: ['kernel' as const],
};
const SMALL = { ...DEFAULT_LIMITS, links: 64, minions: 64, addresses: 256, streamMessages: 64 };
const EVERY_MS = 10_000;

/** When a heartbeat is answered, and what TCP's round trip is then, ms. */
interface Answer {
  readonly afterMs: number;
  readonly rttMs: number;
  readonly retransmits?: number;
}

/** A minion that is sent a heartbeat every 10 s, and our own link beside it. */
class Link {
  readonly state: State = createState(OPTIONS, SMALL);
  #ms = 0;
  #acked = 1_062;
  #received = 124;
  #retransmits = 0;
  #own = 1_062;

  constructor() {
    apply(this.state, inventory([minion('m1', ['10.0.0.1'])]), instant(0));
    const { monoMs } = instant(0);
    apply(this.state, { kind: 'stream_link', subscribed: true, monoMs }, instant(0));
    this.#scan({ sentMs: 0, receivedMs: 0, rttMs: 4 });
    for (let n = 0; n < 3; n += 1) this.publish();
  }

  /** A message that both have within the second. */
  publish(): this {
    this.#ms += 1_000;
    apply(this.state, stream([472], [instant(this.#ms).monoMs]), instant(this.#ms));
    this.#acked += 472;
    this.#own += 472;
    const sentMs = this.#ms;
    this.#ms += 1_000;
    this.#scan({ sentMs, receivedMs: 0, rttMs: 4 });
    return this;
  }

  beat({ afterMs, rttMs, retransmits = 0 }: Answer): this {
    const sentMs = this.#ms + EVERY_MS;
    this.#ms = sentMs + Math.max(1_000, afterMs + 10);
    this.#acked += 9;
    this.#received += 7;
    this.#retransmits += retransmits;
    this.#scan({ sentMs, receivedMs: sentMs + afterMs, rttMs });
    return this;
  }

  beats(answers: readonly Answer[]): this {
    for (const answer of answers) this.beat(answer);
    return this;
  }

  /** A look between a heartbeat and its answer. */
  beatSlowly(afterMs: number): this {
    const sentMs = this.#ms + EVERY_MS;
    this.#ms = sentMs + afterMs - 100;
    this.#acked += 9;
    this.#scan({ sentMs, receivedMs: 0, rttMs: 4 });
    this.#ms = sentMs + afterMs + 500;
    this.#received += 7;
    this.#scan({ sentMs, receivedMs: sentMs + afterMs, rttMs: 4 });
    return this;
  }

  get known(): boolean {
    return freeze(this.state, instant(this.#ms)).minions.ledgerKnown[0] === 1;
  }

  get said(): string[] {
    const events = freeze(this.state, instant(this.#ms)).recentEvents;
    return events.map(({ text }) => text).filter((text) => text.includes('proxy'));
  }

  #scan(at: { readonly sentMs: number; readonly receivedMs: number; readonly rttMs: number }) {
    const links = [
      { cookie: 1, address: OWN, acked: this.#own, received: 124, sentAgeMs: 500 },
      {
        cookie: 2,
        acked: this.#acked,
        received: this.#received,
        retransmits: this.#retransmits,
        rttMicros: at.rttMs * 1_000,
        sentAgeMs: this.#ms - at.sentMs,
        ackAgeMs: this.#ms - at.sentMs,
        receivedAgeMs: this.#ms - at.receivedMs,
      },
    ];
    apply(this.state, scan(links, instant(this.#ms)), instant(this.#ms));
  }
}

const times = (count: number, answer: (n: number) => Answer) =>
  Array.from({ length: count }, (_, n) => answer(n));

describe('a link that something else acknowledges', () => {
  it('is known before, and unknown once enough heartbeats told', () => {
    const link = new Link().beats(times(23, (n) => ({ afterMs: 60 + (n % 3) * 4, rttMs: 4 })));
    expect([link.known, link.said]).toEqual([true, []]);
    link.beat({ afterMs: 64, rttMs: 4 });
    expect(link.known).toBe(false);
    expect(link.said).toEqual([
      'Its heartbeats are answered after 60 ms at best and acknowledged 56 ms before that: a proxy acknowledges for its host. (kernel)',
    ]);
    link.publish().beats(times(3, () => ({ afterMs: 60, rttMs: 4 })));
    expect([link.known, link.said.length]).toEqual([false, 1]);
  });

  it('is found though a third of the answers is late, and some looks come too early', () => {
    const link = new Link();
    for (let n = 0; n < 9; n += 1) {
      link.beats(times(2, (i) => ({ afterMs: i === 0 ? 180 : 184, rttMs: 10 })));
      link.beatSlowly(400);
    }
    expect(link.known).toBe(false);
  });

  it('is found again on its own connection only', () => {
    const link = new Link().beats(times(24, () => ({ afterMs: 60, rttMs: 4 })));
    expect(link.state.proxies.verdict[1]).toBe(1);
    expect(link.state.proxies.found).toBe(1);
  });

  it('is taken back when one answer is as fast as its acknowledgement', () => {
    const link = new Link().beats(times(24, () => ({ afterMs: 60, rttMs: 4 })));
    link.beat({ afterMs: 4, rttMs: 4 }).publish().publish().publish();
    expect(link.known).toBe(true);
  });
});

describe('a proxy that the operator names', () => {
  const named = (addresses: readonly string[]) =>
    inventory([minion('m1', ['10.0.0.1'])], { proxyAddresses: addresses });

  it('leaves no ledger known of its address, from the list on and until it is taken off', () => {
    const link = new Link();
    expect(link.known).toBe(true);
    for (const [addresses, known] of [
      [['10.0.0.1', '198.51.100.20'], false],
      [['198.51.100.20'], true],
    ] as const) {
      apply(link.state, named(addresses), instant(1));
      for (let n = 0; n < 4; n += 1) link.publish();
      expect([addresses, link.known]).toEqual([addresses, known]);
    }
    expect(link.state.proxies.found).toBe(0);
  });
});

describe('a link that its host acknowledges is none', () => {
  it.each([
    ['when it answers at once', times(60, () => ({ afterMs: 4, rttMs: 4 }))],
    ['over a long way', times(60, (n) => ({ afterMs: 300 + (n % 4) * 4, rttMs: 301 }))],
    ['over a way that became longer', times(60, (n) => ({ afterMs: 4 + n * 5, rttMs: 4 + n * 5 }))],
    [
      'when its process is busy, but once in a while',
      times(60, (n) => ({ afterMs: n % 8 === 7 ? 12 : 120, rttMs: 4 })),
    ],
    [
      'when its process runs now and then only',
      times(60, (n) => ({ afterMs: 40 + ((n * 619) % 1_440), rttMs: 4 })),
    ],
    [
      'when its process slows down more and more',
      times(60, (n) => ({ afterMs: 40 * 1.3 ** (n % 20), rttMs: 4 })),
    ],
    [
      'when its processor time is rationed by the tenth of a second',
      times(60, (n) => ({ afterMs: 30 + ((n * 1.5) % 70), rttMs: 4 })),
    ],
    ['when packets are lost', times(60, () => ({ afterMs: 240, rttMs: 4, retransmits: 1 }))],
    ['while it was not asked often enough', times(23, () => ({ afterMs: 60, rttMs: 4 }))],
  ])('%s', (_what, answers) => {
    const link = new Link().beats(answers);
    expect(link.said).toEqual([]);
    expect(link.state.proxies.found).toBe(0);
  });

  it('without heartbeats: nothing tells', () => {
    const link = new Link();
    for (let n = 0; n < 60; n += 1) link.publish();
    expect([link.known, link.said]).toEqual([true, []]);
  });
});
