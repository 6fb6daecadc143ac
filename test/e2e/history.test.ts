/** The history behind the real HTTP server: what it is told comes back, once, in order, and folded. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { History } from '../../exporter/dist/history/history.js';
import type { FeedEvent } from '../../exporter/src/domain/event-feed.js';
import type { ApiError } from '../../exporter/src/http/api-types.js';
import type {
  EventsView,
  HistoryEvent,
  SeriesView,
  TotalsView,
} from '../../exporter/src/http/history-api-types.js';
import type { TimelineView } from '../../exporter/src/http/timeline-api-types.js';
import { type Instant, systemClock } from '../../exporter/src/lib/clock.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import { PATIENCE_MS } from '../patience.js';
import { createTestHttp } from './http-fixture.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

const clock = { now: (): Instant => systemClock.now() };
const ids = ['web-1', 'web-2', 'db-1'];

interface Served {
  readonly history: History;
  readonly url: string;
  readonly nowMs: number;
}

async function serve(options: { readonly path?: string } = {}): Promise<Served> {
  const path = options.path ?? scratch();
  const settings = { path, retentionMs: 14 * 86_400_000, maxBytes: 1e9 };
  const history = new History({ settings, clock, log: silentLogger });
  await history.start();
  const http = createTestHttp({ history });
  const { port } = await http.start();
  undo.push(async () => {
    await http.stop();
    await history.stop();
  });
  return { history, url: `http://127.0.0.1:${port}/api/v1`, nowMs: Date.now() };
}

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'brinescope-history-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Three minions that are well; one is gone for two seconds; one loses messages. */
function night(nowMs: number): FeedEvent[] {
  const at = (agoMs: number) => nowMs - agoMs;
  const begin = ids.flatMap((minion): FeedEvent[] => [
    { kind: 'minion', wallMs: at(9_000), minion, reason: 'new', evidence: 'New.', quiet: true },
    { kind: 'status', wallMs: at(8_000), minion, status: 'ok', evidence: 'Well.', quiet: true },
  ]);
  return [
    ...begin,
    { kind: 'disconnect', wallMs: at(5_000), minion: 'web-2', evidence: 0 },
    { kind: 'status', wallMs: at(5_000), minion: 'web-2', status: 'absent', evidence: 'Gone.' },
    { kind: 'connect', wallMs: at(3_000), minion: 'web-2', evidence: 0 },
    { kind: 'status', wallMs: at(3_000), minion: 'web-2', status: 'ok', evidence: 'Back.' },
    {
      kind: 'drop',
      wallMs: at(2_000),
      minion: 'db-1',
      reason: 'hwm',
      count: 17,
      evidence: 'Lost.',
    },
    { kind: 'master_restart', wallMs: at(1_000), evidence: 'It restarted.' },
  ];
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  expect(response.status, await response.clone().text()).toBe(200);
  // The shape that this path promises.
  return (await response.json()) as T;
}

