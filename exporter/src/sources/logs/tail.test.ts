/** Following a log on a real file system: what is counted is each line once, whatever happens to the name. */
import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.js';
import { READ_BUFFER_BYTES } from './open-file.js';
import {
  BEHIND_MAX_BYTES,
  ROTATED_MAX,
  SKIP_TO_BYTES,
  TORN_LINE_MS,
  UNNAMED_MS,
} from './options.js';
import { LogTail, type TailError } from './tail.js';

let directory: string;
let path: string;
let tail: LogTail;
let lines: string[];
let errors: TailError[];
let monoMs: number;
let taken: string | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'brinescope-tail-'));
  path = join(directory, 'master');
  lines = [];
  errors = [];
  monoMs = 0;
  taken = undefined;
  tail = follow();
});

afterEach(async () => {
  await tail.close();
  await rm(directory, { recursive: true, force: true });
});

function follow(): LogTail {
  const sink = { line: (text: string, isCut: boolean) => lines.push(isCut ? `${text}…` : text) };
  return new LogTail(path, {
    clock: { now: () => ({ monoMs, wallMs: Date.now() }) },
    lines: new LineReader(sink),
    onMissed: () => undefined,
    onError: (error) => errors.push(error),
    isTaken: (identity) => identity === taken,
  });
}

