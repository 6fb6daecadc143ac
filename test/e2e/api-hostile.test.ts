/** Ids, jids and sentences as an attacker would choose them come out of the API as they went in, and do nothing on their way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History } from '../../exporter/dist/history/history.js';
import type { FeedEvent } from '../../exporter/src/domain/event-feed.js';
import type { JobLoss } from '../../exporter/src/domain/loss-epoch.js';
import type { Overview } from '../../exporter/src/http/api-types.js';
import type { EventsView } from '../../exporter/src/http/history-api-types.js';
import type { JobDetailView, LossListView } from '../../exporter/src/http/job-api-types.js';
import type { MinionDetailView, MinionsView } from '../../exporter/src/http/minions-api-types.js';
import type { TimelineView } from '../../exporter/src/http/timeline-api-types.js';
import { systemClock } from '../../exporter/src/lib/clock.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import { SKETCHES, sketchedMinions, syntheticEpoch } from '../golden/synthetic-epoch.js';
import { ApiJudge } from './api-judge.js';
import { createTestHttp } from './http-fixture.js';
import { rawRequest } from './raw-request.js';

/** All have a UTF-8 form, as every id that Salt can hand over has. */
const HOSTILE = [
  '"',
  "'",
  '\\',
  'a\nb',
  'a\r\n\r\nevent: bye\r\ndata: {}\r\n\r\n',
  '<script>alert(1)</script>',
  '</script><!--',
  '&lt;b&gt;',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../etc/passwd',
  '..',
  '%2e%2e',
  '%',
  '?x=1#y',
  '*',
  'ümläut-日本-🧂',
  '\u2028\u2029\u0085\u00a0\ufeff',
  '\u0001\u001b[31m\u007f',
  '\u202eexe.nimda',
  '{"error":1}',
  '{{x}}$(x)`x`',
  "'; DROP TABLE events; --",
  '\ufffd',
  'x'.repeat(300),
  '🧂'.repeat(75),
  'null',
  '0',
  ' ',
];

const scratch = mkdtempSync(join(tmpdir(), 'brinescope-hostile-'));
const settings = { path: scratch, retentionMs: 14 * 86_400_000, maxBytes: 1e9 };
const history = new History({ settings, clock: systemClock, log: silentLogger });
const [sketch] = SKETCHES;
if (sketch === undefined) throw new Error('no sketch');
const minions = sketchedMinions(HOSTILE.map((id) => ({ ...sketch, id })));

const losses: readonly JobLoss[] = HOSTILE.map((text) => ({
  ...{ minion: text, jid: text, link: '4', reason: 'died', confidence: 'likely' },
  ...{ evidence: [text], decidedWallMs: 8.64e15 + 1 },
}));
const http = createTestHttp({
  history,
  freeze: () => syntheticEpoch({ minions }),
  jobs: {
    find: async (jid) => ({
      ...{ jid, function: jid, state: jid, isOpen: true, beganWallMs: Number.NaN, expected: 1 },
      ...{ returned: 0, missing: 1, isBlind: false, losses, lossesOf: losses.length },
      ...{ waiting: [...HOSTILE], waitingOf: HOSTILE.length },
    }),
    losses: async () => ({
      of: losses.length,
      rows: losses.map((loss) => ({ ...loss, function: loss.minion })),
      byLink: { '2': 0, '3': 0, '4': losses.length, '5': 0, '6': 0, '4_or_5': 0, unknown: 0 },
      byFunction: new Map(HOSTILE.map((name) => [name, 1])),
      byMinion: new Map(HOSTILE.map((name) => [name, 1])),
    }),
  },
});
let judge: ApiJudge;
let port = 0;

beforeAll(async () => {
  await history.start();
  ({ port } = await http.start());
  judge = await ApiJudge.of(`http://127.0.0.1:${port}`);
  const wallMs = Date.now() - 60_000;
  history.tell(
    HOSTILE.flatMap((text, index): FeedEvent[] => [
      ...[{ kind: 'minion', wallMs, minion: text, reason: 'new', evidence: text } as const],
      { kind: 'status', wallMs, minion: text, status: 'ok', evidence: text },
      { kind: 'loss', wallMs: wallMs + index, minion: text, jid: text, evidence: text },
    ]),
  );
});