describe('the history', () => {
  it('gives back what happened, the newest first, by pages', async () => {
    const { history, url, nowMs } = await serve();
    history.tell(night(nowMs));
    const first = await get<EventsView>(`${url}/events?limit=4`);
    expect(first.rows.map(({ kind }) => kind)).toEqual([
      'master_restart',
      'drop',
      'status',
      'connect',
    ]);
    const second = await get<EventsView>(`${url}/events?limit=4&cursor=${first.next}`);
    expect(second.rows.map(({ kind }) => kind)).toEqual(['status', 'disconnect']);
    expect(second.next).toBeNull();
    const one = await get<EventsView>(`${url}/events?minion=web-*&kind=status`);
    expect(one.rows.map(({ minion, status }) => [minion, status])).toEqual([
      ['web-2', 'ok'],
      ['web-2', 'absent'],
    ]);
  });

  it('goes on after a restart, and adds up what happened before and after it', async () => {
    const path = scratch();
    const settings = { path, retentionMs: 14 * 86_400_000, maxBytes: 1e9 };
    const before = new History({ settings, clock, log: silentLogger });
    await before.start();
    before.tell(night(Date.now()));
    const lastId = before.log.lastId;
    await before.stop();
    const { history, url, nowMs } = await serve({ path });
    history.tell([
      { kind: 'drop', wallMs: nowMs, minion: 'db-1', reason: 'hwm', count: 3, evidence: '' },
    ]);
    expect(history.log.lastId).toBeGreaterThan(lastId);
    const totals = await get<TotalsView>(`${url}/totals?minion=db-1`);
    expect(totals.rows).toEqual([
      { kind: 'drop', reason: 'hwm', link: null, events: 2, count: 20 },
    ]);
    expect(totals.gaps).toHaveLength(1);
  });

  it('folds status to columns: worst wins, marks stay, the rest is run together', async () => {
    const { history, url, nowMs } = await serve();
    history.tell(night(nowMs));
    const range = `from=${nowMs - 8_000}&to=${nowMs}&columns=8`;
    const view = await get<TimelineView>(`${url}/timeline?${range}&sort=name`);
    expect(view.rows.ids).toEqual(['db-1', 'web-1', 'web-2']);
    expect(view.rows.dropped).toEqual([17, 0, 0]);
    expect(view.segments).toMatchObject({
      ends: [1, 2, 5],
      start: [0, 0, 0, 3, 5],
      state: [0, 0, 0, 8, 0],
    });
    expect(view.marks).toMatchObject({
      ends: [1, 1, 3],
      column: [6, 3, 5],
      connects: [0, 0, 1],
      disconnects: [0, 1, 0],
      dropped: [17, 0, 0],
    });
    expect(view.fleet.map(({ kind }) => kind)).toEqual(['master_restart']);
    const packed = await get<TimelineView>(`${url}/timeline?${range}&sort=name&encoding=base64`);
    const start = Buffer.from(String(packed.segments.start), 'base64');
    expect([...new Uint16Array(start.buffer, start.byteOffset, 5)]).toEqual([0, 0, 0, 3, 5]);
  });

  it('keeps only departures of a series, and says what is idle', async () => {
    const { history, url, nowMs } = await serve();
    history.tell(night(nowMs));
    history.sample({
      wallMs: nowMs,
      ids,
      pressure: Float32Array.of(0, 0, 0.5),
      lagSeconds: Float32Array.of(0, 0, 3),
      waitSeconds: new Float32Array(3),
      rttSeconds: new Float32Array(3).fill(0.001),
    });
    const view = await get<SeriesView>(`${url}/series?minion=db-1,web-1&from=-1h`);
    const told = view.rows.map((row) => [row.minion, row.metric, row.values]);
    expect(told).toContainEqual(['db-1', 'pressure', [0.5]]);
    expect(told).toContainEqual(['db-1', 'lag', [3]]);
    expect(told).toContainEqual(['web-1', 'pressure', []]);
    expect(view.rows.find(({ metric }) => metric === 'rtt')?.idle).toBeCloseTo(0.001);
  });

  it.each([
    ['/events?limit=0', '"limit"'],
    ['/events?kind=party', '"kind"'],
    ['/events?cursor=x', '"cursor"'],
    ['/timeline?from=yesterday', '"from"'],
    ['/timeline?from=-40d', '31 days'],
    ['/timeline?columns=9999', '"columns"'],
    ['/series', '"minion"'],
    ['/stream?after=x', '"after"'],
  ])('says what is wrong with %s', async (path, word) => {
    const { url } = await serve();
    const response = await fetch(url + path);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as ApiError;
    expect(error.message).toContain(word);
  });

  it('answers from memory without a store, and says what needs one', async () => {
    const history = new History({ settings: undefined, clock, log: silentLogger });
    const http = createTestHttp({ history });
    const { port } = await http.start();
    undo.push(() => http.stop());
    history.tell(night(Date.now()));
    const url = `http://127.0.0.1:${port}/api/v1`;
    const view = await get<EventsView>(`${url}/events?kind=drop`);
    expect(view.rows.map(({ count }) => count)).toEqual([17]);
    expect(view.history.state).toBe('off');
    const timeline = await fetch(`${url}/timeline`);
    expect(timeline.status).toBe(503);
    expect(await timeline.text()).toContain('--history.path');
  });
});

/** Frames of a stream until `enough` of them came. */
function readStream(
  url: string,
  headers: Record<string, string>,
  enough: (frames: readonly Frame[]) => boolean,
): Promise<readonly Frame[]> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        const frames = text.split('\n\n').slice(0, -1).map(frameOf);
        if (!enough(frames)) return;
        asked.destroy();
        resolve(frames);
      });
    });
    asked.on('error', reject);
    asked.setTimeout(PATIENCE_MS, () => reject(new Error('The stream said too little.')));
    asked.end();
  });
}

interface Frame {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string | undefined;
}

function frameOf(text: string): Frame {
  const field = (name: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  return { event: field('event'), id: field('id'), data: field('data') };
}

function eventsOf(frames: readonly Frame[]): HistoryEvent[] {
  return frames
    .filter(({ event }) => event === 'event')
    .map(({ data }) => JSON.parse(data ?? 'null') as HistoryEvent);
}

describe('the stream', () => {
  it('resumes after a break without loss and without a duplicate', async () => {
    const { history, url, nowMs } = await serve();
    history.tell(night(nowMs));
    const all = (await get<EventsView>(`${url}/events?order=asc`)).rows;
    const [first] = all;
    const headers = { 'Last-Event-ID': String(first?.id) };
    const frames = await readStream(`${url}/stream?samples=off`, headers, (told) => {
      return eventsOf(told).length >= all.length - 1;
    });
    expect(eventsOf(frames)).toEqual(all.slice(1));
  });

  it('reads what memory has forgotten from the store', async () => {
    const path = scratch();
    const settings = { path, retentionMs: 14 * 86_400_000, maxBytes: 1e9 };
    const before = new History({ settings, clock, log: silentLogger });
    await before.start();
    before.tell(night(Date.now()));
    const [first, ...rest] = before.log.list();
    await before.stop();
    const { url } = await serve({ path });
    const frames = await readStream(`${url}/stream?after=${first?.id}`, {}, (told) => {
      return eventsOf(told).length >= rest.length;
    });
    expect(eventsOf(frames)).toEqual(rest);
    expect(frames.some(({ event }) => event === 'gap')).toBe(false);
  });

  it('says when what was missed is not known any more', async () => {
    const { url } = await serve();
    const frames = await readStream(`${url}/stream?after=1`, {}, (told) => {
      return told.some(({ event }) => event === 'gap');
    });
    expect(frames.map(({ event }) => event)).toContain('gap');
  });

  it('shows the fleet each second', async () => {
    const { url } = await serve();
    const frames = await readStream(`${url}/stream`, {}, (told) => {
      return told.some(({ event }) => event === 'sample');
    });
    const sample = frames.find(({ event }) => event === 'sample');
    expect(JSON.parse(sample?.data ?? '{}')).toHaveProperty('byStatus');
  });
});
