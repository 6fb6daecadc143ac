/** The source behind an evidence sentence is told apart from the sentence. */
import { describe, expect, it } from 'vitest';
import { splitEvidence } from './evidence-text.js';

describe('splitEvidence', () => {
  it.each([
    ['Its publish link ended. (kernel)', 'Its publish link ended.', 'kernel'],
    ['No link since 03:00:00 UTC. (kernel + keys)', 'No link since 03:00:00 UTC.', 'kernel + keys'],
    ['A (b) c.', 'A (b) c.', undefined],
    ['(kernel)', '(kernel)', undefined],
    ['', '', undefined],
    ['Two\nlines. (kernel)', 'Two\nlines.', 'kernel'],
  ])('%j', (sentence, text, from) => expect(splitEvidence(sentence)).toEqual({ text, from }));

  it('does not take a long remark for a source', () => {
    const sentence = `Ended. (${'x'.repeat(61)})`;
    expect(splitEvidence(sentence)).toEqual({ text: sentence, from: undefined });
  });
});
