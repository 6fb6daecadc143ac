/** The tables of alerts/README.md: which alert is tested how, and every threshold with its reason. */
import { basename } from 'node:path';
import type { AlertRule, UnitTest } from './pack.js';

/** A dead man's switch has no quiet case. */
export const ALWAYS_FIRES = 'BrinescopeDeadman';

/** Alerts that were seen to fire for a real fault of the demo fleet, up to a webhook behind Alertmanager. */
const LIVE_TESTED: ReadonlySet<string> = new Set([
  'SaltMinionFlapping',
  'SaltReconnectStorm',
  'SaltMinionHalfOpen',
  'SaltMinionStalled',
  'SaltPublishDaemonDied',
  'SaltMasterRestarted',
  'SaltReturnsLostNoLink',
  'SaltReturnsLostPublisher',
  'SaltJobUnanswered',
  ALWAYS_FIRES,
]);

interface Cases {
  fires: boolean;
  quiet: boolean;
  resolves: boolean;
}

/** By what the groups expect, not by what they are called: a case `fires` without an expected alert is none. */
export function casesOf(tests: readonly UnitTest[]): ReadonlyMap<string, Cases> {
  const cases = new Map<string, Cases>();
  for (const { name, alert_rule_test } of tests) {
    const [alert = '', ...words] = name.split(' ');
    const own = alert_rule_test.filter(({ alertname }) => alertname === alert);
    const counts = own.map(({ exp_alerts }) => exp_alerts.length);
    const entry = cases.get(alert) ?? { fires: false, quiet: false, resolves: false };
    const kind = words.join(' ');
    if (kind === 'fires') entry.fires = counts.length > 0 && counts.every((count) => count > 0);
    if (kind === 'stays quiet') entry.quiet = counts.length > 0 && counts.every((n) => n === 0);
    if (kind === 'resolves') entry.resolves = (counts[0] ?? 0) > 0 && counts.at(-1) === 0;
    cases.set(alert, entry);
  }
  return cases;
}

export function renderAlertTable(alerts: readonly AlertRule[], tests: readonly UnitTest[]): string {
  const cases = casesOf(tests);
  const rows = alerts.map(({ alert, labels, annotations }) => {
    const entry = cases.get(alert);
    const always = alert === ALWAYS_FIRES;
    const tested = [entry?.fires, entry?.quiet, entry?.resolves].map((yes, index) =>
      yes ? 'yes' : always && index > 0 ? 'never' : 'no',
    );
    const live = LIVE_TESTED.has(alert) ? 'yes' : 'no';
    const slug = /\/d\/brinescope-(\w+)/.exec(annotations.dashboard ?? '')?.[1] ?? '';
    const runbook = `[runbook](runbooks/${alert}.md)`;
    return `| \`${alert}\` | ${labels.severity} | ${tested.join(' | ')} | ${live} | ${runbook} | ${slug} |`;
  });
  return `| alert | severity | fires | quiet | resolves | live tested | runbook | dashboard |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

export function renderThresholds(alerts: readonly AlertRule[]): string {
  const rows = alerts.flatMap(({ alert, file, reasons }) =>
    reasons.map((reason) => {
      const [what, ...why] = reason.split(': ');
      return `| \`${alert}\` | ${what} | ${why.join(': ')} | ${basename(file)} |`;
    }),
  );
  return `| alert | what | why | file |
|---|---|---|---|
${rows.join('\n')}
`;
}
