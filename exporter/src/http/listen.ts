/**
 * The socket the server listens on: its limits, errors that say what to do, and an end that leaves
 * nobody hanging.
 */
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';

/**
 * More are turned away and counted in the log: some viewers, some Prometheus servers, and room for
 * leaked ones.
 */
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 16_384;
/** A client that dribbles its request is cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Above the usual scrape interval of 60 s, so that Prometheus keeps its connection. */
const KEEP_ALIVE_MS = 75_000;
/** A socket without any traffic, e.g. a reader that never reads its answer. */
const IDLE_SOCKET_MS = 120_000;
const CONNECTION_CHECK_MS = 5_000;
/** Answers under way may take this long when the server stops. */
const STOP_GRACE_MS = 2_000;
/**
 * A connection whose answer ends while the server stops becomes idle, and is closed at the next
 * look.
 */
const STOP_LOOK_MS = 25;
const DROP_LOG_INTERVAL_MS = 60_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function createLimitedServer(listener: RequestListener, log: Logger): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
    },
    listener,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_SOCKET_MS, (socket) => socket.destroy());
  logDrops(server, log);
  return server;
}

/** An empty host means every address of the machine. Rejects with `listen_failed`. */
export function listen(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, address));
    server.once('error', fail);
    const host = address.host === '' ? {} : { host: address.host };
    try {
      server.listen({ port: address.port, ...host }, () => {
        server.off('error', fail);
        resolve(boundAddress(server, address));
      });
    } catch (error) {
      // A port out of range is thrown, not emitted.
      reject(listenError(error, address));
    }
  });
}

/**
 * Idle connections end at once, answers under way get a moment. Safe to call twice, and before
 * `listen`.
 */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const look = setInterval(() => server.closeIdleConnections(), STOP_LOOK_MS);
  const end = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await closed;
  clearInterval(look);
  clearTimeout(end);
}

/** `host:port` as it stands in a URL. */
export function addressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function boundAddress(server: Server, asked: Address): Address {
  const bound: AddressInfo | string | null = server.address();
  return bound === null || typeof bound === 'string'
    ? asked
    : { host: bound.address, port: bound.port };
}

function listenError(error: unknown, address: Address): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const where = addressText(address);
  return new AppError('listen_failed', `Cannot listen on ${where}: ${advice(code, error)}`, {
    cause: error,
  });
}

function advice(code: string, error: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there. Stop it, or choose another port with --web.listen-address.';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not open that port. Choose one above 1023 with --web.listen-address, or grant CAP_NET_BIND_SERVICE.';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address. Give one of its own, or none (":4507"), with --web.listen-address.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return 'the host name has no address. Give an IP address, or none (":4507"), with --web.listen-address.';
    case 'EAFNOSUPPORT':
      return 'this machine does not speak that address family. Give an IPv4 address with --web.listen-address.';
    default:
      return `${errorText(error)}. Check --web.listen-address.`;
  }
}

/** One line a minute at most: whoever floods the port must not flood the log. */
function logDrops(server: Server, log: Logger): void {
  let total = 0;
  let loggedMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    total += 1;
    const nowMs = performance.now();
    if (nowMs - loggedMs < DROP_LOG_INTERVAL_MS) return;
    loggedMs = nowMs;
    log.warn('Connections were turned away: too many are open', {
      open: MAX_CONNECTIONS,
      turnedAwayTotal: total,
    });
  });
}
