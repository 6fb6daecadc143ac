/**
 * The kernel source where the kernel refuses, where koffi is missing, and without any privilege:
 * less is seen, said, and never a crash.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { Peers, takePort } from './kernel-watch.js';
import { undoneAfterEach } from './undo.js';

const HOST = '127.72.0.1';
const REPOSITORY = new URL('../..', import.meta.url).pathname;
const DIST = path.join(REPOSITORY, 'exporter/dist');
const LAUNCHER = new URL('./kernel-blind.mjs', import.meta.url).pathname;
const NOBODY = 65_534;

const undo = undoneAfterEach();

interface Line {
  readonly kind: string;
  readonly origin?: string;
  readonly complete?: boolean;
  readonly peerPorts?: number[];
  readonly hasInfo?: number[];
  readonly cookiesHigh?: number[];
  readonly listeners?: { port: string; queueLimit?: number }[];
  readonly up?: boolean;
  readonly detail?: string;
  readonly reason?: string;
}

class BlindRun {
  readonly lines: Line[] = [];
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #changed: () => void = () => undefined;

  constructor(mode: string, port: number, options: { dist?: string; user?: number } = {}) {
    const dist = options.dist ?? DIST;
    const launcher = options.user === undefined ? LAUNCHER : path.join(dist, '../kernel-blind.mjs');
    this.#child = spawn(process.execPath, [launcher, dist, mode, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      cwd: '/',
      ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
    });
    this.ended = new Promise((resolve) => this.#child.once('exit', resolve));
    undo.push(() => void this.#child.kill('SIGKILL'));
    if (this.#child.stdout === null) throw new Error('no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      this.#changed();
    });
  }

  async first(condition: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(condition);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Exit code after an orderly stop. */
  stop(): Promise<number | null> {
    this.#child.send('stop');
    return this.ended;
  }
}

async function connected(count: number): Promise<{ port: number; clients: Peers }> {
  const [server, clients] = [new Peers(), new Peers()];
  undo.push(
    () => server.kill(),
    () => clients.kill(),
  );
  const port = await server.ask<number>('listen', { host: HOST, port: takePort() });
  await clients.ask('connect', { host: HOST, port, count });
  await server.ask('accepted', { count });
  return { port, clients };
}

/** The built code alone, outside of any node_modules, readable by everybody. */
function copyOfDist(withKoffi: boolean): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'kernel-dist-'));
  undo.push(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  cpSync(DIST, path.join(root, 'dist'), { recursive: true });
  cpSync(path.join(REPOSITORY, 'exporter/package.json'), path.join(root, 'package.json'));
  cpSync(LAUNCHER, path.join(root, 'kernel-blind.mjs'));
  if (withKoffi) {
    mkdirSync(path.join(root, 'node_modules'));
    for (const name of ['koffi', '@koromix'])
      cpSync(path.join(REPOSITORY, 'node_modules', name), path.join(root, 'node_modules', name), {
        recursive: true,
      });
  }
  return path.join(root, 'dist');
}

describe('where a seccomp filter refuses netlink', () => {
  it('/proc is read instead, and it is said what is missing', async () => {
    const { port, clients } = await connected(20);
    const run = new BlindRun('seccomp', port);
    const scan = await run.first((line) => line.kind === 'link_scan');
    const clientPorts = await clients.ask<number[]>('ports');
    expect([scan.origin, scan.complete]).toEqual(['proc', true]);
    expect([...(scan.peerPorts ?? [])].sort()).toEqual(clientPorts.sort());
    expect(scan.hasInfo).toEqual(Array(20).fill(0));
    expect(scan.cookiesHigh).toEqual(Array(20).fill(0xffff_ffff));
    expect(scan.listeners).toEqual([
      expect.objectContaining({ port: 'publish', cookieHigh: 0xffff_ffff }),
    ]);
    expect(scan.listeners?.[0]?.queueLimit).toBeUndefined();
    const health = await run.first((line) => line.kind === 'source_health');
    expect(health.up).toBe(false);
    expect(health.detail).toContain('netlink was refused (EPERM)');
    expect(health.detail).toContain('no tcp_info');
    await run.first((line) => line.reason === 'netlink_refused');
    await clients.kill();
    await run.first((line) => line.kind === 'link_scan' && line.peerPorts?.length === 0);
    expect(await run.stop()).toBe(0);
  });
});

