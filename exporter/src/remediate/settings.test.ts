/** A file that is not wholly right runs nothing; a right one is a dry run until it says otherwise. */
import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const WHOLE = `token-file: /etc/brinescope/token
audit-file: /var/log/brinescope/remediate.jsonl
command: [/usr/bin/ssh, 'root@{minion}', systemctl, restart, salt-minion]
alerts: [SaltMinionHalfOpen]
minions: [web-*]
`;

function errorsOf(text: string): string {
  const read = readSettings('r.yml', text);
  return read.ok ? '' : read.errors.join('\n');
}

describe('readSettings', () => {
  it('is a dry run on loopback with narrow limits when it is told no more than it must', () => {
    const read = readSettings('r.yml', WHOLE);
    expect(read).toMatchObject({
      ok: true,
      settings: {
        mode: 'dry-run',
        listen: { host: '127.0.0.1', port: 4510 },
        timeoutMs: 60_000,
        rules: { perHour: 6, settleMs: 60_000, stormMinions: 5, backOffMs: 1_800_000 },
      },
    });
    expect(read.ok && read.settings.rules.stormAlerts).toContain('SaltReconnectStorm');
  });

  it.each([
    ['mode: live', 'mode is none of: dry-run run'],
    ['mod: run', 'mod is no option of brinescope; the nearest is mode'],
    ['listen: 0.0.0.0:4510', 'listen must be an address of loopback'],
    ['listen: ":4510"', 'listen must be an address of loopback'],
    ['timeout: 60', 'timeout has no unit'],
    ['per-hour: 0', 'per-hour is out of range'],
    ['storm-alerts: []', 'storm-alerts must be a list'],
    ['back-off-max: 5m', 'back-off-max is shorter than back-off'],
    ['settle: [1]', 'settle is no single value'],
    ['mode: run\nmode: dry-run', 'is not valid YAML'],
  ])('refuses %s', (line, error) => {
    expect(errorsOf(`${WHOLE}${line}\n`)).toContain(error);
  });

  it.each([
    ['[ssh, "{minion}"]', 'must be a whole path'],
    ['["{minion}"]', 'cannot be a placeholder'],
    ['[/bin/sh, -c, "restart {minion}"]', 'a shell would interpret'],
    ['[/usr/bin/bash, -c, "restart {minion}"]', 'a shell would interpret'],
    ['[/usr/bin/ssh, "{host}"]', '{host} is none of'],
    ['[/usr/bin/ssh, web-1]', 'no word of it holds {minion}'],
    ['/usr/bin/ssh {minion}', 'command must be a list'],
    ['[/usr/bin/ssh, 7, "{minion}"]', 'command has 7'],
  ])('refuses the command %s', (command, error) => {
    const text = WHOLE.replace(/command: .*/, `command: ${command}`);
    expect(errorsOf(text)).toContain(error);
  });

  it('tells every mistake at once, with the file', () => {
    const errors = errorsOf('mode: x\nfoo: 1\n');
    for (const word of [
      'r.yml: mode',
      'r.yml: foo',
      'token-file is missing',
      'command must',
      'alerts must',
    ])
      expect(errors).toContain(word);
  });

  it.each(['', '[]', 'a', 'x: &a [*a]', 'x'.repeat(100_001)])(
    'refuses what is no configuration',
    (text) => {
      expect(errorsOf(text)).not.toBe('');
    },
  );
});
