/**
 * The request ledger against what live masters' kernels told: whole lives of links that ended
 * between two scans, and what scans tell of links that stay.
 */
import { describe, expect, it } from 'vitest';
import {
  deaths,
  instant,
  inventory,
  LISTENERS,
  minion,
  type RowSpec,
  scan,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';
import type { LinkScan } from './observations.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 7 * 86_400,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel' as const],
};
const SMALL = {
  ...DEFAULT_LIMITS,
  links: 256,
  minions: 64,
  addresses: 256,
  streamMessages: 64,
  announcements: 64,
};
const MINION = '10.0.0.1';
const STRANGER = '10.9.9.9';
const NOTHING = { minion: 0, local: 0, unknown: 0 };

/** One scan a second; rows are request links. */
class Watch {
  readonly state: State = createState(OPTIONS, SMALL);
  ms = 0;

  constructor({ empty = true } = {}) {
    apply(this.state, inventory([minion('m1', [MINION]), minion('m2', ['10.0.0.2'])]), instant(0));
    if (empty) this.scan();
  }

  scan(rows: readonly RowSpec[] = [], overrides: Partial<LinkScan> = {}): this {
    apply(this.state, scan(rows.map(onRequestPort), instant(this.ms), overrides), instant(this.ms));
    this.ms += 1_000;
    return this;
  }

  /** Ends links `ms` after the last scan. */
  end(rows: readonly RowSpec[], ms = 500): this {
    const at = instant(this.ms - 1_000 + ms);
    apply(this.state, deaths(rows.map(onRequestPort), at), at);
    return this;
  }

  epoch() {
    return freeze(this.state, instant(this.ms - 1_000));
  }

  samples(): number {
    return this.epoch().requestServiceSeconds.counts.reduce((sum, count) => sum + count, 0);
  }

  minion(row = 0) {
    const { minions } = this.epoch();
    return {
      wait: minions.requestWaitSeconds[row],
      request: minions.requestBytes[row],
      reply: minions.replyBytes[row],
    };
  }
}

function onRequestPort(row: RowSpec): RowSpec {
  return { address: MINION, ...row, port: 'request' };
}

