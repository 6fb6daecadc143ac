/**
 * TLS before an HTTP server: each new connection is secured by what the files say when it comes;
 * connections that are there keep what they were opened with.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { TlsConfig } from './web-config.js';
import { hasAllowedSan } from './web-config-sans.js';
import type { WebConfigStore, WebInForce } from './web-config-store.js';

/** A client that dribbles its handshake is cut off. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const REFUSAL_LOG_INTERVAL_MS = 60_000;

export interface TlsFront {
  /** Ends handshakes under way; what is secured already is the HTTP server's. */
  stop(): void;
}

/** Takes the connections of `server`, which listens, and gives them back secured. */
export function putTlsBefore(server: Server, store: WebConfigStore, log: Logger): TlsFront {
  const front = new Front(server, store, log);
  return { stop: () => front.stop() };
}

class Front {
  readonly #store: WebConfigStore;
  readonly #log: Logger;
  readonly #serve: (socket: TLSSocket) => void;
  /** By the client's address and port; at most as many as the server takes connections. */
  readonly #handshakes = new Map<string, Socket>();
  #secured: { readonly by: WebInForce; readonly tls: TlsServer } | undefined;
  #isStopped = false;
  #refusals = 0;
  #loggedMs = Number.NEGATIVE_INFINITY;

  constructor(server: Server, store: WebConfigStore, log: Logger) {
    this.#store = store;
    this.#log = log;
    const listeners = server.listeners('connection');
    this.#serve = (socket) => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    };
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => void this.#accept(socket));
  }

  stop(): void {
    this.#isStopped = true;
    for (const socket of this.#handshakes.values()) socket.destroy();
  }

  async #accept(socket: Socket): Promise<void> {
    const client = nameOf(socket);
    this.#handshakes.set(client, socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (this.#handshakes.get(client) === socket) this.#handshakes.delete(client);
    });
    const inForce = await this.#store.present();
    if (this.#isStopped) socket.destroy();
    if (!socket.destroyed) this.#tlsFor(inForce).emit('connection', socket);
  }

  /** A server that never listens: node's own way from a socket to a secured and judged one. */
  #tlsFor(inForce: WebInForce): TlsServer {
    if (this.#secured?.by === inForce) return this.#secured.tls;
    const { tlsOptions, config } = inForce;
    const tls = createServer({ ...tlsOptions, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
    tls.on('secureConnection', (socket) => {
      this.#handshakes.delete(nameOf(socket));
      const refusal = config.tls && refusalOf(socket, config.tls);
      if (refusal === undefined) {
        this.#serve(socket);
        return;
      }
      this.#refuse(refusal);
      socket.on('error', () => undefined);
      socket.destroy();
    });
    tls.on('tlsClientError', (error, socket) => {
      this.#refuse(errorText(error));
      socket.destroy();
    });
    this.#secured = { by: inForce, tls };
    return tls;
  }

  /** One line a minute at most: whoever floods the port must not flood the log. */
  #refuse(reason: string): void {
    this.#refusals += 1;
    const nowMs = performance.now();
    if (nowMs - this.#loggedMs < REFUSAL_LOG_INTERVAL_MS) return;
    this.#loggedMs = nowMs;
    this.#log.warn('A TLS connection was not made', { reason, refusedTotal: this.#refusals });
  }
}

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** Why a client may not come in whose handshake OpenSSL let pass; undefined when it may. */
function refusalOf(socket: TLSSocket, tls: TlsConfig): string | undefined {
  const { clientAuthType, clientAllowedSans } = tls;
  if (clientAuthType === 'NoClientCert') return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return clientAuthType.startsWith('Require') ? 'the client gave no certificate' : undefined;
  if (clientAuthType.includes('Verify') && !socket.authorized)
    return `the client's certificate is not good: ${errorText(socket.authorizationError)}`;
  const isNamed =
    clientAllowedSans.length === 0 ||
    hasAllowedSan(certificate.subjectAltName ?? '', clientAllowedSans);
  return isNamed ? undefined : "no name of the client's certificate is in client_allowed_sans";
}
