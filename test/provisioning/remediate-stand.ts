/** A remediation of ours with files of its own and a stand-in for the operator's command, to which a real Alertmanager can be put. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../exporter/src/lib/clock.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import { RemediateService } from '../../exporter/src/remediate/service.js';
import { readSettings } from '../../exporter/src/remediate/settings.js';
import { readToken } from '../../exporter/src/remediate/token.js';
import { eventually } from '../e2e/demo-fleet.js';

export const EXAMPLES = new URL('../../provisioning/remediate/', import.meta.url).pathname;
export const TOKEN = 'a-token-of-the-tests-0123456789';

export interface AuditLine {
  readonly event: string;
  readonly reason?: string;
  readonly minion?: string;
  readonly argv?: readonly string[];
  readonly result?: string;
  readonly output?: string;
}

export class RemediateStand {
  readonly directory = mkdtempSync(join(tmpdir(), 'brinescope-remediate-'));
  readonly tokenFile = join(this.directory, 'token');
  readonly auditFile = join(this.directory, 'audit.jsonl');
  /** What the stand-in was called with, a line a call. */
  readonly callsFile = join(this.directory, 'calls');
  #service: RemediateService | undefined;
  port = 0;

  /** The shipped example with other paths, a port of its own, and a command that writes its words down. */
  async start(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    writeFileSync(this.tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const program = join(this.directory, 'restart');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${this.callsFile}\necho done\n`);
    chmodSync(program, 0o755);
    const lines: Record<string, string> = {
      listen: '127.0.0.1:0',
      'token-file': this.tokenFile,
      'audit-file': this.auditFile,
      settle: '0s',
      mode: 'run',
      ...changes,
    };
    let text = readFileSync(join(EXAMPLES, 'remediate.yml'), 'utf8');
    text = text.replace('/usr/bin/ssh', program);
    for (const [key, value] of Object.entries(lines))
      text = text.replace(new RegExp(`^${key}: .*$`, 'm'), `${key}: ${value}`);
    const read = readSettings('remediate.yml', text);
    if (!read.ok) throw new Error(read.errors.join('\n'));
    const token = readToken(this.tokenFile);
    const deps = { clock: systemClock, log: silentLogger, token, home: this.directory };
    this.#service = new RemediateService(read.settings, deps);
    this.port = await this.#service.start();
  }

  audit(): readonly AuditLine[] {
    const lines = readFileSync(this.auditFile, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  /** The first line of the audit log that fits. */
  async line(event: string, fits: Partial<AuditLine> = {}): Promise<AuditLine> {
    const isIt = (line: AuditLine) =>
      line.event === event &&
      Object.entries(fits).every(([key, value]) => line[key as keyof AuditLine] === value);
    const lines = await eventually(
      `${event} ${JSON.stringify(fits)}`,
      () => this.audit(),
      (all) => all.some(isIt),
    );
    const found = lines.find(isIt);
    if (found === undefined) throw new Error(event);
    return found;
  }

  calls(): readonly string[] {
    try {
      return readFileSync(this.callsFile, 'utf8').trim().split('\n');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isMissing) return [];
      throw error;
    }
  }

  async post(body: string, token = TOKEN): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/alerts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body,
    });
    await response.text();
    return response.status;
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
    this.#service = undefined;
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true });
  }
}

/** The shipped routes, for that stand, without waiting. */
export function alertmanagerFor(stand: RemediateStand): string {
  return readFileSync(join(EXAMPLES, 'alertmanager.yml'), 'utf8')
    .replace('127.0.0.1:4510', `127.0.0.1:${stand.port}`)
    .replace('/etc/brinescope/remediate.token', stand.tokenFile)
    .replaceAll(/group_(wait|interval): \w+/g, 'group_$1: 1s');
}
