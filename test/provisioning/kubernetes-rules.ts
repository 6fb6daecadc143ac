/** Writes the pack as a PrometheusRule, the form in which the Prometheus operator takes rules. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

/** Groups as they stand in the files, one after the other. */
export function renderPrometheusRule(files: readonly string[]): string {
  const groups = files.flatMap((file) => {
    // The shape is promtool's, which refuses any other.
    const content = parse(readFileSync(file, 'utf8')) as { groups: unknown[] };
    return content.groups;
  });
  const labels = { 'app.kubernetes.io/name': 'brinescope' };
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'brinescope', labels },
    spec: { groups },
  };
  const head =
    '# Written by test/provisioning/kubernetes-rules.ts from alerts/rules: change those.\n';
  return `${head}${stringify(resource, { lineWidth: 0, blockQuote: 'literal' })}`;
}
