/** A master's directories without a master: what the exporter reads of Salt's configuration and keys. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from './plan.js';

export interface Scratch {
  readonly directory: string;
  readonly configDir: string;
  readonly natMap: string;
  readonly busPath: string;
  readonly publishPort: number;
  readonly webPort: number;
  remove(): void;
}

export async function makeScratch(plan: Plan): Promise<Scratch> {
  const directory = mkdtempSync(join(tmpdir(), 'brinescope-truth-'));
  const [publishPort = 0, requestPort = 0, webPort = 0] = await freePorts(3);
  const keys = join(directory, 'pki', 'minions');
  mkdirSync(keys, { recursive: true });
  mkdirSync(join(directory, 'sock'));
  const members = plan.crews.flat();
  for (const { id } of members) writeFileSync(join(keys, id), 'not a key, only a name\n');
  const options = {
    root_dir: directory,
    pki_dir: '/pki',
    cachedir: '/cache',
    sock_dir: '/sock',
    interface: '127.0.0.1',
    publish_port: publishPort,
    ret_port: requestPort,
    pub_hwm: plan.hwm,
    zmq_filtering: plan.filtering ? 'True' : 'False',
  };
  const lines = Object.entries(options).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(directory, 'master'), lines.join(''));
  const natMap = join(directory, 'nat.yml');
  const rows = members.map(({ id, address }) => `  ${id}: ["${address}"]\n`);
  writeFileSync(natMap, `minions:\n${rows.join('')}`);
  return {
    directory,
    configDir: directory,
    natMap,
    busPath: join(directory, 'sock', 'master_event_pub.ipc'),
    publishPort,
    webPort,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/**
 * Below the ports that the kernel gives to clients (from 32,768 on): a client whose own port is a publish port would be one
 * of its links to whoever asks the kernel for the sockets of that port.
 */
const PORTS = { from: 10_000, to: 32_000 } as const;

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!(await listens)) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}
