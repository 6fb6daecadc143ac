/** What a metric is: one literal with its name, meaning and a pure sample function; everything else derives from it. */
import type { DetailBlock } from "../config/settings.js";
import type { Epoch } from "../domain/epoch.js";
import type { Histogram } from "../lib/histogram.js";

export type FamilyType = "counter" | "gauge" | "histogram";
export type FamilyUnit = "seconds" | "bytes" | "messages" | "ratio" | "none";

interface FamilyHead<L extends readonly string[]> {
	/** Full name as it stands in the text format, `_total` included for counters. */
	readonly name: string;
	readonly help: string;
	readonly unit: FamilyUnit;
	readonly labels: L;
	/** Heading of METRICS table it belongs to. */
	readonly group: string;
}

/** Few series: `sample` emits label values in the order of `labels`. A gauge that is not known is not emitted. */
export interface ScalarFamily<L extends readonly string[] = readonly string[]>
	extends FamilyHead<L> {
	readonly kind: "scalar";
	readonly type: "counter" | "gauge";
	readonly sample: (
		epoch: Epoch,
		emit: (value: number, ...labels: StringsOf<L>) => void,
	) => void;
}

export interface HistogramFamily extends FamilyHead<readonly []> {
	readonly kind: "histogram";
	readonly type: "histogram";
	readonly sample: (epoch: Epoch) => Histogram;
}

/**
 * One or more series for every minion. The first label is always `minion`; `variants` are the closed values of the second label if there is
 * one. `value` is called per row and variant and returns NaN for "not known: no series".
 */
export interface MinionFamily<L extends readonly string[] = readonly string[]>
	extends FamilyHead<L> {
	readonly kind: "minion";
	readonly type: "counter" | "gauge";
	readonly block: DetailBlock;
	readonly variants: readonly string[];
	readonly value: (epoch: Epoch, row: number, variant: number) => number;
}

export type Family = ScalarFamily | HistogramFamily | MinionFamily;

type StringsOf<L extends readonly string[]> = { [K in keyof L]: string };
