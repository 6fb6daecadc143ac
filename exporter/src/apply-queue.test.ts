/** The queue in front of the domain: order, short turns, when borrowed rows go back, and nothing lost when it is full. */
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../test/bench/domain/kit.js';
import { ApplyQueue } from './apply-queue.js';
import { createState, DEFAULT_LIMITS, freeze, type Steps, tick } from './domain/index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const LINKS = 40;
const address = (n: number) => `10.0.0.${n + 1}`;
const ROWS = Array.from({ length: LINKS }, (_, n) => ({ cookie: n + 1, address: address(n) }));
const FLEET = inventory(ROWS.map((_, n) => minion(`m${n}`, [address(n)])));

/** Every look at the clock takes so long: with 1 ms no more than one step fits into a turn. */
function start(lookMs: number) {
  let ms = 0;
  const clock = {
    now: () => {
      ms += lookMs;
      return instant(ms);
    },
  };
  const state = createState(OPTIONS, { ...DEFAULT_LIMITS, rowsPerStep: 1 });
  return { state, queue: new ApplyQueue(state, clock), epoch: () => freeze(state, instant(ms)) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue in front of the domain', () => {
  it('applies what takes no time before add returns', () => {
    const { queue, epoch } = start(0);
    let gaveBack = 0;
    queue.add(FLEET, () => {
      gaveBack += 1;
    });
    expect([epoch().minions.count, gaveBack]).toEqual([LINKS, 1]);
  });

  it('gives rows back when they are applied, in order, not when add returns', async () => {
    const { queue, epoch } = start(1);
    const given: string[] = [];
    queue.add(FLEET, () => given.push('inventory'));
    queue.add(scan([], instant(0)), () => given.push('scan'));
    queue.add(scan(ROWS, instant(1)), () => given.push('another scan'));
    queue.add(deaths(ROWS, instant(2)), () => given.push('deaths'));
    expect(given).toEqual([]);
    await queue.applied();
    expect(given).toEqual(['inventory', 'scan', 'another scan', 'deaths']);
    expect([epoch().connects.publish.minion, epoch().disconnects.publish.minion]).toEqual([
      LINKS,
      LINKS,
    ]);
  });

  it('leaves the thread to others between two steps', async () => {
    const { queue } = start(1);
    let isApplied = false;
    queue.add(FLEET, () => {
      isApplied = true;
    });
    let turns = 0;
    while (!isApplied) {
      await turn();
      turns += 1;
    }
    expect(turns).toBeGreaterThan(LINKS);
  });

  it('keeps work that must not see half an observation until it is whole', async () => {
    const { queue, state, epoch } = start(1);
    queue.add(FLEET);
    await turn();
    const seen: string[] = [];
    const look = function* (): Steps {
      tick(state, instant(0));
      seen.push(`${epoch().minions.count} minions, ${epoch().connects.publish.minion} connects`);
      yield;
    };
    queue.add(scan([], instant(0)));
    queue.add(scan(ROWS, instant(1)));
    queue.between(look());
    expect(seen).toEqual([]);
    await queue.applied();
    queue.between(look());
    await queue.applied();
    expect(seen).toEqual([`${LINKS} minions, 0 connects`, `${LINKS} minions, ${LINKS} connects`]);
  });

  it('does work that takes no time before between returns, when nothing is half done', () => {
    const { queue } = start(0);
    let isDone = false;
    const work = function* (): Steps {
      yield;
      isDone = true;
    };
    queue.between(work());
    expect(isDone).toBe(true);
  });

  it('goes on to the next turn once two milliseconds have passed', async () => {
    const { queue } = start(0.5);
    let steps = 0;
    const work = function* (): Steps {
      for (; steps < 100; steps += 1) yield;
    };
    queue.between(work());
    const taken: number[] = [];
    while (steps < 100) {
      const before = steps;
      await turn();
      taken.push(steps - before);
    }
    // A look at the clock before each step: 0.5, 1, 1.5 ms are before the end of the turn, 2 is not.
    expect(Math.max(...taken)).toBe(3);
  });

  it('applies all at once when too many wait, and loses none', async () => {
    const { queue, epoch } = start(1);
    queue.add(FLEET);
    let given = 0;
    for (let n = 0; n < 5_000; n += 1) {
      const loss = { kind: 'kernel_loss', overflows: 1, eventsLost: 2 } as const;
      queue.add(loss, () => {
        given += 1;
      });
    }
    expect(given).toBeGreaterThan(4_000);
    await queue.applied();
    expect([given, epoch().kernelOverflows, epoch().kernelEventsLost]).toEqual([
      5_000, 5_000, 10_000,
    ]);
  });
});
