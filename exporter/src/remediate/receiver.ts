/** The door: takes notifications of who shows the token, whole and of bounded size, and answers what became of them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Decoded, decodeWebhook } from './signals.js';
import { isToken } from './token.js';

/** Alertmanager sends some 1 kB an alert. */
export const BODY_MAX_BYTES = 2_097_152;
const CONNECTIONS_MAX = 32;
const REQUEST_TIMEOUT_MS = 10_000;

export interface Door {
  readonly token: string;
  /** Throws when nothing can be done with it now: Alertmanager tries again. */
  readonly take: (notification: Extract<Decoded, { ok: true }>) => void;
  /** Somebody without the token, or with something that is no notification. */
  readonly turnedAway: (reason: string) => void;
}

export function createReceiver(door: Door): Server {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1_000 }, (req, res) => {
    void answer(door, req, res);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function answer(door: Door, request: IncomingMessage, response: ServerResponse) {
  const { method, url } = request;
  if (url === '/-/healthy' && method === 'GET') return say(response, 200, 'OK');
  if (url !== '/alerts') return say(response, 404, 'there is /alerts and /-/healthy');
  if (method !== 'POST') return say(response, 405, 'POST notifications here');
  if (!isToken(request.headers.authorization, door.token)) {
    door.turnedAway('wrong_token');
    return say(response, 401, 'show the token: http_config: authorization: credentials_file');
  }
  const text = await bodyOf(request);
  if (text === undefined) return refuse(door, response, 'too_large');
  const decoded = decodeWebhook(text);
  if (!decoded.ok) return refuse(door, response, decoded.reason);
  try {
    door.take(decoded);
  } catch {
    // `take` has said why; for Alertmanager it is enough to come again.
    return say(response, 503, 'try again');
  }
  return say(response, 200, 'taken');
}

function refuse(door: Door, response: ServerResponse, reason: string): void {
  door.turnedAway(reason);
  // 400: Alertmanager does not send it again.
  say(response, 400, `the notification ${reason === 'too_large' ? 'is too large' : reason}`);
}

/** Undefined when it is too large, or ends before its end. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > BODY_MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The connection broke: there is nobody to answer.
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${text}\n`);
}
