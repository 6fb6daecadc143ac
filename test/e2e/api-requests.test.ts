/**
 * Questions made from the document, the same ones every time: for each parameter its legal edges and
 * what is illegal. Legal ones are answered as documented, illegal ones are refused and say what would
 * be right.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History } from '../../exporter/dist/history/history.js';
import type { JobDetail } from '../../exporter/src/domain/loss-epoch.js';
import { ENDPOINTS } from '../../exporter/src/http/endpoints.js';
import { systemClock } from '../../exporter/src/lib/clock.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import { syntheticLocal } from '../golden/synthetic-local.js';
import { ApiJudge, type DocumentedParameter } from './api-judge.js';
import { createTestHttp } from './http-fixture.js';
import { rawRequest } from './raw-request.js';
import { fleetEpoch } from './sample-fleet.js';

const scratch = mkdtempSync(join(tmpdir(), 'brinescope-api-'));
const settings = { path: scratch, retentionMs: 14 * 86_400_000, maxBytes: 1e9 };
const history = new History({ settings, clock: systemClock, log: silentLogger });
const JID = '20260102030405678901';
const JOB: JobDetail = {
  ...{ jid: JID, function: 'test.ping', state: '', isOpen: true, beganWallMs: 0, isBlind: false },
  ...{ expected: 1, returned: 0, missing: 0, losses: [], lossesOf: 0 },
  ...{ waiting: ['m1'], waitingOf: 1 },
};
// The role minion has all paths.
const http = createTestHttp({
  history,
  freeze: () => fleetEpoch({}, { local: syntheticLocal() }),
  local: { job: () => undefined },
  jobs: { find: async (jid) => (jid === JID ? JOB : undefined) },
});
let judge: ApiJudge;
let port = 0;

beforeAll(async () => {
  await history.start();
  ({ port } = await http.start());
  judge = await ApiJudge.of(`http://127.0.0.1:${port}`);
});

afterAll(async () => {
  await http.stop();
  await history.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** What every question of a path must have. */
const needed = (path: string) => (path === '/api/v1/series' ? 'minion=m1' : '');

/** A path at which there is something. */
const filled = (path: string) =>
  path.replace('/minions/{id}', '/minions/mq-r13-07').replace('{jid}', JID);

function legal({ schema }: DocumentedParameter): readonly string[] {
  const { minimum = 0, maximum = 0, maxLength = 1, maxItems = 100, items } = schema;
  if (schema.type === 'integer') return [`${minimum}`, `${maximum}`, `00${minimum}`];
  if (schema.enum !== undefined) return schema.enum;
  if (items?.enum !== undefined) {
    return [
      ...items.enum,
      items.enum.join(','),
      `,${items.enum[0]},`,
      `${items.enum[0]},`.repeat(9),
    ];
  }
  if (schema.type === 'array') return ['x', Array(maxItems).fill('a*b?').join(',')];
  if (schema.pattern?.includes('now')) return INSTANTS;
  if (schema.pattern !== undefined) return ['0', '1', '9'.repeat(16)];
  return ['x', 'x'.repeat(maxLength), '🧂'.repeat(maxLength), '%', '"<b>\r\n', '__proto__'];
}

const INSTANTS = ['-1m', 'now-2h', '-31d', '2020-02-29T23:59:59.999999999+14:00'];
const NO_INSTANTS = ['yesterday', '-1', '-1y', '2020-13-01T00:00:00Z', '1e3', '2020-01-01', 'NOW'];
const NO_NUMBERS = ['-1', '+1', ' 1', '1.0', '1e1', '0x1', 'NaN', '١', '9'.repeat(40), 'null'];

function illegal({ schema }: DocumentedParameter): readonly string[] {
  const { minimum = 0, maximum = 0, maxLength = 1, maxItems = 0, items } = schema;
  const odd = ['\0', '"', '<b>', '__proto__', 'constructor', '\ud800', 'x'.repeat(5_000)];
  if (schema.type === 'integer') return [...NO_NUMBERS, `${minimum - 1}`, `${maximum + 1}`, ...odd];
  if (schema.enum !== undefined) return [...odd, `${schema.enum[0]} `, schema.enum.join(',')];
  if (items?.enum !== undefined) return [...odd, `${items.enum[0]},x`, `${items.enum[0]};`];
  if (schema.type === 'array')
    return [
      Array(maxItems + 1)
        .fill('a')
        .join(','),
    ];
  if (schema.pattern?.includes('now')) return [...NO_INSTANTS, ...odd];
  if (schema.pattern !== undefined) return [...NO_NUMBERS, ...odd];
  return ['x'.repeat(maxLength + 1), '🧂'.repeat(maxLength + 1)];
}

const encoded = (text: string) => encodeURIComponent(Buffer.from(text).toString());
const message = (body: unknown) => (body as { error: { message: string } }).error.message;

