/** Ghost jobs: when a `new` is one, how sure that is, and what it takes not to cry wolf. */
import { describe, expect, it } from 'vitest';
import { BusTeller } from '../../../test/bench/domain/bus-kit.js';
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
  streamMessages: 64,
  announcements: 64,
};
const MASTER = '127.0.0.1';
/** No minion's address in the inventory: behind it minions without a name, or a stranger. */
const ROUTER = '203.0.113.1';

/** A master on which clients of its own host publish; instants in ms, in order. */
class Master {
  readonly state: State = createState(OPTIONS, SMALL);
  readonly #bus = new BusTeller();
  #cookie = 100;
  #ms = 0;

  constructor() {
    apply(this.state, inventory([minion('m1', ['10.0.0.1'])]), instant(0));
    this.scan(0);
  }

  scan(ms: number, rows: readonly RowSpec[] = []): this {
    this.#ms = ms;
    const links = rows.map((row) => ({ address: MASTER, port: 'request' as const, ...row }));
    apply(this.state, scan(links, instant(ms)), instant(ms));
    return this;
  }

  /** A client asked at `ms` and gave up 5.1 s later. */
  gaveUp(ms: number, address = MASTER): this {
    return this.#end(ms + 5_100, { address, received: 333, acked: 108, receivedAgeMs: 5_100 });
  }

  /** A client asked at `ms` and was answered after `lasted`. */
  answered(ms: number, lasted: number, address = MASTER): this {
    const ages = { receivedAgeMs: lasted + 10, sentAgeMs: 10 };
    return this.#end(ms + lasted + 10, { address, received: 333, acked: 184, ...ages });
  }

