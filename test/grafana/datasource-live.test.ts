/**
 * Live queries in Chromium, through the data proxy to the real exporter on the demo's fleet: whatever
 * breaks in between, every event comes once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/demo-fleet.js';
import { Harness, type HostPage } from '../grafana-host/harness.js';
import type { LiveSummary, QueryRequest } from '../grafana-host/host-api.js';
import { GRAFANAS, type Grafana } from '../grafana-host/packages.js';
import { DemoSource, NOBODY, openSource, UID } from './demo-source.js';

const BACKLOG = 5000;

let source: DemoSource;

beforeAll(async () => {
  source = new DemoSource(14_915);
  await source.ready();
});
afterAll(() => source?.end());

/** A connection of one minion ends and comes back, and both are recorded; the newest id then. */
async function stir(): Promise<number> {
  const before = await newestId();
  const [minion] = await source.rows('minions?status=ok&limit=1');
  const minions = [String(minion?.id)];
  await source.demo.order({ do: 'disconnect', minions });
  await source.demo.order({ do: 'connect', minions });
  return eventually('it is recorded', newestId, (id) => id >= before + 2);
}

const newestId = async () => Number((await source.rows('events?limit=1'))[0]?.id);

describe.each(Object.keys(GRAFANAS) as Grafana[])('a live query in the %s Grafana', (grafana) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(grafana);
  });
  afterAll(() => harness?.stop());

  const listen = ({ page }: HostPage, target: Record<string, unknown>) =>
    page.evaluate(([uid, asked]) => window.host.listen(uid, asked), [
      UID,
      { targets: [{ queryType: 'stream', ...target }] } satisfies QueryRequest,
    ] as const);
  const look = ({ page }: HostPage): Promise<LiveSummary> =>
    page.evaluate((uid) => window.host.live(uid), UID);
  const until = (host: HostPage, what: string, satisfied: (live: LiveSummary) => boolean) =>
    eventually(what, () => look(host), satisfied);
  const shows = (id: number) => (live: LiveSummary) => live.ids.some((one) => Number(one) >= id);

  it('shows events, statuses and queues as they come, and ends when nobody looks', async () => {
    const host = await openSource(harness, { url0: source.exporter });
    await listen(host, { live: ['events', 'fleet', 'queues'] });
    const live = await until(host, 'samples come', ({ frames }) => {
      const counts = frames.find(({ type }) => type === 'timeseries-wide');
      return frames.length === 3 && (counts?.length ?? 0) >= 3;
    });
    expect(live.state).toBe('Streaming');
    const counts = live.frames.find(({ type }) => type === 'timeseries-wide');
    const figures = counts?.fields.filter(({ type }) => type === 'number') ?? [];
    const sum = figures.reduce((total, { values }) => total + Number(values[0]), 0);
    expect(sum).toBe(source.minions);
    await until(host, 'a new event is shown', shows(await stir()));
    await host.page.evaluate((uid) => window.host.stopStream(uid), UID);
    await eventually(
      'the stream ends',
      () => harness.server.cutStreams(),
      (many) => many === 0,
    );
    expect(host.complaints).toEqual([]);
    await host.close();
  });

  it('goes on after breaks without losing an event or showing one twice', async () => {
    const host = await openSource(harness, { url0: source.exporter });
    await listen(host, { limit: BACKLOG });
    await until(host, 'what was before is shown', ({ ids }) => ids.length > 0);
    for (const isBlocked of [false, true]) {
      await eventually(
        'it runs',
        () => harness.server.cutStreams(),
        (many) => many === 1,
      );
      harness.server.block(isBlocked);
      const missed = await stir();
      if (isBlocked) {
        const down = await until(host, 'it says that it is down', ({ state }) => state === 'Error');
        expect(down.errors.join()).toMatch(/^master 1 is not heard now \(.+\); it is tried again/);
        harness.server.block(false);
      }
      const up = await until(host, 'it catches up', shows(missed));
      expect(up.errors).toEqual([]);
    }
    const live = await look(host);
    // Lines stand by their instants; what a scan finds later may have an earlier one.
    const ids = [...live.ids].sort((a, b) => Number(a) - Number(b));
    const all = await source.rows(`events?order=asc&limit=${BACKLOG}`);
    const wanted = all.map(({ id }) => String(id));
    const last = wanted.indexOf(ids.at(-1) ?? '');
    expect(last).toBeGreaterThan(0);
    expect(ids).toEqual(wanted.slice(wanted.indexOf(ids[0] ?? ''), last + 1));
    await host.close();
  });

  it('shows who is heard when another exporter is not', async () => {
    const host = await openSource(harness, {
      ...{ url0: source.exporter, name0: 'a' },
      ...{ url1: NOBODY, name1: 'b' },
    });
    await listen(host, {});
    const live = await until(host, 'one is shown, one is down', ({ frames }) =>
      (frames[0]?.notices ?? []).some(({ text }) => text.startsWith('b is not heard now')),
    );
    expect(live.state).toBe('Streaming');
    expect(live.errors).toEqual([]);
    await until(host, 'events say whose they are', ({ ids }) =>
      ids.some((id) => id.startsWith('a')),
    );
    await host.close();
  });
});
