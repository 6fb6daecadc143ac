/** The C library calls that Node does not offer, bound through koffi; loading can fail and then says why. */
import { errorText } from './errors.js';

/** `struct pollfd`: descriptor i32, events i16, revents i16. */
export const POLLFD_BYTES = 8;
export const POLLIN = 1;

const EFD_FLAGS = 0o2000000 | 0o4000; // EFD_CLOEXEC | EFD_NONBLOCK
const CLOCK_THREAD_CPUTIME_ID = 3;

/** Thin bindings: each returns what C returns, −1 for a failure whose number `errno` tells. */
export interface Libc {
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly setsockopt: (...args: SocketOption) => number;
  readonly getsockopt: (...args: [...SocketOption]) => number;
  readonly send: (...args: Transfer) => number;
  /** Blocks the calling thread unless MSG_DONTWAIT is among the flags. */
  readonly recv: (...args: Transfer) => number;
  /** Blocks the calling thread; a timeout in milliseconds bounds it. */
  readonly poll: (set: Uint8Array, count: number, timeoutMs: number) => number;
  readonly close: (fd: number) => number;
  /** An eventfd that neither blocks nor survives exec. */
  readonly eventfd: () => number;
  /** CPU seconds the calling thread has used, user and system. */
  readonly threadCpuSeconds: () => number;
  /** Of the last failed call of this thread. */
  readonly errno: () => number;
  /** Machine address of the bytes, which must stay referenced while C uses it. */
  readonly addressOf: (bytes: Uint8Array) => bigint;
}

/** Descriptor, level, name, value, length of the value (a pointer to it for `getsockopt`). */
type SocketOption = [
  fd: number,
  level: number,
  name: number,
  value: Uint8Array,
  length: number | Uint8Array,
];
type Transfer = [fd: number, bytes: Uint8Array, length: number, flags: number];

export type LibcLoad =
  | { readonly ok: true; readonly libc: Libc }
  | { readonly ok: false; readonly reason: string };

/** Never throws: koffi can be missing, or have no binary for this platform. */
export async function loadLibc(): Promise<LibcLoad> {
  try {
    const { default: koffi } = await import('koffi');
    return { ok: true, libc: bindLibc(koffi) };
  } catch (error) {
    return { ok: false, reason: errorText(error) };
  }
}

type Koffi = typeof import('koffi')['default'];

function bindLibc(koffi: Koffi): Libc {
  // The running program's own symbols: glibc or musl, whichever Node was linked with.
  const own = koffi.load(null);
  const eventfd: (value: number, flags: number) => number = own.func('int eventfd(uint, int)');
  const clockGettime: (clock: number, time: Uint8Array) => number = own.func(
    'int clock_gettime(int, void *)',
  );
  const time = new DataView(new ArrayBuffer(16)); // struct timespec: seconds i64, nanoseconds i64
  const timeBytes = new Uint8Array(time.buffer);
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return {
    socket: own.func('int socket(int, int, int)'),
    bind: own.func('int bind(int, void *, uint)'),
    setsockopt: own.func('int setsockopt(int, int, int, void *, uint)'),
    getsockopt: own.func('int getsockopt(int, int, int, void *, void *)'),
    send: own.func('long send(int, void *, size_t, int)'),
    recv: own.func('long recv(int, void *, size_t, int)'),
    poll: own.func('int poll(void *, ulong, int)'),
    close: own.func('int close(int)'),
    eventfd: () => eventfd(0, EFD_FLAGS),
    threadCpuSeconds: () => {
      clockGettime(CLOCK_THREAD_CPUTIME_ID, timeBytes);
      const seconds = time.getUint32(littleEndian ? 0 : 4, littleEndian);
      return seconds + time.getUint32(littleEndian ? 8 : 12, littleEndian) / 1e9;
    },
    errno: () => koffi.errno(),
    addressOf: (bytes) => koffi.address(bytes),
  };
}
