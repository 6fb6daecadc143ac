/**
 * The web configuration file by real clients: TLS versions, certificates of both sides, passwords,
 * and files that change while requests are under way.
 */
import { execFile } from 'node:child_process';
import { Agent, type RequestOptions, request } from 'node:https';
import { connect as connectPlain, createServer } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '../../exporter/src/lib/log.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import { startBench, until } from './exporter-bench.js';
import { createTestHttp } from './http-fixture.js';
import { undoneAfterEach } from './undo.js';
import { Certificates } from './web-certificates.js';

const files = new Certificates();
const undo = undoneAfterEach();
const HASH = hashSync('right horse', 4);
const TLS = { tls_server_config: { cert_file: 'server.pem', key_file: 'server.key' } };

beforeAll(() => {
  files.authority('ca');
  files.authority('other-ca');
  files.issue('server', 'ca', { sans: 'DNS:localhost,IP:127.0.0.1' });
  files.issue('renewed', 'ca', { sans: 'DNS:localhost,IP:127.0.0.1' });
  files.issue('old', 'ca', { sans: 'DNS:localhost', expired: true });
  files.issue('client', 'ca', { sans: 'DNS:scraper.example,IP:2001:db8::1' });
  files.issue('old-client', 'ca', { sans: 'DNS:scraper.example', expired: true });
  files.issue('stranger', 'other-ca', { sans: 'DNS:scraper.example' });
});

afterAll(() => files.remove());

interface Started {
  readonly port: number;
  readonly lines: string[];
  readonly server: ReturnType<typeof createTestHttp>;
}

/** A server whose web configuration is `config` (JSON is YAML), in a file of its own. */
async function start(name: string, config: object, log?: Logger): Promise<Started> {
  files.write(name, JSON.stringify(config));
  const lines: string[] = [];
  const note = (text: string) => lines.push(text);
  const server = createTestHttp({
    web: { configFile: files.path(name) },
    log: log ?? { ...silentLogger, info: note, warn: note, error: note },
  });
  const { port } = await server.start();
  undo.push(() => server.stop());
  return { port, lines, server };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Subject of the server's certificate. */
  readonly subject: string | undefined;
}

/** Trusts `ca` only and says who it is as told; a connection of its own unless an agent is given. */
function ask(port: number, options: RequestOptions = {}, path = '/metrics'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host: '127.0.0.1', port, path, servername: 'localhost', agent: false },
        ...{ ca: files.text('ca.pem'), ...options },
      },
      (response) => {
        let body = '';
        const socket = response.socket as TLSSocket;
        const subject = socket.getPeerX509Certificate?.()?.subject;
        response.setEncoding('utf8').on('data', (part: string) => {
          body += part;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            ...{ body, subject, headers: response.headers },
          }),
        );
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

const tlsWith = (more: object) => ({
  tls_server_config: { ...TLS.tls_server_config, ...more },
});

