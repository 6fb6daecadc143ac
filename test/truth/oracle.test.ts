/** The truth of runs whose losses are known beforehand. */
import { describe, expect, it } from 'vitest';
import { exactly, Oracle, wholeMessages } from './oracle.js';
import type { PublishedMessage } from './protocol.js';

function messages(from: number, sizes: readonly number[], target = -1): PublishedMessage[] {
  return sizes.map((wireBytes, n) => ({ number: from + n, wireBytes, target }));
}

/** Two subscribers that have their links before anything is published. */
function twoLinks(): Oracle {
  const oracle = new Oracle(2);
  oracle.linkBegan(0);
  oracle.linkBegan(1);
  return oracle;
}

describe('what a living link lost', () => {
  it('is what was published for it and is not in its record', () => {
    const oracle = twoLinks();
    oracle.addPublished(messages(0, [100, 100, 100, 100]));
    for (const number of [0, 1, 2, 3]) oracle.addReceived(0, number);
    for (const number of [0, 3]) oracle.addReceived(1, number);
    const [first, second] = oracle.settle();
    expect(first).toEqual({ hwm: exactly(0), disconnect: exactly(0), total: exactly(0) });
    expect(second).toEqual({ hwm: exactly(2), disconnect: exactly(0), total: exactly(2) });
    expect(oracle.complaints).toEqual([]);
  });

  it('is counted once, and from the beginning of the link', () => {
    const oracle = new Oracle(1);
    oracle.addPublished(messages(0, [50, 50]));
    oracle.linkBegan(0);
    oracle.addPublished(messages(2, [50]));
    expect(oracle.settle()[0]?.hwm).toEqual(exactly(1));
    expect(oracle.settle()[0]?.hwm).toEqual(exactly(0));
  });

  it('leaves out what was meant for others', () => {
    const oracle = twoLinks();
    oracle.addPublished([...messages(0, [80], 1), ...messages(1, [80], 0)]);
    expect(oracle.settle().map(({ hwm }) => hwm.most)).toEqual([1, 1]);
    expect(oracle.bytesFor(0, 0)).toBe(80);
  });
});

describe('what was lost with a link', () => {
  const killed = { how: 'killed', pingsMost: 0, queued: 1_000 } as const;

  it('is what its kernel had not whole when its process was killed', () => {
    const oracle = twoLinks();
    oracle.addPublished(messages(0, [100, 100, 100, 100, 100]));
    oracle.addReceived(0, 0);
    oracle.linkEnded(0, { ...killed, bytes: 299 });
    expect(oracle.settle()[0]).toEqual({
      hwm: exactly(0),
      disconnect: exactly(3),
      total: exactly(3),
    });
  });

  it('is a range where heartbeats may stand among the bytes', () => {
    const sent = messages(0, [100, 100, 100]);
    expect(wholeMessages(sent, { bytes: 205, pingsMost: 1 })).toEqual({ least: 1, most: 2 });
    expect(wholeMessages(sent, { bytes: 209, pingsMost: 1 })).toEqual(exactly(2));
    expect(wholeMessages(sent, { bytes: 5_000, pingsMost: 3 })).toEqual(exactly(3));
  });

  it('may have been proven before its end where the kernel was not full', () => {
    const oracle = twoLinks();
    oracle.addPublished(messages(0, [100, 100]));
    oracle.linkEnded(0, { ...killed, bytes: 100, queued: 0 });
    expect(oracle.settle()[0]).toEqual({
      hwm: { least: 0, most: 1 },
      disconnect: { least: 0, most: 1 },
      total: exactly(1),
    });
  });

  it('is bounded by record and kernels where the publisher gave the link up', () => {
    const oracle = twoLinks();
    oracle.addPublished(messages(0, [100, 100, 100, 100, 100]));
    oracle.linkEnded(0, { how: 'given_up', bytes: 150, queued: 200, pingsMost: 0 });
    oracle.addReceived(0, 0);
    oracle.addReceived(0, 1);
    oracle.linkBegan(0);
    oracle.addPublished(messages(5, [100]));
    oracle.addReceived(0, 5);
    const total = { least: 2, most: 3 };
    expect(oracle.settle()[0]).toEqual({ hwm: exactly(0), disconnect: total, total });
  });

  it('is nothing where it was idle', () => {
    const oracle = twoLinks();
    oracle.linkEnded(0, { how: 'idle' });
    expect(oracle.settle()[0]?.total).toEqual(exactly(0));
  });
});

describe('the records', () => {
  it('are contradicted when a message came twice, from nowhere, or to the wrong place', () => {
    const oracle = twoLinks();
    oracle.addPublished(messages(0, [100], 1));
    oracle.addReceived(1, 0);
    oracle.addReceived(1, 0);
    oracle.addReceived(0, 0);
    oracle.addReceived(1, 7);
    expect(oracle.complaints).toEqual([
      'subscriber 1 received 0 twice',
      'subscriber 0 received message 0, which was not for it',
      'subscriber 1 received message 7, which was not for it',
    ]);
  });

  it('are contradicted when a killed process read more than its kernel ever had', () => {
    const oracle = twoLinks();
    oracle.addPublished(messages(0, [100, 100]));
    oracle.addReceived(0, 0);
    oracle.addReceived(0, 1);
    oracle.linkEnded(0, { how: 'killed', bytes: 100, pingsMost: 0, queued: 0 });
    oracle.settle();
    expect(oracle.complaints).toEqual(['subscriber 0 read 2 messages, its kernel had 1']);
  });
});
