/**
 * What a metric is: one literal with its name, meaning and a pure sample function; everything else
 * derives from it.
 */
import type { DetailBlock } from '../config/settings.js';
import type { Histogram } from '../lib/histogram.js';
import type { Frame } from './frame.js';

export type FamilyType = 'counter' | 'gauge' | 'histogram';
export type FamilyUnit = 'seconds' | 'bytes' | 'messages' | 'ratio' | 'none';

interface FamilyHead<L extends readonly string[]> {
  /** Full name as it stands in the text format, `_total` included for counters. */
  readonly name: string;
  readonly help: string;
  readonly unit: FamilyUnit;
  readonly labels: L;
}

/**
 * Few series: `sample` emits label values in the order of `labels`. A gauge that is not known is
 * not emitted.
 */
export interface ScalarFamily<L extends readonly string[] = readonly string[]>
  extends FamilyHead<L> {
  readonly kind: 'scalar';
  readonly type: 'counter' | 'gauge';
  readonly sample: (frame: Frame, emit: Emit<L>) => void;
}

export interface HistogramFamily extends FamilyHead<readonly []> {
  readonly kind: 'histogram';
  readonly type: 'histogram';
  readonly sample: (frame: Frame) => Histogram;
}

/** What both shapes of per-minion families have. The first label is always `minion`. */
interface MinionHead<L extends readonly string[]> extends FamilyHead<L> {
  readonly type: 'counter' | 'gauge';
  readonly block: DetailBlock;
  /** Values of the labels after `minion`, in their order; one empty entry when there are none. */
  readonly variants: readonly (readonly string[])[];
}

/** A number for every minion and variant; `value` returns NaN for "not known: no series". */
export interface MinionFamily<L extends readonly string[] = readonly string[]>
  extends MinionHead<L> {
  readonly kind: 'minion';
  readonly value: (frame: Frame, row: number, variant: number) => number;
  /** In place of `variants` where they are not known beforehand; bounded by whoever keeps them. */
  readonly variantsOf?: (frame: Frame) => readonly (readonly string[])[];
}

/**
 * `slots` series of value 1 for every minion, each with the one variant that holds now (a status, a
 * basis per port). `pick` returns the index of the variant, or NaN for "not known: no series".
 */
export interface MinionInfoFamily<L extends readonly string[] = readonly string[]>
  extends MinionHead<L> {
  readonly kind: 'minion_info';
  readonly type: 'gauge';
  readonly slots: number;
  readonly pick: (frame: Frame, row: number, slot: number) => number;
}

export type Family = ScalarFamily | HistogramFamily | MinionFamily | MinionInfoFamily;

/** Families that fail together: `brinescope_group_success` names the group. */
export interface FamilyGroup {
  /** snake_case, value of the label `group`. */
  readonly name: string;
  /** Heading in the table of the README. */
  readonly heading: string;
  readonly families: readonly Family[];
}

export type Emit<L extends readonly string[]> = (value: number, ...labels: StringsOf<L>) => void;
type StringsOf<L extends readonly string[]> = { [K in keyof L]: string };

export function defineScalar<const L extends readonly string[]>(
  family: Omit<ScalarFamily<L>, 'kind'>,
): Family {
  return { kind: 'scalar', ...family };
}

export function defineHistogram(
  family: Omit<HistogramFamily, 'kind' | 'type' | 'labels'>,
): HistogramFamily {
  return { kind: 'histogram', type: 'histogram', labels: [], ...family };
}

export function defineMinion(family: Omit<MinionFamily, 'kind'>): MinionFamily {
  return { kind: 'minion', ...family };
}

export function defineMinionInfo(
  family: Omit<MinionInfoFamily, 'kind' | 'type'>,
): MinionInfoFamily {
  return { kind: 'minion_info', type: 'gauge', ...family };
}
