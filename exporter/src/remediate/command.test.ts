/** Commands run as they are written, one word for one word, and end with all they started. */
import { describe, expect, it } from 'vitest';
import { argumentsFor, OUTPUT_MAX_BYTES, runCommand } from './command.js';

const TASK = { alert: 'SaltMinionHalfOpen', master: 'a; reboot', minion: 'web-1' };
const NODE = process.execPath;
const LONG_MS = 120_000;
const run = (script: string, timeoutMs = LONG_MS) =>
  runCommand([NODE, '-e', script], { timeoutMs, home: '/nowhere' });

describe('argumentsFor', () => {
  it('fills placeholders inside of words and makes no new ones', () => {
    expect(argumentsFor(['/x', 'root@{minion}', '{alert}/{master}', '{other}'], TASK)).toEqual([
      '/x',
      'root@web-1',
      'SaltMinionHalfOpen/a; reboot',
      '{other}',
    ]);
    expect(argumentsFor(['{minion}'], { ...TASK, minion: '{alert}' })).toEqual(['{alert}']);
  });
});

describe('runCommand', () => {
  it('gives words to the program as they are, without a shell', async () => {
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const words = ['$(reboot)', '; reboot', '`x`', '*', 'a b', "'"];
    const options = { timeoutMs: LONG_MS, home: '/nowhere' };
    const outcome = await runCommand([NODE, '-e', script, '--', ...words], options);
    expect(JSON.parse(outcome.output)).toEqual(words);
    expect(outcome).toMatchObject({ result: 'ok', status: 0 });
  });

  it('gives it nothing of our environment, and the root as its place', async () => {
    const { output } = await run(
      'console.log(process.cwd(), Object.keys(process.env).sort().join())',
    );
    expect(output.trim()).toBe('/ HOME,LANG,PATH');
  });

  it('tells how it failed', async () => {
    expect(await run('console.error("no route"); process.exit(3)')).toEqual({
      result: 'failed',
      status: 3,
      output: 'no route\n',
    });
    const missing = await runCommand(['/nowhere/x'], { timeoutMs: LONG_MS, home: '/' });
    expect(missing).toMatchObject({ result: 'not_started', status: null });
    expect(missing.output).toContain('ENOENT');
  });

  it('keeps the end of what it says', async () => {
    const { output } = await run('process.stdout.write("x".repeat(1e6) + "end")');
    expect(output.length).toBe(OUTPUT_MAX_BYTES);
    expect(output.endsWith('xend')).toBe(true);
  });

  it('ends it and its children when it takes too long', async () => {
    // The child holds our pipe: the outcome comes only when it is gone too.
    const script = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'],
      { stdio: 'inherit' }); setInterval(() => {}, 1e9)`;
    expect(await run(script, 1_000)).toMatchObject({ result: 'timed_out', status: null });
  });
});
