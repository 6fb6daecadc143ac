/**
 * The data source in Chromium, through the data proxy to the real exporter that watches the demo's
 * fleet: every query type, filters, variables, annotations, partial failures, and the panel on top.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAP_PANEL, Harness } from '../grafana-host/harness.js';
import { GRAFANAS, type Grafana } from '../grafana-host/packages.js';
import { ask, columnOf, DemoSource, NOBODY, namesOf, openSource, UID } from './demo-source.js';

let source: DemoSource;

beforeAll(async () => {
  source = new DemoSource(14_905);
  await source.ready();
});
afterAll(() => source?.end());

const TABLES = ['timeline', 'minions', 'events', 'jobs', 'losses'];

describe.each(Object.keys(GRAFANAS) as Grafana[])(
  'the data source in the %s Grafana',
  (grafana) => {
    let harness: Harness;
    beforeAll(async () => {
      harness = await Harness.start(grafana);
    });
    afterAll(() => harness?.stop());
    const open = (jsonData: Record<string, string>) => openSource(harness, jsonData);

    it('answers every query type from the exporter, and nothing complains', async () => {
      const host = await open({ url0: source.exporter });
      const timeline = await ask(host, {});
      expect(timeline.errors).toEqual([]);
      expect(timeline.frames[0]?.length).toBe(source.minions);
      const minions = await ask(host, { queryType: 'minions' });
      expect(minions.frames[0]?.length).toBe(source.minions);
      expect(namesOf(minions)).not.toContain('master');
      const events = await ask(host, { queryType: 'events', kind: 'disconnect,flap' });
      expect(events.frames[0]?.type).toBe('log-lines');
      expect(events.frames[0]?.length).toBeGreaterThan(0);
      const [id] = columnOf(minions, 'minion');
      const series = await ask(host, { queryType: 'series', minion: id, metrics: ['pressure'] });
      expect(series.errors).toEqual([]);
      for (const queryType of ['jobs', 'losses']) {
        const answer = await ask(host, { queryType });
        expect(answer.errors, queryType).toEqual([]);
        expect(namesOf(answer)).toContain('jid');
      }
      const explore = await ask(host, { queryType: 'events' }, { explore: true });
      expect(explore.frames[0]?.preferred).toBe('logs');
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('draws the panel from its default query', async () => {
      const host = await open({ url0: source.exporter });
      await ask(host, {});
      const nowMs = Date.now();
      const range = { fromMs: nowMs - 3_600_000, toMs: nowMs };
      const panel = { keep: 'last', ...range, width: 1200, height: 640 };
      await host.page.evaluate(([id, asked]) => window.host.renderPanel(id, asked), [
        FLAP_PANEL,
        panel,
      ] as const);
      await host.page.getByText(`${source.minions} minions`).waitFor();
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('merges several masters, says whose each row is, and tells who did not answer', async () => {
      const host = await open({ url0: source.exporter, name0: 'a', url1: NOBODY, name1: 'b' });
      for (const queryType of TABLES) {
        const answer = await ask(host, { queryType });
        if (queryType !== 'events') expect(namesOf(answer), queryType).toContain('master');
        const notices = answer.frames[0]?.notices.map(({ text }) => text).join();
        expect(notices, queryType).toMatch(/^b did not answer \(502: Bad Gateway\)/);
      }
      const only = await ask(host, { queryType: 'minions', master: 'b' });
      expect(only.frames).toEqual([]);
      expect(only.errors.join()).toMatch(/^b did not answer/);
      await host.close();
      const twice = await open({
        ...{ url0: source.exporter, name0: 'a' },
        ...{ url1: source.exporter, name1: 'b' },
      });
      const both = await ask(twice, { queryType: 'minions' });
      expect(both.frames[0]?.length).toBe(2 * source.minions);
      expect(new Set(columnOf(both, 'master'))).toEqual(new Set(['a', 'b']));
      const one = await ask(twice, { queryType: 'minions', master: 'b' });
      expect(new Set(columnOf(one, 'master'))).toEqual(new Set(['b']));
      expect(twice.complaints).toEqual([]);
      await twice.close();
    });

    it('fills variables into its filters, more than the exporter takes at once too', async () => {
      const host = await open({ url0: source.exporter });
      const set = (value: string | string[]) =>
        host.page.evaluate((chosen) => window.host.setVariable('who', chosen), value);
      const count = async () =>
        (await ask(host, { queryType: 'minions', minion: '$who' })).frames[0]?.length;
      await set('no-such-*');
      expect(await count()).toBe(0);
      await set('$__all');
      expect(await count()).toBe(source.minions);
      const ids = columnOf(await ask(host, { queryType: 'minions' }), 'minion') as string[];
      const strangers = Array.from({ length: 150 }, (_, index) => `stranger-${index}`);
      await set([...ids.slice(0, 3), ...strangers]);
      expect(await count()).toBe(3);
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('obeys ad-hoc filters, and leaves whole what knows nothing of them', async () => {
      const host = await open({ url0: source.exporter });
      const all = columnOf(await ask(host, { queryType: 'minions' }), 'minion') as string[];
      const [id = ''] = all;
      const filtered = (queryType: string, operator: string, value: string) =>
        ask(host, { queryType }, { filters: [{ key: 'minion', operator, value }] });
      expect(columnOf(await filtered('minions', '=', id), 'minion')).toEqual([id]);
      expect(columnOf(await filtered('timeline', '=', id), 'minion')).toEqual([id]);
      const rest = columnOf(await filtered('timeline', '!=', id), 'minion');
      expect(rest).toHaveLength(source.minions - 1);
      expect(rest).not.toContain(id);
      const range = { fromMs: Date.now() - 3_600_000, toMs: Date.now() };
      await host.page.evaluate(([panel, asked]) => window.host.renderPanel(panel, asked), [
        FLAP_PANEL,
        { keep: 'last', ...range, width: 1200, height: 640 },
      ] as const);
      await host.page.getByText(`${source.minions - 1} minions`).waitFor();
      const jobs = await ask(host, { queryType: 'jobs' });
      expect((await filtered('jobs', '=', id)).frames[0]?.length).toBeGreaterThanOrEqual(
        jobs.frames[0]?.length ?? 0,
      );
      const keys = await host.page.evaluate((uid) => window.host.tagKeys(uid), UID);
      expect(keys).toContain('minion');
      for (const key of keys) {
        const values = await host.page.evaluate(
          ([uid, asked]) => window.host.tagValues(uid, asked),
          [UID, key] as const,
        );
        expect(values.length, key).toBeGreaterThan(0);
      }
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('fills template variables, in both ways that they can be written', async () => {
      const host = await open({ url0: source.exporter, name0: 'master-a' });
      const values = (query: unknown) =>
        host.page.evaluate(([uid, asked]) => window.host.variableValues(uid, asked), [
          UID,
          query,
        ] as const);
      const all = await values({ what: 'minions' });
      expect(all).toHaveLength(source.minions);
      expect(all).toEqual([...all].sort());
      expect(await values('minions()')).toEqual(all);
      expect(await values({ what: 'minions', minion: all[3] })).toEqual([all[3]]);
      expect(await values({ what: 'masters' })).toEqual(['master-a']);
      expect(await values({ what: 'statuses' })).toContain('half_open');
      expect(await values({ what: 'functions' })).toContain('test.ping');
      const [ok, others] = [await values('minions(ok)'), await values('minions(absent,stalled)')];
      expect(ok.length).toBeGreaterThan(0);
      expect(ok.filter((id) => others.includes(id))).toEqual([]);
      expect(host.complaints).toEqual([]);
      await host.close();
    });

    it('makes annotations of the events that are chosen', async () => {
      const host = await open({ url0: source.exporter });
      const made = await host.page.evaluate(
        (uid) => window.host.annotations(uid, { target: { kind: 'flap' } }),
        UID,
      );
      expect(made.length).toBeGreaterThan(0);
      for (const { time, text, tags } of made) {
        expect(tags).toContain('flap');
        expect(text).toMatch(/^[\w.-]+: /);
        expect(time).toBeGreaterThan(Date.now() - 3_600_000);
      }
      const usual = await host.page.evaluate((uid) => window.host.annotations(uid, {}), UID);
      const kinds = new Set(usual.map(({ tags }) => tags[0]));
      expect(
        [...kinds].filter((kind) => !/^(master_restart|storm|drop)$/.test(kind ?? '')),
      ).toEqual([]);
      expect(host.complaints).toEqual([]);
      await host.close();
    });
  },
);
