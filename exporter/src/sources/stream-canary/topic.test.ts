/** Topics as Salt writes them, and frames that only look like one. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { STREAM_TOPICS } from '../../domain/vocabulary.js';
import { topicOf } from './topic.js';

const kind = (...frames: string[]) =>
  STREAM_TOPICS[topicOf(frames.map((frame) => Buffer.from(frame, 'latin1'))).kind];

describe('the topic of a message', () => {
  it('is everybody where the publisher does not filter', () => {
    expect(kind('payload')).toBe('all');
    expect(kind()).toBe('all');
    expect(kind('a', 'b', 'c')).toBe('all');
  });

  it('is broadcast or syndic by its first frame', () => {
    expect(kind('broadcast', 'payload')).toBe('broadcast');
    expect(kind('syndic', 'payload')).toBe('syndic');
  });

  it('is one minion by the first 64 bits of the digest of its id', () => {
    // sha1("m1") = ae23b94ccaf71433…
    const digest = createHash('sha1').update('m1').digest('hex');
    expect(digest.slice(0, 16)).toBe('ae23b94ccaf71433');
    expect(topicOf([Buffer.from(digest), Buffer.from('payload')])).toEqual({
      kind: STREAM_TOPICS.indexOf('minion'),
      high: 0xae23b94c,
      low: 0xcaf71433,
    });
  });

  it.each([
    'Broadcast',
    'AE23B94CCAF714337E4CE5BA99EF3DC257E300DF',
    'ae23b94ccaf71433',
    '\xff\xfe',
    '',
  ])('is everybody with a first frame %j', (first) => {
    expect(kind(first, 'payload')).toBe('all');
  });
});