describe('where koffi is missing', () => {
  it('/proc is read instead, and it is said why', async () => {
    const { port } = await connected(3);
    const run = new BlindRun('plain', port, { dist: copyOfDist(false) });
    const scan = await run.first((line) => line.kind === 'link_scan');
    expect([scan.origin, scan.peerPorts?.length]).toEqual(['proc', 3]);
    const health = await run.first((line) => line.kind === 'source_health');
    expect(health.up).toBe(false);
    expect(health.detail).toContain('koffi cannot be loaded');
    await run.first((line) => line.reason === 'koffi_unavailable');
    expect(await run.stop()).toBe(0);
  });
});

describe('without any privilege', () => {
  it('netlink and destroy events work', async () => {
    const { port, clients } = await connected(10);
    const user = process.getuid?.() === 0 ? NOBODY : (process.getuid?.() ?? NOBODY);
    const run = new BlindRun('plain', port, { dist: copyOfDist(true), user });
    const scan = await run.first((line) => line.kind === 'link_scan');
    expect([scan.origin, scan.peerPorts?.length]).toEqual(['netlink', 10]);
    const health = await run.first((line) => line.kind === 'source_health');
    expect(health.up).toBe(true);
    await clients.kill();
    await run.first((line) => line.kind === 'link_deaths');
    expect(await run.stop()).toBe(0);
  });
});

describe('a scan thread that ends by itself', () => {
  it('is counted, said, and started again', async () => {
    const { port } = await connected(2);
    const dist = copyOfDist(true);
    const entry = path.join(dist, 'sources/kernel/worker.js');
    renameSync(entry, `${entry}.away`);
    const run = new BlindRun('plain', port, { dist });
    const health = await run.first((line) => line.kind === 'source_health');
    expect(health.up).toBe(false);
    expect(health.detail).toContain('scan thread ended');
    await run.first((line) => line.reason === 'thread_died');
    renameSync(`${entry}.away`, entry);
    const scan = await run.first((line) => line.kind === 'link_scan');
    expect([scan.origin, scan.peerPorts?.length]).toEqual(['netlink', 2]);
    await run.first((line) => line.kind === 'source_health' && line.up === true);
    expect(await run.stop()).toBe(0);
  });
});

describe('a program that exits without stopping its sources', () => {
  it('does not wait for its next scan', async () => {
    const { port } = await connected(1);
    const run = new BlindRun('exit', port);
    const startedMs = performance.now();
    await run.first((line) => line.kind === 'exiting');
    const exitingMs = performance.now();
    // its next scan is an hour away, the time-out of this test is not
    expect(await run.ended).toBe(0);
    console.log(
      `started in ${(exitingMs - startedMs).toFixed(0)} ms, exited in ${(performance.now() - exitingMs).toFixed(0)} ms`,
    );
  });
});

describe('where descriptors run out', () => {
  it('a blind source tries again at once, one that reads /proc after half a minute', async () => {
    const { port } = await connected(4);
    const command = `ulimit -n 64; exec "$0" "$@"`;
    const args = [process.execPath, LAUNCHER, DIST, 'descriptors', String(port)];
    const run = spawnSync('sh', ['-c', command, ...args], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const [blind, byProc, resting, again] = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(blind).toMatchObject({ origin: 'proc', complete: false, rows: 0, up: false });
    expect(blind.detail).toMatch(/^Blind: netlink was refused \(EMFILE\)/);
    expect(blind.reasons).toContainEqual(['proc_unreadable', 1]);
    expect(byProc).toMatchObject({ origin: 'proc', complete: true, rows: 4, up: false });
    expect(resting).toMatchObject({ origin: 'proc', rows: 4 });
    expect(again).toMatchObject({ origin: 'netlink', complete: true, rows: 4, up: true });
  });
});
