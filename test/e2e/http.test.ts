/**
 * The HTTP server by real requests: what answers where, with which headers, and how it starts,
 * refuses and stops.
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Overview, ReadyReport } from '../../exporter/src/http/api-types.js';
import type { Logger } from '../../exporter/src/lib/log.js';
import { emptyEpoch } from '../golden/synthetic-epoch.js';
import { PATIENCE_MS } from '../patience.js';
import { createTestHttp, withServer } from './http-fixture.js';
import { fleetEpoch } from './sample-fleet.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
  readonly body: string;
}

/** Node's own client: it sends exactly what it is told and hides no header. */
function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; agent?: Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const raw = Buffer.concat(parts);
        const { statusCode, headers } = response;
        resolve({ status: statusCode ?? 0, headers, raw, body: raw.toString('utf8') });
      });
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Writes bytes as they are and reads until the server closes. */
function rawExchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** A promise and the key to it. */
function signal() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function recordingLogger(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string, fields?: object) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const log: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  };
  return { log, lines };
}

/** Method, path, status, content type, and a part of the body. */
const PATHS: readonly (readonly [string, string, number, string, string])[] = [
  ['GET', '/', 200, 'text/html; charset=utf-8', '<!doctype html>'],
  ['GET', '/metrics', 200, 'text/plain; charset=utf-8', 'brinescope_up 1'],
  ['GET', '/metrics?x=1', 200, 'text/plain; charset=utf-8', 'brinescope_up 1'],
  ['GET', '/-/healthy', 200, 'text/plain; charset=utf-8', 'Brinescope is healthy.'],
  ['GET', '/-/ready', 200, 'text/plain; charset=utf-8', 'Brinescope is ready.'],
  ['GET', '/api/v1/overview', 200, 'application/json; charset=utf-8', '{"atMs":'],
  ['GET', '/api/v1/jobs', 200, 'application/json; charset=utf-8', '{"of":0,"offset":0,"rows":[]}'],
  ['GET', '/api/v1/jobs?limit=0', 400, 'application/json; charset=utf-8', 'a whole number'],
  ['GET', '/api/v1/jobs/1', 404, 'application/json; charset=utf-8', 'No job with this jid'],
  ['GET', '/api/v1/jobs/%3Cb%3E', 404, 'application/json; charset=utf-8', 'No job with this jid'],
  ['GET', '/api/v1/losses', 200, 'application/json; charset=utf-8', '{"of":0,'],
  ['GET', '/api/v1/losses?limit=x', 400, 'application/json; charset=utf-8', 'a whole number'],
  ['GET', '/page/style.css', 200, 'text/css; charset=utf-8', ':root{'],
  ['GET', '/page/icon.svg', 200, 'image/svg+xml; charset=utf-8', '<svg'],
  ['GET', '/page/http/page/main.js', 200, 'text/javascript; charset=utf-8', 'import {'],
  ['GET', '/nothing', 404, 'text/plain; charset=utf-8', 'There is nothing at this path.'],
  ['GET', '/metrics/', 404, 'text/plain; charset=utf-8', 'There is nothing at this path.'],
  ['GET', '/METRICS', 404, 'text/plain; charset=utf-8', 'There is nothing at this path.'],
  ['GET', '/page/http/server.js', 404, 'text/plain; charset=utf-8', 'There is nothing'],
  ['GET', '/page/../../package.json', 404, 'text/plain; charset=utf-8', 'There is nothing'],
  ['GET', '/%zz', 404, 'text/plain; charset=utf-8', 'There is nothing at this path.'],
  ['GET', '/api/v2/x', 404, 'application/json; charset=utf-8', '{"error":{"code":"not_found"'],
  ['GET', '/api/v1/overview?status=dead', 400, 'application/json; charset=utf-8', 'must be one of'],
  ['GET', '/api/v1/overview?status=ok&status=ok', 400, 'application/json; charset=utf-8', 'once'],
  [
    'GET',
    '/api/v1/overview?status[a]=ok',
    400,
    'application/json; charset=utf-8',
    'not known here',
  ],
  ['GET', '/api/v1/minions/%ff', 400, 'application/json; charset=utf-8', 'no UTF-8'],
  ['GET', '/api/v1/jobs/%zz', 400, 'application/json; charset=utf-8', 'no UTF-8'],
  ['POST', '/api/v1/overview', 405, 'application/json; charset=utf-8', 'method_not_allowed'],
  ['DELETE', '/', 405, 'text/plain; charset=utf-8', 'This server only reads'],
  ['OPTIONS', '/metrics', 405, 'text/plain; charset=utf-8', 'This server only reads'],
];

