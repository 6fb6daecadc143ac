/**
 * The latest happenings for people, in a ring; a sentence is written when somebody reads it, not
 * when it happens.
 */
import type { RecentEvent } from './epoch.js';
import { endedText, flapText, reconnectedText } from './evidence.js';

export interface NewEvent {
  readonly wallMs: number;
  readonly kind: RecentEvent['kind'];
  readonly minion?: string | undefined;
  readonly status?: RecentEvent['status'];
  /**
   * Evidence sentence, without the id; of connects, disconnects and flaps the number that theirs is
   * made of.
   */
  readonly evidence: string | number;
}

export interface RecentEvents {
  readonly capacity: number;
  readonly ring: NewEvent[];
  /** Events ever recorded; the next one goes to index `recorded % capacity`. */
  recorded: number;
}

export function createRecentEvents(capacity: number): RecentEvents {
  return { capacity, ring: [], recorded: 0 };
}

export function recordEvent(events: RecentEvents, event: NewEvent): void {
  events.ring[events.recorded % events.capacity] = event;
  events.recorded += 1;
}

/** Newest first. */
export function listEvents(events: RecentEvents): RecentEvent[] {
  const listed: RecentEvent[] = [];
  for (let back = 1; back <= Math.min(events.recorded, events.capacity); back += 1) {
    const event = events.ring[(events.recorded - back) % events.capacity];
    if (event === undefined) continue;
    listed.push({
      wallMs: event.wallMs,
      kind: event.kind,
      minion: event.minion,
      status: event.status,
      text:
        typeof event.evidence === 'string' ? event.evidence : sentence(event.kind, event.evidence),
    });
  }
  return listed;
}

function sentence(kind: RecentEvent['kind'], figure: number): string {
  if (kind === 'flap') return flapText(figure);
  return kind === 'disconnect' ? endedText(figure === 1) : reconnectedText();
}
