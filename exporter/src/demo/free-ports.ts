/** Finds ports for the demo: the usual one when nobody has it, the next free one otherwise. */
import { createServer } from 'node:net';
import { AppError } from '../lib/errors.js';

const TRIES = 50;

/**
 * `asked` is what the user wants (0: no wish); `usual` what everybody expects; `fallback` where the search goes on. `taken` ports
 * are never given. Throws AppError `listen_failed` when the wish cannot be had or nothing is free.
 */
export async function choosePort(wish: {
  readonly asked: number;
  readonly usual: number;
  readonly fallback: number;
  readonly taken: readonly number[];
  readonly name: string;
}): Promise<number> {
  if (wish.asked !== 0) {
    if (await isFree(wish.asked)) return wish.asked;
    throw new AppError(
      'listen_failed',
      `port ${wish.asked} for ${wish.name} is in use; choose another, or leave the switch away`,
    );
  }
  const candidates = [wish.usual, ...Array.from({ length: TRIES }, (_, n) => wish.fallback + n)];
  for (const port of candidates) {
    if (!wish.taken.includes(port) && (await isFree(port))) return port;
  }
  throw new AppError(
    'listen_failed',
    `no free port for ${wish.name} near ${wish.fallback}; name one with a switch`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen({ host: '127.0.0.1', port }, () => probe.close(() => done(true)));
  });
}
