/** Every alert leads to a dashboard that the app ships, with variables that it has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isAlert, readPack } from '../alerts/pack.js';

const DASHBOARDS = fileURLToPath(new URL('../../grafana-plugin/src/dashboards', import.meta.url));

interface Dashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const dashboards = readdirSync(DASHBOARDS)
  .filter((name) => name.endsWith('.json'))
  .map((name): Dashboard => JSON.parse(readFileSync(join(DASHBOARDS, name), 'utf8')));
const variablesOf = new Map(
  dashboards.map(({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]),
);

it.each(readPack().rules.filter(isAlert))('$alert leads to a dashboard that exists', (rule) => {
  const [, uid = '', query = ''] =
    /\/d\/([\w-]+)(.*)$/.exec(rule.annotations.dashboard ?? '') ?? [];
  const asked = [...query.matchAll(/[?&]var-(\w+)=/g)].map(([, name]) => name);
  expect(variablesOf.get(uid)).toEqual(expect.arrayContaining(asked));
});