afterAll(async () => {
  await http.stop();
  await history.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function good<T>(path: string, query = ''): Promise<T> {
  const { status, body } = await judge.ask(path, query);
  expect([path, query, status]).toEqual([path, query, 200]);
  return body as T;
}

const part = (text: string) => (text === '..' ? '%2E%2E' : encodeURIComponent(text));

describe('hostile text', () => {
  it('is a minion like others, in lists and by itself', async () => {
    const { rows } = await good<MinionsView>('/api/v1/minions', 'limit=5000');
    expect(rows.map(({ id }) => id).sort()).toEqual([...HOSTILE].sort());
    for (const id of HOSTILE) {
      // Asked as it is written: fetch would take the dots out of a path.
      const answer = await rawRequest(port, `/api/v1/minions/${part(id)}`);
      const body: MinionDetailView = JSON.parse(answer.body.toString());
      expect([answer.status, body.id]).toEqual([200, id]);
      expect(judge.checkNamed('MinionDetailView', body)).toBeUndefined();
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    }
    await good<Overview>('/api/v1/overview');
  });

  it('is found by itself where it is asked for', async () => {
    for (const id of HOSTILE.filter((text) => text !== '*' && text.length <= 255)) {
      const { rows } = await good<MinionsView>('/api/v1/minions', `minion=${part(id)}`);
      expect(rows.map((row) => row.id)).toEqual([id]);
      const found = await good<EventsView>('/api/v1/events', `minion=${part(id)}&kind=loss`);
      expect(found.rows.map(({ minion, jid }) => [minion, jid])).toEqual([[id, id]]);
    }
  });

  it('is what it was in jobs and in losses, and a stamp that is no instant is null', async () => {
    const { rows, byMinion } = await good<LossListView>('/api/v1/losses');
    expect(rows.map((row) => row.evidence)).toEqual(HOSTILE.map((text) => [text]));
    expect(rows.every(({ decided }) => decided === null)).toBe(true);
    expect(byMinion.rows.map(({ name }) => name)).toEqual(HOSTILE);
    for (const jid of HOSTILE.filter((text) => text.length <= 128)) {
      const answer = await rawRequest(port, `/api/v1/jobs/${part(jid)}`);
      const body: JobDetailView = JSON.parse(answer.body.toString());
      expect([body.jid, body.function, body.began]).toEqual([jid, jid, null]);
      expect(judge.checkNamed('JobDetailView', body)).toBeUndefined();
    }
  });

  it('is what it was in the history, its timeline and its totals', async () => {
    const { rows } = await good<EventsView>('/api/v1/events', 'kind=loss&order=asc&limit=5000');
    expect(rows.map(({ minion }) => minion)).toEqual(HOSTILE);
    const timeline = await good<TimelineView>('/api/v1/timeline', 'from=-10m&sort=name');
    expect([...timeline.rows.ids].sort()).toEqual([...HOSTILE].sort());
    for (const id of HOSTILE.filter((text) => text.length <= 255)) {
      await good('/api/v1/totals', `minion=${part(id)}`);
      await good('/api/v1/series', `minion=${part(id)}`);
    }
  });

  it('makes no frame of its own in the stream', async () => {
    const first = (await good<EventsView>('/api/v1/events', 'order=asc&limit=1')).rows[0]?.id ?? 0;
    const controller = new AbortController();
    const response = await fetch(
      `http://127.0.0.1:${port}/api/v1/stream?samples=off&kind=loss&after=${first - 1}`,
      { signal: controller.signal },
    );
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.split('\n\n').length > HOSTILE.length + 1) break;
    }
    controller.abort();
    const frames = text.split('\n\n').slice(1, -1);
    expect(frames.map((frame) => frame.split('\n').map((line) => line.split(':')[0]))).toEqual(
      HOSTILE.map(() => ['id', 'event', 'data']),
    );
    const told = frames.map((frame) => JSON.parse(frame.split('\ndata: ')[1] ?? '').minion);
    expect(told).toEqual(HOSTILE);
  });

  it('is a question without an answer where its bytes are no UTF-8', async () => {
    for (const bytes of ['%ff', '%c3%28', '%ed%a0%80', '%f0%9f%a7']) {
      const { rows } = await good<MinionsView>('/api/v1/minions', `minion=${bytes}`);
      expect(rows.map(({ id }) => id)).toEqual(rows.map(() => '\ufffd'));
      await good('/api/v1/events', `minion=${bytes}&jid=${bytes}`);
    }
    expect((await judge.ask('/api/v1/jobs/%ff')).status).toBe(400);
  });

  it('pollutes nothing', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
