/** Where the master's event bus is, and why it cannot be reached there. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../../lib/regular-file.js';
import type { MasterFacts } from '../source.js';
import { SOCKET_PATH_MAX_BYTES } from './options.js';

export type BusAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** `ipc_mode: tcp` puts the bus on a loopback port, without any authentication. */
export function busAddress(master: MasterFacts): BusAddress {
  if (master.ipcMode !== 'tcp')
    return { kind: 'unix', path: join(master.sockDir, 'master_event_pub.ipc') };
  // salt.transport.base: ::1 since 3008 where `ipv6` is set; before that 127.0.0.1 always.
  const isSix = master.ipv6 && Number.parseInt(master.saltVersion ?? '', 10) >= 3008;
  return { kind: 'tcp', host: isSix ? '::1' : '127.0.0.1', port: master.tcpMasterPubPort };
}

export function sameAddress(a: BusAddress, b: BusAddress): boolean {
  return addressText(a) === addressText(b);
}

export function addressText(address: BusAddress): string {
  if (address.kind === 'unix') return address.path;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** What stands at the path: its identity where it is a socket, else why it is none to us. */
export type PathLook =
  | { readonly ok: true; readonly identity: string; readonly stats: Stats }
  | { readonly ok: false; readonly problem: string };

/** The file of a Unix socket, looked at before each attempt and, later, whether it is still the same. */
export async function lookAtPath(path: string): Promise<PathLook> {
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_MAX_BYTES)
    return {
      ok: false,
      problem: `the path has ${bytes} bytes and Linux allows ${SOCKET_PATH_MAX_BYTES}: give the exporter a shorter one (a mount or a link to the directory, and root_dir or sock_dir to match)`,
    };
  try {
    const stats = await stat(path);
    if (!stats.isSocket())
      return { ok: false, problem: 'what stands there is no socket: is sock_dir right?' };
    // Not the time of change: the master may set the rights of its socket when we are connected.
    return { ok: true, identity: `${stats.dev}:${stats.ino}:${stats.mtimeMs}`, stats };
  } catch (error) {
    return { ok: false, problem: await pathProblem(path, errorCode(error)) };
  }
}

async function pathProblem(path: string, code: string | undefined): Promise<string> {
  const directory = dirname(path);
  if (code === 'EACCES')
    return `${directory} may not be entered (EACCES): run the exporter as the master's user`;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return `it cannot be looked at (${code})`;
  const exists = await stat(directory).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (exists) return 'there is no such socket: is the master running?';
  return `there is no directory ${directory}: is the master running, and its sock_dir visible here?`;
}

/** For people; `stats` of the socket where it has a path. */
export function connectProblem(code: string | undefined, stats: Stats | undefined): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `it may not be connected to (${code}): ${rightsText(stats)}`;
    case 'ECONNREFUSED':
      return 'nothing listens there: is the master running?';
    case 'EAGAIN':
      return 'it takes no more connections (EAGAIN): is the event publisher of the master stuck?';
    case 'ENOENT':
      return 'there is no such socket: is the master running?';
    default:
      return `it cannot be connected to (${code ?? 'no reason given'})`;
  }
}

const GROUP_WRITE = 0o020;
const PERMISSIONS = 0o777;

/** Connecting takes the right to write. 3006 makes the socket 0600 unless publisher_acl or external_auth is set, 3007.2 and later 0660. */
function rightsText(stats: Stats | undefined): string {
  if (stats === undefined) return "run the exporter as the master's user";
  const { mode, uid, gid } = stats;
  const permissions = `0${(mode & PERMISSIONS).toString(8)}`;
  const group = (mode & GROUP_WRITE) === 0 ? '' : `, or in group ${gid}`;
  return `the socket is ${permissions} of user ${uid} and group ${gid}; run the exporter as user ${uid}${group}`;
}
