/** What Grafana's provisioning reads in its files of alert rules, by the field names of its own reader. */

/** Field → whether it has to be there. A field that Grafana does not know is dropped without a word. */
type Fields = Readonly<Record<string, boolean>>;

const RULE: Fields = {
  uid: true,
  title: true,
  condition: false,
  data: true,
  noDataState: false,
  execErrState: false,
  for: false,
  keepFiringFor: false,
  missing_series_evals_to_resolve: false,
  annotations: false,
  labels: false,
  isPaused: false,
  notification_settings: false,
  record: false,
};
const GROUP: Fields = { orgId: true, name: true, folder: true, interval: true, rules: true };
const QUERY: Fields = {
  refId: true,
  queryType: false,
  relativeTimeRange: false,
  datasourceUid: true,
  model: true,
};
const RECORD: Fields = { metric: true, from: true, targetDatasourceUid: false };
const UID = /^[\w-]{1,40}$/;
const DURATION = /^\d+[smhd]$/;
/** Grafana's scheduler: an interval has to be a multiple of it. */
const BASE_INTERVAL_SECONDS = 10;

export interface GrafanaRule {
  readonly uid: string;
  readonly title: string;
  readonly condition?: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly missing_series_evals_to_resolve?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly record?: { readonly metric: string; readonly from: string };
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: {
      readonly refId: string;
      readonly expr?: string;
      readonly expression?: string;
      readonly datasource?: { readonly uid: string };
    };
  }[];
}

export interface RulesFile {
  readonly apiVersion: number;
  readonly groups: readonly {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly GrafanaRule[];
  }[];
}

/** One sentence for each thing that Grafana would refuse, or drop in silence. */
export function rulesFileFindings(file: RulesFile): readonly string[] {
  const rules = file.groups.flatMap((group) => group.rules);
  const titles = rules.map(({ title }) => title);
  return [
    ...fieldFindings('the file', file, { apiVersion: true, groups: true }),
    ...(file.apiVersion === 1 ? [] : ['apiVersion is not 1']),
    ...twice(rules.map(({ uid }) => uid)).map((uid) => `${uid}: a uid twice`),
    ...twice(titles).map((title) => `${title}: a title twice in a folder`),
    ...file.groups.flatMap((group) => [
      ...fieldFindings(group.name, group, GROUP),
      ...intervalFindings(group.name, group.interval),
    ]),
    ...rules.flatMap((rule) => ruleFindings(rule).map((text) => `${rule.title}: ${text}`)),
  ];
}

function ruleFindings(rule: GrafanaRule): readonly string[] {
  const ids = rule.data.map(({ refId }) => refId);
  const durations = [rule.for ?? '0s', rule.keepFiringFor ?? '0s'];
  const texts = Object.values(rule.annotations ?? {});
  const names = [rule.title, ...Object.values(rule.labels ?? {})];
  const start = rule.record === undefined ? rule.condition : rule.record.from;
  return [
    ...fieldFindings('the rule', rule, RULE),
    ...rule.data.flatMap((query) => fieldFindings(`query ${query.refId}`, query, QUERY)),
    ...(rule.record === undefined ? [] : fieldFindings('record', rule.record, RECORD)),
    ...(UID.test(rule.uid) ? [] : [`uid ${rule.uid} is no uid`]),
    ...durations.filter((text) => !DURATION.test(text)).map((text) => `${text} is no duration`),
    ...(ids.includes(start ?? '') ? [] : [`nothing is called ${start}`]),
    ...twice(ids).map((id) => `${id}: a refId twice`),
    ...rule.data.flatMap(({ refId, datasourceUid, model }) => [
      ...(model.refId === refId ? [] : [`${refId}: its model is called ${model.refId}`]),
      ...(model.datasource?.uid === datasourceUid ? [] : [`${refId}: two data sources`]),
      ...namedIn(model.expression)
        .filter((name) => !ids.includes(name))
        .map((name) => `${refId}: nothing is called ${name}`),
    ]),
    // Provisioning puts variables of the environment there.
    ...texts.filter((text) => text.includes('${')).map(() => 'an annotation has ${'),
    ...names.filter((text) => text.includes('$')).map((text) => `$ in ${text}`),
    ...((rule.missing_series_evals_to_resolve ?? 1) > 0 ? [] : ['no evaluation may be missing']),
  ];
}

/** `is_nan($query)` and `is_there` name queries. */
function namedIn(expression: string | undefined): readonly string[] {
  if (expression === undefined) return [];
  const variables = [...expression.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? '');
  return variables.length > 0 ? variables : [expression];
}

function intervalFindings(name: string, interval: string): readonly string[] {
  const seconds = Number(/^(\d+)s$/.exec(interval)?.[1]);
  return seconds > 0 && seconds % BASE_INTERVAL_SECONDS === 0
    ? []
    : [`${name}: ${interval} is no multiple of ${BASE_INTERVAL_SECONDS}s`];
}

function fieldFindings(what: string, value: object, fields: Fields): readonly string[] {
  const there = Object.keys(value);
  return [
    ...there.filter((key) => !(key in fields)).map((key) => `${what}: Grafana knows no ${key}`),
    ...Object.keys(fields)
      .filter((key) => fields[key] === true && !there.includes(key))
      .map((key) => `${what}: no ${key}`),
  ];
}

function twice(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => words.indexOf(word) !== index);
}
