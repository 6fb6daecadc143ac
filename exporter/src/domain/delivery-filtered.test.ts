/** The delivery ledger with `zmq_filtering`: each minion is sent its own part of the stream. */
import { describe, expect, it } from 'vitest';
import {
  instant,
  inventory,
  minion,
  type RowSpec,
  scan,
  stream,
} from '../../../test/bench/domain/kit.js';
import { topicHead } from '../lib/topic-head.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';
import { TOPIC_BROADCAST, TOPIC_MINION } from './vocabulary.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const LIMITS = { ...DEFAULT_LIMITS, links: 64, minions: 16, addresses: 64, streamMessages: 4_096 };
const IDS = ['m1', 'm2'] as const;

/** Bytes on the wire of a frame for one minion, as measured: topic of 40, payload of 463. */
const TARGETED = 514;
const BROADCAST = 483;

class Filtered {
  readonly state: State = createState(OPTIONS, LIMITS);
  ms = 0;
  #own = 91;

  constructor() {
    const minions = IDS.map((id, i) => minion(id, [`10.0.0.${i + 1}`]));
    apply(this.state, inventory(minions), instant(0));
    apply(
      this.state,
      {
        kind: 'master_config',
        version: '3008.5',
        masterId: 'master',
        transport: 'zeromq',
        zmqFiltering: true,
        options: new Map([['pub_hwm', 20]]),
        ignoredOptions: [],
        limitations: [],
      },
      instant(0),
    );
    apply(
      this.state,
      { kind: 'stream_link', subscribed: true, monoMs: instant(0).monoMs },
      instant(0),
    );
  }

  /** One frame, for one minion or for all. */
  publish(id: string | undefined, bytes: number): void {
    this.ms += 20;
    const head = id === undefined ? { high: 0, low: 0 } : topicHead(id);
    apply(
      this.state,
      {
        ...stream([bytes], instant(this.ms).monoMs),
        topic: Uint8Array.of(id === undefined ? TOPIC_BROADCAST : TOPIC_MINION),
        topicHigh: Uint32Array.of(head.high),
        topicLow: Uint32Array.of(head.low),
      },
      instant(this.ms),
    );
    this.#own += bytes;
  }

  scan(...acked: readonly number[]): void {
    this.ms += 1_000;
    const ages = { sentAgeMs: 900, receivedAgeMs: 950 };
    const rows = acked.map(
      (bytes, i): RowSpec => ({
        cookie: 11 + i,
        address: `10.0.0.${i + 1}`,
        acked: bytes,
        ...ages,
      }),
    );
    const own = { cookie: 7, address: '127.0.0.77', acked: this.#own, ...ages };
    apply(this.state, scan([own, ...rows], instant(this.ms)), instant(this.ms));
  }

  settle(): void {
    for (let n = 0; n < 4; n += 1) this.scan(1_000, 1_000);
    this.publish(undefined, BROADCAST);
    this.scan(1_000 + BROADCAST, 1_000 + BROADCAST);
  }

  get said() {
    const { minions, publishGapMessages } = freeze(this.state, instant(this.ms));
    const both = (column: Float64Array | Uint8Array) => IDS.map((_, row) => column[row]);
    return {
      known: both(minions.ledgerKnown),
      lag: both(minions.lagMessages),
      hwm: both(minions.droppedHwm),
      gap: publishGapMessages,
    };
  }
}

describe('a filtered stream', () => {
  it('is for a minion what is for all and what is for it', () => {
    const bench = new Filtered();
    bench.settle();
    const base = 1_000 + BROADCAST;
    bench.publish('m1', TARGETED);
    bench.publish('m2', TARGETED);
    bench.publish('m1', TARGETED);
    bench.publish(undefined, BROADCAST);
    bench.scan(base, base + TARGETED + BROADCAST);
    expect(bench.said).toEqual({ known: [1, 1], lag: [3, 0], hwm: [0, 0], gap: 0 });
    bench.scan(base + 2 * TARGETED + BROADCAST, base + TARGETED + BROADCAST);
    expect(bench.said).toEqual({ known: [1, 1], lag: [0, 0], hwm: [0, 0], gap: 0 });
  });

  it('of a stopped minion drops what was for it, and nothing of the other', () => {
    const bench = new Filtered();
    bench.settle();
    const base = 1_000 + BROADCAST;
    const size = 60_514;
    for (let n = 0; n < 400; n += 1) {
      bench.publish('m1', size);
      bench.publish('m2', size);
    }
    bench.scan(base + 10 * size, base + 400 * size);
    bench.scan(base + 25 * size, base + 400 * size);
    for (let n = 1; n <= 3; n += 1) {
      bench.publish(undefined, BROADCAST);
      bench.scan(base + 25 * size + n * BROADCAST, base + 400 * size + n * BROADCAST);
    }
    expect(bench.said).toEqual({ known: [1, 1], lag: [0, 0], hwm: [375, 0], gap: 0 });
  });
});
