/** Lines on a real file system: all of them, once, in order, and counted where they cannot be. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LineWriter } from './line-writer.js';
import { type Logger, silentLogger } from './log.js';

let directory = '';
let path = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'brinescope-lines-'));
  path = join(directory, 'events.jsonl');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function writerTo(target: string, log: Logger = silentLogger): LineWriter<number> {
  return new LineWriter({
    target: { path: target },
    lineOf: (number) => `${number} ${'x'.repeat(number % 100)}`,
    log,
  });
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const numbersOf = (file: string) => linesOf(file).map((line) => Number(line.split(' ')[0]));

describe('LineWriter', () => {
  it('writes each line once and in order, behind what is there, for owner and group', async () => {
    for (const first of [0, 20_000]) {
      const writer = writerTo(path);
      for (let n = 0; n < 20_000; n += 7) writer.add(from(first + n, Math.min(7, 20_000 - n)));
      await writer.stop();
      expect(writer.figures()).toEqual({ works: true, written: 20_000, dropped: 0 });
    }
    expect(numbersOf(path)).toEqual(from(0, 40_000));
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('goes on in a new file after a rename, with no line lost, doubled or torn', async () => {
    const writer = writerTo(path);
    const files: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      writer.reopen();
      writer.add(from(round * 1_000, 1_000));
      await new Promise(setImmediate);
      const old = join(directory, `events.${round}`);
      try {
        renameSync(path, old);
        files.push(old);
      } catch {
        // It was not opened yet: this round's lines go to the next name.
      }
    }
    writer.reopen();
    await writer.stop();
    files.push(path);
    const all = files.flatMap(numbersOf);
    expect(all).toEqual(from(0, 20_000));
    expect(writer.figures().written).toBe(20_000);
  });

  it.each(['a directory', 'a pipe', 'a missing directory'])(
    'refuses %s, and says so once',
    async (kind) => {
      const said: string[] = [];
      const log = { ...silentLogger, error: (message: string) => void said.push(message) };
      if (kind === 'a directory') mkdirSync(path);
      if (kind === 'a pipe') execFileSync('mkfifo', [path]);
      const writer = writerTo(kind === 'a missing directory' ? join(path, 'x') : path, log);
      for (let n = 0; n < 5; n += 1) {
        writer.add([n]);
        writer.reopen();
        await writer.settled();
      }
      expect(said).toEqual(['Event lines cannot be written; all else goes on']);
      expect(writer.figures()).toEqual({ works: false, written: 0, dropped: 0 });
      await writer.stop();
      expect(writer.figures()).toEqual({ works: false, written: 0, dropped: 5 });
    },
  );

  it('keeps what waits up to a bound, counts the rest, and writes it when it can', async () => {
    mkdirSync(path);
    const writer = writerTo(path);
    writer.add(from(0, 70_000));
    expect(writer.figures().dropped).toBe(70_000 - 65_536);
    await writer.settled();
    rmSync(path, { recursive: true });
    writer.reopen();
    await writer.stop();
    expect(writer.figures()).toEqual({ works: true, written: 65_536, dropped: 4_464 });
    expect(numbersOf(path)).toEqual(from(0, 65_536));
  });

  it('takes nothing any more once it stopped', async () => {
    const writer = writerTo(path);
    writer.add([1]);
    await writer.stop();
    writer.add([2]);
    expect(writer.figures()).toEqual({ works: true, written: 1, dropped: 1 });
    expect(numbersOf(path)).toEqual([1]);
  });
});
