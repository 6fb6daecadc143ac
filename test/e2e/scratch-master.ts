/** A master's directories without a master: configuration, keys and a list of static addresses, for the exporter to read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScratchMaster {
  readonly configDir: string;
  /** For --salt.nat-map. */
  readonly natMap: string;
  readonly publishPort: number;
  readonly requestPort: number;
  remove(): void;
}

/** `minions`: key id → its address, which the map names as static. */
export async function makeScratchMaster(
  minions: ReadonlyMap<string, string>,
): Promise<ScratchMaster> {
  const root = mkdtempSync(join(tmpdir(), 'brinescope-counting-'));
  const [publishPort, requestPort] = await freePorts(2);
  const keys = join(root, 'pki', 'minions');
  mkdirSync(keys, { recursive: true });
  for (const id of minions.keys()) writeFileSync(join(keys, id), 'not a key, only a name\n');
  const options = {
    root_dir: root,
    pki_dir: '/pki',
    cachedir: '/cache',
    sock_dir: '/sock',
    interface: '127.0.0.1',
    publish_port: publishPort,
    ret_port: requestPort,
  };
  const lines = Object.entries(options).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(root, 'master'), lines.join(''));
  const natMap = join(root, 'nat.yml');
  const rows = [...minions].map(([id, address]) => `  ${id}: ["${address}"]\n`);
  writeFileSync(natMap, `minions:\n${rows.join('')}`);
  return {
    configDir: root,
    natMap,
    publishPort: publishPort ?? 0,
    requestPort: requestPort ?? 0,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
