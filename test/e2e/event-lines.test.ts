/** Events as lines of JSON out of the program as an operator starts it: file, rotation, standard output. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from './demo-fleet.js';
import { undoneAfterEach } from './undo.js';

const MAIN = fileURLToPath(new URL('../../exporter/dist/main.js', import.meta.url));
const undo = undoneAfterEach();

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly directory: string;
}

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'brinescope-event-lines-'));
  undo.push(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'salt'));
  return directory;
}

function run(directory: string, target: string): Run {
  const child = spawn(
    process.execPath,
    [
      ...[
        MAIN,
        '--salt.config-dir',
        join(directory, 'salt'),
        '--web.listen-address',
        '127.0.0.1:0',
      ],
      ...['--events.log', target, '--canary.request.interval', '0', '--log.format', 'json'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  undo.push(() => child.kill('SIGKILL'));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.resume();
  return { child, directory, out: () => out };
}

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

function linesOf(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const isUp = (text: string) =>
  linesOf(text).some(({ kind, reason }) => kind === 'recorder' && reason === 'up');
const isDown = (text: string) =>
  linesOf(text).some(({ kind, reason }) => kind === 'recorder' && reason === 'down');

describe('--events.log', () => {
  it('appends to a file, opens it anew on SIGHUP, and has the last words of the program', async () => {
    const directory = scratch();
    const path = join(directory, 'events.jsonl');
    const { child } = run(directory, path);
    await eventually('its first words', () => read(path), isUp);
    renameSync(path, `${path}.1`);
    child.kill('SIGHUP');
    await eventually('the new file', () => existsSync(path), Boolean);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    expect(isDown(read(path))).toBe(true);
    const all = linesOf(read(`${path}.1`) + read(path));
    const ids = all.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  it('writes to standard output nothing but events', async () => {
    const directory = scratch();
    const { child, out } = run(directory, 'stdout');
    await eventually('its first words', out, isUp);
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
    expect(isDown(out())).toBe(true);
    expect(linesOf(out()).every(({ kind, text }) => Boolean(kind) && Boolean(text))).toBe(true);
  });

  it('stops nothing where it cannot write', async () => {
    const directory = scratch();
    const { child } = run(directory, join(directory, 'nowhere', 'events.jsonl'));
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await eventually(
      'a word of it and the exporter at work',
      () => said,
      (text) => text.includes('Event lines cannot be written') && text.includes('Listening'),
    );
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
  });
});

describe('the examples in provisioning/loki', () => {
  const provisioned = (name: string) =>
    fileURLToPath(new URL(`../../provisioning/loki/${name}`, import.meta.url));

  it('write to Mimir in a way that Prometheus takes', () => {
    const path = provisioned('prometheus-remote-write.yml');
    const said = execFileSync('promtool', ['check', 'config', '--syntax-only', path]).toString();
    expect(said).toContain('SUCCESS');
    expect(read(path)).toMatch(/^remote_write:$/m);
  });

  it('take from a line only what every line has, and make no label of an id', () => {
    const alloy = read(provisioned('config.alloy'));
    const [, taken = ''] = /expressions = \{(.*)\}/.exec(alloy) ?? [];
    const names = [...taken.matchAll(/"(\w+)" = ""/g)].map(([, name]) => name);
    expect(names).toEqual(['time', 'kind']);
    const [, labels = ''] = /values = \{(.*)\}/.exec(alloy) ?? [];
    expect(labels.trim()).toBe('"kind" = ""');
    for (const open of ['{', '[', '(']) {
      const close = { '{': '}', '[': ']', '(': ')' }[open] ?? '';
      expect([open, alloy.split(open).length]).toEqual([open, alloy.split(close).length]);
    }
  });

  it('rotate the file that Alloy follows, and wake the exporter', () => {
    const rotation = read(provisioned('events.logrotate'));
    const [, path] = /^(\/\S+) \{$/m.exec(rotation) ?? [];
    expect(read(provisioned('config.alloy'))).toContain(`"__path__" = "${path}"`);
    expect(rotation).toContain('--signal=HUP');
  });
});
