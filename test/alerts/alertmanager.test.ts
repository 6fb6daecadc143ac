/** The example for Alertmanager: accepted by amtool, names what exists, and does in a real Alertmanager what it says. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AlertmanagerStand, CONFIGURATION, type Labels } from './alertmanager.js';
import { resultLabels, withRecords } from './drift.js';
import { isAlert, readPack } from './pack.js';
import { catalogue, vocabularyOf } from './vocabulary.js';

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

const { rules } = readPack();
const ALERTS = rules.filter(isAlert);
const known = withRecords(rules, vocabularyOf(catalogue()));
const LABELS_OF = new Map(
  ALERTS.map(({ alert, expr }) => [alert, ['alertname', ...resultLabels(expr, known)]]),
);
// The shape is Alertmanager's, and amtool refuses any other.
const { inhibit_rules: inhibitions } = parse(readFileSync(CONFIGURATION, 'utf8')) as {
  inhibit_rules: Inhibition[];
};

/** Alerts that `alertname=~"A|B(C|D)"` names; Alertmanager anchors patterns too. */
function named(matchers: readonly string[]): readonly string[] {
  const [, operator, value] = /^alertname(=~?)"(.*)"$/.exec(matchers[0] ?? '') ?? [];
  const pattern = operator === '=~' ? new RegExp(`^(?:${value})$`) : undefined;
  return [...LABELS_OF.keys()].filter((name) => pattern?.test(name) ?? name === value);
}

function route(labels: Labels): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const args = ['config', 'routes', 'test', `--config.file=${CONFIGURATION}`, ...words];
  return execFileSync('amtool', args, { encoding: 'utf8' }).trim();
}

describe('the example for Alertmanager', () => {
  it('is accepted by amtool', () => {
    const output = execFileSync('amtool', ['check-config', CONFIGURATION], { encoding: 'utf8' });
    expect(output).toContain('SUCCESS');
  });

  it('names only alerts that exist, and compares only labels that they carry', () => {
    expect(inhibitions.length).toBeGreaterThan(5);
    for (const { source_matchers, target_matchers, equal } of inhibitions) {
      const words = [...source_matchers, ...target_matchers].join('|').match(/\b[SB]\w+\b/g) ?? [];
      const whole = words.filter((word) => /^(Salt|Brinescope)[A-Z]\w+$/.test(word));
      const open = ['SaltMinion'];
      expect(whole.filter((word) => !LABELS_OF.has(word) && !open.includes(word))).toEqual([]);
      const sources = named(source_matchers);
      const targets = named(target_matchers);
      expect(sources.length, source_matchers.join()).toBe(1);
      expect(targets.length, target_matchers.join()).toBeGreaterThan(0);
      // A label that both lack is equal: then one master's fault would silence another's.
      for (const name of sources)
        expect(LABELS_OF.get(name)).toEqual(expect.arrayContaining([...equal]));
    }
  });

  it('sends each severity to its own', () => {
    expect(route({ alertname: 'SaltPublishesDropped', severity: 'critical' })).toBe('pager');
    expect(route({ alertname: 'SaltMinionAbsent', severity: 'warning' })).toBe('team');
    expect(route({ alertname: 'SaltMinionSlow', severity: 'info' })).toBe('chat');
    expect(route({ alertname: 'BrinescopeDeadman', severity: 'info' })).toBe('deadman');
    const storm = { alertname: 'SaltReconnectStorm', severity: 'warning' };
    expect(route({ ...storm, cause: 'master_restart' })).toBe('chat');
    expect(route({ ...storm, cause: 'network' })).toBe('team');
  });
});

describe('a real Alertmanager with it', () => {
  let stand: AlertmanagerStand;
  beforeAll(async () => {
    stand = await AlertmanagerStand.start();
  });
  afterAll(async () => {
    await stand.stop();
  });

  const minion = (master: string, name: string): Labels => ({
    alertname: 'SaltMinionAbsent',
    severity: 'warning',
    master,
    minion: name,
  });
  const isFor = (labels: Labels) => (notice: { readonly labels: Labels }) =>
    Object.entries(labels).every(([name, value]) => notice.labels[name] === value);

  it('keeps back the minions of a master whose port is shut, and not those of another', async () => {
    const shut = {
      alertname: 'SaltListenerDown',
      severity: 'critical',
      master: 'a',
      port: 'publish',
    };
    await stand.post([shut]);
    const told = await stand.notice(isFor({ alertname: 'SaltListenerDown' }), 'the port is told');
    expect(told.receiver).toBe('pager');
    await stand.post([minion('a', 'web-1'), minion('a', 'web-2'), minion('b', 'web-3')]);
    const other = await stand.notice(isFor({ minion: 'web-3' }), 'the other master is told');
    expect(other.receiver).toBe('team');
    const states = await stand.states();
    const suppressed = states.filter(({ status }) => status.state === 'suppressed');
    expect(suppressed.map(({ labels }) => labels.minion).sort()).toEqual(['web-1', 'web-2']);
    expect(stand.notices.filter(isFor({ alertname: 'SaltMinionAbsent', master: 'a' }))).toEqual([]);
  });

  it('tells of a storm once, and keeps its flaps back', async () => {
    const storm = { alertname: 'SaltReconnectStorm', severity: 'warning', cause: 'network' };
    await stand.post([{ ...storm, master: 'c' }]);
    await stand.notice(isFor({ alertname: 'SaltReconnectStorm' }), 'the storm is told');
    const flap = { alertname: 'SaltMinionFlapping', severity: 'warning' };
    const minions = Array.from({ length: 50 }, (_, index) => `m${index}`);
    const flaps = minions.map((name) => ({ ...flap, master: 'c', minion: name }));
    await stand.post([...flaps, { ...flap, master: 'd', minion: 'm0' }]);
    await stand.notice(isFor({ ...flap, master: 'd' }), 'a flap elsewhere is told');
    const ours = (await stand.states()).filter(isFor({ ...flap, master: 'c' }));
    expect(ours.map(({ status }) => status.state)).toEqual(minions.map(() => 'suppressed'));
    expect(stand.notices.filter(isFor({ ...flap, master: 'c' }))).toEqual([]);
    expect(stand.notices.filter(isFor({ ...storm, master: 'c' })).length).toBe(1);
  });

  it('keeps back what a blind exporter cannot know, and nothing else', async () => {
    const blind = { alertname: 'BrinescopeBlind', severity: 'critical', master: 'e' };
    await stand.post([blind]);
    await stand.notice(isFor(blind), 'blindness is told');
    const half = { alertname: 'SaltMinionHalfOpen', severity: 'warning', master: 'e', minion: 'x' };
    const restart = { alertname: 'SaltMasterRestarted', severity: 'info', master: 'e' };
    await stand.post([half, restart]);
    const told = await stand.notice(isFor(restart), 'the restart is told');
    expect(told.receiver).toBe('chat');
    const [state] = (await stand.states()).filter(isFor(half));
    expect(state?.status.state).toBe('suppressed');
  });

  it('tells the minions once the port is open again and they are still gone', async () => {
    const shut = {
      alertname: 'SaltListenerDown',
      severity: 'critical',
      master: 'a',
      port: 'publish',
    };
    await stand.post([shut], new Date());
    await stand.notice(isFor(minion('a', 'web-1')), 'the minion is told after all');
    const ends = stand.notices.filter(({ status }) => status === 'resolved');
    expect(ends.filter(isFor({ alertname: 'SaltListenerDown' })).length).toBeLessThan(2);
  });
});
