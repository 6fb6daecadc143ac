/** Finds a fleet in the frames that a panel was given: our own timeline first, else Prometheus. */
import { type DataFrame, FieldType } from '@grafana/data';
import type { Fleet } from './fleet';
import { fleetFromPrometheus, type PrometheusRange } from './prometheus-fleet';
import type { Series } from './prometheus-series';
import type { ZoneOffset } from './time-text';
import { fleetFromTimelines, type MasterTimeline } from './timeline-fleet';

/** Where the data source leaves the timeline in a frame's meta data. */
export const TIMELINE_KEY = 'brinescopeTimeline';

function timelineOf(frame: DataFrame): MasterTimeline | undefined {
  return frame.meta?.custom?.[TIMELINE_KEY] as MasterTimeline | undefined;
}

/** A frame of Prometheus has one time field and one field of values per series. */
function seriesOf(frame: DataFrame): Series[] {
  const time = frame.fields.find((field) => field.type === FieldType.time);
  if (time === undefined) return [];
  const values = frame.fields.filter((field) => field.type === FieldType.number);
  return values.flatMap((field) => {
    const labels = field.labels ?? {};
    const family = labels.__name__ ?? (field.name === 'Value' ? (frame.name ?? '') : field.name);
    return [
      { family: family.replace(/\{.*/, ''), labels, times: time.values, values: field.values },
    ];
  });
}

export function fleetOfFrames(
  frames: readonly DataFrame[],
  range: PrometheusRange & { readonly zone: ZoneOffset },
): Fleet | null {
  const timelines = frames.map(timelineOf).filter((one) => one !== undefined);
  if (timelines.length > 0) return fleetFromTimelines(timelines, range.zone);
  return fleetFromPrometheus(frames.flatMap(seriesOf), range);
}

/** Notices that the frames carry. */
export function noticesOf(frames: readonly DataFrame[]): string[] {
  const texts = frames.flatMap((frame) => (frame.meta?.notices ?? []).map((one) => one.text));
  return [...new Set(texts)];
}
