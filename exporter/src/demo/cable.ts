/**
 * Pulls a minion's cable: a socket filter that drops every incoming packet sits on its TCP sockets, so that this host acknowledges
 * nothing any more, as if it were switched off, while the master's side stays ESTABLISHED and retransmits. It touches no firewall
 * and dies with its process. Newer kernels (seen: 6.18) allow it on TCP sockets with CAP_NET_ADMIN only.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
/** Classic BPF, `ret #0`: keep zero bytes of the packet, which drops it before TCP sees it. */
const DROP_EVERYTHING = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);

/** Whether this user may: tried on a socket that nobody uses. */
export function canPullCables(): boolean {
  const own = koffi.load(null);
  const socket: (family: number, type: number, protocol: number) => number = own.func(
    'int socket(int, int, int)',
  );
  const close: (fd: number) => number = own.func('int close(int)');
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return false;
  const attached = setSocketOption(fd, SO_ATTACH_FILTER, dropProgram()) === 0;
  close(fd);
  return attached;
}

/** Drops what arrives on this process's TCP sockets with that source address; returns how many sockets it concerned. */
export function pullCable(address: string): number {
  return setOption(address, SO_ATTACH_FILTER, dropProgram());
}

/** Undoes `pullCable` on sockets that still live; retransmissions then get through. */
export function plugCable(address: string): number {
  return setOption(address, SO_DETACH_FILTER, new Uint8Array(4));
}

function dropProgram(): Uint8Array {
  const program = new DataView(new ArrayBuffer(16)); // struct sock_fprog: u16 length, pointer at 8
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  program.setUint16(0, 1, littleEndian);
  program.setBigUint64(8, BigInt(koffi.address(DROP_EVERYTHING)), littleEndian);
  return new Uint8Array(program.buffer);
}

function setOption(address: string, option: number, value: Uint8Array): number {
  return descriptorsOf(address).filter((fd) => setSocketOption(fd, option, value) === 0).length;
}

function setSocketOption(fd: number, option: number, value: Uint8Array): number {
  const setsockopt: (...args: [number, number, number, Uint8Array, number]) => number = koffi
    .load(null)
    .func('int setsockopt(int, int, int, void *, uint)');
  return setsockopt(fd, SOL_SOCKET, option, value, value.length);
}

/** libzmq keeps its TCP sockets to itself, so they are found as `ss` would: by local address in /proc, then by inode. */
function descriptorsOf(address: string): number[] {
  const own = ownSockets();
  // 127.0.10.11 stands in /proc/net/tcp as the little-endian word 0B0A007F.
  const hex = address
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  const rows = readFileSync('/proc/self/net/tcp', 'utf8').split('\n');
  return rows.flatMap((row) => {
    const columns = row.trim().split(/\s+/);
    const fd = columns[1]?.startsWith(`${hex}:`) ? own.get(columns[9] ?? '') : undefined;
    return fd === undefined ? [] : [fd];
  });
}

/** Inode → descriptor. */
function ownSockets(): Map<string, number> {
  const sockets = new Map<string, number>();
  for (const name of readdirSync('/proc/self/fd')) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkTarget(`/proc/self/fd/${name}`))?.[1];
    if (inode !== undefined) sockets.set(inode, Number(name));
  }
  return sockets;
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed between listing and reading: no socket of ours any more.
    return '';
  }
}
