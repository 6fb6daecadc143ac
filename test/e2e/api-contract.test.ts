/** Every answer of an exporter that watches the demo fleet, held against the document that it serves. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventsView } from '../../exporter/src/http/history-api-types.js';
import type { JobDetailView, LossListView } from '../../exporter/src/http/job-api-types.js';
import type { MinionDetailView, MinionsView } from '../../exporter/src/http/minions-api-types.js';
import { PATIENCE_MS } from '../patience.js';
import { ApiJudge } from './api-judge.js';
import { DemoProcess, eventually } from './demo-fleet.js';

const PORTS = { publish: 14_825, request: 14_826, web: 14_827 };
const ARGS = [
  ...['--minions', '72', '--publish-port', String(PORTS.publish)],
  ...['--request-port', String(PORTS.request), '--web-port', String(PORTS.web)],
];
const URL_BASE = `http://127.0.0.1:${PORTS.web}`;

const scratch = mkdtempSync(join(tmpdir(), 'brinescope-contract-'));
const EVENT_LINES = join(scratch, 'events.jsonl');

let demo: DemoProcess;
let judge: ApiJudge;

/** The body of a good answer. */
async function good<T>(path: string, query = ''): Promise<T> {
  const { status, body } = await judge.ask(path, query);
  expect([path, query, status]).toEqual([path, query, 200]);
  return body as T;
}

const losses = (query = '') => good<LossListView>('/api/v1/losses', query);

beforeAll(async () => {
  const env = { ...process.env, BRINESCOPE_EVENTS_LOG: EVENT_LINES };
  demo = new DemoProcess([...ARGS, '--faults', 'none', '--commands'], env);
  await demo.line(/truth +\S+truth\.json/);
  judge = await ApiJudge.of(URL_BASE);
  await eventually(
    'the fleet is seen',
    () => good<MinionsView>('/api/v1/minions', 'status=ok'),
    ({ of }) => of > 50,
  );
  await demo.order({ do: 'kill', crew: 'mortal' });
  await eventually(
    'the dead are absent',
    () => good<MinionsView>('/api/v1/minions', 'status=absent'),
    ({ of }) => of > 0,
  );
  await demo.order({ do: 'publish' });
  await eventually(
    'a verdict on a lost return',
    () => losses('link=2&confidence=proven'),
    ({ of }) => of > 0,
  );
});