describe('TLS', () => {
  it('answers over TLS and not without it', async () => {
    const { port } = await start('tls.yml', TLS);
    const answer = await ask(port);
    expect(answer).toMatchObject({ status: 200, body: 'brinescope_up 1\n', subject: 'CN=server' });
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    expect((await ask(port)).status).toBe(200);
  });

  it.each([
    [{ min_version: 'TLS12' }, 'TLSv1.2', 'TLSv1.2'],
    [{ min_version: 'TLS12' }, 'TLSv1.3', 'TLSv1.3'],
    [{ min_version: 'TLS13' }, 'TLSv1.3', 'TLSv1.3'],
    [{ min_version: 'TLS13' }, 'TLSv1.2', 'refused'],
    [{ max_version: 'TLS12' }, 'TLSv1.3', 'TLSv1.2'],
  ] as const)('%j and a client that speaks %s at most: %s', async (versions, most, spoken) => {
    const { port } = await start('versions.yml', tlsWith(versions));
    expect(await protocolOf(port, { maxVersion: most })).toBe(spoken);
  });

  it('speaks the suite and the curve that are named, and the suites of TLS 1.3 beside them', async () => {
    const { port } = await start(
      'suites.yml',
      tlsWith({
        cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
        curve_preferences: ['CurveP384'],
      }),
    );
    const old = { maxVersion: 'TLSv1.2' } as const;
    expect(await protocolOf(port, { ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(
      'refused',
    );
    expect(await protocolOf(port, { ...old, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toBe(
      'TLSv1.2',
    );
    expect(await protocolOf(port, { ecdhCurve: 'X25519' })).toBe('refused');
    expect(await protocolOf(port, { ecdhCurve: 'P-384' })).toBe('TLSv1.3');
  });

  it('shows an expired certificate, says so, and the client refuses it', async () => {
    const { port, lines } = await start('old.yml', {
      tls_server_config: { cert_file: 'old.pem', key_file: 'old.key' },
    });
    expect(lines.join('\n')).toMatch(
      /old\.pem: a certificate expired at Feb .* 2020 GMT; renew it/,
    );
    await expect(ask(port)).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });

  it('is refused by a client that trusts another authority', async () => {
    const { port } = await start('trust.yml', TLS);
    await expect(ask(port, { ca: files.text('other-ca.pem') })).rejects.toThrow(/certificate/);
  });

  it('ends what never begins its handshake when it stops', async () => {
    const { port, server } = await start('stop.yml', TLS);
    const silent = connectPlain(port, '127.0.0.1');
    const closed = new Promise((done) => silent.on('error', () => undefined).once('close', done));
    await new Promise((done) => silent.once('connect', done));
    // The server has it by then: it answers the next one.
    await ask(port);
    await server.stop();
    await closed;
  });
});

function protocolOf(port: number, options: object): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port, servername: 'localhost', ca: files.text('ca.pem'), ...options },
      () => {
        resolve(socket.getProtocol() ?? '');
        socket.destroy();
      },
    );
    socket.on('error', () => resolve('refused'));
  });
}

/** `in` = answered; `out` = the connection failed. */
const verdict = (port: number, options: RequestOptions) =>
  ask(port, options).then(
    ({ status }) => (status === 200 ? 'in' : String(status)),
    () => 'out',
  );

describe('client certificates', () => {
  const ca = { client_ca_file: 'ca.pem' };
  const all = { none: 'out', client: 'out', 'old-client': 'out', stranger: 'out' };
  it.each([
    ['NoClientCert', {}, { none: 'in', client: 'in', 'old-client': 'in', stranger: 'in' }],
    ['RequestClientCert', {}, { none: 'in', client: 'in', 'old-client': 'in', stranger: 'in' }],
    ['RequireAnyClientCert', {}, { ...all, client: 'in', 'old-client': 'in', stranger: 'in' }],
    ['VerifyClientCertIfGiven', ca, { ...all, none: 'in', client: 'in' }],
    ['RequireAndVerifyClientCert', ca, { ...all, client: 'in' }],
    [
      'RequireAndVerifyClientCert',
      { ...ca, client_allowed_sans: ['2001:db8::1', 'no.example'] },
      { ...all, client: 'in' },
    ],
    ['RequireAndVerifyClientCert', { ...ca, client_allowed_sans: ['other.example'] }, all],
  ])('%s with %j lets in %j', async (type, more, expected) => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { port } = await start('clients.yml', tlsWith({ client_auth_type: type, ...more }));
      const seen: Record<string, string> = {};
      for (const name of Object.keys(expected)) {
        const own = name === 'none' ? {} : files.pair(name);
        seen[name] = await verdict(port, { ...own, maxVersion });
      }
      expect(seen).toEqual(expected);
    }
  });
});

const basic = (name: string, password: string) => ({ auth: `${name}:${password}` });

