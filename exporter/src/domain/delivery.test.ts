/**
 * The delivery ledger on worked examples: bytes as live masters showed them, told in scans and
 * deaths.
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
import {
  apply,
  applySteps,
  createState,
  DEFAULT_LIMITS,
  freeze,
  type State,
  type Steps,
} from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const LIMITS = {
  ...DEFAULT_LIMITS,
  links: 64,
  minions: 16,
  addresses: 64,
  streamMessages: 4_096,
  announcements: 256,
};
const HANDSHAKE = 1_062;
const OWN_HANDSHAKE = 91;

/** A master with our own link and minions m1, m2 …; bytes are told, time goes by. */
class Bench {
  readonly state: State = createState(OPTIONS, LIMITS);
  ms = 0;
  #read = 0;
  #own = OWN_HANDSHAKE;
  #pinged = 0;

  constructor(hwm = 20, minions = 1) {
    const ids = Array.from({ length: minions }, (_, i) => i + 1);
    apply(this.state, inventory(ids.map((id) => minion(`m${id}`, [`10.0.0.${id}`]))), instant(0));
    apply(
      this.state,
      {
        kind: 'master_config',
        version: '3006.30',
        masterId: 'master',
        transport: 'zeromq',
        zmqFiltering: false,
        options: new Map([['pub_hwm', hwm]]),
        ignoredOptions: [],
        limitations: [],
      },
      instant(0),
    );
    this.subscribe(true);
  }

  subscribe(subscribed: boolean): void {
    apply(
      this.state,
      { kind: 'stream_link', subscribed, monoMs: instant(this.ms).monoMs },
      instant(this.ms),
    );
  }

  /** Published and read by us, 50 ms apart. */
  publish(...sizes: readonly number[]): void {
    for (const size of sizes) {
      this.ms += 50;
      apply(this.state, stream([size], instant(this.ms).monoMs), instant(this.ms));
      this.#read += size;
      this.#own = OWN_HANDSHAKE + this.#read;
    }
  }

  /** The same in one piece, a millisecond apart. */
  take(sizes: readonly number[]): void {
    const { monoMs } = instant(this.ms);
    const arrived = sizes.map((_, n) => monoMs + n);
    this.ms += sizes.length;
    apply(this.state, stream(sizes, arrived), instant(this.ms));
    this.#read += sizes.reduce((sum, size) => sum + size, 0);
    this.#own = OWN_HANDSHAKE + this.#read;
  }

  /** Heartbeats go to our own link as to all others. */
  ping(times: number): void {
    this.#pinged += times * PING;
  }

  /** A scan a second later; our own row has what we read. */
  scan(...rows: readonly RowSpec[]): void {
    for (const _ of this.scanSteps(...rows));
  }

