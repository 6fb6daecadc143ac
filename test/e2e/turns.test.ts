/** Ten thousand links at once against the whole exporter, which takes them in many turns of its event loop: every look at it between two turns must add up. */
import { afterEach, describe, expect, it } from 'vitest';
import type { App } from '../../exporter/dist/app.js';
import { startBench, type Undo, until } from './exporter-bench.js';

const MINIONS = 10_000;

const undo: Undo = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const sum = (column: Iterable<number>) => {
  let total = 0;
  for (const value of column) total += value;
  return total;
};

/** One look: the minions' figures, and those of the fleet that they must add up to. */
function look(app: App) {
  const { minions, minionsByStatus, links, connects, disconnects } = app.epoch();
  const ofMinions = [sum(minions.connects), sum(minions.disconnects)];
  const ofFleet = [connects.publish.minion, disconnects.publish.minion];
  if (links !== undefined) {
    ofMinions.push(sum(minions.publishLinks));
    ofFleet.push(links.publish.minion);
  }
  ofMinions.push(minions.count);
  ofFleet.push(sum(Object.values(minionsByStatus)));
  return { ofMinions, ofFleet, connects: ofFleet[0] ?? 0, disconnects: ofFleet[1] ?? 0 };
}

describe('10,000 links', () => {
  it('that open, die and come back at once are counted, and each look between adds up', async () => {
    const { app, client } = await startBench(MINIONS, undo);
    const wrong: unknown[] = [];
    let looks = 0;
    const seen = (isThere: (looked: ReturnType<typeof look>) => boolean) =>
      until(() => {
        const looked = look(app);
        looks += 1;
        if (looked.ofMinions.join() !== looked.ofFleet.join()) wrong.push(looked);
        return isThere(looked);
      });
    const open = async () => {
      const fleet = await client();
      await fleet.ask({ op: 'open', count: MINIONS, base: 0, overMs: 0 });
      return fleet;
    };
    await seen(() => app.epoch().minions.count === MINIONS);
    const first = await open();
    await seen(({ connects }) => connects >= MINIONS);
    await first.kill();
    await seen(({ disconnects }) => disconnects >= MINIONS);
    await open();
    await seen(({ connects }) => connects >= 2 * MINIONS);
    const { connects, disconnects, minions } = app.epoch();
    expect([connects.publish.minion, disconnects.publish.minion, minions.count]).toEqual([
      2 * MINIONS,
      MINIONS,
      MINIONS,
    ]);
    await seen(() => app.epoch().links?.publish.minion === MINIONS);
    expect(app.epoch().links?.publish.minion).toBe(MINIONS);
    expect(wrong).toEqual([]);
    expect(looks).toBeGreaterThan(3);
  });
});
