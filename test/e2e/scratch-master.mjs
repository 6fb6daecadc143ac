/**
 * A master's directories without a master: configuration, keys and cached grains, for the exporter
 * of a test or benchmark to read.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Address from which the i-th minion of a fleet connects: 127.16.0.1, 127.16.0.2 …, 250 a row, none
 * of them .0 or .255.
 * @param {number} index
 */
export function addressOf(index) {
  const row = Math.floor(index / 250) % 250;
  return `127.${16 + Math.floor(index / 62_500)}.${row}.${1 + (index % 250)}`;
}

/** @param {number} index */
export const idOf = (index) => `minion-${String(index).padStart(5, '0')}.example.net`;

/** msgpack of {"ipv4": [address]}: what the exporter reads of cached grains. */
function grainsOf(address) {
  const head = [0x81, 0xa4, ...Buffer.from('ipv4'), 0x91, 0xa0 + address.length];
  return Buffer.concat([Buffer.from(head), Buffer.from(address)]);
}

/**
 * With `minions` accepted keys, whose grains name their addresses, and free ports.
 * @param {number} minions
 */
export async function makeScratchMaster(minions) {
  const root = mkdtempSync(join(tmpdir(), 'brinescope-master-'));
  const [publishPort, requestPort] = await freePorts(2);
  const [keys, grains] = [join(root, 'pki/minions'), join(root, 'cache/grains')];
  for (const directory of [keys, grains]) mkdirSync(directory, { recursive: true });
  for (let index = 0; index < minions; index += 1) {
    writeFileSync(join(keys, idOf(index)), 'not a key, only a name\n');
    writeFileSync(join(grains, `${idOf(index)}.p`), grainsOf(addressOf(index)));
  }
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
  const remove = () => rmSync(root, { recursive: true, force: true });
  return { configDir: root, publishPort, requestPort, remove };
}

/**
 * Below the range that the kernel gives to clients: a client whose own port were the listener's
 * number would look like one of the server's sockets. Another process begins elsewhere.
 */
const PORTS = { first: 20_000, count: 12_000 };
let portsTaken = process.pid * 31;

/** @param {number} count */
export async function freePorts(count) {
  /** @type {number[]} */
  const ports = [];
  while (ports.length < count) {
    portsTaken += 1;
    const port = PORTS.first + (portsTaken % PORTS.count);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
