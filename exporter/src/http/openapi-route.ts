/** `GET /api/v1/openapi.json`: the document of the API, as it was generated and committed. */
import { readFile } from 'node:fs/promises';
import { type Api, refuse } from './endpoint.js';
import { JsonBody, sendJson } from './json-body.js';
import { readQuery } from './query.js';

export const OPENAPI_PATH = '/api/v1/openapi.json';

export function addDocument({ app, clock }: Api): void {
  let body: Promise<JsonBody> | undefined;
  app.get(OPENAPI_PATH, async (request, response) => {
    try {
      readQuery({}, request, clock.now().wallMs);
      // Read when somebody asks: most exporters are never asked.
      body ??= readDocument();
      await sendJson(request, response, await body);
    } catch (error) {
      refuse(request, response, error);
    }
  });
}

/** Without the spaces for people, which are half of it. */
async function readDocument(): Promise<JsonBody> {
  const text = await readFile(new URL('openapi.json', import.meta.url), 'utf8');
  return new JsonBody(Buffer.from(JSON.stringify(JSON.parse(text))));
}