describe('paths', () => {
  for (const [method, path, status, type, part] of PATHS) {
    it(`${method} ${path} is ${status}`, async () => {
      await withServer({}, async (url) => {
        const answer = await ask(url + path, { method });
        expect(answer.status).toBe(status);
        expect(answer.headers['content-type']).toBe(type);
        expect(answer.body).toContain(part);
        if (status === 405) expect(answer.headers.allow).toBe('GET, HEAD');
      });
    });
  }

  it('answers HEAD like GET, without a body', async () => {
    await withServer({}, async (url) => {
      for (const path of ['/', '/metrics', '/-/ready', '/api/v1/overview', '/nothing']) {
        const [get, head] = await Promise.all([
          ask(url + path),
          ask(url + path, { method: 'HEAD' }),
        ]);
        expect([head.status, head.body]).toEqual([get.status, '']);
        expect(head.headers['content-type']).toBe(get.headers['content-type']);
      }
    });
  });

  it('serves every module that the page imports', async () => {
    await withServer({}, async (url) => {
      const seen = new Set<string>();
      const visit = async (path: string): Promise<void> => {
        if (seen.has(path)) return;
        seen.add(path);
        const { status, body } = await ask(url + path);
        expect([path, status]).toEqual([path, 200]);
        for (const [, target] of body.matchAll(/from '(\.[^']+)'/g)) {
          await visit(new URL(target ?? '', url + path).pathname);
        }
      };
      const { body } = await ask(`${url}/`);
      for (const [, target] of body.matchAll(/(?:src|href)="(page\/[^"]+)"/g))
        await visit(`/${target}`);
      expect(seen.size).toBeGreaterThan(10);
    });
  });

  it('puts the metrics where the settings say, letter by letter', async () => {
    await withServer({ web: { telemetryPath: '/probe/*:x' } }, async (url) => {
      expect((await ask(`${url}/probe/*:x`)).status).toBe(200);
      expect((await ask(`${url}/probe/abc`)).status).toBe(404);
      expect((await ask(`${url}/metrics`)).status).toBe(404);
    });
  });

  it.each([
    '/',
    '/-/ready',
    '/-/metrics',
    '/api/v1/overview',
    '/api',
    '/page/x',
    'metrics',
    '',
    '/a b',
    '/m?x',
    '/m#x',
  ])('refuses %j as the path of the metrics', (telemetryPath) => {
    expect(() => createTestHttp({ web: { telemetryPath } })).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(/^--web\.telemetry-path is .*\/metrics\.$/),
      }),
    );
  });
});

describe('a job', () => {
  const loss = {
    minion: '<b>m1</b>',
    jid: '1',
    link: '3',
    reason: 'hwm',
    confidence: 'likely',
    evidence: ['A sentence. (ledger)'],
    decidedWallMs: Date.UTC(2026, 0, 1),
  } as const;
  const job = {
    jid: '1',
    function: 'test.ping',
    state: '',
    isOpen: false,
    beganWallMs: Number.NaN,
    expected: 4,
    returned: 2,
    missing: 1,
    isBlind: false,
  };

  it('is told with the verdict on each missing return', async () => {
    const find = async (jid: string) =>
      jid === '1'
        ? { ...job, losses: [loss], lossesOf: 1, waiting: ['m2'], waitingOf: 1 }
        : undefined;
    await withServer({ jobs: { find } }, async (url) => {
      const answer = await ask(`${url}/api/v1/jobs/1`);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(JSON.parse(answer.body)).toMatchObject({
        phase: 'closed',
        began: null,
        pending: 1,
        losses: [{ minion: '<b>m1</b>', link: '3', reason: 'hwm', confidence: 'likely' }],
        waiting: ['m2'],
      });
      expect((await ask(`${url}/api/v1/jobs/2`)).status).toBe(404);
      expect((await ask(`${url}/api/v1/jobs/${'1'.repeat(200)}`)).status).toBe(404);
    });
  });

  it('is one of a list as long as was asked for', async () => {
    const asked: number[] = [];
    const list = async (most: number) => {
      asked.push(most);
      return [job];
    };
    await withServer({ jobs: { list } }, async (url) => {
      await ask(`${url}/api/v1/jobs`);
      const answer = await ask(`${url}/api/v1/jobs?limit=512`);
      expect(JSON.parse(answer.body).rows).toHaveLength(1);
      expect((await ask(`${url}/api/v1/jobs?limit=513`)).status).toBe(400);
      expect(asked).toEqual([512, 512]);
    });
  });
});

