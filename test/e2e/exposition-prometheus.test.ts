/**
 * A real Prometheus scrapes the real route: what it asked for, what it got, what it then answers to
 * queries.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricsRoute } from '../../exporter/src/http/metrics-route.js';
import { createExposition } from '../../exporter/src/metrics/exposition.js';
import { createProcessRegistry } from '../../exporter/src/metrics/process-families.js';
import { fixedOptions } from '../golden/render-body.js';
import { SKETCHES, sketchedMinions, syntheticEpoch } from '../golden/synthetic-epoch.js';
import { PATIENCE_MS } from '../patience.js';
import { missingTools } from './exposition-tools.js';

const missing = await missingTools();
if (missing.length > 0 && process.env.CI) throw new Error(`missing: ${missing.join(', ')}`);
const why = missing.length > 0 ? ` (not run: needs ${missing.join(', ')})` : '';

const HOSTILE = 'we"b\\4\n<b>ü🧂';

interface Exchange {
  readonly accept: string;
  readonly contentType: string;
  readonly encoding: string;
}

interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const exchanges: Exchange[] = [];
let exporter: Server;
let prometheus: ChildProcess;
let base = '';
let scratch = '';

/** `/metrics` as Prometheus asks for it, `/plain` without its Accept header: the text format. */
async function startExporter(): Promise<number> {
  const hostile = { ...SKETCHES[0], id: HOSTILE, status: 'ok' as const };
  const epoch = syntheticEpoch({ minions: sketchedMinions([...SKETCHES, hostile]) });
  const exposition = createExposition(fixedOptions({ registry: createProcessRegistry() }));
  const app = express();
  app.use((request, response, next) => {
    response.once('finish', () => {
      exchanges.push({
        accept: String(request.headers.accept),
        contentType: String(response.getHeader('content-type')),
        encoding: String(response.getHeader('content-encoding')),
      });
    });
    next();
  });
  const route = metricsRoute({ exposition, freeze: () => epoch });
  app.get('/metrics', route);
  app.get('/plain', (request, _response, next) => {
    delete request.headers.accept;
    next();
  });
  app.get('/plain', route);
  exporter = createServer(app);
  return listen(exporter);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startPrometheus(target: number): Promise<void> {
  const port = await freePort();
  const config = join(scratch, 'prometheus.yml');
  await writeFile(
    config,
    // a scrape may take as long as the interval: on a busy machine one of a second would fail
    `global: { scrape_interval: 5s, scrape_timeout: 5s }
scrape_configs:
  - job_name: salt
    static_configs:
      - targets: ['127.0.0.1:${target}']
        labels: { master: saltmaster }
  - job_name: plain
    metrics_path: /plain
    static_configs: [{ targets: ['127.0.0.1:${target}'] }]
`,
  );
  prometheus = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(scratch, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  base = `http://127.0.0.1:${port}`;
}

async function api<T>(path: string): Promise<T | undefined> {
  const response = await fetch(`${base}/api/v1/${path}`).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  const { data } = (await response.json()) as { data: T };
  return data;
}

async function query(expression: string): Promise<readonly QueryResult[]> {
  const data = await api<{ result: readonly QueryResult[] }>(
    `query?query=${encodeURIComponent(expression)}`,
  );
  return data?.result ?? [];
}

/** Asks until there is an answer; Prometheus has no way to tell us that it scraped. */
async function answered(expression: string): Promise<readonly QueryResult[]> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const result = await query(expression);
    if (result.length > 0 || Date.now() > deadline) return result;
    await pause(200);
  }
}

describe.skipIf(missing.length > 0)(`a real Prometheus scrapes /metrics${why}`, () => {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'brinescope-exposition-'));
    await startPrometheus(await startExporter());
    await answered('sum(up) == 2');
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => prometheus.once('exit', resolve));
    prometheus.kill('SIGTERM');
    await ended;
    exporter.closeAllConnections();
    await new Promise((resolve) => exporter.close(resolve));
    await rm(scratch, { recursive: true, force: true });
  });

  it('in OpenMetrics, compressed, and finds no fault', async () => {
    const targets = await api<{ activeTargets: readonly { health: string; lastError: string }[] }>(
      'targets',
    );
    const well = { health: 'up', lastError: '' };
    expect(targets?.activeTargets).toMatchObject([well, well]);
    const asked = exchanges.find(({ accept }) => accept.includes('application/openmetrics-text'));
    expect(asked?.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(asked?.encoding).toBe('gzip');
  });

  it('and stores the same series from both formats', async () => {
    const plain = exchanges.find(({ accept }) => accept === 'undefined');
    expect(plain?.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const perName = async (job: string) => {
      const ours = `{__name__=~"salt_.+|zmq_.+|brinescope_.+",job="${job}"}`;
      const rows = await answered(`count by (__name__) (${ours})`);
      return rows.map((row) => [row.metric.__name__, row.value[1]]).sort();
    };
    const inText = await perName('plain');
    expect(inText.length).toBeGreaterThan(50);
    expect(await perName('salt')).toEqual(inText);
  });

  it('and holds the minions under their ids, however hostile', async () => {
    const rows = await answered('salt_minion_status{job="salt",status="ok"}');
    const ids = rows.map((row) => row.metric.minion).sort();
    expect(ids).toEqual([HOSTILE, 'web-1', 'web-2'].sort());
    expect(rows[0]?.metric.master).toBe('saltmaster');
  });

  it('and knows counters, units and histograms', async () => {
    const expected = [
      ['max(salt_minion_flaps_total{minion="web-2"})', '2'],
      ['min(salt_minion_last_ack_timestamp_seconds{minion="web-2"})', '1767323045.677'],
      ['salt_publish_bytes_total', '37333000'],
      ['histogram_quantile(0.5, salt_request_ping_seconds_bucket)', '0.005'],
      ['salt_request_ping_seconds_bucket{le="+Inf"}', '4'],
      ['brinescope_group_success == 0 or vector(7)', '7'],
    ] as const;
    for (const [expression, value] of expected) {
      const [row] = await answered(expression);
      expect([expression, row?.value[1]]).toEqual([expression, value]);
    }
    const metadata = await api<Record<string, readonly { type: string; unit: string }[]>>(
      'metadata?metric=salt_publish_bytes',
    );
    const total = await api<typeof metadata>('metadata?metric=salt_publish_bytes_total');
    const known = metadata?.salt_publish_bytes ?? total?.salt_publish_bytes_total;
    expect(known).toMatchObject([{ type: 'counter', unit: 'bytes' }]);
  });
});
