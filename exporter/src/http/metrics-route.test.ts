/** The metrics route over real HTTP: headers, compression, refusal, clients that go away. */
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { seriesOf } from '../../../test/golden/body-lines.js';
import { fixedOptions, renderBody } from '../../../test/golden/render-body.js';
import { SKETCHES, sketchedMinions, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import type { Epoch } from '../domain/epoch.js';
import { createExposition, type Exposition, SCRAPES_MAX } from '../metrics/exposition.js';
import { metricsRoute } from './metrics-route.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(0) : server.close(resolve)));
  server = undefined;
});

async function serve(freeze: () => Epoch, exposition: Exposition): Promise<number> {
  const app = express();
  app.get('/metrics', metricsRoute({ exposition, freeze }));
  const listening = createServer(app);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (listening.address() as AddressInfo).port;
}

/** node:http rather than fetch, which would decompress by itself and send headers of its own. */
function ask(port: number, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path: '/metrics', method, headers });
    asking.once('error', reject);
    asking.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, body: Buffer.concat(chunks) });
      });
    });
    asking.end();
  });
}

function manyMinions(count: number): Epoch {
  const [sketch] = SKETCHES;
  if (sketch === undefined) throw new Error('no sketch');
  const many = Array.from({ length: count }, (_, i) => ({ ...sketch, id: `minion-${i}` }));
  return syntheticEpoch({ minions: sketchedMinions(many) });
}

describe('GET /metrics', () => {
  it('answers in text without compression when nothing is asked for', async () => {
    const port = await serve(() => syntheticEpoch(), createExposition(fixedOptions()));
    const { status, headers, body } = await ask(port);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers.vary).toBe('Accept, Accept-Encoding');
    expect(body.toString()).toBe((await renderBody(syntheticEpoch())).body);
  });

  it('answers in OpenMetrics, compressed, when asked for both', async () => {
    const port = await serve(() => syntheticEpoch(), createExposition(fixedOptions()));
    const { headers, body } = await ask(port, {
      accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
      'accept-encoding': 'gzip',
    });
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers.vary).toBe('Accept, Accept-Encoding');
    const expected = await renderBody(syntheticEpoch(), { format: 'openmetrics' });
    expect(gunzipSync(body).toString()).toBe(expected.body);
  });

  it.each(['identity', 'gzip'])(
    'sends large bodies unharmed, chunks being used again (%s)',
    async (encoding) => {
      const epoch = manyMinions(20_000);
      const port = await serve(() => epoch, createExposition(fixedOptions()));
      const { body } = await ask(port, { 'accept-encoding': encoding });
      const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString();
      expect(text === (await renderBody(epoch)).body).toBe(true);
    },
  );

  it('answers HEAD with the headers alone', async () => {
    const exposition = createExposition(fixedOptions());
    const port = await serve(() => syntheticEpoch(), exposition);
    for (let i = 0; i < SCRAPES_MAX + 1; i += 1) {
      const { status, headers, body } = await ask(port, {}, 'HEAD');
      expect([status, body.length]).toEqual([200, 0]);
      expect(headers['content-type']).toContain('version=0.0.4');
    }
  });

  it('refuses a scrape too many with 503, counts it, and recovers', async () => {
    const exposition = createExposition(fixedOptions());
    const port = await serve(() => syntheticEpoch(), exposition);
    const held = Array.from({ length: SCRAPES_MAX }, () =>
      exposition.admit(() => syntheticEpoch()),
    );
    const refused = await ask(port);
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.body.toString()).toContain('brinescope_scrapes_total');
    for (const admission of held) admission?.release();
    const { status, body } = await ask(port);
    expect(status).toBe(200);
    expect(seriesOf(body.toString(), 'brinescope_scrapes_total')).toContain('{result="busy"} 1');
  });

  it('frees the place of a client that went away in the middle', async () => {
    const exposition = createExposition(fixedOptions());
    const epoch = manyMinions(50_000);
    const port = await serve(() => epoch, exposition);
    for (let i = 0; i < SCRAPES_MAX + 1; i += 1) {
      await new Promise<void>((resolve, reject) => {
        const asking = request({ host: '127.0.0.1', port, path: '/metrics' });
        asking.once('response', (response) => {
          response.once('data', () => asking.destroy());
          response.once('error', () => undefined);
        });
        asking.once('error', reject);
        asking.once('close', resolve);
        asking.end();
      });
    }
    let body = '';
    while (!body.includes(`{result="client_gone"} ${SCRAPES_MAX + 1}`)) {
      body = (await ask(port)).body.toString();
    }
    expect(body).toContain('brinescope_scrapes_total{result="failed"} 0');
  });

  it('answers 500 when the state cannot be frozen, and goes on', async () => {
    const exposition = createExposition(fixedOptions());
    let broken = true;
    const port = await serve(() => {
      if (broken) throw new Error('no state');
      return syntheticEpoch();
    }, exposition);
    for (let i = 0; i < SCRAPES_MAX + 1; i += 1) expect((await ask(port)).status).toBe(500);
    broken = false;
    expect((await ask(port)).status).toBe(200);
  });
});
