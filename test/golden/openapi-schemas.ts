/** JSON schemas of the types that the routes of the API answer with, out of their TypeScript. */
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const path = (name: string) => fileURLToPath(new URL(`../../exporter/${name}`, import.meta.url));

export type Schema = { [keyword: string]: unknown };

/** By the name of the type; references lead to `#/components/schemas/`. */
export function answerSchemas(): Readonly<Record<string, Schema>> {
  const generator = createGenerator({
    path: path('src/http/answer-types.ts'),
    tsconfig: path('tsconfig.json'),
    type: 'AnswerTypes',
    expose: 'export',
    jsDoc: 'extended',
    topRef: true,
    additionalProperties: false,
    skipTypeCheck: true,
    encodeRefs: false,
  });
  const { definitions = {} } = generator.createSchema('AnswerTypes');
  const entries = Object.entries(definitions)
    .filter(([name]) => name !== 'AnswerTypes')
    .map(([name, schema]): [string, Schema] => [nameOf(name), referring(schema)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `CutList<MinionView>` → `CutList-MinionView`: names of components hold no angle brackets. */
function nameOf(name: string): string {
  return name.replace(/[<,]/g, '-').replace(/[>\s]/g, '');
}

/** The same with references to components. */
function referring(schema: unknown): Schema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string'
      ? `#/components/schemas/${nameOf(value.replace('#/definitions/', ''))}`
      : value,
  );
  return JSON.parse(text);
}
