/**
 * ZeroMQ endpoints: connecting from a chosen source address, and binding where only this machine
 * can reach.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';

export type ConnectEndpoint =
  | { readonly ok: true; readonly endpoint: string; readonly ipv6: boolean }
  | { readonly ok: false; readonly problem: string };

/** `problem` completes the sentence "<endpoint> …". */
export type BindEndpoint =
  | { readonly ok: true; readonly endpoint: string; readonly ipcPath: string | undefined }
  | { readonly ok: false; readonly problem: string };

const PORT_MAX = 65_535;
/** sun_path of a Unix socket holds 107 bytes and a NUL. */
const IPC_PATH_MAX_BYTES = 107;

/**
 * Endpoint that connects to `host`:`port` from `sourceAddress`, any local port:
 * `tcp://127.0.0.77:0;127.0.0.1:4505`. A peer that listens on `::` takes IPv4 too (libzmq clears
 * IPV6_V6ONLY), so with an IPv4 source `::` is reached as 127.0.0.1. Any other IPv6 host needs an
 * IPv6 source: `problem` says so.
 */
export function connectEndpoint(options: {
  readonly host: string;
  readonly port: number;
  readonly sourceAddress: string;
}): ConnectEndpoint {
  const { port, sourceAddress } = options;
  const sourceFamily = isIP(sourceAddress);
  if (sourceFamily === 0) {
    return problem(`the source address ${sourceAddress} is not an IP address`);
  }
  const host = reachableHost(options.host, sourceFamily);
  const hostFamily = isIPv6(host) ? 6 : 4;
  if (hostFamily !== sourceFamily) {
    return problem(
      `${host} cannot be reached from the IPv${sourceFamily} source address ${sourceAddress}; ` +
        (hostFamily === 6 ? 'a master that listens on :: can be' : 'choose one of IPv4'),
    );
  }
  const endpoint = `tcp://${bracketed(sourceAddress)}:0;${bracketed(host)}:${port}`;
  return { ok: true, endpoint, ipv6: hostFamily === 6 };
}

/**
 * Accepts what only programs of this machine can reach: `tcp://127.x.y.z:PORT`, `tcp://[::1]:PORT`,
 * `ipc:///PATH`, `ipc://@NAME`. PORT may be `*`: any free one.
 */
export function localBindEndpoint(text: string): BindEndpoint {
  if (text.startsWith('ipc://')) return ipcEndpoint(text);
  const match = /^tcp:\/\/(?:\[([^\]]*)\]|([^[\]:]*)):(\*|\d{1,5})$/.exec(text);
  if (match === null) {
    return problem(`is neither tcp://127.0.0.1:PORT nor tcp://[::1]:PORT nor ipc://PATH`);
  }
  const host = match[1] ?? match[2] ?? '';
  const port = match[3] === '*' ? 1 : Number(match[3]);
  if (port < 1 || port > PORT_MAX) return problem(`has no port from 1 to ${PORT_MAX}`);
  const loopback = host === '::1' || (isIPv4(host) && host.startsWith('127.'));
  if (!loopback) {
    return problem(
      `would listen on ${host === '' ? 'every address' : host}; ` +
        'only 127.0.0.0/8 and ::1 are allowed, because whoever reaches it can write the metrics',
    );
  }
  return { ok: true, endpoint: text, ipcPath: undefined };
}

function ipcEndpoint(text: string): BindEndpoint {
  const path = text.slice('ipc://'.length);
  const abstract = path.startsWith('@') && path.length > 1;
  if (!abstract && !path.startsWith('/')) {
    return problem('needs an absolute path, as in ipc:///run/brinescope/tap.ipc');
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > IPC_PATH_MAX_BYTES) {
    return problem(`has a path of ${bytes} bytes; a Unix socket takes ${IPC_PATH_MAX_BYTES}`);
  }
  return { ok: true, endpoint: text, ipcPath: abstract ? undefined : path };
}

function reachableHost(host: string, sourceFamily: number): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (bare === '::') return sourceFamily === 4 ? '127.0.0.1' : '::1';
  return bare === '0.0.0.0' ? '127.0.0.1' : bare;
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