describe('headers', () => {
  it.each([
    '/',
    '/metrics',
    '/-/healthy',
    '/-/ready',
    '/api/v1/overview',
    '/nothing',
    '/page/style.css',
  ])('let a browser do nothing with %s but show it', async (path) => {
    await withServer({}, async (url) => {
      const { headers } = await ask(url + path, { headers: { Origin: 'http://evil.example' } });
      expect(headers['content-security-policy']).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['set-cookie']).toBeUndefined();
    });
  });

  it('are there on a refused method and a failed handler too', async () => {
    const metricsHandler = () => {
      throw new Error('secret of the house');
    };
    await withServer({ metricsHandler }, async (url) => {
      for (const answer of [await ask(`${url}/`, { method: 'PUT' }), await ask(`${url}/metrics`)]) {
        expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
        expect(answer.headers['cache-control']).toBe('no-store');
      }
    });
  });

  it('keep what names hosts out of caches, and let assets be revalidated', async () => {
    await withServer({}, async (url) => {
      expect((await ask(`${url}/api/v1/overview`)).headers['cache-control']).toBe('no-store');
      expect((await ask(`${url}/-/ready`)).headers['cache-control']).toBe('no-store');
      const style = await ask(`${url}/page/style.css`);
      expect(style.headers['cache-control']).toBe('no-cache');
      const again = await ask(`${url}/page/style.css`, {
        headers: { 'If-None-Match': style.headers.etag ?? '' },
      });
      expect([again.status, again.body]).toEqual([304, '']);
    });
  });
});

describe('overview', () => {
  it('answers 304 for the same picture, and 200 for another filter', async () => {
    await withServer({}, async (url) => {
      const first = await ask(`${url}/api/v1/overview`);
      const etag = first.headers.etag ?? '';
      const same = await ask(`${url}/api/v1/overview`, {
        headers: { 'If-None-Match': `"x", ${etag}` },
      });
      expect([same.status, same.body, same.headers.etag]).toEqual([304, '', etag]);
      const other = await ask(`${url}/api/v1/overview?status=ok`, {
        headers: { 'If-None-Match': etag },
      });
      expect(other.status).toBe(200);
      const view: Overview = JSON.parse(other.body);
      expect(new Set(view.worst.rows.map(({ status }) => status))).toEqual(new Set(['ok']));
    });
  });

  it('is compressed when asked for, the same bytes', async () => {
    await withServer({ freeze: () => fleetEpoch({ minions: 10_000 }) }, async (url) => {
      const plain = await ask(`${url}/api/v1/overview`);
      const packed = await ask(`${url}/api/v1/overview`, {
        headers: { 'Accept-Encoding': 'gzip, br' },
      });
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(packed.headers.vary).toMatch(/accept-encoding/i);
      expect(gunzipSync(packed.raw).equals(plain.raw)).toBe(true);
      expect(packed.raw.length).toBeLessThan(plain.raw.length / 4);
    });
  });

  it('freezes one picture for many viewers', async () => {
    let freezes = 0;
    const freeze = () => {
      freezes += 1;
      return fleetEpoch({ minions: 1000 });
    };
    await withServer({ freeze }, async (url) => {
      const begun = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => ask(`${url}/api/v1/overview`)),
      );
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      const seconds = (performance.now() - begun) / 1000;
      expect(freezes).toBeLessThanOrEqual(1 + Math.floor(seconds));
    });
  });

  it('says in JSON that it failed, and nothing of why', async () => {
    const { log, lines } = recordingLogger();
    const freeze = () => {
      throw new Error('secret of the house');
    };
    await withServer({ freeze, log }, async (url) => {
      const answer = await ask(`${url}/api/v1/overview`);
      expect(answer.status).toBe(500);
      expect(JSON.parse(answer.body)).toEqual({
        error: { code: 'internal', message: 'The exporter failed to answer; its log says why.' },
      });
      expect(lines.join('\n')).toContain('error A request failed');
      expect(lines.join('\n')).toContain('secret of the house');
    });
  });
});

