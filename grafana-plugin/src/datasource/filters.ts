/** Which rows a query leaves: patterns of ids, and the dashboard's ad-hoc filters. */
import type { AdHocVariableFilter } from '@grafana/data';

/** The exporter takes this many ids at once; more are compared here. */
export const IDS_MAX = 100;

type Test = (text: string) => boolean;

/** Words that stand between commas. */
export function wordsOf(text: string | undefined): string[] {
  const words = (text ?? '').split(',').map((word) => word.trim());
  return words.filter((word) => word !== '');
}

/** `*` is any text, `?` any letter, as the exporter understands them. */
function patternTest(pattern: string): Test {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const matcher = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
  return (text) => matcher.test(text);
}

/** Any of these ids or patterns; all when there is none. */
export function idTest(patterns: readonly string[]): Test {
  if (patterns.length === 0) return () => true;
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const loose = patterns.filter((pattern) => /[*?]/.test(pattern)).map(patternTest);
  return (text) => exact.has(text) || loose.some((test) => test(text));
}

function anchored(expression: string): Test {
  try {
    const matcher = new RegExp(`^(?:${expression})$`, 'su');
    return (text) => matcher.test(text);
  } catch {
    // Half a regular expression, while it is typed: it is compared as text.
    return (text) => text === expression;
  }
}

function testOf({ operator, value, values }: AdHocVariableFilter): Test {
  const anyOf = new Set(values ?? [value]);
  switch (operator) {
    case '!=':
      return (text) => text !== value;
    case '=~':
      return anchored(value);
    case '!~': {
      const matches = anchored(value);
      return (text) => !matches(text);
    }
    case '=|':
      return (text) => anyOf.has(text);
    case '!=|':
      return (text) => !anyOf.has(text);
    default:
      return (text) => text === value;
  }
}

/** Column of a table, label of a series: text, or nothing where the row has no such thing. */
export type ValueOf = (key: string) => string | undefined;

/** All filters together; a key that a row does not have is an empty text. */
export function filterTest(filters: readonly AdHocVariableFilter[]): (of: ValueOf) => boolean {
  const tests = filters
    .filter(({ key }) => key !== '')
    .map((filter) => ({ key: filter.key, test: testOf(filter) }));
  return (of) => tests.every(({ key, test }) => test(of(key) ?? ''));
}