describe('a link that lived between two scans, by its totals at the end', () => {
  const abandoned = { ...NOTHING, unknown: 1 };
  it.each([
    ['a publish for four minions, accepted', 333, 184, NOTHING, NOTHING],
    ['a publish for one minion, accepted', 334, 175, NOTHING, NOTHING],
    ['a publish with a wrong key', 333, 184, NOTHING, NOTHING],
    ['a publish whose handler raised', 333, 153, NOTHING, abandoned],
    ['a publish that was never answered', 333, 108, abandoned, NOTHING],
    ['the same without a FIN of ours', 333, 107, abandoned, NOTHING],
    ['a bare ping, answered', 147, 125, NOTHING, NOTHING],
    ['a bare ping, not answered', 147, 108, abandoned, NOTHING],
    ['a bare ping that is told `bad load`', 139, 121, NOTHING, NOTHING],
    ['a find_job, answered', 349, 184, NOTHING, NOTHING],
    ['a find_job, not answered', 340, 108, abandoned, NOTHING],
    ['a return on a new link of 3006, answered', 727, 210, NOTHING, NOTHING],
    ['a return on a new link of 3007, not answered', 701, 108, abandoned, NOTHING],
    ['a return on a new link of 3008, not answered', 717, 108, abandoned, NOTHING],
    ['an authentication', 989, 1_986, NOTHING, NOTHING],
    ['the handshake of a minion of 3006 alone', 131, 108, NOTHING, NOTHING],
    ['the handshake of a client alone', 105, 108, NOTHING, NOTHING],
    ['a link that was opened and closed', 1, 1, NOTHING, NOTHING],
    ['a port scan that waited for our greeting', 0, 11, NOTHING, NOTHING],
    ['a bare ping of older tools, not answered', 135, 108, abandoned, NOTHING],
  ])('%s', (...[, received, acked, gaveUp, failed]) => {
    const watch = new Watch();
    watch.end([
      { cookie: 7, address: STRANGER, received, acked, receivedAgeMs: 60, sentAgeMs: 20 },
    ]);
    expect(watch.epoch().requestsAbandoned).toEqual(gaveUp);
    expect(watch.epoch().requestsFailed).toEqual(failed);
  });

  it('was abandoned or answered with heartbeats in between', () => {
    const watch = new Watch();
    watch.scan([{ cookie: 7, received: 104, acked: 107 }]);
    for (let beat = 0; beat < 10; beat += 1) watch.scan([{ cookie: 7, received: 104, acked: 107 }]);
    watch.end([{ cookie: 7, received: 104 + 229 + 7 + 1, acked: 117, receivedAgeMs: 5_000 }]);
    expect(watch.epoch().requestsAbandoned).toEqual({ ...NOTHING, minion: 1 });
  });

  it('is told apart by who asked', () => {
    const watch = new Watch();
    const ends = [MINION, '127.0.0.1', '192.0.2.1', '127.0.0.5', STRANGER, '127.0.0.77'];
    watch.end(ends.map((address, n) => ({ cookie: 7 + n, address, received: 333, acked: 108 })));
    expect(watch.epoch().requestsAbandoned).toEqual({ minion: 1, local: 3, unknown: 1 });
  });

  it('counts a reply that left and was not acknowledged as an answer', () => {
    const watch = new Watch();
    watch.end([{ cookie: 7, received: 717, acked: 107, sendQueue: 103 }]);
    expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
  });

  it('gives the time of service', () => {
    const watch = new Watch();
    const row = { cookie: 7, address: STRANGER, received: 333, acked: 184 };
    watch.end([{ ...row, receivedAgeMs: 60, sentAgeMs: 20 }]);
    const { counts, sum } = watch.epoch().requestServiceSeconds;
    expect(sum).toBeCloseTo(0.04, 9);
    expect(counts.indexOf(1)).toBe(3);
  });

  it('is booked once when its end is told twice and a late dump lists it', () => {
    const watch = new Watch();
    const row = { cookie: 7, address: STRANGER, received: 333, acked: 108 };
    watch
      .end([row])
      .end([row])
      .scan([{ ...row, state: 4 }])
      .end([row]);
    expect(watch.epoch().requestsAbandoned).toEqual({ ...NOTHING, unknown: 1 });
  });
});

