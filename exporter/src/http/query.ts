/**
 * Questions of the API as their addresses hold them. Each parameter is one value that says what may
 * stand there, checks it and documents it: the OpenAPI document is made of the same values. What is
 * wrong is said with what would be right; nothing of what was asked is repeated in an answer.
 */
import type { Request } from 'express';
import { idPatterns } from '../lib/id-patterns.js';
import { Refusal } from './failure.js';
import { INSTANT_FORMS, INSTANT_PATTERN, instantOf } from './instants.js';

/** What is wrong with a question; its message is for the asker. */
export class QueryError extends Refusal {
  constructor(message: string) {
    super('bad_request', message);
  }
}

/** JSON schema of one value; of a list, of the whole list. */
export interface ValueSchema {
  readonly type: 'string' | 'integer' | 'array';
  readonly [keyword: string]: unknown;
}

export interface Parameter<T> {
  /** A sentence for the document. */
  readonly doc: string;
  readonly schema: ValueSchema;
  readonly isRequired: boolean;
  /** Throws QueryError. `asked` is undefined when it is not asked, or empty. */
  readonly read: (asked: string | undefined, at: { name: string; nowMs: number }) => T;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
export type Asked<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** Ids as they were asked for, and what they mean. */
export interface AskedIds {
  readonly patterns: readonly string[];
  readonly matches: (id: string) => boolean;
}

/** Throws QueryError, for parameters that there are not as well: a filter with a slip in it is none. */
export function readQuery<P extends Parameters>(
  parameters: P,
  request: Request,
  nowMs: number,
): Asked<P> {
  const query: Readonly<Record<string, unknown>> = request.query;
  const names = Object.keys(parameters);
  if (Object.keys(query).some((name) => !names.includes(name))) {
    const known = names.length === 0 ? 'takes no parameters' : `takes only: ${names.join(', ')}`;
    throw new QueryError(`A parameter is not known here; this path ${known}.`);
  }
  const values = Object.entries(parameters).map(([name, parameter]) => [
    name,
    parameter.read(textOf(query, name), { name, nowMs }),
  ]);
  // Each value is what the parameter of its name reads.
  return Object.fromEntries(values) as Asked<P>;
}

function textOf(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const asked = Object.hasOwn(query, name) ? query[name] : undefined;
  if (asked === undefined || asked === '') return undefined;
  if (typeof asked !== 'string') throw new QueryError(`"${name}" may be given once only.`);
  return asked;
}

interface WholeRange {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

export function whole({ least, most, usual }: WholeRange, doc: string): Parameter<number> {
  return {
    doc,
    schema: { type: 'integer', minimum: least, maximum: most, default: usual },
    isRequired: false,
    read: (asked, { name }) => {
      if (asked === undefined) return usual;
      const value = /^\d{1,12}$/.test(asked) ? Number(asked) : Number.NaN;
      if (value >= least && value <= most) return value;
      throw new QueryError(`"${name}" must be a whole number from ${least} to ${most}.`);
    },
  };
}

/** undefined when it is not asked. */
export function oneOf<const T extends string>(
  words: readonly T[],
  doc: string,
): Parameter<T | undefined> {
  return {
    doc,
    schema: { type: 'string', enum: words },
    isRequired: false,
    read: (asked, { name }) => {
      if (asked === undefined) return undefined;
      const word = words.find((each) => each === asked);
      if (word !== undefined) return word;
      throw new QueryError(`"${name}" must be one of: ${words.join(', ')}.`);
    },
  };
}

export function oneOfOr<const T extends string>(
  usual: NoInfer<T>,
  words: readonly T[],
  doc: string,
): Parameter<T> {
  const parameter = oneOf(words, doc);
  return {
    ...parameter,
    schema: { ...parameter.schema, default: usual },
    read: (asked, at) => parameter.read(asked, at) ?? usual,
  };
}

export function onOff(usual: 'on' | 'off', doc: string): Parameter<boolean> {
  const parameter = oneOfOr(usual, ['on', 'off'], doc);
  return { ...parameter, read: (asked, at) => parameter.read(asked, at) === 'on' };
}

/** Words separated by commas; empty when nothing is asked. */
export function someOf<const T extends string>(
  words: readonly T[],
  doc: string,
): Parameter<ReadonlySet<T>> {
  return {
    doc,
    schema: { type: 'array', items: { type: 'string', enum: words } },
    isRequired: false,
    read: (asked, { name }) => {
      const set = new Set<T>();
      for (const each of listOf(asked)) {
        const word = words.find((known) => known === each);
        if (word === undefined) {
          throw new QueryError(`"${name}" must be some of, with commas: ${words.join(', ')}.`);
        }
        set.add(word);
      }
      return set;
    },
  };
}

const IDS_MAX = 100;

/** Ids or patterns with `*` and `?`, separated by commas; undefined when none are asked for. */
export function ids(doc: string): Parameter<AskedIds | undefined> {
  return {
    doc: `${doc} Ids, or patterns with \`*\` and \`?\`; at most ${IDS_MAX}.`,
    schema: { type: 'array', items: NAME_SCHEMA, maxItems: IDS_MAX },
    isRequired: false,
    read: (asked, { name }) => {
      const patterns = listOf(asked);
      if (patterns.length === 0) return undefined;
      const matches = idPatterns(patterns.join(','));
      if (matches !== undefined) return { patterns, matches };
      throw new QueryError(`"${name}" may name a hundred ids at most.`);
    },
  };
}

/** Names as they are, separated by commas; at least one. */
export function names(most: number, doc: string): Parameter<readonly string[]> {
  return {
    doc,
    schema: { type: 'array', items: NAME_SCHEMA, minItems: 1, maxItems: most },
    isRequired: true,
    read: (asked, { name }) => {
      const list = listOf(asked);
      if (list.length > 0 && list.length <= most) return list;
      throw new QueryError(`"${name}" must name 1 to ${most} ids, with commas.`);
    },
  };
}

/** Longer texts are in no id: Salt's ids are names of files, of 255 bytes at most. */
export const NAME_MAX = 255;
const NAME_SCHEMA = { type: 'string', minLength: 1, pattern: '^[^,]+$' } as const;

export function text(doc: string, most = NAME_MAX): Parameter<string | undefined> {
  return {
    doc,
    schema: { type: 'string', maxLength: most },
    isRequired: false,
    read: (asked, { name }) => {
      // Counted as the document counts them: by character, not by half of one.
      if (asked === undefined || asked.length <= most || [...asked].length <= most) return asked;
      throw new QueryError(`"${name}" may have ${most} characters at most.`);
    },
  };
}

/** Milliseconds since 1970; undefined when it is not asked. */
export function instant(doc: string): Parameter<number | undefined> {
  return {
    doc: `${doc} An instant is ${INSTANT_FORMS}.`,
    schema: { type: 'string', pattern: INSTANT_PATTERN },
    isRequired: false,
    read: (asked, { name, nowMs }) => {
      if (asked === undefined) return undefined;
      const at = instantOf(asked, nowMs);
      if (at !== undefined) return at;
      throw new QueryError(`"${name}" must be an instant: ${INSTANT_FORMS}.`);
    },
  };
}

/** The id of an event, in digits. `wrong` ends the sentence that is said of anything else. */
export function eventId(wrong: string, doc: string): Parameter<number | undefined> {
  return {
    doc,
    schema: { type: 'string', pattern: '^\\d{1,16}$' },
    isRequired: false,
    read: (asked, { name }) => {
      if (asked === undefined) return undefined;
      if (/^\d{1,16}$/.test(asked)) return Number(asked);
      throw new QueryError(`"${name}" ${wrong}`);
    },
  };
}

function listOf(asked: string | undefined): string[] {
  return (asked ?? '').split(',').filter((word) => word !== '');
}
