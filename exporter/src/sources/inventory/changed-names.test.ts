/** The queue of names that watches told. */
import { expect, it } from 'vitest';
import { NameQueue, SECOND_LOOK_MS } from './changed-names.js';

const flat = (names: ReadonlyMap<string, ReadonlySet<string>>) =>
  [...names].map(([directory, set]) => `${directory}: ${[...set].join(' ')}`);

it('gives each name once, and once more two seconds later', () => {
  const queue = new NameQueue();
  queue.add('/d', 'a');
  queue.add('/d', 'a');
  queue.add('/e', 'b');
  expect(queue.secondLookMs).toBe(Number.POSITIVE_INFINITY);
  expect(flat(queue.take(0))).toEqual(['/d: a', '/e: b']);
  expect(queue.secondLookMs).toBe(SECOND_LOOK_MS);
  expect(flat(queue.take(1_000))).toEqual([]);
  expect(flat(queue.take(SECOND_LOOK_MS))).toEqual(['/d: a', '/e: b']);
  expect(queue.secondLookMs).toBe(Number.POSITIVE_INFINITY);
  expect(flat(queue.take(SECOND_LOOK_MS * 2))).toEqual([]);
});

it('does not put the second look off while changes go on', () => {
  const queue = new NameQueue();
  queue.add('/d', 'a');
  queue.take(0);
  queue.add('/d', 'b');
  expect(flat(queue.take(1_900))).toEqual(['/d: b']);
  queue.add('/d', 'c');
  expect(flat(queue.take(2_000))).toEqual(['/d: c a b']);
  expect(queue.secondLookMs).toBe(2_000 + SECOND_LOOK_MS);
  expect(flat(queue.take(4_000))).toEqual(['/d: c']);
});

it('gives up on single names when there are too many', () => {
  const queue = new NameQueue();
  const taken = Array.from({ length: 2_001 }, (_, i) => queue.add('/d', String(i)));
  expect(taken.filter((fits) => fits)).toHaveLength(2_000);
});
