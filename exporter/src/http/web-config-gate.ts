/** What stands before every path when a web configuration is given: rate limit, headers, passwords. */
import type {
  IncomingMessage,
  OutgoingHttpHeader,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http';
import { type FailureCode, fail } from './failure.js';
import { setSecurityHeaders } from './security-headers.js';
import type { RateLimit } from './web-config.js';
import type { PasswordCheck } from './web-config-passwords.js';
import type { WebConfigStore } from './web-config-store.js';

export interface GateOptions {
  readonly store: WebConfigStore;
  readonly passwords: PasswordCheck;
  /** What answers those who may come in. */
  readonly routes: RequestListener;
  /** Monotonic, milliseconds. */
  readonly monoMs: () => number;
}

/** Each request is judged by what the files say when it comes, on old connections too. */
export function createGate(options: GateOptions): RequestListener {
  const bucket = new TokenBucket(options.monoMs);
  return (request, response) => void judge(options, bucket, { request, response });
}

async function judge(
  { store, passwords, routes }: GateOptions,
  bucket: TokenBucket,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { config } = await store.present();
  if (config.headers.size > 0) insistOn(response, config.headers);
  const refuse = (code: FailureCode, message: string) => {
    setSecurityHeaders(response);
    if (code === 'unauthorized') response.setHeader('WWW-Authenticate', CHALLENGE);
    else response.setHeader('Retry-After', '1');
    fail(request, response, { code, message });
  };
  if (!bucket.take(config.rateLimit))
    return refuse('too_many_requests', 'Too many requests: the rate limit is reached.');
  if (config.users.size > 0) {
    const given = credentials(request.headers.authorization);
    const verdict = given === undefined ? 'wrong' : await passwords.verdict(config.users, given);
    if (verdict === 'too_many')
      return refuse('unavailable', 'Too many passwords are being checked; try again.');
    if (verdict === 'wrong')
      return refuse('unauthorized', 'A user name and its password are needed.');
  }
  if (!request.socket.destroyed) routes(request, response);
}

const CHALLENGE = 'Basic realm="brinescope", charset="UTF-8"';

/** RFC 7617; undefined when there are none. The name ends at the first colon. */
export function credentials(
  header: string | undefined,
): { readonly name: string; readonly password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z\d+/_-]+={0,2}) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The operator's headers win over ours: they are set last, when the head is written. */
function insistOn(response: ServerResponse, headers: ReadonlyMap<string, string>): void {
  const write = response.writeHead.bind(response);
  response.writeHead = (
    status: number,
    first?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    second?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    return typeof first === 'string' ? write(status, first, second) : write(status, first);
  };
}

/** Holds `burst` tokens, gets one back each interval; full at first and whenever the limit changes. */
export class TokenBucket {
  readonly #monoMs: () => number;
  #limit: RateLimit | undefined;
  #tokens = 0;
  #atMs = 0;

  constructor(monoMs: () => number) {
    this.#monoMs = monoMs;
  }

  /** False = no token is left. Always true without a limit. */
  take(limit: RateLimit | undefined): boolean {
    if (limit === undefined) return true;
    const nowMs = this.#monoMs();
    const isSame =
      this.#limit?.burst === limit.burst && this.#limit.intervalSeconds === limit.intervalSeconds;
    const gained = (nowMs - this.#atMs) / (limit.intervalSeconds * 1000);
    this.#tokens = isSame ? Math.min(limit.burst, this.#tokens + gained) : limit.burst;
    this.#limit = limit;
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
