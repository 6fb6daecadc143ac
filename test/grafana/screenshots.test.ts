/** Pictures of the panel for the catalogue; `GRAFANA_PICTURES=yes npm test -- grafana` writes them anew. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FLAP_PANEL, Harness, LOSS_PANEL } from '../grafana-host/harness.js';
import { PLUGIN } from '../grafana-host/packages.js';
import { JOB, LOSSES_END_MS, lossFrames } from './sample-losses.js';
import { END_MS, nightFrames } from './sample-series.js';

const KEPT = join(PLUGIN, 'src/img');
const HOURS = 6;

let harness: Harness;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'brinescope-pictures-'));
  harness = await Harness.start('newest');
});
afterAll(async () => {
  await harness?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it.each(['dark', 'light'] as const)(
  'the catalogue has a picture of the panel, %s',
  async (theme) => {
    const name = `flaps-${theme}.png`;
    const into = process.env.GRAFANA_PICTURES === 'yes' ? KEPT : scratch;
    const host = await harness.open({ theme, width: 1280, height: 800 });
    const frames = nightFrames({ minions: 200, hours: HOURS, stepSeconds: 60 });
    const range = { fromMs: END_MS - HOURS * 3_600_000, toMs: END_MS };
    const panel = { frames, ...range, width: 1248, height: 768 };
    await host.page.evaluate(([id, asked]) => window.host.renderPanel(id, asked), [
      FLAP_PANEL,
      panel,
    ] as const);
    const canvas = host.page.getByRole('application', { name: /Flap and/ });
    const box = await canvas.boundingBox();
    if (box === null) throw new Error('the canvas has no place');
    await host.page.evaluate(async () => {
      await document.fonts.ready;
    });
    await host.page.mouse.move(box.x + box.width * 0.62, box.y + 165);
    await host.page.getByTestId('flaps-tooltip').waitFor();
    await host.page.screenshot({ path: join(into, name) });
    expect(statSync(join(into, name)).size).toBeGreaterThan(20_000);
    expect(existsSync(join(KEPT, name)), 'write it with GRAFANA_PICTURES=yes').toBe(true);
    await host.close();
  },
);

it.each(['dark', 'light'] as const)(
  'the catalogue has a picture of the loss path, %s',
  async (theme) => {
    const name = `loss-${theme}.png`;
    const into = process.env.GRAFANA_PICTURES === 'yes' ? KEPT : scratch;
    const host = await harness.open({ theme, width: 1280, height: 760 });
    const range = { fromMs: LOSSES_END_MS - HOURS * 3_600_000, toMs: LOSSES_END_MS };
    const size = { width: 1248, height: 728, title: 'Where returns were lost' };
    const panel = { frames: lossFrames(), ...range, ...size, options: { job: JOB } };
    await host.page.evaluate(([id, asked]) => window.host.renderPanel(id, asked), [
      LOSS_PANEL,
      panel,
    ] as const);
    await host.page.getByText('418 of 507 returned').waitFor();
    await host.page.evaluate(async () => {
      await document.fonts.ready;
    });
    await host.page.screenshot({ path: join(into, name) });
    expect(statSync(join(into, name)).size).toBeGreaterThan(20_000);
    expect(existsSync(join(KEPT, name)), 'write it with GRAFANA_PICTURES=yes').toBe(true);
    await host.close();
  },
);
