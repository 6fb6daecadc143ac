/** Writes the pack for Grafana's own alerting: rules from the Prometheus rules, contact points and policies from the example for Alertmanager. */
import { basename } from 'node:path';
import { stringify } from 'yaml';
import { isAlert, type Rule } from '../alerts/pack.js';

/** The uid that `provisioning/grafana/datasources` gives to Prometheus. */
export const PROMETHEUS_UID = 'brinescope-prometheus';
/** The data source that is Grafana's own arithmetic. */
const EXPRESSIONS_UID = '__expr__';
export const FOLDER = 'Brinescope';
export const INTERVAL_SECONDS = 30;
/** How far an instant query may look back; Grafana's own importer takes the same. */
const LOOK_BACK_SECONDS = 600;
const ORGANISATION = 1;

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly routes?: readonly Route[];
  readonly [setting: string]: unknown;
}

export interface AlertmanagerConfig {
  readonly route: Route;
  readonly receivers: readonly {
    readonly name: string;
    readonly webhook_configs: readonly {
      readonly url: string;
      readonly send_resolved?: boolean;
    }[];
  }[];
}

/** One group for each file of rules, alerts only. */
export function renderAlerts(rules: readonly Rule[]): string {
  return render('the alerts of alerts/rules', { groups: groupsOf(rules.filter(isAlert), alert) });
}

/** The recorded series, for a Grafana that writes them itself: where Prometheus has fleet.rules.yaml it is not needed. */
export function renderRecords(rules: readonly Rule[]): string {
  const recorded = rules.filter(({ record: name }) => name !== undefined);
  return render('the recording rules of alerts/rules', { groups: groupsOf(recorded, record) });
}

export function renderContactPoints({ receivers }: AlertmanagerConfig): string {
  const contactPoints = receivers.map(({ name, webhook_configs }) => ({
    orgId: ORGANISATION,
    name,
    receivers: webhook_configs.map(({ url, send_resolved = true }, index) => ({
      uid: `brinescope-${name}${index === 0 ? '' : `-${index}`}`,
      type: 'webhook',
      disableResolveMessage: !send_resolved,
      settings: { url, httpMethod: 'POST' },
    })),
  }));
  return render('the receivers of alerts/alertmanager.yml', { contactPoints });
}

/** Grafana has one tree of policies: this file replaces what was there. */
export function renderPolicies({ route }: AlertmanagerConfig): string {
  const policies = [{ orgId: ORGANISATION, ...policyOf(route) }];
  return render('the routes of alerts/alertmanager.yml', { policies });
}

/** `$value` is a text in Grafana; the number is the query's. */
export function inGrafanasWords(text: string): string {
  return text.replaceAll(/\$value\b/g, '$values.query.Value');
}

/**
 * A rule whose condition filters rows loses the row when it ends; Grafana keeps such an alert for so many evaluations.
 * 5m at 30 s → 11, for the first may come right after the end. 1 is what Prometheus does.
 */
export function missingEvaluations(keepFiringFor: string | undefined): number {
  if (keepFiringFor === undefined) return 1;
  const [, amount = '', unit = ''] = /^(\d+)([smh])$/.exec(keepFiringFor) ?? [];
  const seconds = Number(amount) * ({ s: 1, m: 60, h: 3600 }[unit] ?? Number.NaN);
  return Math.ceil(seconds / INTERVAL_SECONDS) + 1;
}

function groupsOf(
  rules: readonly Rule[],
  write: (rule: Rule, index: number) => object,
): readonly object[] {
  const files = [...new Set(rules.map(({ file }) => file))];
  return files.map((file) => ({
    orgId: ORGANISATION,
    name: `brinescope-${basename(file, '.rules.yaml')}`,
    folder: FOLDER,
    interval: `${INTERVAL_SECONDS}s`,
    rules: rules.filter((rule) => rule.file === file).map(write),
  }));
}

function alert(rule: Rule): object {
  const title = rule.alert ?? '';
  const annotations = Object.entries(rule.annotations ?? {}).map(
    ([name, text]) => [name, inGrafanasWords(text)] as const,
  );
  return {
    uid: `brinescope-${title}`,
    title,
    condition: 'threshold',
    data: [queryNode(rule.expr), mathNode(), thresholdNode()],
    noDataState: 'OK',
    execErrState: 'Error',
    for: rule.for,
    ...(rule.keep_firing_for === undefined ? {} : { keepFiringFor: rule.keep_firing_for }),
    missing_series_evals_to_resolve: missingEvaluations(rule.keep_firing_for),
    labels: { ...rule.labels },
    annotations: Object.fromEntries(annotations),
  };
}

function record(rule: Rule, index: number): object {
  return {
    uid: `brinescope-record-${index + 1}`,
    title: rule.record,
    data: [queryNode(rule.expr)],
    record: { metric: rule.record, from: 'query', targetDatasourceUid: PROMETHEUS_UID },
  };
}

function queryNode(expr: string): object {
  return {
    refId: 'query',
    relativeTimeRange: { from: LOOK_BACK_SECONDS, to: 0 },
    datasourceUid: PROMETHEUS_UID,
    model: {
      refId: 'query',
      datasource: { type: 'prometheus', uid: PROMETHEUS_UID },
      expr,
      instant: true,
      range: false,
    },
  };
}

/** A row is an alert whatever its value, 0 and NaN included: as in Prometheus. */
function mathNode(): object {
  const expression = 'is_number($query) || is_nan($query) || is_inf($query)';
  return expressionNode('is_there', { type: 'math', expression });
}

function thresholdNode(): object {
  const conditions = [{ evaluator: { type: 'gt', params: [0] } }];
  return expressionNode('threshold', { type: 'threshold', expression: 'is_there', conditions });
}

function expressionNode(refId: string, model: Readonly<Record<string, unknown>>): object {
  const datasource = { type: EXPRESSIONS_UID, uid: EXPRESSIONS_UID };
  return { refId, datasourceUid: EXPRESSIONS_UID, model: { refId, datasource, ...model } };
}

function policyOf({ matchers, routes, ...settings }: Route): object {
  const own = matchers?.map(matcherOf);
  return {
    ...settings,
    ...(own === undefined ? {} : { object_matchers: own }),
    ...(routes === undefined ? {} : { routes: routes.map(policyOf) }),
  };
}

/** `severity="critical"` → `[severity, =, critical]`. */
function matcherOf(matcher: string): readonly string[] {
  const [, label, operator, value] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(matcher) ?? [];
  if (label === undefined || operator === undefined || value === undefined) {
    throw new Error(`alertmanager.yml: no matcher: ${matcher}`);
  }
  return [label, operator, value];
}

function render(source: string, content: object): string {
  const head = `# Written by test/provisioning/grafana-alerts.ts from ${source}: change those.\n`;
  const options = { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false } as const;
  return `${head}${stringify({ apiVersion: 1, ...content }, options)}`;
}
