/** The loss path panel in Chromium, from tables of our data source and from Prometheus' series, in the newest and the oldest Grafana. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness, type HostPage, LOSS_PANEL } from '../grafana-host/harness.js';
import type { PanelRequest } from '../grafana-host/host-api.js';
import { GRAFANAS, type Grafana } from '../grafana-host/packages.js';
import { JOB, LOSSES_END_MS, lossFrames, lossSeries } from './sample-losses.js';

const RANGE = { fromMs: LOSSES_END_MS - 6 * 3_600_000, toMs: LOSSES_END_MS };
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const HOSTILE = '<img src=x onerror="document.title=1">{{7*7}}';

async function render({ page }: HostPage, ask: PanelRequest): Promise<void> {
  const panel = { frames: lossFrames(), ...RANGE, width: 1360, height: 800, title: '', ...ask };
  await page.evaluate(([id, asked]) => window.host.renderPanel(id, asked), [
    LOSS_PANEL,
    panel,
  ] as const);
}

/** Anew: what a test before chose in the panel goes with an answer that has nothing in it. */
async function show(host: HostPage, ask: PanelRequest = {}): Promise<void> {
  await render(host, { frames: [] });
  await host.page.getByText(/No verdicts: ask for losses/).waitFor();
  await render(host, ask);
}

async function axeFindings({ page }: HostPage): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async (tags) => {
    const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const result = await axe.run('#root', { runOnly: { type: 'tag', values: [...tags] } });
    return result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }, WCAG);
}

