/** Tells the domain how a source is, once per change instead of once per occasion. */
import type { Observation } from '../domain/observations.js';
import type { SourceName } from '../domain/vocabulary.js';

export interface HealthReporter {
  /** `detail` is one sentence for people; it must not carry figures that change all the time. */
  report(up: boolean, detail: string): void;
}

export function createHealthReporter(
  source: SourceName,
  emit: (observation: Observation) => void,
): HealthReporter {
  let last: { readonly up: boolean; readonly detail: string } | undefined;
  return {
    report(up, detail) {
      if (last?.up === up && last.detail === detail) return;
      last = { up, detail };
      emit({ kind: 'source_health', source, up, detail });
    },
  };
}
