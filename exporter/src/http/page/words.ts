/**
 * The words and the order in which the page shows what the API names; and how untrusted text is
 * made visible.
 */
import type {
  IdentityBasis,
  MinionStatus,
  SourceName,
  StormCause,
} from '../../domain/vocabulary.js';
import type { EventView, SourceState } from '../api-types.js';

/** Worst first, as everywhere in the product. */
export const STATUS_ORDER: readonly MinionStatus[] = [
  'absent',
  'half_open',
  'stalled',
  'slow',
  'ambiguous',
  'unknown',
  'stale',
  'ok',
];

export const STATUS_WORD: Readonly<Record<MinionStatus, string>> = {
  absent: 'absent',
  half_open: 'half-open',
  stalled: 'stalled',
  slow: 'slow',
  ambiguous: 'ambiguous',
  unknown: 'unknown',
  stale: 'stale',
  ok: 'ok',
};

export const STATUS_MEANING: Readonly<Record<MinionStatus, string>> = {
  absent: 'no publish link is open',
  half_open: 'host does not acknowledge',
  stalled: 'host acknowledges, process does not read',
  slow: 'behind, but draining',
  ambiguous: 'address shared: one of k links',
  unknown: 'no proof either way',
  stale: 'no link for days, or never seen',
  ok: 'its publish link is open',
};

export const BASIS_WORD: Readonly<Record<IdentityBasis, string>> = {
  static: 'static',
  grains: 'grains',
  filtered: 'filtered',
  learned: 'learned',
  paired: 'paired',
  ambiguous: 'ambiguous',
  unknown: 'unknown',
};

export const SOURCE_WORD: Readonly<Record<SourceName, string>> = {
  kernel: 'Kernel sockets',
  inventory: 'Inventory',
  master_config: 'Master config',
  stream_canary: 'Stream canary',
  request_canary: 'Request canary',
  job_canary: 'Job canary',
  event_bus: 'Event bus',
  monitor_tap: 'Monitor tap',
  logs: 'Logs',
  job_cache: 'Job cache',
  minion_exporters: 'Minion exporters',
  minion_config: 'Minion config',
  minion_bus: 'Minion bus',
  minion_jobs: 'Minion jobs',
  salt_presence_events: 'Salt presence',
  salt_auth_events: 'Salt auth',
};

export const SOURCE_STATE_WORD: Readonly<Record<SourceState, string>> = {
  works: 'works',
  limited: 'limited',
  down: 'down',
  off: 'off',
  starting: 'starting',
};

export const EVENT_WORD: Readonly<Record<EventView['kind'], string>> = {
  connect: 'connect',
  disconnect: 'disconnect',
  flap: 'flap',
  status: 'status',
  storm: 'storm',
  listener_restart: 'listener restart',
  master_restart: 'master restart',
};

export const STORM_WORD: Readonly<Record<StormCause, string>> = {
  master_restart: 'master restart',
  publish_daemon: 'publish daemon',
  network: 'network',
  rack: 'rack',
  unknown: 'cause unknown',
};

const NUMBER = new Intl.NumberFormat('en-US');

/** `1,036`; null is written, never drawn as 0. */
export function numberText(value: number | null): string {
  return value === null ? 'unknown' : NUMBER.format(value);
}

/** `1 minion`, `2 minions`. */
export function countText(value: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(value)} ${value === 1 ? one : many}`;
}

/** A source's own words as a sentence: capital first unless it is a name, full stop last. */
export function sentenceText(text: string): string {
  const words = text.trim();
  if (words === '') return '';
  const whole = /[.!?]$/.test(words) ? words : `${words}.`;
  return whole.replace(
    /^[a-z]+(?=[\s,:;.])/,
    (word) => word.charAt(0).toUpperCase() + word.slice(1),
  );
}

// Control characters, and those that turn or hide the text around them: an id must not be able to
// disguise itself.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Untrusted text with what cannot be seen written as `\u202e`. */
export function printable(text: string): string {
  return text.replace(
    INVISIBLE,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
