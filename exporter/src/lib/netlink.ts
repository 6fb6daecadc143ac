/** A netlink socket of the calling thread: open, filter, send, receive into one buffer, and the count of messages it lost. */
import { fstatSync, readFileSync } from 'node:fs';
import type { Libc } from './libc.js';

// include/uapi/linux/netlink.h, asm-generic/socket.h
export const NETLINK_SOCK_DIAG = 4;
export const NLMSG_HEADER_BYTES = 16;
export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_DUMP = 0x300;
/** The kernel's table changed under the dump: rows may be missing or doubled. */
export const NLM_F_DUMP_INTR = 0x10;
export const EINTR = 4;
export const EAGAIN = 11;
export const ENOBUFS = 105;

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** The kernel gives at most 32 KiB per call; the rest is room for kernels that give more. */
const RECEIVE_BYTES = 1 << 18;

/** Three views of the one receive buffer, because attributes hold bytes, halves and words at aligned offsets. */
export interface ReceiveViews {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
}

export type NetlinkOpen =
  | { readonly ok: true; readonly socket: NetlinkSocket }
  | { readonly ok: false; readonly call: 'socket' | 'bind'; readonly errno: number };

export class NetlinkSocket {
  readonly descriptor: number;
  readonly received: ReceiveViews;
  readonly #libc: Libc;

  private constructor(libc: Libc, descriptor: number) {
    this.#libc = libc;
    this.descriptor = descriptor;
    this.received = receiveViews(new ArrayBuffer(RECEIVE_BYTES));
  }

  /** `groups` is the bit mask of multicast groups to join, 0 for none. */
  static open(libc: Libc, protocol: number, groups: number): NetlinkOpen {
    const descriptor = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    if (descriptor < 0) return { ok: false, call: 'socket', errno: libc.errno() };
    // struct sockaddr_nl: family u16, pad u16, port id u32 (0: the kernel picks), groups u32
    const address = new Uint8Array(12);
    new Uint16Array(address.buffer)[0] = AF_NETLINK;
    new Uint32Array(address.buffer)[2] = groups;
    if (libc.bind(descriptor, address, address.length) < 0) {
      const errno = libc.errno();
      libc.close(descriptor);
      return { ok: false, call: 'bind', errno };
    }
    return { ok: true, socket: new NetlinkSocket(libc, descriptor) };
  }

  /** 0, or the errno of the failure. */
  send(message: Uint8Array): number {
    const sent = this.#libc.send(this.descriptor, message, message.length, 0);
    return sent < 0 ? this.#libc.errno() : 0;
  }

  /**
   * Length of the next datagram, now in `received`, or a negative errno. A length above the buffer's means that it was cut off there.
   * Blocks up to the receive time-out unless `wait` is false.
   */
  receive(wait: boolean): number {
    const { bytes } = this.received;
    const flags = wait ? MSG_TRUNC : MSG_TRUNC | MSG_DONTWAIT;
    const length = this.#libc.recv(this.descriptor, bytes, bytes.length, flags);
    return length < 0 ? -this.#libc.errno() : length;
  }

  setReceiveTimeout(milliseconds: number): void {
    // struct timeval: seconds and microseconds, both of the machine's word size (64 bit)
    const value = new BigInt64Array([
      BigInt(Math.trunc(milliseconds / 1000)),
      BigInt((milliseconds % 1000) * 1000),
    ]);
    this.#setOption(SO_RCVTIMEO, new Uint8Array(value.buffer));
  }

  /**
   * Asks for a receive buffer, past net.core.rmem_max where CAP_NET_ADMIN allows it. Returns the bytes in force as the kernel counts
   * them: twice what was asked, for its own bookkeeping.
   */
  setReceiveBuffer(bytes: number): number {
    const value = new Uint8Array(Uint32Array.of(bytes).buffer);
    if (this.#setOption(SO_RCVBUFFORCE, value) < 0) this.#setOption(SO_RCVBUF, value);
    const inForce = new Uint32Array(1);
    const length = new Uint8Array(Uint32Array.of(4).buffer);
    const out = new Uint8Array(inForce.buffer);
    this.#libc.getsockopt(this.descriptor, SOL_SOCKET, SO_RCVBUF, out, length);
    return inForce[0] ?? 0;
  }

  /** Installs a classic BPF program (`struct sock_filter` words) in place of the last one; false when it was refused. */
  attachFilter(program: Uint8Array): boolean {
    // struct sock_fprog: length u16, padding, pointer
    const head = new DataView(new ArrayBuffer(16));
    const headBytes = new Uint8Array(head.buffer);
    new Uint16Array(head.buffer)[0] = program.length / 8;
    new BigUint64Array(head.buffer)[1] = this.#libc.addressOf(program);
    return this.#setOption(SO_ATTACH_FILTER, headBytes) === 0;
  }

  /** Messages the kernel could not queue for this socket since it was opened; undefined when /proc does not tell. */
  drops(): number | undefined {
    try {
      const inode = fstatSync(this.descriptor).ino;
      return findDrops(readFileSync('/proc/net/netlink', 'latin1'), inode);
    } catch {
      return undefined; // no /proc: the caller counts `drops_unreadable`
    }
  }

  close(): void {
    this.#libc.close(this.descriptor);
  }

  #setOption(name: number, value: Uint8Array): number {
    return this.#libc.setsockopt(this.descriptor, SOL_SOCKET, name, value, value.length);
  }
}

export function receiveViews(buffer: ArrayBuffer): ReceiveViews {
  return {
    bytes: new Uint8Array(buffer),
    halves: new Uint16Array(buffer),
    words: new Uint32Array(buffer),
  };
}

/** Drops column of the socket with this inode in the text of /proc/net/netlink (columns … Drops Inode). */
export function findDrops(table: string, inode: number): number | undefined {
  for (const line of table.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 10 || fields.at(-1) !== String(inode)) continue;
    const drops = Number(fields.at(-2));
    return Number.isSafeInteger(drops) ? drops : undefined;
  }
  return undefined;
}
