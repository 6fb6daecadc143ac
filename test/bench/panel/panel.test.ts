/** The figures of the flap panel; it reports and judges nobody. */
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FLAP_PANEL, Harness, type HostPage } from '../../grafana-host/harness.js';
import type { PanelRequest } from '../../grafana-host/host-api.js';
import { bigTimeline, timelineFrame } from './big-timeline.js';
import { type Gesture, installProbe, type Moves, moveWheel } from './probe.js';

const { minutes, part } = JSON.parse(process.env.PANEL_BENCH ?? '{"minutes":"1","part":"draw"}');
const MINUTES = Number(minutes);
const PARTS: string[] = String(part).split(',');
const TURNS = 600;
const DAY = { minions: 10_000, hours: 24, columns: 1164, segments: 106, seed: 7 };
const HOUR = { minions: 1_000, hours: 1, columns: 1164, segments: 20 };
const SIZE = { width: 1440, height: 900 };
const DENSITIES = ['fit', 'compact', 'detail'] as const;

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start('newest', 'production');
});
afterAll(() => harness?.stop());

const say = (text: string) => process.stdout.write(`${text}\n`);
const ms = (value: number) => `${value.toFixed(1)} ms`;

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function describeMoves(what: string, { frames, draws }: Moves): string {
  const within = draws.filter((one) => one <= 50).length / draws.length;
  const [half, most] = [quantile(frames, 0.5), quantile(frames, 0.95)];
  return [
    what.padEnd(14),
    `frames ${ms(half)} median (${(1000 / half).toFixed(1)} a second), ${ms(most)} at 95 %;`,
    `draws ${ms(quantile(draws, 0.5))} median, ${ms(quantile(draws, 0.95))} at 95 %,`,
    `${ms(quantile(draws, 0.999))} at 99.9 %, ${ms(Math.max(...draws))} at most,`,
    `${(within * 100).toFixed(2)} % of ${draws.length} within 50 ms`,
  ].join(' ');
}

async function open(): Promise<HostPage> {
  const host = await harness.open({ width: SIZE.width + 40, height: SIZE.height + 40 });
  await installProbe(host.page);
  await host.page.reload();
  await host.page.waitForSelector('html[data-ready=true]');
  return host;
}

/** Milliseconds from handing over the frames to the end of the frame in which they were painted. */
function firstPaint(page: Page, ask: PanelRequest): Promise<number> {
  return page.evaluate(
    async ([id, asked]) => {
      window.probe.paintedMs = 0;
      const began = performance.now();
      await window.host.renderPanel(id, asked);
      return new Promise<number>((done) => {
        const look = () => {
          const { paintedMs } = window.probe;
          if (paintedMs === 0) return window.probe.frame(look);
          window.probe.frame(() => done(performance.now() - began));
        };
        look();
      });
    },
    [FLAP_PANEL, asked(ask)] as const,
  );
}

const asked = (ask: PanelRequest): PanelRequest => ({ ...SIZE, ...ask });

it.runIf(PARTS.includes('draw'))('10,000 minions × 24 hours', async () => {
  const toMs = Date.UTC(2026, 10, 21, 3, 12, 0);
  const view = bigTimeline({ ...DAY, toMs });
  const range = { fromMs: view.fromMs, toMs };
  const host = await open();
  await host.page.evaluate(([frame]) => window.host.keepFrames('day', [frame]), [
    timelineFrame(view),
  ] as const);
  say(`\n${DAY.minions} minions × ${DAY.hours} h, ${DAY.minions * DAY.segments} intervals`);
  const paints: number[] = [];
  for (let round = 0; round < 5; round++) {
    // Another panel in between: the next one begins anew.
    await host.page.evaluate((id) => window.host.renderPanel(id, { frames: [] }), FLAP_PANEL);
    paints.push(await firstPaint(host.page, { keep: 'day', ...range }));
  }
  const rounds = paints.map((one) => ms(one)).join(', ');
  say(`first paint after data: ${ms(quantile(paints, 0.5))} median of ${rounds}`);
  for (const density of DENSITIES) {
    await firstPaint(host.page, { keep: 'day', ...range, options: { density } });
    for (const gesture of ['zoom', 'pan'] as Gesture[]) {
      const moves = await moveWheel(host.page, gesture, TURNS);
      say(describeMoves(`${density} ${gesture}`, moves));
      expect(moves.draws.length).toBeGreaterThan(TURNS / 2);
    }
  }
  expect(host.complaints).toEqual([]);
  await host.close();
});

interface HeapUse {
  readonly usedSize: number;
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as HeapUse;
  return usedSize / 1_048_576;
}

/** MiB a minute, by least squares. */
function slopeOf(points: readonly (readonly [minute: number, mebibytes: number])[]): number {
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return over / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

it.runIf(PARTS.includes('live'))('1,000 minions live, once a second', async () => {
  const host = await open();
  const session = await host.page.context().newCDPSession(host.page);
  await session.send('HeapProfiler.enable');
  const began = performance.now();
  const points: [number, number][] = [];
  const paints: number[] = [];
  say(`\n${HOUR.minions} minions × ${HOUR.hours} h, new data every second for ${MINUTES} min`);
  for (let second = 0; second <= MINUTES * 60; second++) {
    const toMs = Date.UTC(2026, 10, 21, 3, 12, second);
    const view = bigTimeline({ ...HOUR, toMs, seed: second });
    await host.page.evaluate(
      ([frame]) => {
        window.host.keepFrames('live', [frame]);
        window.probe.draws = [];
      },
      [timelineFrame(view)] as const,
    );
    // A dashboard asks again when it has its answer, so nothing piles up where this takes long.
    paints.push(await firstPaint(host.page, { keep: 'live', fromMs: view.fromMs, toMs }));
    if (second % 60 === 0) {
      const heap = await heapOf(session);
      points.push([second / 60, heap]);
      say(`${String(second / 60).padStart(3)} min: ${heap.toFixed(1)} MiB of heap`);
    }
    const next = began + (second + 1) * 1000 - performance.now();
    await host.page.waitForTimeout(Math.max(0, next));
  }
  say(
    `new data to paint: ${ms(quantile(paints, 0.5))} median, ${ms(quantile(paints, 0.99))} at 99 %`,
  );
  // The first minute warms up: fonts, patterns, compiled code.
  const steady = points.slice(1);
  say(`growth after the first minute: ${(slopeOf(steady) * 1024).toFixed(1)} KiB a minute`);
  expect(host.complaints).toEqual([]);
  await host.close();
});