/** One look and all that it brings. */
async function turn(): Promise<void> {
  const buffer = Buffer.alloc(READ_BUFFER_BYTES);
  await tail.look();
  for (;;) {
    const bytes = await tail.read(buffer);
    if (bytes === undefined) return;
    for (let at = 0; at < bytes.length; ) at = tail.feed(bytes, at);
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

describe('a log that grows', () => {
  it('is read from its end at the start, and on from there', async () => {
    await writeFile(path, 'old\nold\n');
    await turn();
    expect(lines).toEqual([]);
    await appendFile(path, 'a\nb\n');
    await turn();
    await appendFile(path, 'c\n');
    await turns(2);
    expect(lines).toEqual(['a', 'b', 'c']);
    expect(tail.state).toEqual({ kind: 'reading' });
    expect(tail.takeBytes()).toEqual({ read: 6, skipped: 0 });
  });

  it('does not count the rest of a line that began before the start', async () => {
    await writeFile(path, 'old\nhalf of');
    await turn();
    await appendFile(path, ' an old line\nnew\n');
    await turn();
    expect(lines).toEqual(['new']);
  });

  it('has whole lines only, and waits for a torn one for a bounded time', async () => {
    await writeFile(path, '');
    await turn();
    await appendFile(path, 'one\ntw');
    await turn();
    expect(lines).toEqual(['one']);
    await appendFile(path, 'o\nthr');
    await turns(2);
    expect(lines).toEqual(['one', 'two']);
    monoMs += TORN_LINE_MS;
    await turn();
    expect(lines).toEqual(['one', 'two', 'thr…']);
    await appendFile(path, 'ee, too late\nfour\n');
    await turn();
    expect(lines).toEqual(['one', 'two', 'thr…', 'four']);
  });

  it('is read from its beginning when it appears later', async () => {
    await turn();
    expect(tail.state).toEqual({ kind: 'missing', detail: 'does not exist' });
    await writeFile(path, 'first\n');
    await turn();
    expect(lines).toEqual(['first']);
  });

  it('is history when it appears and is older than our watch', async () => {
    const elsewhere = join(directory, 'elsewhere');
    await writeFile(elsewhere, 'old\n');
    const later = Date.now() + 60_000;
    tail = new LogTail(path, {
      clock: { now: () => ({ monoMs, wallMs: later }) },
      lines: new LineReader({ line: (text) => lines.push(text) }),
      onMissed: () => undefined,
      onError: (error) => errors.push(error),
      isTaken: () => false,
    });
    await turn();
    await rename(elsewhere, path);
    await turn();
    await appendFile(path, 'new\n');
    await turn();
    expect(lines).toEqual(['new']);
  });
});

describe('a log that is rotated', () => {
  beforeEach(async () => {
    await writeFile(path, '');
    await turn();
  });

  it('by renaming: the old one is read to its end, late lines too, then the new one', async () => {
    await appendFile(path, 'a\n');
    await rename(path, `${path}.1`);
    await writeFile(path, 'c\n');
    await turn();
    await appendFile(`${path}.1`, 'b\n');
    await turns(3);
    await appendFile(path, 'd\n');
    await turn();
    expect(lines).toEqual(['a', 'b', 'c', 'd']);
    expect(errors).toEqual([]);
  });

  it('by renaming, with nothing in its place for a while', async () => {
    await rename(path, `${path}.1`);
    await turn();
    expect(tail.state.kind).toBe('missing');
    await appendFile(`${path}.1`, 'a\n');
    await turn();
    await writeFile(path, 'b\n');
    await turns(3);
    expect(lines).toEqual(['a', 'b']);
    expect(tail.state.kind).toBe('reading');
  });

  it('several times between two looks at the end of the first', async () => {
    for (const [number, text] of ['b', 'c', 'd'].entries()) {
      await appendFile(path, number === 0 ? 'a\n' : '');
      await rename(path, `${path}.${number}`);
      await writeFile(path, `${text}\n`);
      await tail.look();
    }
    await turns(10);
    expect(lines).toEqual(['a', 'b', 'c', 'd']);
  });

  it('more often than it can be read: the oldest is given up, its bytes are counted', async () => {
    await appendFile(path, 'lost\n');
    for (let number = 0; number <= ROTATED_MAX; number += 1) {
      await rename(path, `${path}.${number}`);
      await writeFile(path, `${number}\n`);
      await tail.look();
    }
    await turns(20);
    expect(lines).toEqual(['0', '1', '2', '3', '4']);
    expect(errors).toEqual(['rotated_away']);
    expect(tail.takeBytes()).toEqual({ read: 10, skipped: 5 });
  });

  it('by copying and cutting short', async () => {
    await appendFile(path, 'a\nb\n');
    await turn();
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
    await appendFile(path, 'c\n');
    await turn();
    expect(lines).toEqual(['a', 'b', 'c']);
    expect(errors).toEqual(['cut_short']);
  });

  it('by copying and cutting short, and longer again before we look', async () => {
    await appendFile(path, 'a\n');
    await turn();
    await truncate(path, 0);
    await appendFile(path, 'b is longer\nc\n');
    await turn();
    expect(lines).toEqual(['a', 'b is longer', 'c']);
    expect(errors).toEqual(['cut_short']);
  });

  it('by copying and cutting short, and exactly as long again', async () => {
    await appendFile(path, 'a\n');
    await turns(2);
    await truncate(path, 0);
    await appendFile(path, 'b\n');
    await utimes(path, 1, 1);
    await turn();
    expect(lines).toEqual(['a', 'b']);
    expect(errors).toEqual(['cut_short']);
  });

  it('by deletion', async () => {
    await appendFile(path, 'a\n');
    await rm(path);
    await turn();
    await writeFile(path, 'b\n');
    await turns(3);
    expect(lines).toEqual(['a', 'b']);
  });

  it('with a torn line at its end, which no rest of another file completes', async () => {
    await appendFile(path, 'half');
    await turn();
    await rename(path, `${path}.1`);
    await writeFile(path, 'new\n');
    await turns(3);
    expect(lines).toEqual(['half…', 'new']);
  });

  it('beside compressed and numbered neighbours, which are nobody’s business', async () => {
    await writeFile(`${path}.2.gz`, 'x\n');
    await writeFile(`${path}-20261121`, 'y\n');
    await appendFile(path, 'a\n');
    await turn();
    expect(lines).toEqual(['a']);
  });

  it('and renamed back: nothing is read twice', async () => {
    await appendFile(path, 'a\n');
    await turn();
    await rename(path, `${path}.1`);
    await turn();
    await rename(`${path}.1`, path);
    await appendFile(path, 'b\n');
    await turns(2);
    expect(lines).toEqual(['a', 'b']);
  });

  it('and deleted for good: the deleted file is let go of', async () => {
    await rm(path);
    await turn();
    expect(tail.identity).toBeDefined();
    monoMs += UNNAMED_MS;
    await turns(2);
    expect(tail.identity).toBeUndefined();
  });
});

describe('a name that leads to no file', () => {
  it.each(['directory', 'fifo', 'loop'] as const)('%s in the place of a log', async (kind) => {
    await writeFile(path, '');
    await turn();
    await rm(path);
    if (kind === 'directory') await mkdir(path);
    else if (kind === 'fifo') execFileSync('mkfifo', [path]);
    else await symlink(path, path);
    await turn();
    expect(tail.state).toEqual(
      kind === 'loop'
        ? { kind: 'unreadable', detail: 'cannot be read: ELOOP' }
        : { kind: 'not_a_file', detail: 'is no regular file' },
    );
    await rm(path, { recursive: true });
    await writeFile(path, 'back\n');
    await turns(3);
    expect(lines).toEqual(['back']);
    expect(tail.state).toEqual({ kind: 'reading' });
  });

  it('follows a symbolic link, and takes another target for a rotation', async () => {
    for (const name of ['one', 'two']) await writeFile(join(directory, name), '');
    await symlink(join(directory, 'one'), path);
    await turn();
    await appendFile(join(directory, 'one'), 'a\n');
    await rm(path);
    await symlink(join(directory, 'two'), path);
    await appendFile(join(directory, 'two'), 'b\n');
    await turns(3);
    expect(lines).toEqual(['a', 'b']);
  });

  it('says so when another log is this file already', async () => {
    await writeFile(path, '');
    await turn();
    taken = tail.identity;
    await tail.close();
    tail = follow();
    await turn();
    expect(tail.state.kind).toBe('shared');
    expect(tail.identity).toBeUndefined();
  });

  it('is unreadable when a directory on the way is a file, or the path too long', async () => {
    tail = new LogTail(join(directory, 'x'.repeat(300)), {
      clock: { now: () => ({ monoMs, wallMs: 0 }) },
      lines: new LineReader({ line: () => undefined }),
      onMissed: () => undefined,
      onError: (error) => errors.push(error),
      isTaken: () => false,
    });
    await turn();
    expect(tail.state).toEqual({ kind: 'unreadable', detail: 'cannot be read: ENAMETOOLONG' });
    await writeFile(join(directory, 'file'), '');
    path = join(directory, 'file', 'master');
    tail = follow();
    await turn();
    expect(tail.state).toEqual({ kind: 'missing', detail: 'does not exist' });
  });

  it('never writes: a log that nobody may write to is read all the same', async () => {
    await writeFile(path, 'old\n');
    await chmod(path, 0o444);
    await turn();
    expect(tail.state.kind).toBe('reading');
  });
});

describe('a log that grows faster than it may be read', () => {
  it('is passed over to near its end, and every byte is counted as read or as skipped', async () => {
    await writeFile(path, '');
    await turn();
    const line = `${'x'.repeat(99)}\n`;
    const block = line.repeat(10_000);
    const blocks = Math.ceil(BEHIND_MAX_BYTES / block.length) + 1;
    for (let i = 0; i < blocks; i += 1) await appendFile(path, block);
    await turn();
    const { read, skipped } = tail.takeBytes();
    expect(read + skipped).toBe(blocks * block.length);
    expect(errors).toEqual(['skipped']);
    // Whole lines from the first beginning within the last part.
    expect(lines.every((text) => text.length === 99)).toBe(true);
    expect(lines.length).toBe(Math.floor(SKIP_TO_BYTES / line.length));
    expect(read).toBe(lines.length * line.length);
  });

  it('a hole of NULs is one line without an end, and no memory', async () => {
    await writeFile(path, '');
    await turn();
    await truncate(path, BEHIND_MAX_BYTES + 10);
    await appendFile(path, '\nafter\n');
    await turn();
    const { read, skipped } = tail.takeBytes();
    expect(lines).toEqual(['after']);
    expect(read + skipped).toBe(BEHIND_MAX_BYTES + 17);
    expect(read).toBe(6);
  });
});
