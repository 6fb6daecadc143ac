/** Patterns of ids and ad-hoc filters, each operator by a table. */
import { describe, expect, it } from 'vitest';
import { filterTest, idTest, wordsOf } from './filters';

const IDS = ['web-1', 'web-2', 'db-1', 'a.b', 'a+b', ''];
const left = (patterns: string[]) => IDS.filter(idTest(patterns));

describe('patterns of ids', () => {
  it.each([
    [[], IDS],
    [['web-*'], ['web-1', 'web-2']],
    [
      ['web-?', 'db-1'],
      ['web-1', 'web-2', 'db-1'],
    ],
    [['a.b'], ['a.b']],
    [['a?b'], ['a.b', 'a+b']],
    [['a+*'], ['a+b']],
    [['(*'], []],
    [['*'], IDS],
  ])('%j leaves %j', (patterns, wanted) => {
    expect(left(patterns)).toEqual(wanted);
  });

  it('stand between commas, with or without spaces', () => {
    expect(wordsOf(' web-*, db-1 ,,')).toEqual(['web-*', 'db-1']);
    expect(wordsOf(undefined)).toEqual([]);
  });
});

describe('ad-hoc filters', () => {
  const minions = (operator: string, value: string, values?: string[]) =>
    IDS.filter((id) =>
      filterTest([{ key: 'minion', operator, value, ...(values && { values }) }])((key) =>
        key === 'minion' ? id : undefined,
      ),
    );
  it.each([
    ['=', 'web-1', undefined, ['web-1']],
    ['!=', 'web-1', undefined, ['web-2', 'db-1', 'a.b', 'a+b', '']],
    ['=~', 'web-.', undefined, ['web-1', 'web-2']],
    ['=~', 'web', undefined, []],
    ['!~', 'web-.*|db.*', undefined, ['a.b', 'a+b', '']],
    ['=|', 'web-1', ['web-1', 'db-1'], ['web-1', 'db-1']],
    ['!=|', 'web-1', ['web-1', 'db-1'], ['web-2', 'a.b', 'a+b', '']],
    ['=~', '(', undefined, []],
  ] as const)('%s %s leaves what it says', (...[operator, value, values, wanted]) => {
    expect(minions(operator, value, values && [...values])).toEqual(wanted);
  });

  it('hold together, an empty key asks nothing, and a missing value is an empty text', () => {
    const both = filterTest([
      { key: 'minion', operator: '=~', value: 'web.*' },
      { key: 'status', operator: '!=', value: 'ok' },
      { key: '', operator: '=', value: 'x' },
    ]);
    const row = (minion: string, status?: string) => (key: string) =>
      ({ minion, status })[key as 'minion'];
    expect(both(row('web-1', 'absent'))).toBe(true);
    expect(both(row('web-1', 'ok'))).toBe(false);
    expect(both(row('db-1', 'absent'))).toBe(false);
    expect(both(row('web-1'))).toBe(true);
  });
});
