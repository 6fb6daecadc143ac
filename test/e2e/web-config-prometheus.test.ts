/** A real Prometheus scrapes an exporter that asks for TLS, a client certificate and a password. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../patience.js';
import { missingTools } from './exposition-tools.js';
import { createTestHttp } from './http-fixture.js';
import { Certificates } from './web-certificates.js';

const missing = await missingTools();
if (missing.length > 0 && process.env.CI) throw new Error(`missing: ${missing.join(', ')}`);
const why = missing.length > 0 ? ` (not run: needs ${missing.join(', ')})` : '';

const files = new Certificates();
const server = createTestHttp({ web: { configFile: files.path('web.yml') } });
let prometheus: ChildProcess | undefined;
let base = '';

interface Target {
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
}

/** On a busy machine a scrape may have run out of time: the next one tells. */
function isJudged({ health, lastError }: Target): boolean {
  return health !== 'unknown' && !lastError.includes('deadline');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const bound = probe.address();
  await new Promise((done) => probe.close(done));
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

/** Once the first target is up and the others were tried, or when patience ends. */
async function targets(): Promise<Readonly<Record<string, Target>>> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(`${base}/api/v1/targets`).catch(() => undefined);
    const body = response?.ok ? await response.json() : undefined;
    const found: readonly Target[] = body?.data.activeTargets ?? [];
    const isDone = found.some(({ health }) => health === 'up') && found.every(isJudged);
    if (isDone || performance.now() > end)
      return Object.fromEntries(found.map((target) => [target.scrapePool, target]));
    await pause(200);
  }
}

describe.skipIf(missing.length > 0)(`a real Prometheus${why}`, () => {
  beforeAll(async () => {
    files.authority('ca');
    files.issue('server', 'ca', { sans: 'IP:127.0.0.1' });
    files.issue('client', 'ca', { sans: 'DNS:prometheus.example' });
    const web = {
      tls_server_config: {
        ...{ cert_file: 'server.pem', key_file: 'server.key', client_ca_file: 'ca.pem' },
        ...{ client_auth_type: 'RequireAndVerifyClientCert', min_version: 'TLS13' },
        client_allowed_sans: ['prometheus.example'],
      },
      basic_auth_users: { prometheus: hashSync('a good one', 4) },
    };
    files.write('web.yml', JSON.stringify(web));
    const { port } = await server.start();
    const own = { cert_file: 'client.pem', key_file: 'client.key' };
    const job = (name: string, password: string, tls: object) => ({
      ...{ job_name: name, scheme: 'https', tls_config: { ca_file: 'ca.pem', ...tls } },
      ...{ basic_auth: { username: 'prometheus', password } },
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    });
    const config = {
      // A scrape may take as long as the interval: on a busy machine one of a second would fail.
      global: { scrape_interval: '5s', scrape_timeout: '5s' },
      scrape_configs: [
        job('right', 'a good one', own),
        job('wrong-password', 'another', own),
        job('no-certificate', 'a good one', {}),
      ],
    };
    files.write('prometheus.json', JSON.stringify(config));
    const listen = `127.0.0.1:${await freePort()}`;
    base = `http://${listen}`;
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${files.path('prometheus.json')}`,
        `--storage.tsdb.path=${files.path('data')}`,
        `--web.listen-address=${listen}`,
      ],
      { stdio: 'ignore' },
    );
  });

  afterAll(async () => {
    if (prometheus !== undefined) {
      const ended = new Promise((resolve) => prometheus?.once('exit', resolve));
      prometheus.kill('SIGTERM');
      await ended;
    }
    await server.stop();
    files.remove();
  });

  it('gets in with its certificate and its password, and not without either', async () => {
    const found = await targets();
    expect(found.right).toMatchObject({ health: 'up', lastError: '' });
    expect(found['wrong-password']).toMatchObject({
      health: 'down',
      lastError: 'server returned HTTP status 401 Unauthorized',
    });
    expect(found['no-certificate']).toMatchObject({
      health: 'down',
      // The alert, or the end of the connection where that is noticed first: no HTTP in any case.
      lastError: expect.stringMatching(/certificate required|reset by peer|broken pipe|EOF/),
    });
  });
});
