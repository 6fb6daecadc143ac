/**
 * The built exporter, run as an operator runs it on the master's host, and what a scrape of it
 * says.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endGroup } from '../lab/cleanup.js';
import type { Lab } from '../lab/lab.js';
import { until } from '../lab/run.js';
import { Exposition } from './exposition.js';

const MAIN = fileURLToPath(new URL('../../exporter/dist/main.js', import.meta.url));
const PORT = 4507;

export class WatchedExporter {
  readonly #lab: Lab;
  readonly #process: ChildProcess;
  #output = '';

  constructor(lab: Lab, flags: readonly string[] = []) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is not built: npm run build`);
    this.#lab = lab;
    const address = `--web.listen-address=127.0.0.1:${PORT}`;
    const argv = [process.execPath, MAIN, `--salt.config-dir=${lab.configDir}`, address, ...flags];
    this.#process = lab.spawn(argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (part: Buffer) => {
      this.#output += part.toString('utf8');
    };
    this.#process.stdout?.on('data', keep);
    this.#process.stderr?.on('data', keep);
  }

  /** What it logged, for messages of failures. */
  get output(): string {
    return this.#output;
  }

  get exited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async ready(): Promise<void> {
    let said = '';
    const look = async () => {
      if (this.exited) throw new Error(`the exporter ended: ${this.#output}`);
      const { status, body } = await this.#get('/-/ready');
      said = body;
      return status === 200 ? true : undefined;
    };
    const hint = () => [said, this.#output.slice(-4_000)];
    await until('the exporter to be ready', look, { hint });
  }

  /** HTTP status of a path, 0 while nobody listens. */
  async status(path: string): Promise<number> {
    return (await this.#get(path)).status;
  }

  async #get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    try {
      return await this.#lab.fetch(PORT, path);
    } catch (error) {
      return { status: 0, body: String(error) }; // refused: not listening yet, or no longer
    }
  }

  async scrape(): Promise<Exposition> {
    const { status, body } = await this.#lab.fetch(PORT, '/metrics');
    if (status !== 200) throw new Error(`/metrics answered ${status}: ${body.slice(0, 400)}`);
    return new Exposition(body);
  }

  /**
   * Scrapes until `holds` is true of a body, and returns that body. `see` is what a failure shows.
   */
  async scrapeUntil(
    what: string,
    holds: (metrics: Exposition) => boolean,
    see?: (metrics: Exposition) => unknown,
  ): Promise<Exposition> {
    let last: Exposition | undefined;
    const look = async () => {
      last = await this.scrape();
      return holds(last) ? last : undefined;
    };
    const hint = () => (last === undefined ? undefined : see?.(last));
    return until(what, look, { everyMs: 250, hint });
  }

  async stop(): Promise<void> {
    await endGroup(this.#process, 10_000);
  }
}
