/**
 * The built exporter with its history on a disk that gets full: a real tmpfs in a mount namespace of
 * its own, filled and freed from outside. Needs root.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { EventsView, TotalsView } from '../../exporter/src/http/history-api-types.js';
import { PATIENCE_MS } from '../patience.js';
import { freePorts, makeScratchMaster } from './scratch-master.mjs';
import { undoneAfterEach } from './undo.js';

const MAIN = fileURLToPath(new URL('../../exporter/dist/main.js', import.meta.url));
const DISK = 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"';
const CHUNK = Buffer.alloc(65_536);
const ROOM_BYTES = 4_096;

const undo = undoneAfterEach();

/** What an exporter says, line by line. */
class Words {
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor({ stdout, stderr }: ChildProcess) {
    for (const stream of [stdout, stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        this.#lines.push(line);
        for (const wake of [...this.#waiting]) wake();
      });
    }
  }

  /** The next line that matches, after the one that was given last. */
  next(pattern: RegExp): Promise<string> {
    return new Promise((found, fail) => {
      const timer = setTimeout(
        () => fail(new Error(`No ${pattern} in:\n${this.#lines.join('\n')}`)),
        PATIENCE_MS,
      );
      const look = () => {
        const index = this.#lines.findIndex((line, n) => n >= this.#taken && pattern.test(line));
        if (index < 0) return;
        this.#taken = index + 1;
        this.#waiting.delete(look);
        clearTimeout(timer);
        found(this.#lines[index] ?? '');
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Until the disk takes no more. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let size = CHUNK.length; size >= ROOM_BYTES; ) {
      try {
        writeSync(file, CHUNK, 0, size);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
        size /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}

it('stops the history and nothing else on a full disk, and goes on when there is room', {
  timeout: PATIENCE_MS * 2,
}, async () => {
  const disk = mkdtempSync(join(tmpdir(), 'brinescope-disk-'));
  undo.push(() => rmSync(disk, { recursive: true, force: true }));
  const master = await makeScratchMaster(3);
  undo.push(() => master.remove());
  const [port = 0] = await freePorts(1);
  const child = spawn(
    'unshare',
    [
      ...['--mount', 'sh', '-c', DISK, 'sh', disk, process.execPath, MAIN],
      `--salt.config-dir=${master.configDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--history.path=${disk}/history`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'exit');
  undo.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const words = new Words(child);
  const url = `http://127.0.0.1:${port}`;
  const up = async () =>
    /^brinescope_history_up (\S+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
  const events = async () => (await (await fetch(`${url}/api/v1/events`)).json()) as EventsView;

  await words.next(/The history is kept/);
  expect(await up()).toBe('1');
  const ballast = `/proc/${child.pid}/root${disk}/ballast`;
  fill(ballast);
  const said = await words.next(/The history is not kept/);
  expect(said).toContain('full');
  expect(await up()).toBe('0');
  const view = await events();
  expect(view.history.state).toBe('down');
  expect(view.history.detail).toContain('full');
  // Out of memory: what was told since the start.
  expect(view.rows.map(({ kind }) => kind)).toContain('recorder');
  expect((await fetch(`${url}/api/v1/minions`)).status).toBe(200);
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200);

  rmSync(ballast);
  await words.next(/The history is kept/);
  expect(await up()).toBe('1');
  expect((await events()).history.state).toBe('works');
  const totals = (await (await fetch(`${url}/api/v1/totals`)).json()) as TotalsView;
  expect(totals.gaps).toHaveLength(1);
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk);
});