describe('a link that stays', () => {
  const idle = { cookie: 7, received: 104, acked: 107, receivedAgeMs: 900, sentAgeMs: 900 };
  const asked = { ...idle, received: 717, receivedAgeMs: 40 };

  it('waits from the last byte of its request on, and is answered', () => {
    const watch = new Watch().scan([idle]).scan([asked]);
    expect(watch.minion()).toEqual({ wait: 0.04, request: 613, reply: 0 });
    expect(watch.epoch().requestsWaiting).toBe(1);
    watch.scan([{ ...asked, receivedAgeMs: 1_040 }]);
    expect(watch.minion().wait).toBeCloseTo(1.04, 9);
    expect(watch.epoch().requestWaitMaxSeconds).toBeCloseTo(1.04, 9);
    watch.scan([{ ...asked, acked: 210, receivedAgeMs: 2_040, sentAgeMs: 440 }]);
    expect(watch.minion()).toEqual({ wait: Number.NaN, request: 613, reply: 103 });
    expect(watch.epoch().requestServiceSeconds.sum).toBeCloseTo(1.6, 9);
    expect(watch.epoch().requestsWaiting).toBe(0);
  });

  it('keeps the instant of its request when a PONG overwrites it, and gives no sample then', () => {
    const watch = new Watch().scan([idle]);
    for (let n = 0; n < 7; n += 1) watch.scan([idle]);
    watch.scan([asked]);
    watch.scan([{ ...asked, received: 724, acked: 116, receivedAgeMs: 300, sentAgeMs: 301 }]);
    expect(watch.minion().wait).toBeCloseTo(1.04, 9);
    watch.scan([{ ...asked, received: 724, acked: 219, receivedAgeMs: 1_300, sentAgeMs: 500 }]);
    expect(watch.epoch().requestServiceSeconds.sum).toBeCloseTo(1.54, 9);
    expect(watch.minion().request).toBe(613);
  });

  it('gives no sample when a PONG came with the request', () => {
    const watch = new Watch().scan([idle]);
    for (let n = 0; n < 11; n += 1) watch.scan([idle]);
    watch.scan([{ ...asked, received: 724, acked: 116, receivedAgeMs: 300, sentAgeMs: 301 }]);
    expect(watch.epoch().requestsWaiting).toBe(1);
    watch.scan([{ ...asked, received: 724, acked: 219, receivedAgeMs: 1_300, sentAgeMs: 500 }]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    expect(watch.samples()).toBe(0);
  });

  it('gives a sample of a long exchange whose instants PONGs hide, to an eighth of it', () => {
    const watch = new Watch().scan([idle]);
    for (let n = 0; n < 11; n += 1) watch.scan([idle]);
    const waits = { ...asked, received: 724, acked: 116, sentAgeMs: 301 };
    for (let n = 0; n < 8; n += 1) watch.scan([{ ...waits, receivedAgeMs: 300 + n * 1_000 }]);
    expect(watch.epoch().requestsWaiting).toBe(1);
    watch.scan([{ ...waits, received: 731, acked: 116 + 103 + 9, receivedAgeMs: 20 }]);
    const { sum } = watch.epoch().requestServiceSeconds;
    expect(watch.samples()).toBe(1);
    // asked in the second before it was seen, answered in the last one: 7.3 to 8.7 s
    expect(sum).toBeCloseTo((7.3 + 8.7) / 2, 1);
  });

  it('learns no interval from PINGs that a bad cable held up', () => {
    const watch = new Watch().scan([idle]);
    const held = { ...idle, sendQueue: 18, sentAgeMs: 5_000 };
    for (let n = 0; n < 20; n += 1) watch.scan([held]);
    watch.scan([{ ...idle, received: 118, acked: 125, retransmits: 3, receivedAgeMs: 10 }]);
    for (let n = 0; n < 3; n += 1) {
      const row = { received: 118 + 613 * (n + 1), acked: 125 + 103 * (n + 1) };
      watch.scan([{ ...idle, ...row, retransmits: 3, receivedAgeMs: 340, sentAgeMs: 300 }]);
    }
    expect(watch.samples()).toBe(3);
  });

  it('asks and is answered between two scans', () => {
    const watch = new Watch().scan([idle]);
    watch.scan([{ ...asked, acked: 210, receivedAgeMs: 340, sentAgeMs: 300 }]);
    expect(watch.samples()).toBe(1);
    expect(watch.epoch().requestServiceSeconds.sum).toBeCloseTo(0.04, 9);
    expect(watch.epoch().requestsWaiting).toBe(0);
  });

  it('gives no sample of two exchanges between two scans', () => {
    const watch = new Watch().scan([idle]);
    const both = { received: 104 + 1_647, acked: 107 + 206, receivedAgeMs: 340, sentAgeMs: 300 };
    watch.scan([{ ...idle, ...both }]);
    expect(watch.samples()).toBe(0);
    expect(watch.minion()).toEqual({ wait: Number.NaN, request: 1_647, reply: 206 });
  });

  it('waits when it asked again after its answer', () => {
    const watch = new Watch().scan([idle]);
    watch.scan([{ ...idle, received: 1_330, acked: 210, receivedAgeMs: 100, sentAgeMs: 500 }]);
    expect(watch.minion().wait).toBeCloseTo(0.1, 9);
    watch.end([{ ...idle, received: 1_331, acked: 211, receivedAgeMs: 600, sentAgeMs: 1_000 }]);
    expect(watch.epoch().requestsAbandoned).toEqual({ ...NOTHING, minion: 1 });
  });

  it('counts replies of handlers that raised, with and without a PING beside them', () => {
    const watch = new Watch().scan([idle]).scan([asked]);
    watch.scan([{ ...asked, acked: 152 }]);
    expect(watch.epoch().requestsFailed).toEqual({ ...NOTHING, minion: 1 });
    let row = { ...asked, acked: 152, receivedAgeMs: 30, sentAgeMs: 10 };
    for (let n = 0; n < 10; n += 1) watch.scan([row]);
    row = { ...row, received: 717 + 613, acked: 152 + 45 + 9 };
    watch.scan([row]);
    expect(watch.epoch().requestsFailed).toEqual({ ...NOTHING, minion: 2 });
  });

  it('takes heartbeats for heartbeats, for an hour, at any interval', () => {
    for (const seconds of [10, 1, 0.1]) {
      const watch = new Watch().scan([idle]);
      for (let n = 1; n <= 3_600; n += 1) {
        const beats = Math.floor(n / seconds);
        const age = { receivedAgeMs: 50, sentAgeMs: 51 };
        watch.scan([{ ...idle, received: 104 + beats * 7, acked: 107 + beats * 9, ...age }]);
      }
      watch.end([
        { ...idle, received: 105 + 7 * (3_600 / seconds), acked: 108 + 9 * (3_600 / seconds) },
      ]);
      expect(watch.minion()).toEqual({ wait: Number.NaN, request: 0, reply: 0 });
      expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
      expect(watch.epoch().requestsFailed).toEqual(NOTHING);
      expect(watch.samples()).toBe(0);
    }
  });

  it('answers the heartbeats of half a minute at once when its process runs on', () => {
    const watch = new Watch().scan([idle]);
    for (let n = 1; n <= 25; n += 1) {
      watch.scan([{ ...idle, acked: 107 + 9 * Math.floor(n / 10), sentAgeMs: 1_000 * (n % 10) }]);
    }
    watch.scan([{ ...idle, acked: 125, received: 118, receivedAgeMs: 10, sentAgeMs: 6_000 }]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    expect(watch.minion().request).toBe(0);
  });

  it('does not wait for a reply that left and whose host does not acknowledge', () => {
    const watch = new Watch().scan([idle]).scan([asked]);
    watch.scan([{ ...asked, sendQueue: 103, receivedAgeMs: 1_040, sentAgeMs: 900, unacked: 1 }]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    watch.end([{ ...asked, sendQueue: 103, state: 7 }]);
    expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
  });

  it('waits on while only PINGs leave', () => {
    const watch = new Watch().scan([idle]).scan([asked]);
    watch.scan([{ ...asked, sendQueue: 9, receivedAgeMs: 1_040, unacked: 1 }]);
    expect(watch.epoch().requestsWaiting).toBe(1);
  });

  it('collects a request that arrives in pieces', () => {
    const watch = new Watch().scan([idle]);
    watch.scan([{ ...idle, received: 100_104, receivedAgeMs: 0 }]);
    watch.scan([{ ...idle, received: 150_104, receivedAgeMs: 600 }]);
    expect(watch.minion()).toEqual({ wait: 0.6, request: 150_000, reply: 0 });
    watch.scan([{ ...idle, received: 150_104, acked: 210, receivedAgeMs: 1_600, sentAgeMs: 600 }]);
    expect(watch.epoch().requestServiceSeconds.sum).toBeCloseTo(1, 9);
  });

  it('takes no last piece of a long reply for a handler that raised', () => {
    const watch = new Watch().scan([idle]).scan([asked]);
    watch.scan([{ ...asked, acked: 50_107, sendQueue: 45, sentAgeMs: 20 }]);
    watch.scan([{ ...asked, acked: 50_152, sendQueue: 0, sentAgeMs: 20 }]);
    expect(watch.epoch().requestsFailed).toEqual(NOTHING);
  });
});

describe('what is not known', () => {
  const old = {
    cookie: 7,
    received: 61_404,
    acked: 10_407,
    receivedAgeMs: 3_000,
    sentAgeMs: 5_000,
  };

  it('waits for nobody knows what on a link that is older than the watch', () => {
    const watch = new Watch({ empty: false }).scan([old]).scan([old]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    watch.end([old]);
    expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
  });

  it('is known from its next request on', () => {
    const watch = new Watch({ empty: false }).scan([old]);
    watch.scan([{ ...old, received: 61_404 + 613, receivedAgeMs: 10 }]);
    expect(watch.epoch().requestsWaiting).toBe(1);
    watch.end([{ ...old, received: 61_404 + 614, acked: 10_408 }]);
    expect(watch.epoch().requestsAbandoned).toEqual({ ...NOTHING, minion: 1 });
  });

  it('is known when nothing was sent for longer than a heartbeat after our last word', () => {
    const quiet = { ...old, receivedAgeMs: 60_040, sentAgeMs: 60_000 };
    const watch = new Watch({ empty: false }).scan([quiet]).scan([quiet]);
    watch.scan([{ ...quiet, received: 61_404 + 613, receivedAgeMs: 10 }]);
    watch.scan([
      { ...quiet, received: 61_404 + 613, acked: 10_510, receivedAgeMs: 1_010, sentAgeMs: 910 },
    ]);
    expect(watch.samples()).toBe(1);
  });

  it('is known at once when its totals are a handshake, with one request or none', () => {
    const fresh = { cookie: 7, received: 104, acked: 107 };
    const waits = { cookie: 8, received: 717, acked: 107, receivedAgeMs: 300 };
    const beaten = { cookie: 9, received: 104 + 70, acked: 107 + 90 };
    const watch = new Watch({ empty: false })
      .scan([fresh, waits, beaten])
      .scan([fresh, waits, beaten]);
    expect(watch.epoch().requestsWaiting).toBe(1);
    watch.end([fresh, waits, beaten]);
    expect(watch.epoch().requestsAbandoned).toEqual({ ...NOTHING, minion: 1 });
  });

  it('says nothing while it reads no netlink, or before the first complete scan', () => {
    const watch = new Watch({ empty: false });
    expect(watch.epoch().requestsWaiting).toBeUndefined();
    watch.scan([{ cookie: 7, hasInfo: false }], { origin: 'proc' });
    expect(watch.epoch().requestsWaiting).toBeUndefined();
    expect(watch.epoch().requestWaitMaxSeconds).toBeUndefined();
  });

  it('starts anew when counters go backwards or are no numbers', () => {
    const watch = new Watch().scan([{ cookie: 7, received: 717, acked: 107 }]);
    expect(watch.epoch().requestsWaiting).toBe(1);
    watch.scan([{ cookie: 7, received: 300, acked: 107 }]);
    watch.scan([{ cookie: 7, received: Number.NaN, acked: -5 }]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    watch.end([{ cookie: 7, received: 300, acked: 107 }]);
    expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
    expect(watch.minion().request).toBe(613);
  });

  it('does not lose its place in torn scans', () => {
    const idle = { cookie: 7, received: 104, acked: 107 };
    const asked = { ...idle, received: 717, receivedAgeMs: 40 };
    const watch = new Watch().scan([idle]).scan([], { complete: false });
    watch.scan([asked], { complete: false }).scan([], { complete: false });
    watch.scan([{ ...asked, receivedAgeMs: 2_040 }]);
    expect(watch.minion().wait).toBeCloseTo(2.04, 9);
  });

  it('takes a handshake that is seen half way for no request', () => {
    const watch = new Watch().scan([{ cookie: 7, received: 10, acked: 10, sendQueue: 54 }]);
    watch.scan([{ cookie: 7, received: 64, acked: 107 }]);
    watch.scan([{ cookie: 7, received: 130, acked: 107 }]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    watch.end([{ cookie: 7, received: 131, acked: 108 }]);
    expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
  });

  it('counts our own canaries nowhere', () => {
    const own = { cookie: 7, address: '127.0.0.77' };
    const watch = new Watch().scan([{ ...own, received: 143, acked: 107, receivedAgeMs: 9_000 }]);
    expect(watch.epoch().requestsWaiting).toBe(0);
    watch.end([{ ...own, received: 144, acked: 108 }]);
    expect(watch.epoch().requestsAbandoned).toEqual(NOTHING);
  });

  it('still counts who waited when the request server ended', () => {
    const watch = new Watch().scan([{ cookie: 7, received: 717, acked: 107 }]);
    const at = instant(watch.ms);
    apply(watch.state, deaths([], at, [LISTENERS[1] ?? fail()]), at);
    watch.end([{ cookie: 7, received: 717, acked: 107 }], 1_005);
    expect(watch.epoch().requestsAbandoned).toEqual({ ...NOTHING, minion: 1 });
  });
});

function fail(): never {
  throw new Error('the kit has two listeners');
}
