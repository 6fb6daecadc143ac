/** A real Alertmanager with the pack's example, whose receivers are one webhook of ours and whose waits are short. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from '../patience.js';
import { ALERTS } from './pack.js';

export const CONFIGURATION = join(ALERTS, 'alertmanager.yml');
const LOOK_EVERY_MS = 50;

export type Labels = Readonly<Record<string, string>>;

/** One alert of one notification. */
export interface Notice {
  readonly receiver: string;
  readonly status: string;
  readonly labels: Labels;
}

export interface AlertState {
  readonly labels: Labels;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

interface Parts {
  readonly notices: readonly Notice[];
  readonly directory: string;
  readonly hook: Server;
  readonly daemon: ChildProcess;
  readonly url: string;
}

export class AlertmanagerStand {
  readonly notices: readonly Notice[];
  readonly #directory: string;
  readonly #hook: Server;
  readonly #daemon: ChildProcess;
  readonly #url: string;

  private constructor(parts: Parts) {
    this.notices = parts.notices;
    this.#directory = parts.directory;
    this.#hook = parts.hook;
    this.#daemon = parts.daemon;
    this.#url = parts.url;
  }

  /** With the pack's example, or with a configuration of the caller's. */
  static async start(configuration?: string): Promise<AlertmanagerStand> {
    const directory = await mkdtemp(join(tmpdir(), 'brinescope-alertmanager-'));
    const notices: Notice[] = [];
    const hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        // The shape is Alertmanager's webhook, version 4.
        const { alerts } = JSON.parse(body) as { alerts: Omit<Notice, 'receiver'>[] };
        const receiver = (request.url ?? '').slice(1);
        notices.push(...alerts.map(({ status, labels }) => ({ receiver, status, labels })));
        response.end();
      });
    });
    await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
    const hookPort = (hook.address() as AddressInfo).port;
    const file = join(directory, 'alertmanager.yml');
    const text = configuration ?? forTests(await readFile(CONFIGURATION, 'utf8'), hookPort);
    await writeFile(file, text);
    const port = await freePort();
    const daemon = spawn(
      'prometheus-alertmanager',
      [
        `--config.file=${file}`,
        `--storage.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ],
      { stdio: 'inherit' },
    );
    const url = `http://127.0.0.1:${port}`;
    const stand = new AlertmanagerStand({ notices, directory, hook, daemon, url });
    await stand.#until('Alertmanager is ready', () => stand.#isReady());
    return stand;
  }

  async post(alerts: readonly Labels[], endsAt = inAnHour()): Promise<void> {
    const body = alerts.map((labels) => ({ labels, endsAt }));
    const response = await fetch(`${this.#url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`Alertmanager: ${response.status} ${await response.text()}`);
  }

  async states(): Promise<readonly AlertState[]> {
    const response = await fetch(`${this.#url}/api/v2/alerts`);
    // The shape is Alertmanager's API, version 2.
    return (await response.json()) as AlertState[];
  }

  /** Resolves with the first notice that fits. */
  async notice(fits: (notice: Notice) => boolean, what: string): Promise<Notice> {
    await this.#until(what, async () => this.notices.some(fits));
    const found = this.notices.find(fits);
    if (found === undefined) throw new Error(what);
    return found;
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#daemon.once('exit', done));
    this.#daemon.kill();
    await ended;
    this.#hook.closeAllConnections();
    await new Promise((done) => this.#hook.close(done));
    await rm(this.#directory, { recursive: true });
  }

  async #isReady(): Promise<boolean> {
    if (this.#daemon.exitCode !== null) throw new Error('Alertmanager ended');
    try {
      return (await fetch(`${this.#url}/-/ready`)).ok;
    } catch (error) {
      // Not listening yet.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
      await pause(LOOK_EVERY_MS);
    }
  }
}

/** Else Alertmanager ends an alert by itself after five minutes. */
function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}

/** Receivers `http://pager.example.net/` become paths of our hook; groups wait a second at most. */
function forTests(text: string, hookPort: number): string {
  return text
    .replaceAll(/http:\/\/(\w+)\.example\.net\//g, `http://127.0.0.1:${hookPort}/$1`)
    .replaceAll(/group_wait: [1-9]\d*s/g, 'group_wait: 1s')
    .replaceAll(/group_interval: \w+/g, 'group_interval: 1s');
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
