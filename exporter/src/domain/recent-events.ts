/** The latest happenings for people, in a ring; a sentence is written when somebody reads it, not when it happens. */
import type { RecentEvent } from './epoch.js';

export interface NewEvent {
  readonly wallMs: number;
  readonly kind: RecentEvent['kind'];
  readonly minion?: string | undefined;
  readonly status?: RecentEvent['status'];
  /** Evidence sentence, without the id. */
  readonly text: string | (() => string);
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
      text: typeof event.text === 'string' ? event.text : event.text(),
    });
  }
  return listed;
}