  /** The same in the steps in which it is applied. */
  scanSteps(...rows: readonly RowSpec[]): Steps {
    this.ms += 1_000;
    const own = {
      cookie: 7,
      address: '127.0.0.77',
      acked: this.#own + this.#pinged,
      sentAgeMs: 900,
    };
    const told = scan([own, ...rows.map((row) => this.#aged(row))], instant(this.ms));
    return applySteps(this.state, told, instant(this.ms));
  }

  /**
   * Its destroy event, written so long after what was before and read so late; the next scan, in which
   * it is not any more, judges its end.
   */
  die(row: RowSpec, { afterMs = 105, lateMs = 0 } = {}): void {
    this.ms += afterMs;
    const written = { receivedAgeMs: this.ms - lateMs + 1_000, ...row };
    apply(this.state, deaths([this.#aged(written)], instant(this.ms)), instant(this.ms));
    this.scan();
  }

  /** Nothing was received for a second before the beginning. */
  #aged(row: RowSpec): RowSpec {
    return { sentAgeMs: 900, receivedAgeMs: this.ms + 1_000, ...row };
  }

  /** Both bases are found: two sights each, ours first, a message of 472 bytes in between. */
  settle(...rows: readonly RowSpec[]): void {
    this.scan(...rows);
    this.scan(...rows);
    this.scan(...rows);
    this.publish(472);
    this.scan(...rows.map((row) => ({ ...row, acked: (row.acked ?? 0) + 472 })));
    this.scan(...rows.map((row) => ({ ...row, acked: (row.acked ?? 0) + 472 })));
  }

  get said() {
    const { minions, dropped, publishGapMessages } = freeze(this.state, instant(this.ms));
    return {
      known: minions.ledgerKnown[0],
      lag: minions.lagMessages[0],
      queue: minions.queueMessages[0],
      pressure: minions.queuePressure[0],
      hwm: minions.droppedHwm[0],
      disconnect: minions.droppedDisconnect[0],
      breaks: minions.ledgerBreaks[0],
      fleet: dropped,
      gap: publishGapMessages,
    };
  }
}

const M1: RowSpec = { cookie: 11, address: '10.0.0.1', acked: HANDSHAKE };
const at = (acked: number, more: Partial<RowSpec> = {}): RowSpec => ({
  ...M1,
  ...more,
  acked: HANDSHAKE + acked,
});
const times = (count: number, size: number) => Array.from({ length: count }, () => size);
const PING = 9;
const PUBLISH = 60_472;

describe('a base', () => {
  it('is not known before two settled sights agree and a message went by', () => {
    const bench = new Bench();
    bench.scan(M1);
    bench.scan(M1);
    expect(bench.said.known).toBe(0);
    bench.settle(M1);
    expect(bench.said).toMatchObject({ known: 1, lag: 0, queue: 0, pressure: 0 });
  });

  it('is found without a message when nothing was published since we are there', () => {
    const bench = new Bench();
    for (let n = 0; n < 4; n += 1) bench.scan(M1);
    expect(bench.said.known).toBe(1);
  });

  it('is not found on a link that has not subscribed yet', () => {
    const bench = new Bench();
    const silent = { ...M1, acked: 91, received: 91 };
    for (let n = 0; n < 4; n += 1) bench.scan(silent);
    expect(bench.said.known).toBe(0);
  });

  it('ends with our own subscription, and is found anew', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.subscribe(false);
    expect(bench.said.known).toBe(0);
    bench.subscribe(true);
    bench.scan(at(472));
    expect(bench.said.known).toBe(0);
    for (let n = 0; n < 4; n += 1) bench.scan(at(472));
    expect(bench.said).toMatchObject({ known: 1, hwm: 0, disconnect: 0 });
  });

  it('takes heartbeats up, whatever came first', () => {
    const bench = new Bench();
    bench.settle(M1);
    for (let pings = 1; pings < 6; pings += 1) {
      bench.scan(at(472 + pings * PING, { received: 124 + pings * 7, sentAgeMs: 5 }));
      expect(bench.said).toMatchObject({ known: 1, lag: 0 });
    }
    expect(bench.said.gap).toBe(0);
  });
});

/** Acknowledged at the end of a stop, over a mark of 20, as measured: 472 + n × 60,472 + PINGs. */
describe.each([
  { version: '3006.30, 12 s', arrived: 29, pings: 4, acked: 1_754_196 },
  { version: '3007.17, 12 s', arrived: 23, pings: 0, acked: 1_391_328 },
  { version: '3008.5', arrived: 28, pings: 0, acked: 472 + 28 * PUBLISH },
])('60 publishes while a process is stopped on $version', ({ arrived, pings, acked }) => {
  const base = 472 + arrived * PUBLISH + pings * PING;

  function stopped(): Bench {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(...times(60, PUBLISH));
    const waiting = { sendQueue: 544_000, notSent: 500_000, unacked: 3, sendWindow: 0 };
    bench.scan(at(472 + 2 * PUBLISH, waiting));
    return bench;
  }

  it('has the bytes that were measured', () => {
    expect(base).toBe(acked);
  });

  it('is lag and a full queue first', () => {
    const { said } = stopped();
    expect(said).toMatchObject({ known: 1, lag: 58, pressure: 1, hwm: 0 });
    expect(said.queue).toBeLessThanOrEqual(22);
  });

  it('is no drop before something later came through', () => {
    const bench = stopped();
    for (let n = 0; n < 5; n += 1) bench.scan(at(base));
    expect(bench.said).toMatchObject({ known: 1, hwm: 0, lag: 60 - arrived });
  });

  it('is a drop of the rest then, to the message', () => {
    const bench = stopped();
    bench.ping(pings);
    bench.scan(at(base));
    bench.publish(472);
    bench.scan(at(base + 472));
    bench.publish(488);
    bench.scan(at(base + 960));
    expect(bench.said).toMatchObject({ known: 1, hwm: 60 - arrived, lag: 0, disconnect: 0 });
    expect(bench.said.fleet.hwm).toEqual({ minion: 60 - arrived, unknown: 0 });
    bench.scan(at(base + 960));
    expect(bench.said.hwm).toBe(60 - arrived);
  });

  it('is a drop when heartbeats came through, if ever so long nothing is published', () => {
    const bench = new Bench();
    for (let n = 0; n < 4; n += 1) bench.scan(M1);
    bench.publish(...times(60, PUBLISH));
    bench.scan(at(2 * PUBLISH, { sendQueue: 544_000, unacked: 3, sendWindow: 0 }));
    const acked = arrived * PUBLISH;
    bench.scan(at(acked));
    bench.ping(1);
    for (let n = 0; n < 3; n += 1) bench.scan(at(acked + PING));
    expect(bench.said).toMatchObject({ known: 1, hwm: 60 - arrived, lag: 0, disconnect: 0 });
  });

  it('is no loss when all of it came after all', () => {
    const bench = stopped();
    bench.scan(at(base, { sendQueue: 31 * 6_000, unacked: 2 }));
    bench.scan(at(472 + 60 * PUBLISH + pings * PING));
    expect(bench.said).toMatchObject({ known: 1, hwm: 0, lag: 0, queue: 0 });
  });

  it('is lost with the link when it ends', () => {
    const bench = stopped();
    bench.die(at(472 + 12 * PUBLISH + 8_192, { sendQueue: 536_056, unacked: 9 }));
    const { hwm, disconnect } = bench.said;
    expect((hwm ?? 0) + (disconnect ?? 0)).toBe(48);
    expect(bench.said.fleet.disconnect.minion).toBe(disconnect);
  });
});

describe('the end of a link', () => {
  it.each([
    ['with everything', 472, 0],
    ['with everything and the FIN', 473, 0],
    ['with everything and a heartbeat', 472 + PING, 0],
    ['with a message that was torn', 472 + 400, 1],
    ['with nothing of three', 472, 3],
  ])('%s', (_title, acked, lost) => {
    const bench = new Bench();
    bench.settle(M1);
    if (lost > 0) bench.publish(...times(lost, 472));
    bench.die(at(acked));
    expect(bench.said).toMatchObject({ hwm: 0, gap: 0 });
    expect(bench.said.fleet.disconnect).toEqual({ minion: lost, unknown: 0 });
  });

  it('of an unknown history books nothing', () => {
    const bench = new Bench();
    bench.scan(M1);
    bench.publish(472, 472);
    bench.die(M1);
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 0, breaks: 1 });
  });

  it('that is read late takes nothing that was published after it', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472, 472, 472);
    const endedMs = bench.ms + 100;
    bench.ms += 250;
    bench.publish(300, 300);
    bench.die(at(472), { lateMs: bench.ms + 105 - endedMs });
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 3, breaks: 0 });
  });

  it('that began before its destroy event takes nothing that was published meanwhile', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472, 472, 472);
    bench.scan(at(472, { sendQueue: 1_416, unacked: 1 }));
    bench.scan(at(472, { sendQueue: 1_416, unacked: 1, state: 4 }));
    bench.ms += 250;
    bench.publish(300, 300);
    bench.scan(at(472, { sendQueue: 1_416, unacked: 1, state: 4 }));
    bench.die(at(472));
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 3, breaks: 0 });
  });

  it('leaves open what was published just then, and says so', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472, 472);
    bench.ms += 200;
    bench.publish(300);
    bench.die(at(472), { afterMs: 30 });
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 2, breaks: 1 });
    expect(bench.state.delivery.undecided).toBe(1);
  });

  it('books nothing of what it was after all sent and acknowledged', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472);
    bench.die(at(2 * 472), { afterMs: 30 });
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 0, breaks: 0 });
  });

  it('in the middle of a message books what any number of heartbeats leaves, and says so', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(...times(9, 41));
    // Five whole and three bytes of another; or four, 35 bytes and a heartbeat.
    bench.die(at(472 + 5 * 41 + 3, { sendQueue: 4 * 41 - 3, unacked: 1 }));
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 4, breaks: 1 });
  });

  it('without a destroy event is not counted, and says so', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472);
    for (let n = 0; n < 20; n += 1) bench.scan();
    expect(bench.said).toMatchObject({ hwm: 0, disconnect: 0, breaks: 1 });
  });

  it('together with ours is judged by what we read until then', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472, 472);
    bench.subscribe(false);
    bench.die(at(472 + 472));
    expect(bench.said.disconnect).toBe(1);
  });
});

