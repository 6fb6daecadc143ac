/** Answers that are no answers: a closed set of codes, each with its one status, in one body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiError } from './api-types.js';

export type FailureCode = ApiError['error']['code'];

/** The one place that says which status a code has. */
export const STATUS_OF: Readonly<Record<FailureCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  not_found: 404,
  method_not_allowed: 405,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
};

export const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/** A question that gets no answer; its message is for the asker. */
export class Refusal extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** JSON under /api/, plain text elsewhere; never anything of the request. */
export function fail(
  request: IncomingMessage,
  response: ServerResponse,
  failure: { readonly code: FailureCode; readonly message: string },
): void {
  const body: ApiError = { error: { code: failure.code, message: failure.message } };
  const asJson = pathOf(request).startsWith('/api/');
  const text = asJson ? JSON.stringify(body) : `${failure.message}\n`;
  response.statusCode = STATUS_OF[failure.code];
  response.removeHeader('Content-Encoding');
  response.removeHeader('ETag');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', asJson ? JSON_TYPE : TEXT);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/** Without the query; cut, as it goes to the log. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0]?.slice(0, 200) ?? '';
}
