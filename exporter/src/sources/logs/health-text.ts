/** One sentence on all logs: which are read, which are not and why, and what to mend. */
import type { LogReader } from './log-reader.js';

/** Up when the master's log is read; the others are a help where there are any. */
export function healthText(
  readers: readonly LogReader[],
  zmqMonitor: boolean,
  nowMonoMs: number,
): { readonly up: boolean; readonly detail: string } {
  const [main] = readers;
  if (main === undefined) return { up: false, detail: 'no log is known' };
  const up = main.condition.kind === 'reading';
  const parts = readers.flatMap((reader) => {
    const isOptional = reader !== main && reader.condition.kind === 'missing';
    return isOptional ? [] : [conditionText(reader, nowMonoMs)];
  });
  if (zmqMonitor)
    parts.push(
      'zmq_monitor: True stands in the configuration of the master and crashes its request server for ever: set it on minions only',
    );
  return { up, detail: parts.join('; ') };
}

function conditionText(reader: LogReader, nowMonoMs: number): string {
  const { component, path, level, condition } = reader;
  if (condition.kind !== 'reading') return `${component}: ${path} ${condition.detail}`;
  const isSkipping = reader.isSkipping(nowMonoMs);
  const skips = isSkipping ? ', grows faster than it may be read: parts are passed over' : '';
  return `${component}: ${path} is read, level ${level}${skips}`;
}
