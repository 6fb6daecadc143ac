/** Patterns of minion ids against what they mean. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idPatterns } from './id-patterns.js';

const matches = (patterns: string, id: string) => idPatterns(patterns)?.(id);

describe('patterns of ids', () => {
  it.each([
    ['web-*', 'web-01', true],
    ['web-*', 'db-01', false],
    ['web-??', 'web-01', true],
    ['web-??', 'web-001', false],
    ['*', '', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxbyyd', false],
    ['*.example.net', 'm1.example.net', true],
    ['m1,m2', 'm2', true],
    ['m1,m2', 'm3', false],
    ['', 'anything', true],
    ['a.b', 'axb', false],
    ['a**', 'a', true],
  ])('%j of %j: %j', (patterns, id, expected) => {
    expect(matches(patterns, id)).toBe(expected);
  });

  it('match what an equal regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const glob = fc.string({
      unit: fc.constantFrom('a', 'b', '*', '?'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(letters, glob, (id, pattern) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matches(pattern, id)).toBe(same.test(id));
      }),
    );
  });

  it('are a hundred at most', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `m${n}`).join(',');
    expect(idPatterns(many(100))).toBeDefined();
    expect(idPatterns(many(101))).toBeUndefined();
  });

  it('cost no more than id times pattern, however they are written', () => {
    expect(matches(`${'*a'.repeat(120)}b`, 'a'.repeat(256))).toBe(false);
  });
});