describe('readiness', () => {
  it('is 503 with reasons, as text or JSON, until everything is known', async () => {
    let epoch = emptyEpoch();
    await withServer({ freeze: () => epoch }, async (url) => {
      const text = await ask(`${url}/-/ready`);
      expect(text.status).toBe(503);
      expect(text.body).toMatch(
        /^Brinescope is not ready\.\nmaster_config: .*\ninventory: .*\nkernel: .*\n$/,
      );
      const json = await ask(`${url}/-/ready`, { headers: { Accept: 'application/json' } });
      expect(json.status).toBe(503);
      const report: ReadyReport = JSON.parse(json.body);
      expect(report.ready).toBe(false);
      expect(report.reasons).toHaveLength(3);
      expect((await ask(`${url}/-/healthy`)).status).toBe(200);
    });
    epoch = fleetEpoch();
    await withServer({ freeze: () => epoch }, async (url) => {
      const json = await ask(`${url}/-/ready`, { headers: { Accept: 'application/json' } });
      expect([json.status, JSON.parse(json.body)]).toEqual([200, { ready: true, reasons: [] }]);
    });
  });
});

describe('a failing metrics handler', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('that %s becomes a 500 and a log line', async (_how, metricsHandler) => {
    const { log, lines } = recordingLogger();
    await withServer({ metricsHandler, log }, async (url) => {
      const answer = await ask(`${url}/metrics`);
      expect([answer.status, answer.body]).toEqual([
        500,
        'The exporter failed to answer; its log says why.\n',
      ]);
      expect(lines).toContain('error A request failed {"path":"/metrics","error":"boom"}');
    });
  });

  it('ends the connection when half an answer is out: a torn body must not look whole', async () => {
    await withServer(
      {
        metricsHandler: async (_request, response) => {
          response.write('a 1\n');
          throw new Error('boom');
        },
      },
      async (url) => {
        await expect(ask(`${url}/metrics`)).rejects.toThrow();
        expect((await ask(`${url}/-/healthy`)).status).toBe(200);
      },
    );
  });
});

