/** The document of the API equals what its routes are served from; `npm run golden` writes it anew. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../exporter/src/http/endpoints.js';
import { openApiText } from './openapi-document.js';

const DOCUMENT = fileURLToPath(new URL('../../exporter/src/http/openapi.json', import.meta.url));
const DOCS = fileURLToPath(new URL('../../exporter/docs/api.md', import.meta.url));

describe('the OpenAPI document', () => {
  let text = '';
  beforeAll(() => {
    text = openApiText();
  });

  it('equals its generator’s output', async () => {
    await expect(text).toMatchFileSnapshot(DOCUMENT);
  });

  it('leads to every schema and response that it names, and holds no other', () => {
    const { components } = JSON.parse(text);
    const named = new Set([...text.matchAll(/"#\/components\/([^"]+)"/g)].map(([, name]) => name));
    const held = ['schemas', 'responses'].flatMap((kind) =>
      Object.keys(components[kind]).map((name) => `${kind}/${name}`),
    );
    expect(held.filter((name) => !named.has(name))).toEqual(['schemas/StreamMessages']);
    expect([...named].filter((name) => !held.includes(name ?? ''))).toEqual([]);
  });

  it('has every route of the API', () => {
    const { paths } = JSON.parse(text);
    expect(Object.keys(paths)).toEqual([
      ...ENDPOINTS.map(({ path }) => path),
      '/api/v1/openapi.json',
    ]);
  });
});

describe('exporter/docs/api.md', () => {
  it('names every path of the API', () => {
    const docs = readFileSync(DOCS, 'utf8');
    const missing = ENDPOINTS.filter(({ path }) => !docs.includes(`\`${path}\``));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });
});
