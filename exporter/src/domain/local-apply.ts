/** Observations of an exporter of role minion: the kernel's are read from this end of the links, and there is no fleet. */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import type { LocalBook } from './local-book.js';
import { applyLocalEvents, applyLocalWatch } from './local-jobs.js';
import { applyLocalConfig, applyLocalDeaths, applyLocalScan } from './local-links.js';
import type { LinkScan, Observation } from './observations.js';
import { noteSuccess } from './source-book.js';
import type { State } from './state.js';

/** False: it is told alike in both roles. */
export function applyLocal(
  state: State,
  observation: Observation,
  to: { readonly book: LocalBook; readonly now: Instant },
): boolean {
  const { book, now } = to;
  switch (observation.kind) {
    case 'link_scan':
      applyLocalScan(book, observation);
      noteScan(state, observation, now);
      return true;
    case 'link_deaths':
      // Deaths that /proc cannot tell come when netlink is read again: that dump says it all.
      if (state.scans.origin !== 'proc') applyLocalDeaths(book, observation);
      return true;
    case 'local_config':
      applyLocalConfig(book, observation);
      noteSuccess(state.sources, 'minion_config', now);
      return true;
    case 'local_watch':
      applyLocalWatch(book, observation);
      return true;
    case 'local_events':
      applyLocalEvents(book, observation.events);
      return true;
    default:
      return false;
  }
}

function noteScan(state: State, scan: LinkScan, now: Instant): void {
  const { scans } = state;
  scans.origin = scan.origin;
  const seconds = (scan.endedMonoMs - scan.startedMonoMs) / 1_000;
  if (seconds >= 0) observe(scans.seconds, seconds);
  if (scan.intervalSeconds >= 0) scans.intervalSeconds = scan.intervalSeconds;
  if (!scan.complete) return;
  scans.complete = true;
  noteSuccess(state.sources, 'kernel', now);
}
