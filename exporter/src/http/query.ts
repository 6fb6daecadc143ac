/**
 * Questions of the API as their addresses hold them: each value is checked, and what is wrong is said
 * with what would be right. Nothing of what was asked is repeated in an answer.
 */
import type { Request } from 'express';
import { idPatterns } from '../lib/id-patterns.js';

/** Longer values are no question anybody asks; a hundred ids fit. */
const VALUE_MAX = 30_000;

/** What is wrong with a question; its message is for the asker. */
export class QueryError extends Error {}

export interface QueryReader {
  /** Undefined when it is not asked, or empty. */
  readonly text: (name: string) => string | undefined;
  readonly oneOf: <T extends string>(name: string, words: readonly T[]) => T | undefined;
  /** Words separated by commas; empty when nothing is asked. */
  readonly someOf: <T extends string>(name: string, words: readonly T[]) => ReadonlySet<T>;
  readonly whole: (name: string, range: { least: number; most: number; usual: number }) => number;
  readonly onOff: (name: string) => boolean;
  /** Ids by pattern; undefined when none are asked for. */
  readonly ids: (name: string) => ((id: string) => boolean) | undefined;
}

/** Its methods throw QueryError. */
export function queryReader(request: Request): QueryReader {
  const text = (name: string): string | undefined => {
    const asked: unknown = request.query[name];
    if (asked === undefined || asked === '') return undefined;
    if (typeof asked !== 'string') throw new QueryError(`"${name}" may be given once only.`);
    if (asked.length > VALUE_MAX) throw new QueryError(`"${name}" is too long.`);
    return asked;
  };
  const oneOf = <T extends string>(name: string, words: readonly T[]): T | undefined => {
    const asked = text(name);
    if (asked === undefined) return undefined;
    const word = words.find((each) => each === asked);
    if (word === undefined) throw new QueryError(`"${name}" must be one of: ${words.join(', ')}.`);
    return word;
  };
  return {
    text,
    oneOf,
    someOf: (name, words) => {
      const asked = (text(name) ?? '').split(',').filter((word) => word !== '');
      return new Set(
        asked.map((each) => {
          const word = words.find((known) => known === each);
          if (word !== undefined) return word;
          throw new QueryError(`"${name}" must be some of, with commas: ${words.join(', ')}.`);
        }),
      );
    },
    whole: (name, { least, most, usual }) => {
      const asked = text(name);
      if (asked === undefined) return usual;
      const value = /^\d{1,12}$/.test(asked) ? Number(asked) : Number.NaN;
      if (value >= least && value <= most) return value;
      throw new QueryError(`"${name}" must be a whole number from ${least} to ${most}.`);
    },
    onOff: (name) => oneOf(name, ['on', 'off']) === 'on',
    ids: (name) => {
      const asked = text(name);
      if (asked === undefined) return undefined;
      const matches = idPatterns(asked);
      if (matches === undefined) throw new QueryError(`"${name}" may name a hundred ids at most.`);
      return matches;
    },
  };
}
