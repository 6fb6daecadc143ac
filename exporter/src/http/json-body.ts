/** Bodies of JSON with a tag, packed on demand: what every data route of the API answers with. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

const gzipAsync = promisify(gzip);
/** Level 6 costs three times the time for a tenth of the size. */
const GZIP_LEVEL = 1;
/** Smaller bodies are one packet anyway. */
const GZIP_BYTES_MIN = 1_400;
/** Of a SHA-256 in base64url: 132 bits. */
const TAG_LENGTH = 22;

export class JsonBody {
  /** Weak: the same content packed or not has the same tag. */
  readonly etag: string;
  readonly json: Buffer;
  #gzipped: Promise<Buffer> | undefined;

  /** `json` is JSON text. The tag is made of it unless one is given. */
  constructor(json: Buffer, etag = contentTag(json)) {
    this.json = json;
    this.etag = etag;
  }

  /** Bytes are JSON text already. */
  static of(content: object): JsonBody {
    if (content instanceof JsonBody) return content;
    if (!(content instanceof Uint8Array)) return new JsonBody(Buffer.from(JSON.stringify(content)));
    return new JsonBody(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }

  /** Compressed off the event loop, once. */
  gzipped(): Promise<Buffer> {
    this.#gzipped ??= gzipAsync(this.json, { level: GZIP_LEVEL });
    return this.#gzipped;
  }
}

function contentTag(json: Buffer): string {
  return `W/"${createHash('sha256').update(json).digest('base64url').slice(0, TAG_LENGTH)}"`;
}

/**
 * Not to be stored, on no disk and in no proxy: bodies name hosts. The tag serves askers that keep
 * the last body themselves: a 304 says that it is the same one.
 */
export async function sendJson(
  request: Request,
  response: Response,
  body: JsonBody,
): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('ETag', body.etag);
  response.vary('Accept-Encoding');
  if (matches(request, body.etag)) {
    response.status(304).end();
    return;
  }
  response.type('application/json');
  const isPacked = request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  if (!isPacked || body.json.length < GZIP_BYTES_MIN) {
    response.send(body.json);
    return;
  }
  const packed = await body.gzipped();
  response.setHeader('Content-Encoding', 'gzip');
  response.send(packed);
}

/** If-None-Match is compared weakly, as its definition wants; `*` is whatever there is. */
export function matches(request: Request, etag: string): boolean {
  const bare = etag.replace(/^W\//, '');
  const asked = request.headers['if-none-match'];
  if (asked === undefined) return false;
  return asked
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === bare || tag === '*');
}
