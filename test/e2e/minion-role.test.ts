/**
 * The running exporter of role minion beside a minion of our own making: real connections to a
 * master on loopback, a bus on a Unix socket, files of processes; and the master's exporter asking.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { type App, createApp } from '../../exporter/dist/app.js';
import { loadSettings } from '../../exporter/dist/config/load.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { MinionExporters } from '../../exporter/dist/sources/minion-exporters/source.js';
import type { MinionAnswer } from '../../exporter/src/domain/minion-answer.js';
import type { MasterFacts } from '../../exporter/src/sources/source.js';
import { until } from './exporter-bench.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

const JID = '20261122030405000001';
const LOST = '20261122030405000002';
const SECRET = 'hunter2';

interface Listening {
  readonly server: Server;
  readonly port: number;
  /** The master's end of the latest connection. */
  readonly peer: () => Socket;
}

/** A part of the master: a port, or the path of a socket. */
async function listen(path?: string): Promise<Listening> {
  const peers: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    peers.push(socket);
  });
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  undo.push(async () => {
    for (const socket of peers) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const peer = () => {
    const last = peers.at(-1);
    if (last === undefined) throw new Error('nobody connected');
    return last;
  };
  return { server, port, peer };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  undo.push(async () => void socket.destroy());
  return socket;
}

/** As Salt packs it: a map of two, an empty head, the body as bin 16. */
function frame(tag: string, data: unknown): Buffer {
  const body = Buffer.concat([Buffer.from(`${tag}\n\n`), pack(data)]);
  const head = Buffer.from('82a46865616480a4626f6479c50000', 'hex');
  head.writeUInt16BE(body.length, head.length - 2);
  return Buffer.concat([head, body]);
}

interface Stand {
  readonly app: App;
  readonly base: string;
  readonly cacheDir: string;
  readonly publish: Listening;
  readonly request: Listening;
  readonly bus: Listening;
  get(path: string): Promise<string>;
  value(series: string): Promise<number | undefined>;
}

async function startStand(): Promise<Stand> {
  const root = await mkdtemp(join(tmpdir(), 'brinescope-role-'));
  undo.push(() => rm(root, { recursive: true, force: true }));
  const cacheDir = join(root, 'cache');
  await mkdir(join(cacheDir, 'proc'), { recursive: true });
  const [publish, request] = [await listen(), await listen()];
  const digest = createHash('sha256').update('m1').digest('hex').slice(0, 10);
  const bus = await listen(join(root, `minion_event_${digest}_pub.ipc`));
  const options = {
    id: 'm1',
    master: '127.0.0.1',
    master_port: request.port,
    publish_port: publish.port,
    cachedir: cacheDir,
    sock_dir: root,
    log_file: join(root, 'log'),
  };
  const lines = Object.entries(options).map(([key, value]) => `${key}: ${value}\n`);
  await writeFile(join(root, 'minion'), lines.join(''));
  const loaded = loadSettings({
    argv: [
      '--role=minion',
      `--salt.config-dir=${root}`,
      '--local.fleet-size=5000',
      '--scan.interval=100ms',
      '--web.listen-address=127.0.0.1:0',
    ],
    env: {},
    readFile: () => '',
  });
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
  const app = createApp(loaded.settings, {
    clock: systemClock,
    log: silentLogger,
    build: { version: 'test', node: process.versions.node, libzmq: 'test' },
  });
  const address = await app.start();
  undo.push(() => app.stop());
  const base = `http://${address.host}:${address.port}`;
  const get = async (path: string) => (await fetch(`${base}${path}`)).text();
  const value = async (series: string) => {
    const line = (await get('/metrics')).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  return { app, base, cacheDir, publish, request, bus, get, value };
}

describe('the exporter of role minion', () => {
  it('sees its links, what is unread, and how requests end', async () => {
    const { app, publish, request, value } = await startStand();
    const master = () => app.epoch().local?.masters[0];
    await until(() => master()?.publishLinks === 0);
    const subscriber = await dial(publish.port);
    subscriber.pause();
    const client = await dial(request.port);
    client.resume();
    await until(() => master()?.publishLinks === 1 && master()?.requestLinks === 1);
    // Node reads ahead some; the rest stays in the kernel.
    publish.peer().write(Buffer.alloc(1_000_000));
    await until(() => (master()?.receiveQueueBytes ?? 0) >= 5_000);

    // A handshake, a request that is answered, one that is given up.
    client.write(Buffer.alloc(131));
    request.peer().write(Buffer.alloc(107));
    await until(() => client.bytesRead === 107);
    client.write(Buffer.alloc(597));
    await until(() => (master()?.requestWaitSeconds ?? 0) > 0);
    request.peer().write(Buffer.alloc(103));
    await until(() => master()?.answered === 1);
    expect(master()?.requestWaitSeconds).toBeUndefined();
    client.write(Buffer.alloc(613));
    await until(() => master()?.requestWaitSeconds !== undefined);
    client.destroy();
    await until(() => master()?.abandoned === 1);

    // Nobody listens any more.
    request.server.close();
    request.peer().destroy();
    const refused = connect({ port: request.port, host: '127.0.0.1' });
    await once(refused, 'error');
    await until(() => (master()?.refused ?? 0) >= 1);
    for (const [series, count] of [
      ['salt_local_requests_total{master="127.0.0.1",result="answered"}', 1],
      ['salt_local_requests_total{master="127.0.0.1",result="abandoned"}', 1],
      ['salt_local_links{master="127.0.0.1",port="publish"}', 1],
      ['salt_local_links{master="127.0.0.1",port="request"}', 0],
      ['salt_local_option{option="recon_max"}', 10_000],
      ['salt_local_storm_risk', 1],
      ['brinescope_source_up{source="kernel"}', 1],
    ] as const)
      expect(await value(series), series).toBe(count);
  });

  it("tells what became of a job, to the master's exporter too, and nothing of what it was", async () => {
    const { app, base, bus, cacheDir, get } = await startStand();
    const up = () => app.epoch().sources.find(({ source }) => source === 'minion_bus')?.up === true;
    await until(up);
    await writeFile(join(cacheDir, 'proc', JID), SECRET);
    const load = { cmd: '_return', id: 'm1', fun: 'test.echo', fun_args: [SECRET], return: SECRET };
    bus.peer().write(frame('__master_req_channel_payload/r1/127.0.0.1', { ...load, jid: JID }));
    bus.peer().write(frame('__master_req_channel_return/r1', { ret: SECRET }));
    bus.peer().write(frame('__master_req_channel_payload/r2/127.0.0.1', { ...load, jid: LOST }));
    bus.peer().write(frame('__master_req_channel_return/r2', { ret: null, error: 'timeout' }));
    await until(() => app.epoch().local?.notReturned === 1 && app.epoch().local?.executed === 2);
    const running = async () => JSON.parse(await get(`/api/v1/local/jobs/${JID}`)).running;
    await expect.poll(running).toBe(true);

    const answers: MinionAnswer[] = [];
    const loaded = loadSettings({
      argv: [`--salt.minion-exporters=m1=${base}`],
      env: {},
      readFile: () => '',
    });
    if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
    const asker = new MinionExporters({
      settings: loaded.settings,
      master: {} as MasterFacts,
      clock: systemClock,
      log: silentLogger,
      emit: (told) => told.kind === 'minion_answer' && answers.push(told),
    });
    await asker.start();
    undo.push(() => asker.stop());
    const never = '20200101000000000000';
    asker.askMinions([JID, LOST, never].map((jid) => ({ jid, minion: 'm1' })));
    await until(() => answers.length === 3);
    const sight = (jid: string) => answers.find((answer) => answer.jid === jid)?.sight;
    expect(sight(JID)).toMatchObject({ received: true, executed: true, returned: 'answered' });
    expect(sight(LOST)).toMatchObject({ received: true, executed: true, returned: 'refused' });
    expect(sight(never)).toMatchObject({ received: false, executed: false, returned: 'unknown' });

    const bodies = ['/', '/metrics', '/api/v1/local', `/api/v1/local/jobs/${JID}`, '/-/ready'];
    for (const path of bodies) {
      const body = await get(path);
      expect(body.length, path).toBeGreaterThan(20);
      expect(body, path).not.toContain(SECRET);
    }
    expect(await get('/')).toContain('<h1>Minion m1</h1>');
    expect(await get('/-/ready')).toBe('Brinescope is ready.\n');
  });
});