describe('a loss that cannot be told in messages', () => {
  /** Of 60 messages 944 bytes are missing: two small ones, or a large one. */
  function undecided(): Bench {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(...Array.from({ length: 60 }, (_, n) => (n % 3 === 2 ? 944 : 472)));
    const acked = 472 + 20 * 4 * 472 - 944;
    bench.scan(at(acked));
    bench.publish(472);
    bench.scan(at(acked + 472));
    bench.publish(488);
    bench.scan(at(acked + 960));
    return bench;
  }

  it('is in no counter of drops, and breaks the ledger once, however soon it is known again', () => {
    const bench = undecided();
    expect(bench.said).toMatchObject({ known: 0, hwm: 0, breaks: 1 });
    const acked = 472 + 20 * 4 * 472 - 944 + 960;
    for (let n = 0; n < 3; n += 1) {
      bench.publish(472);
      bench.scan(at(acked + (n + 1) * 472));
      bench.scan(at(acked + (n + 1) * 472));
    }
    expect(bench.said).toMatchObject({ known: 1, lag: 0, hwm: 0, breaks: 1 });
    expect(bench.state.delivery.undecided).toBe(1);
  });
});

describe('a loss whose search is long', () => {
  /** 600 messages of unequal sizes of which 250 are missing; the pipe may have held anything before. */
  function long(): { readonly bench: Bench; readonly acked: number } {
    const bench = new Bench(100);
    bench.settle(M1);
    const sizes = Array.from({ length: 600 }, (_, n) => 22 + ((n * 7_919) % 6_007));
    bench.publish(...sizes);
    const acked = 472 + sizes.reduce((sum, size, n) => sum + (n < 300 || n >= 550 ? size : 0), 0);
    bench.scan(at(acked));
    bench.publish(472);
    bench.scan(at(acked + 472));
    bench.publish(488);
    return { bench, acked: acked + 960 };
  }

  const settled = ({ state }: Bench) => state.delivery.decided + state.delivery.undecided;

  it('never takes more than a slice of it in one step', () => {
    const { bench, acked } = long();
    const { search } = bench.state.delivery;
    const taken: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      let before = search.steps;
      for (const _ of bench.scanSteps(at(acked))) {
        taken.push(before - search.steps);
        before = search.steps;
      }
    }
    expect(taken.filter((steps) => steps > 3_000).length).toBeGreaterThan(5);
    // A slice, and what its last place needs.
    expect(Math.max(...taken)).toBeLessThan(8_200);
  });

  it('is settled once, some scans later, whatever is published meanwhile', () => {
    const { bench, acked } = long();
    bench.scan(at(acked));
    expect(settled(bench)).toBe(0);
    let more = 0;
    for (let n = 0; n < 12; n += 1) {
      bench.publish(400);
      more += 400;
      bench.scan(at(acked + more));
    }
    expect(settled(bench)).toBe(1);
    expect(bench.state.delivery.inquiries.size).toBe(0);
  });

  it('is settled once with the end of its link', () => {
    const { bench, acked } = long();
    bench.scan(at(acked));
    bench.die(at(acked));
    for (let n = 0; n < 12; n += 1) bench.scan();
    expect(settled(bench)).toBe(1);
    expect(bench.state.delivery.ends.size).toBe(0);
  });

  it('is dropped when what was missing comes after all', () => {
    const { bench, acked } = long();
    bench.scan(at(acked));
    const { index } = bench.state.delivery;
    for (let n = 0; n < 3; n += 1) bench.scan(at(index.bytes));
    expect(bench.said).toMatchObject({ known: 1, hwm: 0, lag: 0, breaks: 0 });
    expect(settled(bench)).toBe(0);
    expect(bench.state.delivery.inquiries.size).toBe(0);
  });
});

