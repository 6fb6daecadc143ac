/** The exporter under test: the built program beside a scratch master, asked over HTTP like by Prometheus. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

interface Overview {
  readonly ledgers: { readonly losses: { readonly counted: number; readonly undecided: number } };
}

const MAIN = fileURLToPath(new URL('../../../exporter/dist/main.js', import.meta.url));
const LOOK_MS = 60;
const LAST_WORDS = 4_000;

/** One body of /metrics: `name{a="1"}` → value. */
export class Metrics {
  readonly #values = new Map<string, number>();

  constructor(body: string) {
    for (const line of body.split('\n')) {
      const space = line.lastIndexOf(' ');
      if (line.startsWith('#') || space < 0) continue;
      this.#values.set(line.slice(0, space), Number(line.slice(space + 1)));
    }
  }

  /** undefined: absent, which means not known. */
  get(series: string): number | undefined {
    return this.#values.get(series);
  }

  /** 0 when absent: for counters that have not begun. */
  count(series: string): number {
    return this.#values.get(series) ?? 0;
  }
}

export class ExporterChild {
  readonly #child: ChildProcess;
  readonly #url: string;
  #words = '';

  constructor(setup: {
    readonly configDir: string;
    readonly natMap: string;
    readonly port: number;
    readonly scanIntervalMs: number;
    readonly program: string | undefined;
  }) {
    this.#url = `http://127.0.0.1:${setup.port}`;
    const flags = [
      ...['--salt.config-dir', setup.configDir],
      ...['--salt.nat-map', setup.natMap],
      ...['--web.listen-address', `127.0.0.1:${setup.port}`],
      ...['--scan.interval', `${setup.scanIntervalMs}ms`],
      ...['--canary.request.interval', '0'],
    ];
    this.#child = spawn(process.execPath, [setup.program ?? MAIN, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#words = (this.#words + chunk.toString('latin1')).slice(-LAST_WORDS);
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Throws when the exporter has ended. */
  async metrics(): Promise<Metrics> {
    for (;;) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the exporter ended with ${this.#child.exitCode}: ${this.#words}`);
      }
      const body = await this.#get('/metrics');
      if (body !== undefined) return new Metrics(body);
      await sleep(LOOK_MS);
    }
  }

  /** Times that losses were counted and could not be, from the API. */
  async losses(): Promise<{ readonly counted: number; readonly undecided: number }> {
    const body = await this.#get('/api/v1/overview');
    // `as`: what the exporter's own api-types.ts says.
    const overview = JSON.parse(body ?? '{}') as Partial<Overview>;
    return overview.ledgers?.losses ?? { counted: 0, undecided: 0 };
  }

  /** The first body for which the condition holds, or the last one before the patience ended. */
  async until(condition: (metrics: Metrics) => boolean, patienceMs: number): Promise<Metrics> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const metrics = await this.metrics();
      if (condition(metrics) || performance.now() > end) return metrics;
      await sleep(LOOK_MS);
    }
  }

  /** A body whose figures rest on a scan that began after this call. */
  async afterNextScan(patienceMs: number, scans = 2): Promise<Metrics> {
    const first = scansOf(await this.metrics());
    return this.until((metrics) => scansOf(metrics) >= first + scans, patienceMs);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #get(path: string): Promise<string | undefined> {
    try {
      const answer = await fetch(this.#url + path);
      return answer.ok ? await answer.text() : undefined;
    } catch {
      // Not listening yet; whether it lives is looked at before each try.
      return undefined;
    }
  }
}

function scansOf(metrics: Metrics): number {
  return metrics.count('brinescope_scan_seconds_count');
}
