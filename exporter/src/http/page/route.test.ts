/** Addresses of a minion's view: any id comes back as it was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minionHref, minionOf } from './route.js';

describe('the address of a minion', () => {
  it('gives back every id', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, (id) => {
        expect(minionOf(minionHref(id))).toBe(id);
      }),
    );
    expect(minionHref('<b>/ %"')).toBe('#/minion/%3Cb%3E%2F%20%25%22');
  });

  it('names nobody elsewhere', () => {
    for (const hash of ['', '#', '#/', '#main', '#/minion/', '#/minion/%E0%A4%A']) {
      expect(minionOf(hash)).toBeUndefined();
    }
  });
});
