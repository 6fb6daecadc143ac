/**
 * The two formats of a body: what they are called, how they are negotiated, how a family begins in
 * each.
 */

import type { Histogram } from '../lib/histogram.js';
import type { FamilyType, FamilyUnit } from './family.js';
import { escapeHelp } from './label-text.js';
import { boundText, numberText } from './number-text.js';

export type Format = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export interface FamilyHeader {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType | 'summary' | 'untyped';
  readonly unit: FamilyUnit;
}

/**
 * Metadata lines. OpenMetrics names a counter without `_total`, wants `# UNIT` only where the name
 * ends in the unit, and calls what has no type `unknown`.
 */
export function headerText(family: FamilyHeader, format: Format): string {
  const { name, type, unit } = family;
  if (format === 'text') {
    return `# HELP ${name} ${escapeHelp(family.help, false)}\n# TYPE ${name} ${type}\n`;
  }
  const base = openMetricsName(family);
  const unitLine = unit !== 'none' && base.endsWith(`_${unit}`) ? `# UNIT ${base} ${unit}\n` : '';
  const typeName = type === 'untyped' ? 'unknown' : type;
  return `# TYPE ${base} ${typeName}\n${unitLine}# HELP ${base} ${escapeHelp(family.help, true)}\n`;
}

export function openMetricsName(family: Pick<FamilyHeader, 'name' | 'type'>): string {
  return family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
}

/** Series of a histogram: cumulative buckets, sum, count; the same in both formats. */
export function histogramText(name: string, histogram: Histogram): string {
  let text = '';
  let cumulative = 0;
  for (let i = 0; i < histogram.counts.length; i += 1) {
    cumulative += histogram.counts[i] ?? 0;
    const bound = boundText(histogram.bounds[i] ?? Number.POSITIVE_INFINITY);
    text += `${name}_bucket{le="${bound}"} ${numberText(cumulative)}\n`;
  }
  return `${text}${name}_sum ${numberText(histogram.sum)}\n${name}_count ${numberText(cumulative)}\n`;
}
