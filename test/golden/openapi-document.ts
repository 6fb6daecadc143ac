/** The OpenAPI document of the API: made of the endpoints that routes are served from, and of their types. */
import type { AnswerTypes } from '../../exporter/src/http/answer-types.js';
import { COMMON_FAILURES, type Endpoint } from '../../exporter/src/http/endpoint.js';
import { ENDPOINTS } from '../../exporter/src/http/endpoints.js';
import { type FailureCode, STATUS_OF } from '../../exporter/src/http/failure.js';
import { OPENAPI_PATH } from '../../exporter/src/http/openapi-route.js';
import type { Parameter, Parameters } from '../../exporter/src/http/query.js';
import { answerSchemas, type Schema } from './openapi-schemas.js';

/** Of the API, not of the program: the first number is the one of `/api/v1`. */
const VERSION = '1.0.0';

const ABOUT = [
  'What an exporter of Brinescope knows, read-only: `GET` and `HEAD`.',
  'Times are wall-clock milliseconds since 1970 (`…Ms`), durations seconds (`…Seconds`); `null` means "not known". Ids, sentences and everything that a minion or a file tells are untrusted text.',
  'Lists in a query are separated by commas; an empty value asks nothing; a parameter that is given twice or is not known is refused (400).',
  'Every answer of JSON has a weak `ETag`: a question with `If-None-Match` is answered 304 while the content is the same. It is packed with gzip for whoever accepts it. No other origin may read it: no CORS header is ever set.',
].join('\n\n');

const MEANINGS: Readonly<Record<FailureCode, string>> = {
  bad_request: 'A parameter or a part of the path is wrong; the message says what would be right.',
  unauthorized: 'With a web configuration file: a user name and its password are needed.',
  not_found: 'There is none of that name, or this exporter has no such path.',
  method_not_allowed: 'Only GET and HEAD.',
  too_many_requests: 'With a web configuration file: the rate limit is reached.',
  internal: 'The exporter failed; its log says why.',
  unavailable:
    'What this needs is not there now: the store of the history, a place among the readers of the stream, or time to check a password.',
};

/** JSON text of the whole document. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), undefined, 2)}\n`;
}

function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Brinescope exporter',
      version: VERSION,
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The exporter itself.' }],
    security: [{}, { password: [] }],
    paths: Object.fromEntries([
      ...ENDPOINTS.map((endpoint) => [endpoint.path, { get: operation(endpoint) }]),
      [OPENAPI_PATH, { get: documentOperation() }],
    ]),
    components: {
      schemas: answerSchemas(),
      responses: Object.fromEntries(Object.keys(STATUS_OF).map(failureEntry)),
      securitySchemes: { password: { type: 'http', scheme: 'basic' } },
    },
  };
}

function operation(endpoint: Endpoint<Parameters, keyof AnswerTypes>): object {
  const { path, summary, doc, parameters, place, role } = endpoint;
  const isStream = endpoint.answer === 'StreamMessages';
  const asked = Object.entries(parameters).map(([name, each]) => queryParameter(name, each));
  const head = isStream ? lastEventId(parameters) : ifNoneMatch();
  return {
    operationId: operationId(path),
    summary,
    description: role === undefined ? doc : `${doc} Only with \`--role=${role}\`.`,
    parameters: [...(place === undefined ? [] : [placeParameter(place)]), ...asked, head],
    responses: {
      200: isStream ? streamAnswer() : jsonAnswer(endpoint.answer),
      ...(isStream ? {} : notModified()),
      ...tooLarge(),
      ...failures([...COMMON_FAILURES, ...endpoint.fails]),
    },
  };
}

/** `/api/v1/minions/{id}` → `minions_id`. */
function operationId(path: string): string {
  return path
    .replace('/api/v1/', '')
    .replace(/[{}]/g, '')
    .replace(/[^a-z]+/g, '_');
}

function queryParameter(name: string, { doc, schema, isRequired }: Parameter<unknown>): object {
  return {
    name,
    in: 'query',
    description: doc,
    required: isRequired,
    ...(isRequired ? {} : { allowEmptyValue: true }),
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    schema,
  };
}

function placeParameter({ name, doc }: { readonly name: string; readonly doc: string }): object {
  const schema: Schema = { type: 'string', minLength: 1 };
  return { name, in: 'path', description: doc, required: true, schema };
}

function ifNoneMatch(): object {
  const description = 'Tags of content that the asker has.';
  return { name: 'If-None-Match', in: 'header', description, schema: { type: 'string' } };
}

function lastEventId({ after }: Parameters): object {
  const description = 'As `after`, which it outranks.';
  return { name: 'Last-Event-ID', in: 'header', description, schema: after?.schema };
}

function tag(): object {
  return { ETag: { description: 'Tag of the content.', schema: { type: 'string' } } };
}

function jsonAnswer(name: keyof AnswerTypes): object {
  return {
    description: 'What was asked for.',
    headers: tag(),
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  };
}

function streamAnswer(): object {
  return {
    description:
      'Frames of server-sent events; `StreamMessages` says what `data` holds, by the name of the event.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  };
}

function notModified(): object {
  return { 304: { description: 'The content is the one of `If-None-Match`.', headers: tag() } };
}

function failures(codes: readonly FailureCode[]): Readonly<Record<string, object>> {
  const statuses = codes.map((code): [string, object] => [
    String(STATUS_OF[code]),
    { $ref: `#/components/responses/${code}` },
  ]);
  return Object.fromEntries(statuses);
}

/** Said by the server before any route is asked. */
function tooLarge(): object {
  return {
    431: { description: 'The line and the headers of the question exceed 16 kB; no body.' },
  };
}

function failureEntry(name: string): [string, object] {
  // The keys of a record of codes are codes.
  const code = name as FailureCode;
  const schema = { $ref: '#/components/schemas/ApiError' };
  return [code, { description: MEANINGS[code], content: { 'application/json': { schema } } }];
}

function documentOperation(): object {
  return {
    operationId: 'openapi',
    summary: 'This document',
    description: 'The OpenAPI document of the API.',
    parameters: [ifNoneMatch()],
    responses: {
      200: {
        description: 'This document.',
        headers: tag(),
        content: { 'application/json': { schema: { type: 'object' } } },
      },
      ...notModified(),
      ...tooLarge(),
      ...failures(COMMON_FAILURES),
    },
  };
}
