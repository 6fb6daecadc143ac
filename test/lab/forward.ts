/**
 * A way from a test into a lab's network: a Unix socket, which no network namespace hides, carried
 * on to a TCP port inside.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { PATIENCE_MS } from '../patience.js';
import { onHost } from './hosts.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Runs in the lab's namespace: arguments are the socket's path, host and port. */
const CARRY = `
const net = require('node:net'), [path, host, port] = process.argv.slice(1);
net.createServer((near) => {
  const far = net.connect(Number(port), host);
  near.pipe(far); far.pipe(near);
  near.on('error', () => far.destroy()); far.on('error', () => near.destroy());
}).listen(path, () => process.stdout.write('ready'));
process.stdin.resume().on('end', () => process.exit(0));
`;

export class Forwarder {
  readonly #path: string;
  readonly #process: ChildProcess;
  readonly #ready: Promise<unknown>;

  constructor(namespace: string, to: { path: string; host: string; port: number }) {
    this.#path = to.path;
    const node = [process.execPath, '-e', CARRY, to.path, to.host, String(to.port)];
    const argv = onHost(namespace, node);
    this.#process = spawn('ip', argv.slice(1), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const died = once(this.#process, 'exit').then(() => {
      throw new Error(`the way into ${namespace} did not open`);
    });
    this.#ready = Promise.race([once(this.#process.stdout ?? this.#process, 'data'), died]);
    died.catch(() => undefined); // its end is expected at close()
  }

  /** GET. Throws when nothing listens inside. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    await this.#ready;
    return new Promise((resolve, reject) => {
      const options = {
        socketPath: this.#path,
        path,
        headers,
        agent: false,
        timeout: PATIENCE_MS,
      };
      const asked = request(options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(parts).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
          });
        });
      });
      asked.on('timeout', () =>
        asked.destroy(new Error(`${path}: no answer within ${PATIENCE_MS} ms`)),
      );
      asked.on('error', reject);
      asked.end();
    });
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
