/** YAML as Salt's own loader reads it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSaltYaml } from './decode.js';

function plain(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function read(text: string): unknown {
  const result = decodeSaltYaml(text);
  return result.ok ? plain(result.value) : `no: ${result.reason}`;
}

/** Right column: what Salt's own loader (salt.utils.yaml.safe_load of 3008.5) returned for the left one. */
const WORDS: readonly [string, unknown][] = [
  ['010', 10],
  ['-010', -8],
  ['00', 0],
  ['08', '08'],
  ['0_7', 7],
  ['0x1f', 31],
  ['-0x1F', -31],
  ['0b11', 3],
  ['0o17', '0o17'],
  ['1_000', 1000],
  ['1:30', 90],
  ['012:30', '012:30'],
  ['+5', 5],
  ['1e3', '1e3'],
  ['1.5e3', '1.5e3'],
  ['1.0e+3', 1000],
  ['.5', 0.5],
  ['1.', 1],
  ['08.5', 8.5],
  ['._1', '._1'],
  ['190:20:30.15', 685_230.15],
  ['yes', true],
  ['On', true],
  ['OFF', false],
  ['tRUE', 'tRUE'],
  ['y', 'y'],
  ['~', null],
  ['NULL', null],
  ['', null],
  ["'5'", '5'],
  ['2001-01-01', '2001-01-01'],
  ["!!int '5'", 5],
  ['!!str 5', '5'],
  ['|\n x\n', 'x\n'],
];

describe('decodeSaltYaml', () => {
  it.each(WORDS)('reads "%s" as Salt does', (text, value) => {
    expect(read(`a: ${text}`)).toEqual({ a: value });
  });

  it.each([
    ['', {}],
    ['# only a comment\n', {}],
    ['[]', {}],
    ['- 1', [1]],
    ['1: b', { '1': 'b' }],
    ['"": 1', { '': 1 }],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['<<: {b: 1, c: 2}\nb: 3', { b: 3, c: 2 }],
    ['x: &a {k: 1}\ny: {<<: *a, j: 2}', { x: { k: 1 }, y: { k: 1, j: 2 } }],
    ['__proto__: 1\nb: 2', { ['__proto__']: 1, b: 2 }],
  ])('reads the document "%s"', (text, value) => {
    const result = read(text);
    expect(JSON.stringify(result)).toBe(JSON.stringify(value));
  });

  it.each([
    ['a: 1\nb: 2\na: 3', /^no: line 3: key "a" is given twice/],
    ['a: {b: 1, b: 2}', /given twice/],
    ['a: =', /plain = is refused/],
    ['a: <<', /plain << is refused/],
    ['a: 1\n: 2', /line 2: a value has no key/],
    ['1: a\nyes: b', /line 2: key "true" is given twice/],
    ['a: [1,', /line 1/],
    ['a: *nowhere', /nowhere|bad alias/],
    ['password: [geheim', /^no: line 1: is not valid YAML \([a-z ]+\)$/],
    ['a: &x [*x]', /points at what it stands in|no anchor|alias/i],
    ['a: !!python/object:os.system x', /tag .* is not one/],
    ['a: !loud x', /tag !loud/],
    ['? [1, 2]\n: b', /plain word/],
    ['a: 1\n---\nb: 2', /line/],
    ['<<: [{a: 1}, {a: 2}]', /two merged maps/],
    ['<<: 5', /needs a map/],
    [`${'['.repeat(300)}${']'.repeat(300)}`, /deeper than 200/],
    [`${'['.repeat(100_000)}`, /./],
  ])('refuses the document "%s" with a reason', (text, reason) => {
    expect(read(text)).toMatch(reason);
  });

  it('pays once for an anchor, however often it is used', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 30; i += 1)
      lines.push(`a${i}: &a${i} [${new Array(10).fill(`*a${i - 1}`).join(', ')}]`);
    const result = decodeSaltYaml(lines.join('\n'));
    expect(result.ok).toBe(true);
  });

  it('never throws, whatever the text', () => {
    const soup = fc.string({
      unit: fc.constantFrom(...'a: \n-[]{}&*!|>"\'#<0x~\t%,?'),
      maxLength: 60,
    });
    const never = fc.property(soup, (text) => {
      expect(() => decodeSaltYaml(text)).not.toThrow();
    });
    fc.assert(never, { numRuns: 500 });
  });
});
