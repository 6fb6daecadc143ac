/**
 * Renders one group of families: everything is evaluated before the first byte leaves, so that a
 * group fails as a whole.
 */
import type { Settings } from '../config/settings.js';
import type { Family, FamilyGroup, HistogramFamily, ScalarFamily } from './family.js';
import { type Format, headerText, histogramText } from './format.js';
import type { Frame } from './frame.js';
import { labelsText } from './label-text.js';
import {
  type Columns,
  createColumns,
  createRowWriter,
  type MinionLabels,
  sampleRows,
  writeRows,
} from './minion-rows.js';
import { numberText } from './number-text.js';
import type { ScrapeSink } from './scrape-sink.js';
import type { Turn } from './turn.js';

export type DetailByBlock = Settings['metrics']['detail'];

export interface RenderContext {
  readonly frame: Frame;
  readonly format: Format;
  readonly detail: DetailByBlock;
  readonly labels: MinionLabels;
  readonly sink: ScrapeSink;
  readonly turn: Turn;
}

/** A family as far as its own code is concerned: nothing that follows can fail because of it. */
export type Sampled =
  | { readonly kind: 'text'; readonly text: string; readonly series: number }
  | { readonly kind: 'rows'; readonly columns: Columns };

/** Evaluates all families of a group; rejects with what a family threw. */
export async function sampleGroup(
  group: FamilyGroup,
  context: RenderContext,
): Promise<readonly Sampled[]> {
  const sampled: Sampled[] = [];
  for (const family of group.families) {
    const result = await sampleFamily(family, context);
    if (result !== undefined) sampled.push(result);
    if (context.turn.due()) await context.turn.next();
    if (!context.sink.open) break;
  }
  return sampled;
}

/** Writes what was evaluated; returns the number of series. */
export async function writeGroup(
  sampled: readonly Sampled[],
  context: RenderContext,
): Promise<number> {
  let series = 0;
  for (const part of sampled) {
    if (part.kind === 'text') {
      context.sink.text(part.text);
      series += part.series;
    } else if (part.columns.series > 0) {
      await writeMinionFamily(part.columns, context);
      series += part.columns.series;
    }
    if (!context.sink.open) break;
  }
  return series;
}

async function sampleFamily(family: Family, context: RenderContext): Promise<Sampled | undefined> {
  const { frame, format, turn } = context;
  if (family.kind === 'scalar') return scalarText(family, frame, format);
  if (family.kind === 'histogram') return wholeHistogram(family, frame, format);
  const detail = context.detail[family.block];
  if (detail === 'none') return undefined;
  const isOpen = family.kind === 'minion' && family.variantsOf !== undefined;
  const now = isOpen ? { ...family, variants: family.variantsOf?.(frame) ?? [] } : family;
  const columns = createColumns(now, frame.epoch.minions.count);
  while (sampleRows(columns, frame, detail)) {
    if (turn.due()) await turn.next();
    if (!context.sink.open) break;
  }
  return { kind: 'rows', columns };
}

/** Families without a series are left out with their header. */
function scalarText(family: ScalarFamily, frame: Frame, format: Format): Sampled {
  let text = '';
  let series = 0;
  family.sample(frame, (value, ...labels) => {
    text += `${family.name}${labelsText(family.labels, labels)} ${numberText(value)}\n`;
    series += 1;
  });
  return { kind: 'text', text: series > 0 ? headerText(family, format) + text : '', series };
}

function wholeHistogram(family: HistogramFamily, frame: Frame, format: Format): Sampled {
  const histogram = family.sample(frame);
  const text = headerText(family, format) + histogramText(family.name, histogram);
  return { kind: 'text', text, series: histogram.counts.length + 2 };
}

async function writeMinionFamily(columns: Columns, context: RenderContext): Promise<void> {
  const { sink, turn } = context;
  sink.text(headerText(columns.family, context.format));
  const writer = createRowWriter(columns, context.labels);
  for (;;) {
    sink.position = writeRows(writer, sink, sink.position);
    if (writer.row >= columns.rows) return;
    sink.flush(writer.rowBytesMax);
    if (sink.full) await turn.wait(sink.drained());
    if (turn.due()) await turn.next();
    if (!sink.open) return;
  }
}
