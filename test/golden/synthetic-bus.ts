/** What the event bus says in a synthetic epoch, and what it says before anything was heard. */
import type { BusFigures } from '../../exporter/src/domain/epoch.js';

export function busFigures(): BusFigures {
  return {
    reconnects: 2,
    events: { new: 3, publish: 3, return: 11, start: 1, auth: 2, other: 40 },
    rejects: { framing: 1, body: 2, tag: 0, encoding: 3, size: 0 },
    dropped: 17,
    backlogBytes: 65_536,
  };
}

export function emptyBusFigures(): BusFigures {
  return {
    reconnects: 0,
    events: { new: 0, publish: 0, return: 0, start: 0, auth: 0, other: 0 },
    rejects: { framing: 0, body: 0, tag: 0, encoding: 0, size: 0 },
    dropped: 0,
    backlogBytes: undefined,
  };
}