describe('passwords', () => {
  it('are asked for on every path, and right only when they are', async () => {
    const { port } = await start('users.yml', { ...TLS, basic_auth_users: { anna: HASH } });
    for (const path of ['/', '/metrics', '/-/healthy', '/-/ready', '/nothing']) {
      const answer = await ask(port, {}, path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="brinescope"/);
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    }
    const api = await ask(port, {}, '/api/v1/overview');
    expect(JSON.parse(api.body)).toMatchObject({ error: { code: 'unauthorized' } });
    for (const [name, password, status] of [
      ['anna', 'right horse', 200],
      ['anna', 'right horse', 200],
      ['anna', 'wrong horse', 401],
      ['anna', '', 401],
      ['bert', 'right horse', 401],
    ] as const)
      expect((await ask(port, basic(name, password))).status).toBe(status);
    for (const authorization of ['Basic', 'Basic !', 'Bearer x', 'Basic YW5uYQ=='])
      expect((await ask(port, { headers: { authorization } })).status).toBe(401);
  });

  it('are answered for many at once, right and wrong, while others are served', async () => {
    const { port } = await start('many.yml', { ...TLS, basic_auth_users: { anna: HASH } });
    const passwords = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? 'right horse' : `${n}`));
    const answers = await Promise.all(passwords.map((word) => ask(port, basic('anna', word))));
    expect(answers.map(({ status }) => status)).toEqual(
      passwords.map((word) => (word === 'right horse' ? 200 : 401)),
    );
  });

  it('change with the file, on a connection that is there too', async () => {
    const { port } = await start('change.yml', { ...TLS, basic_auth_users: { anna: HASH } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    undo.push(() => agent.destroy());
    expect((await ask(port, { ...basic('anna', 'right horse'), agent })).status).toBe(200);
    const changed = { ...TLS, basic_auth_users: { anna: hashSync('new horse', 4) } };
    files.write('change.yml', JSON.stringify(changed));
    expect((await ask(port, { ...basic('anna', 'right horse'), agent })).status).toBe(401);
    expect((await ask(port, { ...basic('anna', 'new horse'), agent })).status).toBe(200);
  });
});