afterAll(async () => {
  await demo?.end('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

describe('what the exporter answers is what its document says', () => {
  it('for lists, their filters and their order', async () => {
    await good('/api/v1/overview');
    await good('/api/v1/overview', 'status=absent');
    const all = await good<MinionsView>('/api/v1/minions', 'limit=5000&sort=name');
    expect(all.rows).toHaveLength(all.of);
    for (const sort of ['worst', 'flaps', 'pressure', 'queue', 'lag', 'wait', 'rtt', 'lost']) {
      await good('/api/v1/minions', `sort=${sort}&reverse=on&limit=10&offset=5&basis=grains`);
    }
    await good('/api/v1/links', 'limit=5000&ended=on');
    await good('/api/v1/links', 'port=publish&peer=minion&minion=*');
    await good('/api/v1/sources');
    await good('/api/v1/recommendations');
    await good('/api/v1/jobs', 'phase=closed&missing=on');
    await good('/api/v1/openapi.json');
  });

  it('for every minion, whatever became of it', async () => {
    const { rows } = await good<MinionsView>('/api/v1/minions', 'limit=5000');
    for (const { id } of rows) {
      const path = `/api/v1/minions/${encodeURIComponent(id)}`;
      expect((await good<MinionDetailView>(path)).id).toBe(id);
    }
  });

  it('for lost returns, by link, function, minion and job, and for their jobs', async () => {
    const { of, byLink, byFunction, byMinion } = await losses();
    expect(Object.values(byLink).reduce((sum, count) => sum + count, 0)).toBe(of);
    for (const counts of [byFunction, byMinion]) {
      expect(counts.rows.reduce((sum, row) => sum + row.losses, 0)).toBe(of);
    }
    // A verdict that nothing revises: they are dead.
    const [first] = (await losses('link=2&confidence=proven')).rows;
    const { minion = '', jid = '', link } = first ?? {};
    const own = await losses(
      `minion=${minion}&jid=${jid}&link=${link}&function=${first?.function}`,
    );
    expect(own.rows).toEqual([first]);
    const job = await good<JobDetailView>(`/api/v1/jobs/${jid}`);
    const told = job.losses.find((loss) => loss.minion === minion);
    expect(told?.evidence.length).toBeGreaterThan(0);
  });

  it('for what happened', async () => {
    const { rows } = await good<EventsView>('/api/v1/events', 'limit=5000');
    expect(rows.length).toBeGreaterThan(0);
    await good('/api/v1/events', 'kind=status,loss&minion=*&from=-1h&to=now&order=asc&limit=1');
    await good('/api/v1/totals');
    await good('/api/v1/totals', `minion=${rows.find(({ minion }) => minion !== null)?.minion}`);
    const minion = (await losses()).rows[0]?.minion;
    await good('/api/v1/series', `minion=${minion}&points=5&from=-6h`);
    for (const encoding of ['arrays', 'base64']) {
      await good('/api/v1/timeline', `encoding=${encoding}&columns=300&limit=20000&sort=trouble`);
    }
    await good('/api/v1/timeline', 'limit=0&from=-1m');
  });

  it('and the same events are in its lines', async () => {
    const { rows } = await good<EventsView>('/api/v1/events', 'order=asc&limit=5000&to=-1s');
    const lastId = rows.at(-1)?.id ?? 0;
    const text = await eventually(
      'the last of them as a line',
      () => readFileSync(EVENT_LINES, 'utf8'),
      (lines) => lines.includes(`"id":${lastId},`),
    );
    const lines = text.split('\n').slice(0, -1);
    const told = lines.map((line) => JSON.parse(line)).filter(({ id }) => id <= lastId);
    expect(told.map(({ time, ...same }) => [Date.parse(time), same])).toEqual(
      rows.map((row) => {
        const known = Object.entries(row).filter(([, value]) => value !== null);
        return [row.atMs, Object.fromEntries(known)];
      }),
    );
  });

  it('for events as they come', async () => {
    const frames = await readFrames('/api/v1/stream?after=1', (told) => told.includes('sample'));
    expect(frames.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['event', 'sample', 'gap']),
    );
    for (const { event, data } of frames) {
      expect([event, judge.checkNamed(`StreamMessages.${event}`, JSON.parse(data))]).toEqual([
        event,
        undefined,
      ]);
    }
    judge.seen.add('/api/v1/stream 200');
  });

  it('for what is wrong, missing or the same as before', async () => {
    const paths = Object.keys(judge.document.paths).map((path) => path.replace(/\{\w+\}/, 'x'));
    for (const path of paths) {
      const isLocal = path.startsWith('/api/v1/local');
      expect((await judge.ask(path, 'no=such')).status).toBe(isLocal ? 404 : 400);
      expect((await judge.ask(path, '', { method: 'POST' })).status).toBe(405);
    }
    for (const path of ['/api/v1/minions/nobody', '/api/v1/jobs/1', '/api/v1/local']) {
      expect((await judge.ask(path)).status).toBe(404);
    }
    const totals = 'minion=x&from=0&to=1';
    const { response } = await judge.ask('/api/v1/totals', totals);
    const headers = { 'If-None-Match': response.headers.get('etag') ?? '' };
    expect((await judge.ask('/api/v1/totals', totals, { headers })).status).toBe(304);
  });

  it('and nothing that the document promises was left out', () => {
    const promised = Object.keys(judge.document.paths)
      .filter((path) => !path.startsWith('/api/v1/local'))
      .map((path) => `${path} 200`);
    expect(promised.filter((each) => !judge.seen.has(each))).toEqual([]);
  });
});

interface Frame {
  readonly event: string;
  readonly data: string;
}

/** Named events of a stream until `enough` says that those names are. */
function readFrames(
  path: string,
  enough: (names: readonly string[]) => boolean,
): Promise<readonly Frame[]> {
  return new Promise((resolve, reject) => {
    const asked = request(URL_BASE + path, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        const frames = framesOf(text);
        if (!enough(frames.map(({ event }) => event))) return;
        asked.destroy();
        resolve(frames);
      });
    });
    asked.on('error', reject);
    asked.setTimeout(PATIENCE_MS, () => reject(new Error('The stream said too little.')));
    asked.end();
  });
}

function framesOf(text: string): Frame[] {
  const parts = text.split('\n\n').slice(0, -1);
  return parts.flatMap((part) => {
    const [, event] = /^event: (.*)$/m.exec(part) ?? [];
    const [, data] = /^data: (.*)$/m.exec(part) ?? [];
    return event === undefined || data === undefined ? [] : [{ event, data }];
  });
}
