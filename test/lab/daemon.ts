/**
 * One Salt daemon on one host: started, stopped, killed and stopped from running like a service.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endGroup, groupGone, killQuietly } from './cleanup.js';
import { onHost } from './hosts.js';

export type DaemonKind = 'master' | 'minion';
/** Values are YAML as they stand: `{ timeout: '10', file_roots: '{base: [/srv]}' }`. */
export type SaltOptions = Readonly<Record<string, string>>;

/** A daemon that is told to end has this long before it is killed. */
const END_PATIENCE_MS = 8_000;

export class Daemon {
  readonly kind: DaemonKind;
  readonly configDir: string;
  readonly #bin: string;
  readonly #namespace: string;
  #process: ChildProcess | undefined;

  constructor(kind: DaemonKind, where: { configDir: string; bin: string; namespace: string }) {
    this.kind = kind;
    this.configDir = where.configDir;
    this.#bin = where.bin;
    this.#namespace = where.namespace;
  }

  /** Of the process that leads the daemon's group; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get logFile(): string {
    return join(this.configDir, 'log');
  }

  start(): void {
    if (this.#process !== undefined) throw new Error(`${this.configDir}: is running already`);
    // Salt refuses to start while the process of an older start seems to live
    for (const file of ['pid', 'process_responsibility_pid']) {
      rmSync(join(this.configDir, file), { force: true });
    }
    const program = join(this.#bin, `salt-${this.kind}`);
    const argv = onHost(this.#namespace, [program, '-c', this.configDir, '-l', 'quiet']);
    const out = openSync(join(this.configDir, `${this.kind}.out`), 'a');
    this.#process = spawn('ip', argv.slice(1), {
      detached: true,
      stdio: ['ignore', out, out],
    });
    closeSync(out);
  }

  /** As `systemctl stop`: SIGTERM, and SIGKILL for what is left. */
  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    await endGroup(this.#process, END_PATIENCE_MS);
    this.#process = undefined;
  }

  /** SIGKILL for all of its processes at once. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    this.#signal('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
    if (child.pid !== undefined) await groupGone(child.pid);
    this.#process = undefined;
  }

  /** SIGSTOP: the host goes on acknowledging, nothing is read. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid !== undefined) killQuietly(-pid, signal);
  }
}

/** Salt prepends `root_dir` to every other path, so all of them stay inside the directory. */
export async function writeConfig(
  directory: string,
  kind: DaemonKind,
  options: SaltOptions,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const paths = { pki_dir: '/pki', cachedir: '/cache', sock_dir: '/sock' };
  const files = { log_file: '/log', pidfile: '/pid' };
  const all = {
    root_dir: directory,
    user: 'root',
    ...paths,
    ...files,
    ...options,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`);
  await writeFile(join(directory, kind), lines.join(''));
}
