/** What the exporter has to query, from its catalogue and its golden exposition, and what Prometheus adds. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DISAGREEMENTS, MINION_STATUSES, SOURCES } from '../../exporter/src/domain/vocabulary.js';
import {
  type CatalogueEntry,
  familyCatalogue,
  processCatalogue,
} from '../../exporter/src/metrics/catalogue.js';
import { createProcessRegistry } from '../../exporter/src/metrics/process-families.js';
import type { Vocabulary } from './drift.js';

const GOLDENS = ['metrics.prom', 'metrics-minion.prom', 'metrics-at-start.prom'];

/** Series that are not the exporter's: Prometheus' own. */
const FOREIGN: readonly (readonly [string, readonly string[]])[] = [
  ['up', []],
  ['ALERTS', ['alertname', 'alertstate', 'severity']],
  ['prometheus_notifications_alertmanagers_discovered', []],
];

/** Labels whose values are names of things: a golden has examples of them, not all. */
const OPEN_LABELS = ['minion', 'master', 'option', 'function', 'state', 'map', 'group', 'cmd'];

/** Closed sets of which the goldens show a part. */
const WHOLE_SETS: readonly (readonly [string, readonly string[]])[] = [
  ['brinescope_source_up source', SOURCES],
  ['brinescope_source_errors_total source', SOURCES],
  ['salt_presence_disagreements kind', DISAGREEMENTS],
  ['salt_minion_status status', MINION_STATUSES],
];

export function catalogue(): readonly CatalogueEntry[] {
  return [...familyCatalogue(), ...processCatalogue(createProcessRegistry())];
}

export function vocabularyOf(entries: readonly CatalogueEntry[]): Vocabulary {
  const labels = new Map(FOREIGN);
  for (const { name, type, labels: own } of entries) {
    if (type !== 'histogram') {
      labels.set(name, own);
      continue;
    }
    labels.set(`${name}_bucket`, [...own, 'le']);
    for (const part of ['sum', 'count']) labels.set(`${name}_${part}`, own);
  }
  return { labels, values: closedValues() };
}

function closedValues(): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  const add = (pair: string, value: string) => {
    const there = values.get(pair) ?? new Set();
    values.set(pair, there.add(value));
  };
  for (const file of GOLDENS) {
    const path = fileURLToPath(new URL(`../golden/${file}`, import.meta.url));
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [, name, labels] = /^(\w+)\{(.*)\} /.exec(line) ?? [];
      for (const [, label, value] of (labels ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
        if (label !== undefined && !OPEN_LABELS.includes(label)) {
          add(`${name} ${label}`, value ?? '');
        }
      }
    }
  }
  for (const [pair, whole] of WHOLE_SETS) for (const value of whole) add(pair, value);
  return values;
}
