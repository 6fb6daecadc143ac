/** Finds what rules and runbooks name and the exporter does not have: families, labels, values of closed labels. */
import type { Pack, Rule } from './pack.js';
import { isAlert } from './pack.js';
import { type Grouping, type Selector, takeApart } from './promql.js';

/** Family or recorded name → labels; and which values a closed label may have. */
export interface Vocabulary {
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** `family label` → values. A pair that is not here is open. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What the scrape configuration adds to every series. */
export const TARGET_LABELS = ['master', 'job', 'instance'];

/** One sentence each; empty when nothing has drifted. */
export function driftFindings(pack: Pack, vocabulary: Vocabulary): readonly string[] {
  const known = withRecords(pack.rules, vocabulary);
  const inRules = pack.rules.flatMap((rule) => [
    ...queryFindings(rule.expr, known).map((text) => `${rule.alert ?? rule.record}: ${text}`),
    ...templateFindings(rule, known),
  ]);
  const inRunbooks = pack.runbooks.flatMap(({ name, queries }) =>
    queries.flatMap((query) => queryFindings(query, known).map((text) => `${name}.md: ${text}`)),
  );
  return [...inRules, ...inRunbooks];
}

/** Labels that a rule's alerts carry: those of its first aggregation, or of its first recorded series. */
export function resultLabels(expr: string, vocabulary: Vocabulary): readonly string[] {
  const { groupings, selectors } = takeApart(expr);
  const by = groupings.find(({ keyword }) => keyword === 'by');
  const [first] = selectors;
  const labels =
    by?.labels ?? (first === undefined ? [] : (vocabulary.labels.get(first.name) ?? []));
  return labels.filter((label) => label !== 'le');
}

export function withRecords(rules: readonly Rule[], vocabulary: Vocabulary): Vocabulary {
  const labels = new Map(vocabulary.labels);
  for (const { record, expr } of rules) {
    if (record !== undefined) labels.set(record, resultLabels(expr, vocabulary));
  }
  return { ...vocabulary, labels };
}

/** Of one query. */
export function queryFindings(query: string, vocabulary: Vocabulary): readonly string[] {
  const { selectors, groupings } = takeApart(query);
  return [
    ...selectors.flatMap((selector) => selectorFindings(selector, vocabulary)),
    ...groupings.flatMap((grouping) => groupingFindings(grouping, vocabulary)),
  ];
}

function selectorFindings({ name, matchers }: Selector, vocabulary: Vocabulary): string[] {
  const labels = vocabulary.labels.get(name);
  if (labels === undefined) return [`there is no family ${name}`];
  return matchers.flatMap(({ label, operator, value }) => {
    if (!labels.includes(label) && !TARGET_LABELS.includes(label)) {
      return [`${name} has no label ${label}`];
    }
    const allowed = vocabulary.values.get(`${name} ${label}`);
    // A pattern with more than alternatives is left to the reader.
    const words = operator.includes('~') ? value.split('|') : [value];
    if (allowed === undefined || words.some((word) => !/^\w*$/.test(word))) return [];
    return words
      .filter((word) => !allowed.has(word))
      .map((word) => `${name} has no ${label}="${word}"`);
  });
}

function groupingFindings({ keyword, labels, selectors }: Grouping, vocabulary: Vocabulary) {
  const there = selectors.flatMap(({ name }) => vocabulary.labels.get(name) ?? []);
  return labels
    .filter((label) => !there.includes(label) && !TARGET_LABELS.includes(label))
    .map((label) => `${keyword} (${label}): no family in it has that label`);
}

/** `{{ $labels.x }}` of a label that the alert does not have prints nothing. */
function templateFindings(rule: Rule, vocabulary: Vocabulary): readonly string[] {
  if (!isAlert(rule)) return [];
  const labels = resultLabels(rule.expr, vocabulary);
  const text = Object.values(rule.annotations).join('\n');
  return [...text.matchAll(/\$labels\.(\w+)/g)]
    .map(([, label]) => label ?? '')
    .filter((label) => !labels.includes(label))
    .map((label) => `${rule.alert}: its alerts have no label ${label}`);
}
