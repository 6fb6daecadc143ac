/** Headers of records in Salt's own format and in those that operators write into `log_fmt_logfile`. */
import { describe, expect, it } from 'vitest';
import { compileFormat, type RecordHeader } from './format.js';

function header(line: string, format?: string, dateFormat?: string): RecordHeader | undefined {
  const compiled = compileFormat(format, dateFormat);
  if (!compiled.ok) throw new Error(compiled.problem);
  return compiled.find(line);
}

function parts(line: string, format?: string, dateFormat?: string) {
  const found = header(line, format, dateFormat);
  if (found === undefined) return undefined;
  return [found.level, found.logger, found.pid, line.slice(found.messageAt)];
}

describe("Salt's own format", () => {
  it.each([
    [
      '2026-11-21 21:52:52,744 [salt.cli.daemons :286 ][INFO    ][29014] Setting up',
      ['INFO', 'salt.cli.daemons', '29014', 'Setting up'],
    ],
    [
      '2026-11-21 21:53:06,824 [salt.transport.zeromq:1188][DEBUG   ][7] ZeroMQ event: {',
      ['DEBUG', 'salt.transport.zeromq', '7', 'ZeroMQ event: {'],
    ],
    [
      '2026-01-01 00:00:00,001 [salt.loader.fd00::1.int.module.cmdmod:601 ][WARNING ][1] x: [y][Z]',
      ['WARNING', 'salt.loader.fd00::1.int.module.cmdmod', '1', 'x: [y][Z]'],
    ],
    [
      '2026-01-01 00:00:00,001 [a                :1   ][CRITICAL][123456] ',
      ['CRITICAL', 'a', '123456', ''],
    ],
    [
      '2026-01-01 00:00:00,001 [a                :1   ][Level 25][1] m',
      ['Level 25', 'a', '1', 'm'],
    ],
  ])('%s', (line, expected) => {
    expect(parts(line)).toEqual(expected);
  });

  it.each([
    '',
    'Traceback (most recent call last):',
    '  File "/x.py", line 1, in y',
    ' 2026-11-21 21:52:52,744 [salt.cli.daemons :286 ][INFO    ][29014] indented',
    '2026-11-21 21:52:52,744 [salt.cli.daemons :286 ][INFO',
    '2026-11-21 21:52:52,744 [INFO    ] console',
    '\u001b[0;32m2026-11-21 21:52:52,744 [salt.cli.daemons :286 ][INFO    ][29014] coloured',
    'x2026-11-21 21:52:52,744 [salt.cli.daemons :286 ][INFO    ][29014] behind something',
  ])('no header: %s', (line) => {
    expect(header(line)).toBeUndefined();
  });
});

describe("an operator's format", () => {
  it.each([
    [
      '[%(levelname)-8s] %(message)s',
      undefined,
      '[ERROR   ] m',
      ['ERROR', undefined, undefined, 'm'],
    ],
    [
      '%(colorlevel)s %(colormsg)s',
      undefined,
      '\u001b[0;31m[ERROR   ]\u001b[0;0m \u001b[0;31mm',
      ['ERROR', undefined, undefined, 'm'],
    ],
    [
      '%(asctime)s %(levelno)s %(message)s',
      '%d.%m.%y %H:%M',
      '31.12.26 23:59 40 m',
      ['40', undefined, undefined, 'm'],
    ],
    [
      '%(asctime)s|%(levelname)s|%(name)s|%(message)s',
      '%Y-%m-%dT%H:%M:%S%z',
      '2026-01-01T00:00:00+0100|INFO|salt.master|m|n',
      ['INFO', 'salt.master', undefined, 'm|n'],
    ],
    [
      '%(asctime)s,%(msecs)03d [%(name)-17s:%(lineno)-4d][%(levelname)-8s][%(process)d]%(jid)s %(message)s',
      undefined,
      '2026-01-01 00:00:00,001 [salt.minion      :1   ][INFO    ][5] [JID: 2026] m',
      ['INFO', 'salt.minion', '5', 'm'],
    ],
    [
      '100%% %(levelname)s (%(funcName)s): %(message)s',
      undefined,
      '100% INFO (run_job): m',
      ['INFO', undefined, undefined, 'm'],
    ],
    [
      '%(levelname)10s %(process)5d %(message)s',
      undefined,
      '   WARNING    17 m',
      ['WARNING', undefined, '17', 'm'],
    ],
    [
      '{"at":"%(asctime)s","level":"%(levelname)s","text":"%(message)s"}',
      '%a %b',
      '{"at":"Sun Nov","level":"INFO","text":"m"}',
      ['INFO', undefined, undefined, 'm"}'],
    ],
  ] as const)('%s', (...[format, dateFormat, line, expected]) => {
    expect(parts(line, format, dateFormat)).toEqual(expected);
  });

  it.each([
    ['%(asctime)s %(message)s', 'has no level before the message'],
    ['%(message)s %(levelname)s', 'has no level before the message'],
    ['%(levelname)s', 'has no message'],
    ['plain', 'has no message'],
    [
      '%(funcName)s%(module)s%(pathname)s%(filename)s%(levelname)s%(message)s',
      'has too many fields of free text before the message',
    ],
  ])('%s is refused: %s', (format, problem) => {
    expect(compileFormat(format, undefined)).toEqual({ ok: false, problem });
  });

  it('takes what is special in a pattern as it stands', () => {
    const format = '(.*)+[^a]{2}$|\\d %(levelname)s %(message)s';
    expect(parts('(.*)+[^a]{2}$|\\d INFO m', format)?.[0]).toBe('INFO');
    expect(parts('aaa INFO m', format)).toBeUndefined();
  });

  it('looks at the beginning of a long line only', () => {
    const format = '%(funcName)s %(module)s %(pathname)s %(levelname)s %(message)s';
    expect(header('a '.repeat(2_000_000), format)).toBeUndefined();
  });
});