describe('a publisher that stands still in the middle of a fan-out', () => {
  it('drops nothing, however long, and has all when it goes on', () => {
    const bench = new Bench(8);
    bench.settle(M1);
    bench.publish(...times(6, 472));
    for (let n = 0; n < 30; n += 1) bench.scan(at(472));
    expect(bench.said).toMatchObject({ hwm: 0, gap: 0 });
    bench.scan(at(7 * 472));
    expect(bench.said).toMatchObject({ known: 1, hwm: 0, lag: 0 });
  });

  it('wrote to another link after that was seen, and then stood still: no gap', () => {
    const bench = new Bench(20, 2);
    const m2: RowSpec = { cookie: 12, address: '10.0.0.2', acked: HANDSHAKE };
    bench.settle(M1, m2);
    const before = { ...m2, acked: HANDSHAKE + 472 };
    const after = { ...m2, acked: HANDSHAKE + 2 * 472 };
    bench.scan(at(2 * 472), before);
    for (let n = 0; n < 10; n += 1)
      bench.scan(at(2 * 472), { ...after, sentAgeMs: 700 + n * 1_000 });
    expect(bench.said.gap).toBe(0);
    bench.publish(472);
    bench.scan(at(2 * 472), after);
    expect(bench.said).toMatchObject({ known: 1, lag: 0, gap: 0 });
  });

  it('has served others before us: no gap', () => {
    const bench = new Bench();
    bench.settle(M1);
    for (let n = 0; n < 30; n += 1) bench.scan(at(3 * 472));
    expect(bench.said.gap).toBe(0);
    bench.publish(472, 472);
    bench.scan(at(3 * 472));
    expect(bench.said).toMatchObject({ known: 1, lag: 0, gap: 0 });
  });
});

