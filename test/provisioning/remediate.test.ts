/** Remediation as it is shipped: a real Alertmanager tells it of minions, a stand-in is the operator's command. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BODY_MAX_BYTES } from '../../exporter/src/remediate/receiver.js';
import { readSettings } from '../../exporter/src/remediate/settings.js';
import { readToken } from '../../exporter/src/remediate/token.js';
import { AlertmanagerStand } from '../alerts/alertmanager.js';
import { isAlert, readPack } from '../alerts/pack.js';
import { alertmanagerFor, EXAMPLES, RemediateStand } from './remediate-stand.js';

const firing = (minion: string, master = 'a') => ({
  alertname: 'SaltMinionHalfOpen',
  severity: 'warning',
  master,
  minion,
});

function webhook(...labels: readonly object[]): string {
  const alerts = labels.map((each) => ({ status: 'firing', labels: each }));
  return JSON.stringify({ version: '4', truncatedAlerts: 0, alerts });
}

let stand: RemediateStand;
beforeEach(() => {
  stand = new RemediateStand();
});
afterEach(async () => {
  await stand.end();
});

describe('remediation behind a real Alertmanager', () => {
  let alertmanager: AlertmanagerStand;
  afterEach(async () => {
    await alertmanager.stop();
  });
  const start = async (changes?: Readonly<Record<string, string>>) => {
    await stand.start(changes);
    alertmanager = await AlertmanagerStand.start(alertmanagerFor(stand));
  };

  it('runs the command for a minion, and nothing for one of a storm', async () => {
    await start();
    await alertmanager.post([{ alertname: 'SaltReconnectStorm', master: 'b', cause: 'network' }]);
    await stand.line('storm');
    await alertmanager.post([firing('web-2', 'b'), firing('web-1')]);
    await stand.line('refused', { minion: 'web-2', reason: 'storm' });
    const done = await stand.line('done', { minion: 'web-1' });
    expect(done).toMatchObject({ result: 'ok', output: 'done\n' });
    expect(stand.calls()).toEqual([
      '-oBatchMode=yes -oConnectTimeout=10 root@web-1 systemctl restart salt-minion',
    ]);
    expect(
      stand
        .audit()
        .map(({ event }) => event)
        .indexOf('run'),
    ).toBeGreaterThan(0);
  });

  it('only says what it would do, unless it is told to', async () => {
    await start({ mode: 'dry-run' });
    await alertmanager.post([firing('web-1')]);
    const line = await stand.line('dry_run', { minion: 'web-1' });
    expect(line.argv?.[3]).toBe('root@web-1');
    expect(stand.calls()).toEqual([]);
  });

  it('takes nothing from an Alertmanager with another token', async () => {
    await stand.start();
    writeFileSync(stand.tokenFile, 'another-token-of-the-tests\n');
    alertmanager = await AlertmanagerStand.start(alertmanagerFor(stand));
    await alertmanager.post([firing('web-1')]);
    await stand.line('refused', { reason: 'wrong_token' });
    expect(stand.audit().map(({ event }) => event)).not.toContain('queued');
  });
});

describe('remediation', () => {
  it('turns away whoever shows no token, and what is no notification', async () => {
    await stand.start();
    const whole = webhook(firing('web-1'));
    expect(await stand.post(whole, 'x'.repeat(31))).toBe(401);
    expect(await stand.post('{}')).toBe(400);
    expect(await stand.post(`${whole}x`)).toBe(400);
    const url = `http://127.0.0.1:${stand.port}`;
    expect((await fetch(`${url}/alerts`)).status).toBe(405);
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect(stand.audit().map(({ reason }) => reason)).toEqual([
      undefined,
      'wrong_token',
      'is not version 4 of the webhook',
      'is no JSON',
    ]);
  });

  it('reads no more than a notification can be', async () => {
    await stand.start();
    const status = await stand.post(`"${'x'.repeat(BODY_MAX_BYTES)}"`).catch(() => 'cut off');
    expect([400, 'cut off']).toContain(status);
    await stand.line('refused', { reason: 'too_large' });
  });

  it('writes a flood of refusals down as a number', async () => {
    await stand.start();
    const flood = Array.from({ length: 200 }, (_, index) => ({
      alertname: `Other${index}`,
      master: 'a',
      minion: 'mail-1',
    }));
    expect(await stand.post(webhook(...flood))).toBe(200);
    expect(stand.audit().filter(({ event }) => event === 'refused').length).toBe(60);
  });

  it('leaves a minion alone after a restart, too', async () => {
    await stand.start();
    expect(await stand.post(webhook(firing('web-1')))).toBe(200);
    await stand.line('done', { minion: 'web-1' });
    await stand.stop();
    await stand.start();
    await stand.post(webhook(firing('web-1')));
    await stand.line('refused', { minion: 'web-1', reason: 'backing_off' });
    expect(stand.calls()).toHaveLength(1);
  });

  it('runs nothing that it cannot write down, and has it sent again', async () => {
    await stand.start();
    rmSync(stand.auditFile);
    // A link in its place is not followed.
    execFileSync('ln', ['-s', '/dev/full', stand.auditFile]);
    expect(await stand.post(webhook(firing('web-1')))).toBe(503);
    rmSync(stand.auditFile);
    writeFileSync(stand.auditFile, '');
    expect(await stand.post(webhook(firing('web-3')))).toBe(200);
    await stand.line('done', { minion: 'web-3' });
    expect(stand.calls().filter((call) => call.includes('web-1'))).toEqual([]);
  });

  it('wants a token that nobody else can read', async () => {
    const file = join(stand.directory, 'open-token');
    writeFileSync(file, 'long-enough-to-be-a-token\n', { mode: 0o600 });
    expect(readToken(file)).toBe('long-enough-to-be-a-token');
    chmodSync(file, 0o640);
    expect(() => readToken(file)).toThrow('chmod 600');
    writeFileSync(file, 'short\n');
    chmodSync(file, 0o600);
    expect(() => readToken(file)).toThrow('openssl rand');
    expect(() => readToken(`${file}.not`)).toThrow('cannot be read');
  });
});

describe('its shipped files', () => {
  it('are read as they are, and are a dry run', () => {
    const text = readFileSync(join(EXAMPLES, 'remediate.yml'), 'utf8');
    const read = readSettings('remediate.yml', text);
    expect(read).toMatchObject({ ok: true, settings: { mode: 'dry-run' } });
  });

  it('name alerts that exist, and route every one of them', () => {
    const names = readPack()
      .rules.filter(isAlert)
      .map(({ alert }) => alert);
    const settings = parse(readFileSync(join(EXAMPLES, 'remediate.yml'), 'utf8'));
    const used: string[] = [...settings.alerts, ...settings['storm-alerts']];
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
    const routes = readFileSync(join(EXAMPLES, 'alertmanager.yml'), 'utf8');
    const [, pattern = ''] = /alertname=~"(.*)"/.exec(routes) ?? [];
    expect(pattern.split('|')).toEqual(used);
  });

  it('are accepted by amtool', () => {
    const args = ['check-config', join(EXAMPLES, 'alertmanager.yml')];
    const output = execFileSync('amtool', args, { encoding: 'utf8' });
    expect(output).toContain('SUCCESS');
  });
});
