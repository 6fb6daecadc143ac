/** The exporter beside a minion of a lab, and what it answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endGroup } from '../lab/cleanup.js';
import { Forwarder } from '../lab/forward.js';
import { onHost } from '../lab/hosts.js';
import type { Lab, LabMinion } from '../lab/lab.js';
import { until } from '../lab/run.js';
import { Exposition } from './exposition.js';

const MAIN = fileURLToPath(new URL('../../exporter/dist/main.js', import.meta.url));
const PORT = 4508;
/** Salt gives a return up after three tries, each of some 5 to 10 s, with an answer to authenticate between them. */
const PATIENCE = { timeoutMs: 240_000, everyMs: 250 };

/** What an exporter of role minion answers for one job. */
export interface JobAnswer {
  readonly received: boolean | null;
  readonly running: boolean | null;
  readonly queued: boolean | null;
  readonly executed: boolean | null;
  readonly returned: string;
  readonly watchedSeconds: number;
}

export class MinionExporter {
  readonly #process: ChildProcess;
  readonly #forwarder: Forwarder;
  output = '';

  constructor(lab: Lab, minion: LabMinion) {
    const argv = [
      process.execPath,
      MAIN,
      '--role=minion',
      `--salt.config-dir=${minion.daemon.configDir}`,
      '--local.fleet-size=5000',
      `--web.listen-address=127.0.0.1:${PORT}`,
    ];
    const { namespace } = minion.host;
    this.#process = spawn('ip', onHost(namespace, argv).slice(1), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (part: Buffer) => {
      this.output += part.toString('utf8');
    };
    this.#process.stdout?.on('data', keep);
    this.#process.stderr?.on('data', keep);
    const path = join(lab.directory, 'minion-exporter.sock');
    this.#forwarder = new Forwarder(namespace, { path, host: '127.0.0.1', port: PORT });
  }

  async get(path: string): Promise<string> {
    const answer = await this.#forwarder.get(path, {}).catch(() => undefined);
    return answer?.status === 200 ? answer.body : '';
  }

  async job(jid: string): Promise<JobAnswer> {
    return JSON.parse(await this.get(`/api/v1/local/jobs/${jid}`));
  }

  async jobUntil(what: string, jid: string, holds: (job: JobAnswer) => boolean) {
    let last: JobAnswer | undefined;
    const look = async () => {
      last = await this.job(jid);
      return holds(last) ? last : undefined;
    };
    return until(what, look, { ...PATIENCE, hint: () => last });
  }

  async scrapeUntil(what: string, holds: (metrics: Exposition) => boolean) {
    let body = '';
    const look = async () => {
      body = await this.get('/metrics');
      const metrics = new Exposition(body);
      return body !== '' && holds(metrics) ? metrics : undefined;
    };
    const hint = () => [
      body.split('\n').filter((line) => line.startsWith('salt_local')),
      this.output,
    ];
    return until(what, look, { everyMs: 250, hint });
  }

  async stop(): Promise<void> {
    await this.#forwarder.close();
    await endGroup(this.#process, 10_000);
  }
}
