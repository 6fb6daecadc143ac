/** Escaping of label values and help texts. */
import { describe, expect, it } from 'vitest';
import { escapeHelp, escapeLabelValue, labelsText } from './label-text.js';

describe('label values', () => {
  it.each([
    ['web-1', 'web-1'],
    ['', ''],
    ['a"b', 'a\\"b'],
    ['a\\b', 'a\\\\b'],
    ['a\nb', 'a\\nb'],
    ['\\n', '\\\\n'],
    ['\\"\n', '\\\\\\"\\n'],
    ['tab\tand\rreturn', 'tab\tand\rreturn'],
    ['🧂', '🧂'],
    ['half \ud83e', 'half \\\\ud83e'],
    ['\udcff"', '\\\\udcff\\"'],
  ])('%j stands as %s', (value, text) => {
    expect(escapeLabelValue(value)).toBe(text);
  });

  it('stay two when only a lone surrogate tells them apart', () => {
    expect(escapeLabelValue('a\udc80')).not.toBe(escapeLabelValue('a\udc81'));
  });

  it('stand in the order of their names, and without names there are no braces', () => {
    expect(labelsText(['a', 'b'], ['1', '"'])).toBe('{a="1",b="\\""}');
    expect(labelsText([], [])).toBe('');
  });
});

describe('help text', () => {
  it('escapes quotes in OpenMetrics only', () => {
    expect(escapeHelp('a "b"\\\n', false)).toBe('a "b"\\\\\\n');
    expect(escapeHelp('a "b"\\\n', true)).toBe('a \\"b\\"\\\\\\n');
  });
});
