/**
 * Which message of the publish stream carried a job: the payload is encrypted, so order and time
 * tell. Salt fires `new` and then publishes; the one publisher keeps the order of what it is given.
 *
 * A worked example: jobs were announced at 0, 40 and 41 ms, messages came at 2, 44 and 45 ms. The
 * first message after 0 is the first job's. After 40 ms and before 44 two jobs were announced: theirs
 * are the messages of 44 and 45 ms, and as they were announced within 5 ms of each other by two
 * workers, either may have either.
 */
import { isFiltering, isFor } from './delivery-window.js';
import { hasPair, JOB_FREE } from './job-table.js';
import type { State } from './state.js';
import { arrivalOf, countAtInstant, firstMessage, NO_KEY } from './stream-index.js';

/** Clocks of stamps and arrivals differ by this much; two workers publish in either order within it. */
const SLACK_MS = 5;
/** A message comes this soon after its announcement, unless the publish daemon stands still. */
const PROMPT_MS = 1_000;
/** What a daemon that runs again had held back comes within this time. */
const TOGETHER_MS = 50;
/** So long before the last message announcements are looked at: nearly all of them have theirs. */
const TOLD_MS = 10_000;
/** With filtering a job has a message for each minion: so many are looked at for one minion's. */
const LOOKED_AT_MAX = 65_536;

/** Numbers of the stream index, the first and the last that can be the job's. */
export interface JobMessages {
  readonly from: number;
  readonly to: number;
}

/**
 * `unread`: our subscription was not there, or it is too long ago. `none`: no message has come that
 * can be the job's.
 */
export type JobMessage = JobMessages | 'unread' | 'none';

/** The message that job `slot` was published with, for `minion`. */
export function messageOfJob(
  state: State,
  at: { readonly slot: number; readonly minion: number },
): JobMessage {
  const { delivery, jobs } = state;
  const { index } = delivery;
  const newMs = jobs.table.newMonoMs[at.slot] ?? Number.NaN;
  const beginMs = newMs - SLACK_MS;
  if (!(beginMs >= delivery.subscribedMonoMs)) return 'unread';
  const before = countAtInstant(index, beginMs);
  if (before + 1 < firstMessage(index)) return 'unread';
  const key = isFiltering(state) ? (state.filtered.keyOfMinion[at.minion] ?? NO_KEY) : NO_KEY;
  const first = nextFor(state, key, before);
  if (first > index.count) return 'none';
  const ranks = rankOf(state, at, { before, key });
  const from = skip(state, key, { first, by: ranks.least });
  const to = skip(state, key, { first: from, by: ranks.most - ranks.least });
  if (from > index.count) return 'none';
  const late = arrivalOf(index, from) - newMs > PROMPT_MS;
  if (late && key === NO_KEY && !hasOwn(state, newMs, { before, from })) return 'none';
  return { from, to: Math.min(to, index.count) };
}

/** Whether, of the messages until the one that came late, there is one for each job until then. */
function hasOwn(
  state: State,
  newMs: number,
  found: { readonly before: number; readonly from: number },
): boolean {
  const { jobs, delivery } = state;
  const { table } = jobs;
  const untilMs = arrivalOf(delivery.index, found.from) + TOGETHER_MS;
  let announced = 0;
  for (const slot of table.slots.values()) {
    const otherMs = table.newMonoMs[slot] ?? Number.NaN;
    if (otherMs > newMs - SLACK_MS && otherMs <= untilMs) announced += 1;
  }
  for (const otherMs of jobs.elsewhere.monoMs) {
    if (otherMs > newMs - SLACK_MS && otherMs <= untilMs) announced += 1;
  }
  return countAtInstant(delivery.index, untilMs) - found.before >= announced;
}

/**
 * How many announcements before this one still wait for their message: those within the slack of it
 * may be before or behind it. Each message is the oldest one's that waits.
 */
function rankOf(
  state: State,
  at: { readonly slot: number; readonly minion: number },
  { before, key }: { readonly before: number; readonly key: number },
): { readonly least: number; readonly most: number } {
  const { index } = state.delivery;
  const newMs = state.jobs.table.newMonoMs[at.slot] ?? Number.NaN;
  const lastMs = before < firstMessage(index) ? Number.NaN : arrivalOf(index, before);
  const sinceMs = Number.isNaN(lastMs) ? Number.NEGATIVE_INFINITY : lastMs - TOLD_MS;
  const times = announcedSince(state, at, { sinceMs, filters: key !== NO_KEY });
  const earlier = times.filter((ms) => ms < newMs - SLACK_MS).sort((a, b) => a - b);
  const near = times.filter((ms) => Math.abs(ms - newMs) <= SLACK_MS).length;
  let served = 0;
  if (earlier.length > 0 && !Number.isNaN(lastMs)) {
    const from = countAtInstant(index, (earlier[0] ?? lastMs) - SLACK_MS);
    let n = nextFor(state, key, Math.max(from, firstMessage(index) - 1));
    for (; n <= before && served < earlier.length; n = nextFor(state, key, n)) {
      if ((earlier[served] ?? 0) <= arrivalOf(index, n) + SLACK_MS) served += 1;
    }
  }
  const least = earlier.length - served;
  return { least, most: least + near };
}

/** Instants of all other announcements since `sinceMs` whose message this minion is sent. */
function announcedSince(
  { jobs }: State,
  at: { readonly slot: number; readonly minion: number },
  { sinceMs, filters }: { readonly sinceMs: number; readonly filters: boolean },
): number[] {
  const { table, elsewhere } = jobs;
  const times: number[] = [];
  for (const slot of table.slots.values()) {
    if (slot === at.slot || table.phase[slot] === JOB_FREE) continue;
    const otherMs = table.newMonoMs[slot] ?? Number.NaN;
    if (!(otherMs > sinceMs)) continue;
    if (filters && !hasPair(table, table.expected, { slot, minion: at.minion })) continue;
    times.push(otherMs);
  }
  for (const otherMs of elsewhere.monoMs) if (otherMs > sinceMs) times.push(otherMs);
  return times;
}

/** The next message after `from` that is for that topic; one more than there are when none is. */
function nextFor(state: State, key: number, from: number): number {
  const { index } = state.delivery;
  let n = from + 1;
  const end = Math.min(index.count, from + LOOKED_AT_MAX);
  while (n <= end && !isFor(index, key, n)) n += 1;
  return n <= end ? n : index.count + 1;
}

function skip(
  state: State,
  key: number,
  { first, by }: { readonly first: number; readonly by: number },
): number {
  let n = first;
  for (let i = 0; i < by && n <= state.delivery.index.count; i += 1) n = nextFor(state, key, n);
  return n;
}
