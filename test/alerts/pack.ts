/** The alert pack as it lies in the tree: rules, their unit tests, runbooks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ALERTS = fileURLToPath(new URL('../../alerts', import.meta.url));

export interface Rule {
  readonly file: string;
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Comment lines right above the rule, without the `#`; a reason goes on over several lines. */
  readonly reasons: readonly string[];
}

export interface AlertRule extends Rule {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
}

export interface UnitTest {
  readonly file: string;
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly ExpectedAlert[];
  }[];
}

export interface Runbook {
  readonly name: string;
  readonly text: string;
  /** One a line, or one a block where it goes over several lines. */
  readonly queries: readonly string[];
}

export interface Pack {
  readonly rules: readonly Rule[];
  readonly runbooks: readonly Runbook[];
}

export function readPack(): Pack {
  return { rules: readRules(), runbooks: readRunbooks() };
}

export function isAlert(rule: Rule): rule is AlertRule {
  return rule.alert !== undefined && rule.labels !== undefined && rule.annotations !== undefined;
}

export function ruleFiles(): readonly string[] {
  return filesOf('rules', '.rules.yaml').map((name) => join(ALERTS, 'rules', name));
}

export function testFiles(): readonly string[] {
  return filesOf('tests', '.test.yaml').map((name) => join(ALERTS, 'tests', name));
}

export function readUnitTests(): readonly UnitTest[] {
  return testFiles().flatMap((file) => {
    // The shape is promtool's, which refuses any other.
    const { tests } = parse(readFileSync(file, 'utf8')) as { tests: Partial<UnitTest>[] };
    return tests.map(({ name = '', alert_rule_test = [] }) => ({ file, name, alert_rule_test }));
  });
}

function readRules(): readonly Rule[] {
  return ruleFiles().flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    // The shape is promtool's, which refuses any other.
    const { groups } = parse(text) as { groups: { rules: Omit<Rule, 'file' | 'reasons'>[] }[] };
    return groups.flatMap((group) =>
      group.rules.map((rule) => {
        const head = rule.alert === undefined ? `record: ${rule.record}` : `alert: ${rule.alert}`;
        return { ...rule, file, reasons: reasonsAbove(text, `- ${head}\n`) };
      }),
    );
  });
}

function reasonsAbove(text: string, head: string): readonly string[] {
  const above = text.slice(0, text.indexOf(head)).split('\n').slice(0, -1).reverse();
  const end = above.findIndex((line) => !line.trim().startsWith('#'));
  const lines = above.slice(0, end).reverse();
  const reasons: string[] = [];
  for (const line of lines) {
    const words = line.trim().slice(1);
    if (words.startsWith('   ')) reasons.push(`${reasons.pop() ?? ''} ${words.trim()}`);
    else reasons.push(words.trim());
  }
  return reasons;
}

function readRunbooks(): readonly Runbook[] {
  return filesOf('runbooks', '.md')
    .filter((name) => name !== 'README.md')
    .map((name) => {
      const text = readFileSync(join(ALERTS, 'runbooks', name), 'utf8');
      return { name: name.replace(/\.md$/, ''), text, queries: queriesOf(text) };
    });
}

/** Every line of every promql block. */
function queriesOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```promql\n([\s\S]*?)```/g)];
  return blocks.flatMap((block) => (block[1] ?? '').split('\n').filter((line) => line.trim()));
}

function filesOf(folder: string, ending: string): readonly string[] {
  return readdirSync(join(ALERTS, folder))
    .filter((name) => name.endsWith(ending))
    .sort();
}
