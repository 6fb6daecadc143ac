/** What the parts of this benchmark make of their rounds. */

export const ROUNDS = 5;

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

/** Of events a second of CPU. */
export function summary(perSecond, frameBytes) {
  return {
    frameBytes: Math.round(frameBytes),
    eventsPerCpuSecond: Math.round(perSecond),
    megabytesPerCpuSecond: Math.round((perSecond * frameBytes) / 1e6),
    microsPerEvent: Number((1e6 / perSecond).toFixed(2)),
  };
}
