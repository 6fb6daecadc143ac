/**
 * A route of the API as one value: its path, what may be asked and what comes back. Routes are served
 * from it and the OpenAPI document is written from it, so neither can say what the other does not.
 */
import type { Express, Request, Response } from 'express';
import type { Clock } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import type { AnswerTypes } from './answer-types.js';
import { type FailureCode, fail, Refusal } from './failure.js';
import { JsonBody, sendJson } from './json-body.js';
import { type Asked, type Parameters, readQuery } from './query.js';

export interface Endpoint<P extends Parameters, A extends keyof AnswerTypes> {
  /** With at most one `{place}`, at its end. */
  readonly path: `/api/v1/${string}`;
  /** A few words. */
  readonly summary: string;
  readonly doc: string;
  readonly parameters: P;
  /** What stands in the `{place}` of the path. */
  readonly place?: { readonly name: string; readonly doc: string };
  readonly answer: A;
  /** Failures besides those that any route can have. */
  readonly fails: readonly FailureCode[];
  /** Only an exporter of this role has it. */
  readonly role?: 'minion';
}

/** What every route can answer with instead. */
export const COMMON_FAILURES: readonly FailureCode[] = [
  'bad_request',
  'unauthorized',
  'method_not_allowed',
  'too_many_requests',
  'internal',
  'unavailable',
];

export function defineEndpoint<P extends Parameters, A extends keyof AnswerTypes>(
  endpoint: Endpoint<P, A>,
): Endpoint<P, A> {
  return endpoint;
}

export interface Api {
  readonly app: Express;
  readonly clock: Clock;
}

/** Bytes are the JSON text of it; a body is that with a tag. */
type Content<A extends keyof AnswerTypes> = AnswerTypes[A] | Uint8Array | JsonBody;

/** `handle` throws a Refusal, or what is a failure of the exporter. */
export function serve<P extends Parameters, A extends keyof AnswerTypes>(
  { app, clock }: Api,
  endpoint: Endpoint<P, A>,
  handle: (asked: Asked<P>, at: { place: string; nowMs: number }) => Promise<Content<A>>,
): void {
  app.get(expressPath(endpoint.path), async (request, response) => {
    try {
      const nowMs = clock.now().wallMs;
      const asked = readQuery(endpoint.parameters, request, nowMs);
      const content = await handle(asked, { place: placeOf(request, endpoint.place), nowMs });
      await sendJson(request, response, JsonBody.of(content));
    } catch (error) {
      refuse(request, response, error);
    }
  });
}

/** Throws what is no refusal: that is for the log. */
export function refuse(request: Request, response: Response, error: unknown): void {
  if (error instanceof Refusal) {
    fail(request, response, error);
  } else if (error instanceof AppError && error.code === 'history_unusable') {
    fail(request, response, { code: 'unavailable', message: error.message });
  } else {
    throw error;
  }
}

/** `/api/v1/jobs/{jid}` as express writes it. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/, ':$1');
}

function placeOf(request: Request, place: { readonly name: string } | undefined): string {
  const text = place === undefined ? '' : request.params[place.name];
  // A path has one of each name, and express knows it as text.
  return typeof text === 'string' ? text : '';
}
