/** When Grafana offers this panel: for verdicts on returns, from Prometheus or from our data source. */
import {
  type PanelDataSummary,
  type VisualizationSuggestion,
  VisualizationSuggestionScore,
} from '@grafana/data';
import { bookOfFrames } from '../losses/from-frames';
import type { LossOptions } from './options';

export function suggest({
  rawFrames,
}: PanelDataSummary): VisualizationSuggestion<LossOptions>[] | undefined {
  if (rawFrames === undefined || bookOfFrames(rawFrames) === null) return undefined;
  return [{ name: 'Loss path', score: VisualizationSuggestionScore.Best }];
}
