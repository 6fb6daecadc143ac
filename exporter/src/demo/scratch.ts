/** The files a Salt master would have: its configuration, the keys by state and the cached grains, in the layout of 3006 or 3008. */
import { generateKeyPairSync } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './msgpack.js';
import type { FleetPlan, MinionPlan } from './plan.js';
import type { Ports } from './protocol.js';

export const LAYOUTS = ['3006', '3008'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** Old enough that every minion of this age without a link counts as decommissioned. */
const GONE_SECONDS = 30 * 86_400;

/** Where the exporter is to look, and how grains come later. */
export interface Scratch {
  readonly configDir: string;
  readonly natMap: string;
  /** Salt's event bus, a socket. */
  readonly busPath: string;
  readonly cacheGrains: (ids: readonly string[]) => void;
}

const KEY_DIRECTORIES = {
  accepted: 'minions',
  pending: 'minions_pre',
  rejected: 'minions_rejected',
  denied: 'minions_denied',
} as const;

const PREFIX = 'brinescope-demo-';

/** A new directory that names the process it belongs to; those of demos that were killed (-9) are removed on this occasion. */
export function makeScratch(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^brinescope-demo-(\d+)-\w+$/.exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    const path = join(tmpdir(), name);
    const mine = lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
    if (mine) rmSync(path, { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** Somebody else's process counts as running: its directory is none of our business. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Writes everything below `directory`, which is Salt's `root_dir` then. */
export function writeScratch(
  directory: string,
  plan: FleetPlan,
  options: { readonly ports: Ports; readonly layout: Layout },
): Scratch {
  const configDir = join(directory, 'etc', 'salt');
  const pkiDir = join(configDir, 'pki', 'master');
  mkdirSync(configDir, { recursive: true });
  writeFileSync(join(configDir, 'master'), masterConfig(directory, options.ports));
  // Nobody writes into it: a log that is read and says nothing.
  const logDir = join(directory, 'var', 'log', 'salt');
  mkdirSync(logDir, { recursive: true });
  writeFileSync(join(logDir, 'master'), '');
  for (const name of Object.values(KEY_DIRECTORIES)) {
    mkdirSync(join(pkiDir, name), { recursive: true });
  }
  // One real public key for all: nobody in the demo checks a signature.
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const cacheDir = join(directory, 'var', 'cache', 'salt', 'master');
  mkdirSync(join(cacheDir, options.layout === '3008' ? 'grains' : 'minions'), { recursive: true });
  for (const minion of plan.minions) {
    writeKey(pkiDir, minion, pem);
    if (minion.grainAddresses !== undefined) writeGrains(cacheDir, minion, options.layout);
  }
  const natMap = join(directory, 'nat.yaml');
  writeFileSync(natMap, natMapText(plan));
  const cacheGrains = (ids: readonly string[]) => {
    for (const minion of plan.minions.filter(({ id }) => ids.includes(id))) {
      writeGrains(cacheDir, { ...minion, grainAddresses: [minion.address] }, options.layout);
    }
  };
  const busPath = join(directory, 'var', 'run', 'salt', 'master', 'master_event_pub.ipc');
  return { configDir, natMap, busPath, cacheGrains };
}

function masterConfig(directory: string, ports: Ports): string {
  return [
    '# Written by the demo of Brinescope; there is no Salt here.',
    `root_dir: ${JSON.stringify(directory)}`,
    'interface: 127.0.0.1',
    `publish_port: ${ports.publish}`,
    `ret_port: ${ports.request}`,
    'id: demo',
    'pub_hwm: 1000',
    'zmq_backlog: 1000',
    'presence_events: True',
    'auth_events: True',
    '',
  ].join('\n');
}

function keyState(minion: MinionPlan): keyof typeof KEY_DIRECTORIES | undefined {
  if (minion.role === 'stranger') return undefined;
  const { role } = minion;
  return role === 'pending' || role === 'rejected' || role === 'denied' ? role : 'accepted';
}

function writeKey(pkiDir: string, minion: MinionPlan, pem: string | Buffer): void {
  const state = keyState(minion);
  if (state === undefined) return;
  const path = join(pkiDir, KEY_DIRECTORIES[state], minion.id);
  writeFileSync(path, pem);
  if (minion.role === 'gone') age(path);
}

function writeGrains(cacheDir: string, minion: MinionPlan, layout: Layout): void {
  const addresses = minion.grainAddresses ?? [];
  const grains = {
    id: minion.id,
    host: minion.id,
    fqdn: `${minion.id}.demo`,
    kernel: 'Linux',
    os: 'Debian',
    saltversion: layout === '3008' ? '3008.5' : '3006.30',
    ipv4: ['127.0.0.1', ...addresses],
    ipv6: ['::1'],
    fqdn_ip4: [...addresses],
    fqdn_ip6: [],
  };
  const directory = join(cacheDir, 'minions', minion.id);
  if (layout === '3006') mkdirSync(directory, { recursive: true });
  const path =
    layout === '3008' ? join(cacheDir, 'grains', `${minion.id}.p`) : join(directory, 'data.p');
  writeFileSync(path, pack(layout === '3008' ? grains : { grains, pillar: {} }));
  if (minion.role === 'gone') age(path);
}

function age(path: string): void {
  const seconds = Date.now() / 1000 - GONE_SECONDS;
  utimesSync(path, seconds, seconds);
}

/** What an operator would tell the exporter about the router. */
function natMapText(plan: FleetPlan): string {
  const hidden = plan.minions.filter((minion) => minion.role === 'nat');
  const lines = hidden.map((minion) => `    - ${minion.id}`);
  return ['nat:', `  ${plan.natAddress}:`, ...lines, ''].join('\n');
}
