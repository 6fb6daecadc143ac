/**
 * The data source in Chromium, through the data proxy to the real exporter that watches the demo's
 * fleet: every query type, both editors, health, partial failures, and the panel on top.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoProcess, eventually } from '../e2e/demo-fleet.js';
import { DATASOURCE, FLAP_PANEL, Harness, type HostPage } from '../grafana-host/harness.js';
import type { QueryRequest, QuerySummary } from '../grafana-host/host-api.js';
import { GRAFANAS, type Grafana } from '../grafana-host/packages.js';

const PORTS = { publish: 14_905, request: 14_906, web: 14_907 };
const EXPORTER = `http://127.0.0.1:${PORTS.web}`;
/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';
const MINIONS = 40;

let demo: DemoProcess;

async function eventsOfKind(kind: string): Promise<number> {
  const answer = await fetch(`${EXPORTER}/api/v1/events?kind=${kind}`);
  if (!answer.ok) return 0;
  return ((await answer.json()) as { rows: unknown[] }).rows.length;
}

beforeAll(async () => {
  demo = new DemoProcess([
    ...['--minions', String(MINIONS), '--publish-port', String(PORTS.publish)],
    ...['--request-port', String(PORTS.request), '--web-port', String(PORTS.web)],
  ]);
  await eventually(
    'a minion flaps and is recorded',
    () => eventsOfKind('flap').catch(() => 0),
    (many) => many > 0,
  );
});

afterAll(async () => {
  await demo?.end();
});

describe.each(Object.keys(GRAFANAS) as Grafana[])(
  'the data source in the %s Grafana',
  (grafana) => {
    let harness: Harness;
    beforeAll(async () => {
      harness = await Harness.start(grafana);
    });
    afterAll(() => harness?.stop());

    /** A page with a data source of these addresses, as it would be saved. */
    async function open(jsonData: Record<string, string>): Promise<HostPage> {
      harness.server.sources.set('brine', {
        pluginId: DATASOURCE,
        jsonData,
        secureJsonData: { token0: 'secret-of-the-proxy' },
      });
      const host = await harness.open({ width: 1300, height: 760 });
      await host.page.evaluate(([id, saved]) => window.host.addDataSource(id, 'brine', saved), [
        DATASOURCE,
        jsonData,
      ] as const);
      return host;
    }

    function ask({ page }: HostPage, target: Record<string, unknown>): Promise<QuerySummary> {
      const query: QueryRequest = { targets: [target] };
      return page.evaluate((asked) => window.host.query('brine', asked), query);
    }

    const fieldNames = (answer: QuerySummary) =>
      answer.frames[0]?.fields.map(({ name }) => name) ?? [];

    it('answers every query type from the exporter, and nothing complains', async () => {
      const host = await open({ url0: EXPORTER });
      const timeline = await ask(host, {});
      expect(timeline.errors).toEqual([]);
      expect(timeline.frames[0]?.length).toBe(MINIONS);
      const minions = await ask(host, { queryType: 'minions' });
      expect(minions.frames[0]?.length).toBe(MINIONS);
      expect(fieldNames(minions)).not.toContain('master');
      const events = await ask(host, { queryType: 'events', kind: 'disconnect,flap' });
      expect(events.frames[0]?.type).toBe('log-lines');
      expect(events.frames[0]?.length).toBeGreaterThan(0);
      const [id] = (minions.frames[0]?.fields[0]?.values ?? []) as string[];
      const series = await ask(host, { queryType: 'series', minion: id, metrics: ['pressure'] });
      expect(series.errors).toEqual([]);
      for (const queryType of ['jobs', 'losses']) {
        const answer = await ask(host, { queryType });
        expect(answer.errors, queryType).toEqual([]);
        expect(fieldNames(answer)).toContain('jid');
      }
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('draws the panel from its default query', async () => {
      const host = await open({ url0: EXPORTER });
      await ask(host, {});
      const nowMs = Date.now();
      const panel = {
        keep: 'last',
        fromMs: nowMs - 3_600_000,
        toMs: nowMs,
        width: 1200,
        height: 640,
      };
      await host.page.evaluate(([id, asked]) => window.host.renderPanel(id, asked), [
        FLAP_PANEL,
        panel,
      ] as const);
      await host.page.getByText(`${MINIONS} minions`).waitFor();
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('merges several masters, says whose each row is, and tells who did not answer', async () => {
      const host = await open({ url0: EXPORTER, name0: 'a', url1: NOBODY, name1: 'b' });
      const answer = await ask(host, { queryType: 'timeline' });
      expect(fieldNames(answer)).toContain('master');
      expect(answer.frames[0]?.notices.map(({ text }) => text).join()).toMatch(/^b did not answer/);
      await host.close();
      const twice = await open({ url0: EXPORTER, name0: 'a', url1: EXPORTER, name1: 'b' });
      const both = await ask(twice, { queryType: 'minions' });
      expect(both.frames[0]?.length).toBe(2 * MINIONS);
      expect(twice.complaints).toEqual([]);
      await twice.close();
    });

    it('fills variables into its filters', async () => {
      const host = await open({ url0: EXPORTER, name0: 'a' });
      await host.page.evaluate(() => window.host.setVariable('who', 'no-such-*'));
      const none = await ask(host, { queryType: 'minions', minion: '$who' });
      expect(none.frames[0]?.length).toBe(0);
      await host.close();
    });

    it('is configured in its editor, keeps the token on the server, and says what it found', async () => {
      const host = await open({});
      await host.page.evaluate(
        (id) => window.host.renderConfigEditor(id, 'brine', { secureJsonFields: { token0: true } }),
        DATASOURCE,
      );
      await host.page.getByLabel('Address').fill(`${EXPORTER}/`);
      await host.page.getByLabel('Name').fill('master-a');
      await host.page.getByRole('button', { name: 'Save & test' }).click();
      const verdict = host.page.getByRole('status').or(host.page.getByRole('alert'));
      await host.page.getByText(/^master-a: Brinescope \d.*watches/).waitFor();
      expect(await host.page.content()).not.toContain('secret-of-the-proxy');
      expect(await verdict.count()).toBeGreaterThan(0);
      await host.page.getByLabel('Address').fill(NOBODY);
      await host.page.getByRole('button', { name: 'Save & test' }).click();
      await host.page.getByText(/^master-a: 502: Bad Gateway/).waitFor();
      await host.close();
    });

    it('asks what its query editor says', async () => {
      const host = await open({ url0: EXPORTER });
      await host.page.evaluate(
        (id) => window.host.renderQueryEditor(id, 'brine', { queryType: 'events' }),
        DATASOURCE,
      );
      await host.page.getByLabel('Kinds').fill('drop,storm');
      await host.page.getByLabel('Kinds').press('Enter');
      const calls = await host.page.evaluate(() => window.host.calls);
      expect(calls.filter(({ call }) => call === 'query').at(-1)?.value).toMatchObject({
        queryType: 'events',
        kind: 'drop,storm',
      });
      expect(calls.some(({ call }) => call === 'run')).toBe(true);
      expect(host.complaints).toEqual([]);
      await host.close();
    });
  },
);