describe.each(Object.keys(GRAFANAS) as Grafana[])('the loss path in the %s Grafana', (grafana) => {
  let harness: Harness;
  let host: HostPage;
  beforeAll(async () => {
    harness = await Harness.start(grafana);
    host = await harness.open({ width: 1400, height: 860 });
  });
  afterAll(() => harness?.stop());

  const column = (name: RegExp) => host.page.getByRole('button', { name });

  it('shows of each link what it lost, how sure that is, and what is in its way now', async () => {
    await show(host, { options: { job: JOB } });
    await host.page.getByText('418 of 507 returned').waitFor();
    const picture = host.page.getByRole('img', { name: /418 of 507 returned/ });
    const told = await picture.getAttribute('aria-label');
    expect(told).toContain('2 Nobody there: 31 lost: 31 proven.');
    expect(told).toContain('3 Publisher queue: 23 lost: 19 proven, 4 likely.');
    expect(told).toContain('1 Client → master: None lost here.');
    expect(await picture.locator('path').count()).toBe(9);
    await host.page.getByText('10 absent now.').waitFor();
    await host.page.getByText('Fullest queue at 82 % of its mark now.').waitFor();
    const runbooks = host.page.getByRole('link', { name: /^Runbook/ });
    expect(await runbooks.count()).toBe(8);
    expect(await runbooks.nth(2).getAttribute('href')).toMatch(/SaltReturnsLostPublisher\.md$/);
    expect(host.complaints).toEqual([]);
  });

  it('leads by keyboard from a link to its evidence, and on to the minion', async () => {
    await show(host, { options: { job: JOB } });
    await column(/Return path/).focus();
    await host.page.keyboard.press('Enter');
    const table = host.page.getByRole('table', { name: '5 Return path: 3 lost' });
    await table.waitFor();
    expect(await table.getByRole('row').count()).toBe(4);
    await table
      .getByText(/cut off when its link ended/)
      .first()
      .waitFor();
    const minion = table.getByRole('link').first();
    expect(await minion.getAttribute('href')).toMatch(
      /^\/d\/brinescope-minion\?var-minion=app-r17-080\.fleet\.example\.net&var-master=/,
    );
    await host.page.keyboard.press('Enter');
    await table.waitFor({ state: 'detached' });
  });

  it('tells the evidence beside a link that has the focus', async () => {
    await show(host, { options: { job: JOB } });
    await column(/Publisher queue/).hover();
    const tip = host.page.getByRole('tooltip');
    await tip.getByText(/23 lost: 19 proven, 4 likely\. .*stream offset 24,188,863/).waitFor();
    await host.page.mouse.move(1, 1);
  });

  it('is narrowed to a job and to a minion', async () => {
    await show(host);
    await host.page.getByText('817 of 907 returned').waitFor();
    await host.page.getByLabel('Job', { exact: true }).click();
    await host.page.getByRole('option', { name: /grains\.items/ }).click();
    await host.page.getByText('399 of 400 returned').waitFor();
    await host.page.getByRole('textbox', { name: 'Only this minion' }).fill('nobody');
    await host.page.getByText('0 returns lost').waitFor();
    await host.page.getByText('None here.').waitFor();
    expect(host.complaints).toEqual([]);
  });

  it('is a table too', async () => {
    await show(host, { options: { job: JOB } });
    await host.page.getByRole('button', { name: 'Table' }).click();
    const table = host.page.getByRole('table', { name: 'Losses by link' });
    const row = table.getByRole('row', { name: /Publisher queue/ });
    expect(await row.textContent()).toMatch(/231940/);
    expect(await table.getByRole('row').count()).toBe(9);
    expect(await axeFindings(host)).toEqual([]);
    await host.page.getByRole('button', { name: 'Table' }).click();
  });

  it('takes counters of Prometheus, and says what they cannot tell', async () => {
    await show(host, { frames: lossSeries() });
    await host.page.getByText('381 of 400 returned').waitFor();
    await host.page.getByText('2 verdicts revised').waitFor();
    await host.page.getByText(/figures only/).waitFor();
    await column(/Publisher queue/).click();
    await host.page.getByRole('table', { name: '3 Publisher queue: 10 lost' }).waitFor();
    await host.page.getByText('1 workers wedged now.').waitFor();
    expect(host.complaints).toEqual([]);
  });

  it('takes its options from the panel editor', async () => {
    await show(host, { showOptions: true, width: 1000 });
    const search = host.page.getByRole('textbox', { name: 'Only this minion' });
    await search.waitFor();
    await host.page.getByLabel('Toolbar').click({ force: true });
    await search.waitFor({ state: 'detached' });
    expect(host.complaints).toEqual([]);
  });

  it('shows nothing old when the answer failed, and says what to ask when there is none', async () => {
    await show(host, { frames: [], state: 'Error', error: 'no answer within 30 s' });
    await host.page.getByText('no answer within 30 s').waitFor();
    await show(host, { frames: [] });
    await host.page.getByText(/No verdicts: ask for losses/).waitFor();
  });

  it('shows a hostile id as text', async () => {
    await show(host, { frames: lossFrames(HOSTILE), options: { job: JOB } });
    await host.page.getByRole('rowheader', { name: HOSTILE }).waitFor();
    const link = host.page.getByRole('link', { name: HOSTILE });
    expect(await link.getAttribute('href')).toContain(encodeURIComponent(HOSTILE));
    await column(/Nobody there/).hover();
    await host.page.getByRole('tooltip').getByText(HOSTILE).waitFor();
    expect(await host.page.title()).toBe('Plugin host');
    expect(await host.page.locator('#root img[src=x]').count()).toBe(0);
    await host.page.mouse.move(1, 1);
  });

  it('opens no address that is a script', async () => {
    await show(host, { options: { job: JOB, minionLink: 'javascript:alert(1)' } });
    await host.page.getByRole('rowheader').first().waitFor();
    const links = host.page.getByRole('rowheader').getByRole('link');
    await links.first().waitFor({ state: 'detached' });
    expect(await links.count()).toBe(0);
  });

  it.each(['dark', 'light'] as const)('has nothing for axe to find, %s', async (theme) => {
    const other = theme === 'light' ? await harness.open({ theme, width: 1400 }) : host;
    await show(other, { options: { job: JOB } });
    await other.page.getByText('418 of 507 returned').waitFor();
    expect(await axeFindings(other)).toEqual([]);
    expect(other.complaints).toEqual([]);
    if (other !== host) await other.close();
  });
});
