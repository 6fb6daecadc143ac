/** What a test started is ended after it, whatever became of it. */
import { afterEach } from 'vitest';

export type Undo = (() => unknown)[];

/** Steps that run after each test of the file, the last first; tests push theirs. */
export function undoneAfterEach(): Undo {
  const undo: Undo = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  return undo;
}
