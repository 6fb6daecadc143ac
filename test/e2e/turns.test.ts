/** How long the whole exporter holds its thread in one turn of the event loop, in CPU time: at its start, in a storm, when a fleet comes back. */
import { PerformanceObserver } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { loadLibc } from '../../exporter/dist/lib/libc.js';
import { startBench, type Undo, until } from './exporter-bench.js';

const MINIONS = 10_000;
/**
 * Far above a turn (a few milliseconds and what V8 collects in it) and far below what one observation
 * of this fleet cost in one piece (75 to 150 ms): the machine is shared, figures are printed.
 */
const TURN_MAXIMUM_MS = 40;

const undo: Undo = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Looks once in each turn of the event loop at the CPU time that this thread has used. */
class Turns {
  readonly #cpuMs: () => number;
  #longest = 0;
  #count = 0;
  #above5 = 0;
  #last = 0;
  #isOver = false;
  #collectedMs = 0;
  readonly #collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) this.#collectedMs += duration;
  });

  constructor(cpuMs: () => number) {
    this.#cpuMs = cpuMs;
    this.#last = cpuMs();
    this.#collections.observe({ entryTypes: ['gc'] });
    this.#look();
  }

  /** The longest turn since the last call; prints what is worth knowing of the others. */
  take(phase: string): number {
    const longest = this.#longest;
    console.log(
      `${phase}: longest turn ${longest.toFixed(1)} ms of CPU, ${this.#above5} of ${this.#count} turns ` +
        `above 5 ms, garbage collected for ${this.#collectedMs.toFixed(0)} ms in all`,
    );
    this.#longest = 0;
    this.#count = 0;
    this.#above5 = 0;
    this.#collectedMs = 0;
    this.#last = this.#cpuMs();
    return longest;
  }

  end(): void {
    this.#isOver = true;
    this.#collections.disconnect();
  }

  #look(): void {
    const now = this.#cpuMs();
    const cost = now - this.#last;
    this.#last = now;
    this.#count += 1;
    if (cost > 5) this.#above5 += 1;
    this.#longest = Math.max(this.#longest, cost);
    if (!this.#isOver) setImmediate(() => this.#look());
  }
}

describe('one turn of the event loop with 10,000 minions', () => {
  it('is short at the start, in a storm, and when all come back', async () => {
    const load = await loadLibc();
    if (!load.ok) throw new Error(load.reason);
    let turns: Turns | undefined;
    const { app, client } = await startBench(MINIONS, undo, {
      beforeStart: () => {
        turns = new Turns(() => load.libc.threadCpuSeconds() * 1_000);
        undo.push(() => turns?.end());
      },
    });
    await until(() => app.epoch().minions.count === MINIONS, 20_000);
    const longest = [turns?.take('start, 10,000 minions')];
    const open = async () => {
      const fleet = await client();
      await fleet.ask({ op: 'open', count: MINIONS, base: 0, overMs: 0 });
      return fleet;
    };
    const first = await open();
    await until(() => app.epoch().connects.publish.minion >= MINIONS, 20_000);
    longest.push(turns?.take('10,000 links open at once'));
    await first.kill();
    await until(() => app.epoch().disconnects.publish.minion >= MINIONS, 20_000);
    longest.push(turns?.take('10,000 links die at once'));
    await open();
    await until(() => app.epoch().connects.publish.minion >= 2 * MINIONS, 20_000);
    longest.push(turns?.take('10,000 links come back'));
    const { connects, disconnects, minions } = app.epoch();
    expect([connects.publish.minion, disconnects.publish.minion, minions.count]).toEqual([
      2 * MINIONS,
      MINIONS,
      MINIONS,
    ]);
    for (const cost of longest) expect(cost).toBeLessThan(TURN_MAXIMUM_MS);
  });
});
