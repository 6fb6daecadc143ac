/**
 * Looks at the path of an ipc endpoint before libzmq does: it deletes whatever file stands there.
 */
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Why the path must not be bound; undefined when it is free or holds the socket of a program that
 * is gone.
 */
export async function ipcPathProblem(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  // Also when it cannot be looked at: bind then fails and says why.
  if (found === undefined) return undefined;
  if (!found.isSocket())
    return `${path} exists and is not a socket; remove it or choose another path`;
  if (await isAnswered(path)) return `${path} is in use by another program`;
  return undefined;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect({ path });
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