describe('a link that acknowledged what we never read', () => {
  it('proves a gap when the publisher went on; all are unknown until measured anew', () => {
    const bench = new Bench();
    bench.settle(M1);
    bench.scan(at(2 * 472));
    for (let n = 0; n < 3; n += 1) {
      bench.publish(488);
      bench.scan(at(2 * 472 + (n + 1) * 488));
      bench.scan(at(2 * 472 + (n + 1) * 488));
    }
    expect(bench.said).toMatchObject({ gap: 1, hwm: 0 });
    bench.publish(488);
    bench.scan(at(2 * 472 + 4 * 488));
    bench.scan(at(2 * 472 + 4 * 488));
    expect(bench.said).toMatchObject({ known: 1, lag: 0, gap: 1 });
  });

  it('is no gap when it is smaller than any message', () => {
    const bench = new Bench();
    bench.settle(M1);
    for (let n = 1; n < 8; n += 1) bench.scan(at(472 + 7 * n));
    expect(bench.said).toMatchObject({ known: 1, gap: 0 });
  });
});

describe('a subscriber that is not sent everything', () => {
  it('drops nothing: too few messages to fill a pipe', () => {
    const bench = new Bench(1_000);
    bench.settle(M1);
    for (let n = 0; n < 20; n += 1) {
      bench.publish(472, 900);
      bench.scan(at(472 + (n + 1) * 472));
    }
    expect(bench.said).toMatchObject({ hwm: 0, gap: 0 });
  });
});

describe('counters that lie', () => {
  it.each([
    ['go back', 100],
    ['are no number', Number.NaN],
    ['are beyond all bounds', Number.POSITIVE_INFINITY],
    ['are negative', -5],
  ])('because they %s give no figure below zero and no drop', (_title, acked) => {
    const bench = new Bench();
    bench.settle(M1);
    bench.publish(472);
    bench.scan({ ...M1, acked });
    bench.scan({ ...M1, acked });
    const { said } = bench;
    for (const figure of [said.lag, said.queue]) {
      expect(Number.isNaN(figure) || (figure ?? -1) >= 0).toBe(true);
    }
    bench.die({ ...M1, acked });
    expect(bench.said.hwm).toBe(0);
    expect(bench.said.disconnect).toBeLessThanOrEqual(1);
  });
});

describe('a million messages', () => {
  it('leave no drift', () => {
    const bench = new Bench(1_000);
    bench.settle(M1);
    let bytes = 472;
    const sizes = Array.from({ length: 500 }, (_, n) => 22 + ((n * 7_919) % 60_000));
    const round = sizes.reduce((sum, size) => sum + size, 0);
    for (let n = 0; n < 2_000; n += 1) {
      bench.ms += 500;
      bench.take(sizes);
      bytes += round;
      bench.scan(at(bytes));
    }
    expect(bench.said).toMatchObject({ known: 1, lag: 0, queue: 0, hwm: 0, disconnect: 0, gap: 0 });
    expect(bench.state.delivery.index.count).toBe(1_000_001);
  });
});
