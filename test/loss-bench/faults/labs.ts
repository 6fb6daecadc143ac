/** What the labs of the bench are started with. */
import type { LabNeeds } from '../fault.js';

/**
 * A return that is not answered is sent again after 1 to 2 s instead of 5 to 10, three times as by
 * default: returns of one minion wait for each other, and 30 jobs would take half an hour.
 */
const RETRY = { return_retry_timer: '1', return_retry_timer_max: '2' } as const;

export const PLAIN: LabNeeds = { name: 'plain', minion: RETRY };
/** A queue that overflows at once; forty jobs return at once to busy workers, so they have Salt's own patience. */
export const SMALL_MARK: LabNeeds = { name: 'mark', master: { pub_hwm: '20' } };
/** One job at a time on each minion. */
export const ONE_PROCESS: LabNeeds = {
  name: 'one',
  minion: { ...RETRY, process_count_max: '1' },
};