describe('bad requests', () => {
  it.each([
    ['GARBAGE\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 [24]00 /],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      'GET http://evil.example/metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 [24]0/,
    ],
    ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('%j is refused and the server lives', async (text, pattern) => {
    await withServer({}, async (url) => {
      expect(await rawExchange(url, text)).toMatch(pattern);
      expect((await ask(`${url}/-/healthy`)).status).toBe(200);
    });
  });

  it('does not repeat what was asked', async () => {
    await withServer({}, async (url) => {
      const { body } = await ask(`${url}/%3Cscript%3Ealert(1)%3C/script%3E?<b>`);
      expect(body).not.toContain('script');
    });
  });
});

describe('limits', () => {
  it('turns connections away above 256, says so once, and serves again when they are gone', async () => {
    const { log, lines } = recordingLogger();
    await withServer({ log }, async (url) => {
      const { hostname, port } = new URL(url);
      const sockets = Array.from({ length: 300 }, () => connect(Number(port), hostname));
      let ended = 0;
      await new Promise<void>((done) => {
        for (const socket of sockets) {
          socket.on('error', () => undefined);
          socket.on('close', () => {
            ended += 1;
            if (ended === 300 - 256) done();
          });
        }
      });
      const said = lines.filter((line) => line.includes('Connections were turned away'));
      expect(said).toHaveLength(1);
      expect(said[0]).toContain('"open":256');
      const open = sockets.filter((socket) => !socket.destroyed);
      expect(open).toHaveLength(256);
      const closed = Promise.all(
        open.map((socket) => new Promise((done) => socket.on('close', done))),
      );
      for (const socket of open) socket.destroy();
      await closed;
      const isServed = () =>
        ask(`${url}/-/healthy`).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(isServed, { timeout: PATIENCE_MS }).toBe(200);
    });
  });

  it('cuts off a client that never ends its request', async () => {
    await withServer({}, async (url) => {
      expect(await rawExchange(url, 'GET / HTTP/1.1\r\nHost: a\r\n')).toMatch(/^HTTP\/1\.1 408 /);
    });
  });
});

describe('start', () => {
  it('tells the address it got', async () => {
    const server = createTestHttp();
    const address = await server.start();
    expect(address.host).toBe('127.0.0.1');
    expect(address.port).toBeGreaterThan(0);
    await server.stop();
  });

  it('listens on every address when no host is given', async () => {
    const server = createTestHttp({ web: { listenHost: '' } });
    const { port } = await server.start();
    expect((await ask(`http://127.0.0.1:${port}/-/healthy`)).status).toBe(200);
    await server.stop();
  });

  it('says that a port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const bound = taken.address();
    const listenPort = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await expect(createTestHttp({ web: { listenPort } }).start()).rejects.toMatchObject({
      code: 'listen_failed',
      message: `Cannot listen on 127.0.0.1:${listenPort}: another program listens there. Stop it, or choose another port with --web.listen-address.`,
    });
    await new Promise((done) => taken.close(done));
  });

  it.each([
    ['203.0.113.7', 0, /^Cannot listen on 203\.0\.113\.7:0: this machine has no such address\./],
    ['no..host', 0, /^Cannot listen on no\.\.host:0: the host name has no address\./],
    [
      '::ffff:203.0.113.7',
      0,
      /^Cannot listen on \[::ffff:203\.0\.113\.7\]:0: this machine has no such/,
    ],
    ['127.0.0.1', 70_000, /^Cannot listen on 127\.0\.0\.1:70000: .*--web\.listen-address\.$/],
  ])('says what is wrong with %s:%i', async (listenHost, listenPort, message) => {
    await expect(createTestHttp({ web: { listenHost, listenPort } }).start()).rejects.toMatchObject(
      {
        code: 'listen_failed',
        message: expect.stringMatching(message),
      },
    );
  });
});

describe('stop', () => {
  it('closes idle connections at once, and lets an answer under way finish', async () => {
    const gate = signal();
    const entered = signal();
    const server = createTestHttp({
      metricsHandler: async (_request, response) => {
        entered.resolve();
        await gate.promise;
        response.send('whole\n');
      },
    });
    const { port } = await server.start();
    const agent = new Agent({ keepAlive: true });
    const answer = ask(`http://127.0.0.1:${port}/metrics`, { agent });
    await entered.promise;
    const idle = connect(port, '127.0.0.1');
    const idleEnded = new Promise((done) => idle.resume().once('close', done));
    idle.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((done) => idle.once('data', done));
    const stopped = server.stop();
    // The answer waits for it: one that ended only with all others would find the answer cut.
    await idleEnded;
    gate.resolve();
    expect((await answer).body).toBe('whole\n');
    await stopped;
    await expect(ask(`http://127.0.0.1:${port}/-/healthy`)).rejects.toThrow('ECONNREFUSED');
    agent.destroy();
  });

  it('does not wait for an answer that never ends', async () => {
    const entered = signal();
    const server = createTestHttp({ metricsHandler: () => entered.resolve() });
    const { port } = await server.start();
    const answer = ask(`http://127.0.0.1:${port}/metrics`);
    const failed = expect(answer).rejects.toThrow();
    await entered.promise;
    await server.stop();
    await failed;
  });

  it('can be called twice, and before the start', async () => {
    const server = createTestHttp();
    await expect(server.stop()).resolves.toBeUndefined();
    await server.start();
    await Promise.all([server.stop(), server.stop()]);
    await expect(server.stop()).resolves.toBeUndefined();
  });
});
