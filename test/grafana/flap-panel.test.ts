/** The flap panel in Chromium, from Prometheus' series, in the newest and the oldest Grafana. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAP_PANEL, Harness, type HostPage, type PageLook } from '../grafana-host/harness.js';
import type { PanelRequest } from '../grafana-host/host-api.js';
import { GRAFANAS, type Grafana } from '../grafana-host/packages.js';
import { END_MS, nightFrames } from './sample-series.js';

const HOURS = 6;
const FRAMES = nightFrames({ minions: 120, hours: HOURS, stepSeconds: 60 });
const RANGE = { fromMs: END_MS - HOURS * 3_600_000, toMs: END_MS };
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

describe.each(Object.keys(GRAFANAS) as Grafana[])('the flap panel in the %s Grafana', (grafana) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(grafana);
  });
  afterAll(() => harness?.stop());

  async function show(ask: PanelRequest = {}, look: PageLook = {}): Promise<HostPage> {
    const host = await harness.open({ width: 1400, height: 860, ...look });
    const panel = { frames: FRAMES, ...RANGE, width: 1360, height: 800, ...ask };
    await host.page.evaluate(([id, asked]) => window.host.renderPanel(id, asked), [
      FLAP_PANEL,
      panel,
    ] as const);
    return host;
  }

  const canvasOf = ({ page }: HostPage) => page.getByRole('application', { name: /Flap and/ });

  it('shows who is in which status, and nothing complains', async () => {
    const host = await show();
    await canvasOf(host).waitFor();
    const chip = (name: RegExp) => host.page.getByRole('button', { name });
    expect(await chip(/^stalled/).textContent()).toMatch(/stalled\s*5/);
    expect(await chip(/^ambiguous/).textContent()).toMatch(/ambiguous\s*3/);
    expect(await host.page.getByText('120 minions in fleet.example.net').count()).toBe(1);
    expect(host.complaints).toEqual([]);
    await host.close();
  });

  it('says under the pointer what it was, since when, and on what evidence', async () => {
    const host = await show();
    const box = await canvasOf(host).boundingBox();
    if (box === null) throw new Error('the canvas has no place');
    // The first row, ten minutes before the end: the worst minion, which is dropping.
    await host.page.mouse.move(box.x + box.width - 30, box.y + 52 + 4 + 22 + 9);
    const tip = host.page.getByTestId('flaps-tooltip');
    await tip.waitFor();
    const text = await tip.textContent();
    expect(text).toContain('log-r03-044.fleet.example.net');
    expect(text).toContain('1,000 of 1,000 messages (1.00)');
    expect(text).toMatch(/55 until here, 88 in range/);
    expect(text).toContain('its process does not read');
    expect(text).toContain('Prometheus, a sample every 1 min');
    await host.close();
  });

  it('is worked by keys alone, and tells a screen reader where it is', async () => {
    const host = await show();
    await canvasOf(host).focus();
    await host.page.keyboard.press('ArrowDown');
    await host.page.keyboard.press('[');
    await host.page.locator('[aria-live=polite]', { hasText: 'cache-r02-043' }).waitFor();
    await host.page.keyboard.press('Enter');
    const chosen = await host.page.evaluate(() => window.host.location());
    expect(chosen).toContain('var-minion=cache-r02-043.fleet.example.net');
    await host.page.keyboard.press('t');
    const table = host.page.getByRole('region', { name: 'Minions as a table' });
    await table.waitFor();
    expect(await table.getByRole('row').count()).toBe(121);
    await host.close();
  });

  it('hands a time drawn in the rows to the dashboard', async () => {
    const host = await show();
    const box = await canvasOf(host).boundingBox();
    if (box === null) throw new Error('the canvas has no place');
    const y = box.y + 200;
    await host.page.mouse.move(box.x + 268 + 100, y);
    await host.page.mouse.down();
    await host.page.mouse.move(box.x + 268 + 400, y, { steps: 4 });
    await host.page.mouse.up();
    const calls = await host.page.evaluate(() => window.host.calls);
    const range = calls.find(({ call }) => call === 'timeRange')?.value as
      | { from: number; to: number }
      | undefined;
    const perPixel = (HOURS * 3_600_000) / (box.width - 268 - 8);
    expect(range?.from).toBeCloseTo(RANGE.fromMs + 100 * perPixel, -3);
    expect(range?.to).toBeCloseTo(RANGE.fromMs + 400 * perPixel, -3);
    await host.close();
  });

  it('filters, groups by a label, and changes the height of rows', async () => {
    const host = await show({ options: { group: 'rack' } });
    await canvasOf(host).waitFor();
    await host.page.getByRole('textbox', { name: /^Search/ }).fill('r17');
    await host.page.getByText(/^40 of 120 minions/).waitFor();
    await host.page.getByRole('button', { name: /^absent/ }).click();
    await host.page.getByText('No minion matches').waitFor();
    await host.page.getByRole('button', { name: /^absent/ }).click();
    await host.page.getByRole('radio', { name: 'Fit' }).click();
    await host.page.getByText(/^40 of 120 minions/).waitFor();
    expect(host.complaints).toEqual([]);
    await host.close();
  });

  it('takes its options from the panel editor', async () => {
    const host = await show({ showOptions: true, width: 900 }, { width: 1300 });
    await canvasOf(host).waitFor();
    await host.page.getByLabel('Toolbar').click({ force: true });
    await host.page.getByRole('textbox', { name: /^Search/ }).waitFor({ state: 'detached' });
    expect(host.complaints).toEqual([]);
    await host.close();
  });

  it('shows nothing old when the answer failed, and says what is missing when there is none', async () => {
    const failed = await show({ frames: [], state: 'Error', error: 'no answer within 30 s' });
    await failed.page.getByText('no answer within 30 s').waitFor();
    await failed.close();
    const empty = await show({ frames: [] });
    await empty.page.getByText(/No minions: ask for salt_minion_status/).waitFor();
    await empty.close();
  });

  it('shows a hostile id as text', async () => {
    const id = '<img src=x onerror="document.title=1">{{7*7}}';
    const owner = { __name__: 'salt_minion_status', minion: id, status: 'absent' };
    const times = Array.from({ length: 60 }, (_, k) => RANGE.fromMs + k * 60_000);
    const values = times.map(() => 1);
    const series = {
      fields: [
        { name: 'Time', type: 'time', values: times },
        { name: 'Value', type: 'number', labels: owner, values },
      ],
    };
    const host = await show({ frames: [series] });
    await canvasOf(host).focus();
    await host.page.keyboard.press('Home');
    await host.page.getByTestId('flaps-tooltip').getByText(id).waitFor();
    await host.page.keyboard.press('t');
    await host.page.getByRole('rowheader', { name: id }).waitFor();
    expect(await host.page.title()).toBe('Plugin host');
    expect(await host.page.locator('#root img').count()).toBe(0);
    await host.close();
  });

  it.each(['dark', 'light'] as const)(
    'has nothing for axe to find in the %s theme',
    async (theme) => {
      const host = await show({}, { theme });
      await canvasOf(host).waitFor();
      await host.page.evaluate(readFileSync(AXE, 'utf8'));
      for (const step of ['timeline', 'table']) {
        if (step === 'table') await host.page.getByRole('button', { name: 'Table' }).click();
        const found = await host.page.evaluate(async (tags) => {
          const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
          const result = await axe.run('#root', { runOnly: { type: 'tag', values: [...tags] } });
          return result.violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`);
        }, WCAG);
        expect(found, step).toEqual([]);
      }
      await host.close();
    },
  );
});
