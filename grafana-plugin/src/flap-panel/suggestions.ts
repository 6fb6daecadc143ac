/** When Grafana offers this panel: for the status of minions, from Prometheus or from our data source. */
import {
  type PanelDataSummary,
  type VisualizationSuggestion,
  VisualizationSuggestionScore,
} from '@grafana/data';
import { TIMELINE_KEY } from '../fleet/frames';
import type { FlapOptions } from './options';

export function suggest({
  rawFrames,
}: PanelDataSummary): VisualizationSuggestion<FlapOptions>[] | undefined {
  const fits = rawFrames?.some(
    (frame) =>
      frame.meta?.custom?.[TIMELINE_KEY] !== undefined ||
      frame.fields.some((field) => field.labels?.__name__ === 'salt_minion_status'),
  );
  if (fits !== true) return undefined;
  return [{ name: 'Flaps and queue pressure', score: VisualizationSuggestionScore.Best }];
}
