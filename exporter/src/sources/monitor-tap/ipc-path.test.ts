/** What may stand at the path of an ipc endpoint before it is bound. */
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Pull } from 'zeromq';
import { ipcPathProblem } from './ipc-path.js';

const folder = mkdtempSync(join(tmpdir(), 'brinescope-tap-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('ipcPathProblem', () => {
  it('has nothing against a free path', async () => {
    expect(await ipcPathProblem(join(folder, 'free'))).toBeUndefined();
  });

  it('protects a file that is no socket, and what a link points to', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'precious');
    symlinkSync(path, join(folder, 'link'));
    expect(await ipcPathProblem(path)).toMatch(/is not a socket/);
    expect(await ipcPathProblem(join(folder, 'link'))).toMatch(/is not a socket/);
    expect(await ipcPathProblem(folder)).toMatch(/is not a socket/);
  });

  it('does not take the socket of a program that runs', async () => {
    const path = join(folder, 'busy');
    const other = new Pull({ linger: 0 });
    await other.bind(`ipc://${path}`);
    expect(await ipcPathProblem(path)).toMatch(/in use by another program/);
    other.close();
  });

  it('replaces the socket that a dead program left', async () => {
    const path = join(folder, 'left');
    const server = createServer().listen(path);
    await once(server, 'listening');
    // Moved away and back, so that closing the server does not remove it.
    renameSync(path, `${path}.kept`);
    server.close();
    await once(server, 'close');
    renameSync(`${path}.kept`, path);
    expect(await ipcPathProblem(path)).toBeUndefined();
  });
});
