/** The exporter beside the demo's master: the same program an operator starts, as a child; its last words are kept. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, spawnNode } from './child.js';

const MAIN = new URL('../main.js', import.meta.url);
const LAST_LINES = 20;
const READY_WAIT_MS = 30_000;
const READY_LOOK_MS = 200;
const ANSWER_MS = 5_000;

export interface ExporterSetup {
  readonly configDir: string;
  readonly natMap: string;
  readonly historyPath: string;
  readonly host: string;
  readonly port: number;
  readonly extraArguments: readonly string[];
  /** It ended although nobody asked it to; the text says how and with what last words. */
  readonly onDeath: (text: string) => void;
}

export class ExporterChild {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #stopping = false;

  constructor(setup: ExporterSetup) {
    const host = setup.host.includes(':') ? `[${setup.host}]` : setup.host;
    const reachable = host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host;
    this.url = `http://${reachable}:${setup.port}`;
    const args = [
      ...['--salt.config-dir', setup.configDir],
      ...['--salt.nat-map', setup.natMap],
      ...['--history.path', setup.historyPath],
      ...['--web.listen-address', `${host}:${setup.port}`],
      ...setup.extraArguments,
    ];
    this.#child = spawnNode(MAIN, args, ['ignore', 'pipe', 'pipe']);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.#remember(line));
    }
    this.#child.on('error', (error) => setup.onDeath(`the exporter: ${error.message}`));
    // `close`, not `exit`: by then its last words have been read.
    this.#child.on('close', (code, signal) => {
      if (this.#stopping) return;
      const words = this.#lines.map((line) => `    ${line}`).join('\n');
      setup.onDeath(`the exporter ended by itself (${signal ?? `exit status ${code}`}):\n${words}`);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** True once it says it is ready; false when it does not within half a minute or the signal comes. */
  async waitReady(signal: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + READY_WAIT_MS;
    while (performance.now() < deadline && !signal.aborted) {
      const answer = await this.#get('/-/ready');
      if (answer?.ok) return true;
      await sleep(READY_LOOK_MS);
    }
    return false;
  }

  /** Body of /metrics; undefined when it does not answer. */
  async metrics(): Promise<string | undefined> {
    const answer = await this.#get('/metrics');
    return answer?.ok ? await answer.text() : undefined;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    await ended(this.#child);
  }

  killNow(): void {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
  }

  async #get(path: string): Promise<Response | undefined> {
    try {
      return await fetch(this.url + path, { signal: AbortSignal.timeout(ANSWER_MS) });
    } catch {
      // Not listening yet, or too busy: the caller decides what silence means.
      return undefined;
    }
  }

  #remember(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LAST_LINES) this.#lines.shift();
  }
}
