/** Connects and disconnects that other processes make, against what the whole exporter counted: all of them, none twice. */
import { describe, expect, it } from 'vitest';
import type { App } from '../../exporter/dist/app.js';
import { monotonicMs } from '../../exporter/dist/lib/clock.js';
import { startBench, until } from './exporter-bench.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

const connects = (app: App) => app.epoch().connects.publish.minion;
const disconnects = (app: App) => app.epoch().disconnects.publish.minion;
const sum = (column: Float64Array) => column.reduce((total, value) => total + value, 0);

const scans = (app: App) => sum(app.epoch().scanSeconds.counts);

/** A double count would come with a later scan. */
async function twoMoreScans(app: App): Promise<void> {
  const before = scans(app);
  await until(() => scans(app) >= before + 2);
}

describe('the whole exporter', () => {
  it('counts each of 500 connects and disconnects, half of them shorter than 50 ms', async () => {
    const { app, client } = await startBench(250, undo);
    const quick = await client();
    const slow = await client();
    const parts = await Promise.all([
      quick.ask({ op: 'cycle', count: 250, base: 0, holdMs: 40 }),
      slow.ask({ op: 'cycle', count: 250, base: 0, holdMs: 90 }),
    ]);
    const truth = parts.reduce((total, part) => total + (part.closed ?? 0), 0);
    await until(() => disconnects(app) >= truth);
    const epoch = app.epoch();
    expect(truth).toBe(500);
    expect(epoch.connects.publish).toMatchObject({ minion: truth, unknown: 0 });
    expect(epoch.disconnects.publish).toMatchObject({ minion: truth, unknown: 0 });
    expect(sum(epoch.minions.connects)).toBe(truth);
    expect(sum(epoch.minions.disconnects)).toBe(truth);
    expect(epoch.kernelEventsLost).toBe(0);
  });

  it('shows a disconnect by its destroy event, without waiting for a scan', async () => {
    const { app, client } = await startBench(1, undo, { flags: ['--scan.interval=1m'] });
    const fleet = await client();
    const delays: number[] = [];
    let withoutScan = 0;
    for (let round = 0; round < 100; round += 1) {
      await fleet.ask({ op: 'open', count: 1, base: 0, overMs: 0 });
      const before = { disconnects: disconnects(app), scans: scans(app) };
      const closed = fleet.ask({ op: 'close' });
      await until(() => disconnects(app) > before.disconnects);
      const seen = monotonicMs();
      delays.push(seen - ((await closed).monoMs ?? 0));
      expect(disconnects(app)).toBe(before.disconnects + 1);
      if (scans(app) === before.scans) withoutScan += 1;
    }
    delays.sort((a, b) => a - b);
    const [median, p99] = [delays[50] ?? Number.NaN, delays[98] ?? Number.NaN];
    console.log(`close → counter: median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    // Scans are denser after a fault and fall into rounds, on a slow machine into most; without events into all.
    expect(withoutScan).toBeGreaterThan(0);
  });

  it('counts 3,000 links cut in one instant, each once', async () => {
    const { app, client } = await startBench(3_000, undo);
    const fleet = await client();
    await fleet.ask({ op: 'open', count: 3_000, base: 0, overMs: 0 });
    await until(() => connects(app) >= 3_000);
    expect(connects(app)).toBe(3_000);
    await fleet.kill();
    await until(() => disconnects(app) >= 3_000);
    await twoMoreScans(app);
    const storms = () => sum(Float64Array.from(Object.values(app.epoch().storms)));
    await until(() => storms() > 0);
    const epoch = app.epoch();
    console.log(`3,000 cut: ${epoch.kernelOverflows} overflows, ${epoch.kernelEventsLost} lost`);
    expect(sum(epoch.minions.connects)).toBe(3_000);
    expect(sum(epoch.minions.disconnects)).toBe(3_000);
    expect(Math.max(...epoch.minions.disconnects)).toBe(1);
    expect(storms()).toBe(1);
  });

  it('counts 10,000 links that connect within 10 s and the same that end', async () => {
    const { app, client } = await startBench(10_000, undo);
    const [one, two] = [await client(), await client()];
    await Promise.all([
      one.ask({ op: 'open', count: 5_000, base: 0, overMs: 10_000 }),
      two.ask({ op: 'open', count: 5_000, base: 5_000, overMs: 10_000 }),
    ]);
    await until(() => connects(app) >= 10_000);
    expect(sum(app.epoch().minions.connects)).toBe(10_000);
    expect(app.epoch().links?.publish.minion).toBe(10_000);
    await Promise.all([one.kill(), two.kill()]);
    await until(() => disconnects(app) >= 10_000);
    await twoMoreScans(app);
    const epoch = app.epoch();
    console.log(`10,000: ${epoch.kernelOverflows} overflows, ${epoch.kernelEventsLost} lost`);
    expect(sum(epoch.minions.connects)).toBe(10_000);
    expect(sum(epoch.minions.disconnects)).toBe(10_000);
    expect(Math.max(...epoch.minions.connects)).toBe(1);
  });
});