describe.each(ENDPOINTS.filter(({ path }) => path !== '/api/v1/stream').map(({ path }) => path))(
  'GET %s',
  (path) => {
    const parameters = () =>
      judge.document.paths[path]?.get.parameters.filter(({ in: where }) => where === 'query') ?? [];
    const others = (name: string) =>
      needed(path)
        .split('&')
        .filter((each) => each !== '' && !each.startsWith(`${name}=`));

    it('answers what is legal, at its edges too', async () => {
      for (const parameter of parameters()) {
        for (const value of legal(parameter)) {
          const query = [...others(parameter.name), `${parameter.name}=${encoded(value)}`];
          // A `to` in the past needs a `from` before it.
          if (parameter.name === 'to') query.push(`from=${encoded('2020-02-01T00:00:00Z')}`);
          const { status, body } = await judge.ask(filled(path), query.join('&'));
          const isRange = ['from', 'to'].includes(parameter.name) && status === 400;
          if (isRange) expect(message(body)).toMatch(/31 days at most|"from" must be before/);
          else expect([parameter.name, value, status]).toEqual([parameter.name, value, 200]);
        }
      }
    });

    it('takes an empty value for no question', async () => {
      for (const { name, required } of parameters()) {
        const query = [...others(name), `${name}=`].join('&');
        expect((await judge.ask(filled(path), query)).status).toBe(required ? 400 : 200);
      }
    });

    it('refuses what is illegal by the name of the parameter, and repeats none of it', async () => {
      for (const parameter of parameters()) {
        const { name } = parameter;
        const doubled = legal(parameter).slice(0, 1);
        const queries = [
          ...illegal(parameter).map((value) => `${name}=${encoded(value)}`),
          ...doubled.map((value) => `${name}=${encoded(value)}&${name}=${encoded(value)}`),
        ];
        for (const query of queries) {
          const { status, body } = await judge.ask(
            filled(path),
            [...others(name), query].join('&'),
          );
          expect([query.slice(0, 80), status]).toEqual([query.slice(0, 80), 400]);
          expect(message(body)).toContain(`"${name}"`);
          expect(message(body)).not.toMatch(/<b>|xxx|🧂|__proto__|constructor/);
        }
      }
    });

    it('refuses parameters that there are not', async () => {
      for (const name of [
        'no',
        '__proto__',
        'constructor',
        'toString',
        'Limit',
        'limit[]',
        '%00',
      ]) {
        const query = [needed(path), `${name}=1`].filter((part) => part !== '').join('&');
        const { status, body } = await judge.ask(filled(path), query);
        expect([name, status]).toEqual([name, 400]);
        expect(message(body)).toMatch(/^A parameter is not known here; this path takes/);
      }
    });

    it('has a tag, is packed for whoever wants it, and is open to no other origin', async () => {
      const target = `${filled(path)}?${needed(path)}`;
      const plain = await rawRequest(port, target, {
        headers: { origin: 'http://evil.example' },
      });
      const packed = await rawRequest(port, target, { headers: { 'accept-encoding': 'gzip' } });
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(Object.keys(plain.headers).filter((name) => name.startsWith('access-'))).toEqual([]);
      expect(plain.headers.vary).toBe('Accept-Encoding');
      expect(plain.status).toBe(200);
      expect(plain.headers.etag).toMatch(/^W\/"[\w-]+"$/);
      const isLarge = plain.body.length >= 1_400;
      expect(packed.headers['content-encoding']).toBe(isLarge ? 'gzip' : undefined);
      const body = isLarge ? gunzipSync(packed.body) : packed.body;
      expect(Object.keys(JSON.parse(body.toString()))).toEqual(
        Object.keys(JSON.parse(plain.body.toString())),
      );
    });
  },
);

describe('a tag', () => {
  it('is answered 304 while the content is the same, in every form of If-None-Match', async () => {
    const target = '/api/v1/totals?minion=m1&from=0&to=1';
    const { headers } = await rawRequest(port, target);
    const etag = String(headers.etag);
    const bare = etag.replace('W/', '');
    for (const asked of [etag, bare, `"other", ${etag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const same = await rawRequest(port, target, {
          headers: { 'if-none-match': asked },
          method,
        });
        expect([asked, same.status, same.body.length]).toEqual([asked, 304, 0]);
        expect(same.headers.etag).toBe(etag);
      }
    }
    for (const asked of ['', '"other"', etag.slice(0, -2), 'W/']) {
      expect((await rawRequest(port, target, { headers: { 'if-none-match': asked } })).status).toBe(
        200,
      );
    }
  });

  it('is another one when the content is', async () => {
    const tagOf = async (to: number) =>
      (await rawRequest(port, `/api/v1/totals?minion=m1&from=0&to=${to}`)).headers.etag;
    expect(await tagOf(1)).toBe(await tagOf(1));
    expect(await tagOf(1)).not.toBe(await tagOf(2));
  });
});

describe('the path', () => {
  it.each(['%ff', '%c3%28', '%ed%a0%80', '%zz', '%'])(
    'is refused where it is no UTF-8: %s',
    async (part) => {
      for (const list of ['minions', 'jobs', 'local/jobs']) {
        const { status, headers, body } = await rawRequest(port, `/api/v1/${list}/${part}`);
        expect([list, status, headers['content-type']]).toEqual([
          list,
          400,
          'application/json; charset=utf-8',
        ]);
        expect(judge.checkNamed('ApiError', JSON.parse(body.toString()))).toBeUndefined();
      }
    },
  );

  it('names nothing but what it names', async () => {
    for (const part of [
      '__proto__',
      'constructor',
      '..%2f..%2foverview',
      '%00',
      'x'.repeat(9_000),
    ]) {
      for (const list of ['minions', 'jobs']) {
        const { status } = await judge.ask(`/api/v1/${list}/${part}`);
        expect([list, part.slice(0, 40), status]).toEqual([list, part.slice(0, 40), 404]);
      }
    }
  });
});
