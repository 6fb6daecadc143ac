/**
 * What happens, in the order in which it is noticed, until the program takes it: for history, stream
 * and log. Bounded; what finds no room is counted and not kept.
 */
import type { EventKind } from './event-kinds.js';
import { endedText, flapText, reconnectedText } from './evidence.js';
import type { Confidence, LossLink } from './loss-vocabulary.js';
import type { MinionStatus } from './vocabulary.js';

/** One thing that happened; ids, jids and sentences are untrusted text. */
export interface FeedEvent {
  readonly kind: EventKind;
  readonly wallMs: number;
  readonly minion?: string | undefined;
  readonly status?: MinionStatus | undefined;
  readonly reason?: string | undefined;
  readonly link?: LossLink | undefined;
  readonly confidence?: Confidence | undefined;
  readonly jid?: string | undefined;
  /** 1 when it is left out. */
  readonly count?: number;
  /** Sentence; of connects, disconnects and flaps the number that theirs is made of. */
  readonly evidence: string | number;
  /** Goes into timelines, and is no event that anybody is told of: the first look, a blind time. */
  readonly quiet?: boolean;
}

export interface EventFeed {
  readonly capacity: number;
  waiting: FeedEvent[];
  /** Found no room since the state was made. */
  lost: number;
}

export function createEventFeed(capacity: number): EventFeed {
  return { capacity, waiting: [], lost: 0 };
}

export function tellEvent({ feed }: { readonly feed: EventFeed }, event: FeedEvent): void {
  if (feed.waiting.length >= feed.capacity) feed.lost += 1;
  else feed.waiting.push(event);
}

/** All that was told since the last call, oldest first. */
export function takeEvents({ feed }: { readonly feed: EventFeed }): readonly FeedEvent[] {
  const taken = feed.waiting;
  if (taken.length > 0) feed.waiting = [];
  return taken;
}

/** Without the id of the minion. */
export function feedText({ kind, evidence }: FeedEvent): string {
  if (typeof evidence === 'string') return evidence;
  if (kind === 'flap') return flapText(evidence);
  return kind === 'disconnect' ? endedText(evidence === 1) : reconnectedText();
}