describe('headers and the rate limit', () => {
  it('puts the headers of the file in place of its own', async () => {
    const headers = { 'Strict-Transport-Security': 'max-age=60', 'X-Frame-Options': 'sameorigin' };
    const { port } = await start('headers.yml', { ...TLS, http_server_config: { headers } });
    for (const path of ['/', '/metrics', '/nothing']) {
      const answer = await ask(port, {}, path);
      expect(answer.headers['strict-transport-security']).toBe('max-age=60');
      expect(answer.headers['x-frame-options']).toBe('sameorigin');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('turns away what comes above the burst', async () => {
    const { port } = await start('rate.yml', { ...TLS, rate_limit: { interval: '24h', burst: 2 } });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await ask(port)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe('a certificate that is replaced', () => {
  it('is what the next connection sees, and no request under way fails', async () => {
    files.write('live.pem', files.text('server.pem'));
    files.write('live.key', files.text('server.key'));
    const { port, lines } = await start('live.yml', {
      tls_server_config: { cert_file: 'live.pem', key_file: 'live.key' },
    });
    const kept = new Agent({ keepAlive: true, maxSockets: 4, ca: files.text('ca.pem') });
    undo.push(() => kept.destroy());
    const statuses: number[] = [];
    let isOver = false;
    const pound = async (agent: Agent | false) => {
      while (!isOver) statuses.push((await ask(port, { agent })).status);
    };
    /** The load has met what the files are now. */
    const pounded = () => {
      const enough = statuses.length + 8;
      return until(() => statuses.length >= enough);
    };
    const pounding = Promise.all([pound(kept), pound(kept), pound(false), pound(false)]);
    for (const name of ['renewed', 'server', 'renewed', 'server', 'renewed']) {
      // Key and certificate never fit for a moment: the pair before goes on.
      files.write('live.key', files.text(`${name}.key`));
      await pounded();
      files.write('live.pem', files.text(`${name}.pem`));
      expect((await ask(port)).subject).toBe(`CN=${name}`);
      await pounded();
    }
    isOver = true;
    await pounding;
    expect(statuses.length).toBeGreaterThanOrEqual(80);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(lines.join('\n')).toContain('is not the key of the first certificate');
  });
});

describe('a broken file', () => {
  it('keeps the server from starting, with every mistake at once', async () => {
    files.write(
      'wrong.yml',
      'tls_server_config:\n  cert_file: none.pem\n  key_fil: server.key\nbasic_auth_users:\n  a: b\n',
    );
    const server = createTestHttp({ web: { configFile: files.path('wrong.yml') } });
    const started = server.start();
    await expect(started).rejects.toMatchObject({ code: 'config_invalid' });
    const text = await started.then(String, String);
    expect(text).toMatch(/wrong\.yml:3: tls_server_config\.key_fil: is no field.* key_file/);
    expect(text).toMatch(/wrong\.yml:5: basic_auth_users\.a: is no bcrypt hash; make one/);
  });

  it('changes nothing when it comes later, is said once, and ends when it is mended', async () => {
    const good = { ...TLS, basic_auth_users: { anna: HASH } };
    const { port, lines, server } = await start('later.yml', good);
    const right = basic('anna', 'right horse');
    expect((await ask(port, right)).status).toBe(200);
    expect(server.webConfigStatus()).toMatchObject({ successful: true });
    for (const broken of ['tls_server_config: [', JSON.stringify({ basic_auth_users: {} })]) {
      files.write('later.yml', broken);
      expect((await ask(port, right)).status).toBe(200);
      expect((await ask(port)).status).toBe(401);
      expect(server.webConfigStatus()).toMatchObject({ successful: false });
    }
    const kept = lines.filter((line) => line.includes('the one that ran goes on'));
    expect(kept).toHaveLength(2);
    expect(lines.join('\n')).toContain('TLS is not switched off while the exporter runs');
    files.write('later.yml', JSON.stringify(good));
    expect((await ask(port, right)).status).toBe(200);
    expect(server.webConfigStatus()).toMatchObject({ successful: true });
  });
});

describe('the health check of the image', () => {
  const script = fileURLToPath(new URL('../../exporter/scripts/healthcheck.mjs', import.meta.url));
  const check = (port: number, more: Record<string, string> = {}) =>
    promisify(execFile)(process.execPath, [script], {
      env: { ...process.env, BRINESCOPE_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`, ...more },
    });
  const clients = { client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'ca.pem' };

  it.each([
    ['passwords', { basic_auth_users: { anna: HASH } }],
    ['TLS and passwords', { ...TLS, basic_auth_users: { anna: HASH } }],
    ['a client certificate', tlsWith(clients)],
    ['a client certificate by TLS 1.2', tlsWith({ ...clients, max_version: 'TLS12' })],
    ['any client certificate', tlsWith({ client_auth_type: 'RequireAnyClientCert' })],
  ])('passes where the exporter asks for %s', async (_what, config) => {
    const { port } = await start('health.yml', config);
    await check(port);
    await check(port, { BRINESCOPE_WEB_CONFIG_FILE: files.path('health.yml') });
  });

  it('fails where nobody listens, and where somebody never answers', async () => {
    const { port, server } = await start('gone.yml', TLS);
    await server.stop();
    await expect(check(port)).rejects.toThrow(`http://127.0.0.1:${port}/-/healthy: connect`);
    const mute = createServer(() => undefined);
    await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
    undo.push(() => mute.close());
    const bound = mute.address();
    const mutePort = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await expect(check(mutePort)).rejects.toThrow('no answer');
  });
});

describe('--check-config', () => {
  const main = fileURLToPath(new URL('../../exporter/dist/main.js', import.meta.url));
  const run = (name: string) =>
    promisify(execFile)(process.execPath, [
      ...[main, '--check-config', `--web.config.file=${files.path(name)}`],
    ]);

  it('finds what is wrong with the files that the web configuration names', async () => {
    files.write('good.yml', JSON.stringify(TLS));
    expect((await run('good.yml')).stdout).toBe('The configuration is valid.\n');
    const { cert_file } = TLS.tls_server_config;
    files.write(
      'key.yml',
      JSON.stringify({ tls_server_config: { cert_file, key_file: 'ca.key' } }),
    );
    await expect(run('key.yml')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/key_file: .*ca\.key: is not the key of the first certificate/),
    });
  });
});

describe('a failed reading', () => {
  it('is a failed reload on /metrics until the file is mended', async () => {
    files.write('app.yml', JSON.stringify(TLS));
    const { port } = await startBench(1, undo, {
      flags: [`--web.config.file=${files.path('app.yml')}`],
    });
    const value = async () =>
      /^brinescope_config_last_reload_successful (\d)$/m.exec((await ask(port)).body)?.[1];
    expect(await value()).toBe('1');
    files.write('app.yml', '{');
    expect(await value()).toBe('0');
    files.write('app.yml', JSON.stringify(TLS));
    expect(await value()).toBe('1');
  });
});

describe('openssl as a client', () => {
  it('verifies the certificate for a client without a server name', async () => {
    const { port } = await start('openssl.yml', TLS);
    const argv = ['s_client', '-connect', `127.0.0.1:${port}`, '-noservername', '-brief'];
    const trust = ['-CAfile', files.path('ca.pem'), '-verify_return_error'];
    const client = promisify(execFile)('openssl', [...argv, ...trust]);
    client.child.stdin?.end();
    const { stderr } = await client;
    expect(stderr).toContain('Verification: OK');
  });
});