  /** A `new` fired at `ms` that the bus told `late` ms after. */
  published(ms: number, { late = 2, stamped = true } = {}): this {
    const at = instant(ms + late);
    const event = { kind: 'new' as const, atMs: ms, lateMs: late, stamped, jid: `${ms}` };
    apply(this.state, this.#bus.batch([event]), at);
    return this;
  }

  ghosts() {
    return freeze(this.state, instant(this.#ms)).ghostJobs;
  }

  #end(ms: number, row: Omit<RowSpec, 'cookie' | 'port'>): this {
    this.#cookie += 1;
    const dead = { ...row, cookie: this.#cookie, port: 'request' as const };
    apply(this.state, deaths([dead], instant(ms)), instant(ms));
    return this;
  }
}

describe('ghost jobs', () => {
  it('are proven when three tries were abandoned and workers run on', () => {
    const master = new Master().gaveUp(1_000).gaveUp(6_100).gaveUp(11_200).scan(20_000);
    master.published(21_000).published(21_001).published(21_002).scan(24_000);
    expect(master.ghosts()).toEqual({ proven: 3, likely: 0 });
  });

  it('are no more than there were abandoned requests', () => {
    const master = new Master().gaveUp(1_000).scan(9_000);
    master.published(10_000).published(10_001).scan(13_000).published(14_000).scan(17_000);
    expect(master.ghosts()).toEqual({ proven: 1, likely: 0 });
  });

  it('are none without an abandoned request, whoever publishes', () => {
    const master = new Master().published(1_000).scan(4_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are not the jobs of clients that were answered', () => {
    const master = new Master().gaveUp(1_000).scan(9_000);
    for (let n = 0; n < 20; n += 1) {
      const ms = 10_000 + n * 500;
      master.published(ms + 8).answered(ms, 20);
    }
    master.scan(25_000).scan(26_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are likely when somebody else published in the same second', () => {
    const master = new Master().gaveUp(1_000).scan(9_000);
    master.published(10_000).published(10_008).answered(10_000, 20).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 1 });
  });

  it('are proven though the bus was late, by their stamps', () => {
    const master = new Master().gaveUp(1_000).scan(9_000).scan(14_000);
    master.answered(15_000, 20).published(10_000, { late: 5_100 }).published(15_010);
    master.scan(18_000);
    expect(master.ghosts()).toEqual({ proven: 1, likely: 0 });
  });

  it('are likely at most without a stamp', () => {
    const master = new Master().gaveUp(1_000).published(10_000, { stamped: false }).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 1 });
  });

  it('are not judged while a client waits that may be the one', () => {
    const waits = { cookie: 7, received: 333, acked: 107, receivedAgeMs: 900 };
    const master = new Master().gaveUp(1_000).scan(9_000, [waits]).published(10_000);
    for (let ms = 11_000; ms <= 15_000; ms += 1_000) {
      master.scan(ms, [{ ...waits, receivedAgeMs: ms - 8_100 }]);
    }
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
    master.scan(16_000, [{ ...waits, acked: 184, receivedAgeMs: 7_900, sentAgeMs: 100 }]);
    master.scan(17_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are judged when the client that waited gave up as well', () => {
    const master = new Master().gaveUp(1_000);
    const waits = { cookie: 7, received: 333, acked: 107, receivedAgeMs: 900 };
    master
      .scan(9_000, [waits])
      .published(10_000)
      .scan(12_500, [{ ...waits, receivedAgeMs: 4_400 }]);
    const at = instant(13_200);
    const end = { ...waits, address: MASTER, port: 'request' as const, receivedAgeMs: 5_100 };
    apply(master.state, deaths([end], at), at);
    master.scan(14_000);
    expect(master.ghosts()).toEqual({ proven: 1, likely: 0 });
  });

  it('are none of what minions and our own canaries abandoned', () => {
    const master = new Master().gaveUp(1_000, '10.0.0.1').gaveUp(1_000, '127.0.0.77').scan(9_000);
    master.published(10_000).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are none of what nameless minions behind a router abandoned', () => {
    const subscriber = { cookie: 7, address: ROUTER, port: 'publish' as const };
    const before = new Master().scan(500, [subscriber]).gaveUp(1_000, ROUTER);
    before.scan(9_000, [subscriber]).published(10_000).scan(13_000, [subscriber]);
    expect(before.ghosts()).toEqual({ proven: 0, likely: 0 });
    const after = new Master().gaveUp(1_000, ROUTER).scan(9_000, [subscriber]);
    after.published(10_000).scan(13_000, [subscriber]);
    expect(after.ghosts()).toEqual({ proven: 0, likely: 0 });
    const gone = new Master().scan(500, [subscriber, { cookie: 8, address: ROUTER }]);
    for (let ms = 1_000; ms <= 60_000; ms += 1_000) gone.scan(ms, [{ cookie: 8, address: ROUTER }]);
    gone.gaveUp(61_000, ROUTER).scan(69_000).published(70_000).scan(73_000);
    expect(gone.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are likely when a stranger gave up from where nobody subscribes', () => {
    const master = new Master().gaveUp(1_000, ROUTER).scan(9_000).published(10_000).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 1 });
  });

  it('are proven by a client of this host though strangers gave up before it', () => {
    const master = new Master().gaveUp(500, ROUTER).gaveUp(1_000).scan(9_000);
    master.published(10_000).scan(13_000).published(14_000).scan(17_000);
    expect(master.ghosts()).toEqual({ proven: 1, likely: 1 });
  });

  it('are not the jobs of answered clients that a busy machine read late', () => {
    const master = new Master().gaveUp(1_000).gaveUp(2_000).scan(9_000);
    // read 180 ms late: it asked at 10,000
    master.published(10_008).answered(10_180, 20).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
    master.published(14_000).published(14_008).answered(14_180, 20).scan(17_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 1 });
  });

  it('are not the jobs of links that an earlier scan can not have missed', () => {
    const master = new Master().gaveUp(1_000).scan(9_000).published(9_500).scan(9_900);
    master.answered(10_180, 20).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 1, likely: 0 });
  });

  it('are not the job of a client that went as it began', () => {
    const master = new Master().gaveUp(1_000).published(5_900).scan(9_000);
    master.published(10_000).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are told from clients though a thousand minions behind a router return meanwhile', () => {
    const subscriber = { cookie: 7, address: ROUTER, port: 'publish' as const };
    const master = new Master().gaveUp(1_000).scan(9_000, [subscriber]);
    master.published(10_008).answered(10_000, 20);
    for (let n = 0; n < 2_000; n += 1) master.answered(10_030 + n / 4, 20, ROUTER);
    master.scan(13_000, [subscriber]);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
    master.published(14_000).scan(17_000, [subscriber]);
    expect(master.ghosts()).toEqual({ proven: 1, likely: 0 });
  });

  it('are none after the request server ended: what waited in it is lost', () => {
    const master = new Master();
    const listener = LISTENERS.filter(({ port }) => port === 'request');
    master.gaveUp(1_000).scan(7_000);
    apply(master.state, deaths([], instant(8_000), listener), instant(8_000));
    master.scan(9_000).published(10_000).scan(13_000);
    expect(master.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('are none ten minutes later, and none where the kernel lost events', () => {
    const old = new Master().gaveUp(1_000).scan(9_000).scan(700_000);
    old.published(701_000).scan(704_000);
    expect(old.ghosts()).toEqual({ proven: 0, likely: 0 });
    const blind = new Master().gaveUp(1_000).scan(9_000).published(10_000);
    apply(blind.state, { kind: 'kernel_loss', overflows: 1, eventsLost: 40 }, instant(10_500));
    blind.scan(13_000);
    expect(blind.ghosts()).toEqual({ proven: 0, likely: 0 });
  });

  it('stay in bounds when a client gives up for ever', () => {
    const master = new Master();
    for (let n = 0; n < 3_000; n += 1) {
      master
        .gaveUp(1_000 + n)
        .gaveUp(1_000 + n, ROUTER)
        .published(7_000 + n);
    }
    master.scan(20_000);
    const { ghosts } = master.state.requests;
    for (const list of [ghosts.abandoned, ghosts.arrivals, ghosts.exchanges, ghosts.news]) {
      expect(list.length).toBeLessThanOrEqual(1_024);
    }
    expect(ghosts.strangers.length).toBeLessThanOrEqual(64);
    expect(master.ghosts().proven + master.ghosts().likely).toBeLessThanOrEqual(3_000);
  });
});
