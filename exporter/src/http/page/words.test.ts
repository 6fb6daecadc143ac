/**
 * Words of the page: whole closed sets, honest unknowns, and text that cannot hide or turn itself.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINION_STATUSES } from '../../domain/vocabulary.js';
import { countText, numberText, printable, STATUS_ORDER, sentenceText } from './words.js';

describe('words', () => {
  it('shows every status exactly once', () => {
    expect([...STATUS_ORDER].sort()).toEqual([...MINION_STATUSES].sort());
  });

  it('writes unknown, never 0, for what is not known', () => {
    expect([numberText(null), numberText(0), numberText(1036)]).toEqual(['unknown', '0', '1,036']);
    expect([countText(1, 'flap'), countText(2, 'flap')]).toEqual(['1 flap', '2 flaps']);
  });

  it('makes a sentence of what a source says', () => {
    expect(sentenceText(' pings are answered ')).toBe('Pings are answered.');
    expect(sentenceText('Read.')).toBe('Read.');
    expect(sentenceText('sock_diag on ports 1 and 2.')).toBe('sock_diag on ports 1 and 2.');
    expect(sentenceText('/proc is read')).toBe('/proc is read.');
    expect(sentenceText('  ')).toBe('');
  });
});

describe('printable', () => {
  it.each([
    ['web-1', 'web-1'],
    ['a\nb', 'a\\u000ab'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\ue0041'],
    ['größe 東京 <b>', 'größe 東京 <b>'],
  ])('%j', (text, shown) => expect(printable(text)).toBe(shown));

  it('leaves nothing invisible in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });
});
