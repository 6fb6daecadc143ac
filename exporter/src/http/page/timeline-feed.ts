/** Asks for the timeline of the minions that are shown, every ten seconds while the page is seen. */
import type { ApiError } from '../api-types.js';
import type { HistoryView } from '../history-api-types.js';
import type { SourcesView } from '../minions-api-types.js';
import type { TimelineView } from '../timeline-api-types.js';

const PERIOD_MS = 10_000;
/** Without a store there is nothing to draw; it may be mended while the page is open. */
const AGAIN_MS = 60_000;
const GIVE_UP_MS = 8_000;
/** Of the API: ids of one question. */
const IDS_MAX = 100;

/** How far back the drawings go. */
export const SPANS = [
  { age: '-1h', word: '1 h' },
  { age: '-6h', word: '6 h' },
  { age: '-24h', word: '24 h' },
  { age: '-7d', word: '7 d' },
] as const;
export type Span = (typeof SPANS)[number];

/** What one drawing wants; asked for anew when it changed. */
export interface TimelineWish {
  readonly ids: readonly string[];
  /** Pixels. */
  readonly columns: number;
  readonly span: Span;
}

export interface TimelineFeed {
  readonly want: (wish: TimelineWish | undefined) => void;
}

/**
 * `onView` gets undefined when there is nothing to draw: no store, no answer. A minion that is not
 * in the answer has no history.
 */
export function createTimelineFeed(
  onView: (view: TimelineView | undefined, why: string) => void,
): TimelineFeed {
  let wish: TimelineWish | undefined;
  let wished = '';
  let timer: number | undefined;
  let request: AbortController | undefined;

  const turn = async (): Promise<void> => {
    window.clearTimeout(timer);
    request?.abort();
    if (wish === undefined || wish.ids.length === 0 || document.hidden) return;
    const controller = new AbortController();
    request = controller;
    let pauseMs = PERIOD_MS;
    try {
      const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(GIVE_UP_MS)]);
      const { state, detail } = await historyOf(signal);
      if (state !== 'works') {
        pauseMs = AGAIN_MS;
        onView(undefined, detail);
      } else {
        const response = await fetch(addressOf(wish), { signal, cache: 'no-store' });
        const told: unknown = await response.json();
        if (controller.signal.aborted) return;
        // What this server sends is typed; the page and the server are of one build.
        if (response.ok) onView(told as TimelineView, '');
        else onView(undefined, (told as ApiError).error.message);
      }
    } catch {
      if (controller.signal.aborted) return;
      onView(undefined, 'The exporter does not answer.');
    }
    if (request === controller) timer = window.setTimeout(turn, pauseMs);
  };

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) request?.abort();
    void turn();
  });
  return {
    want: (next) => {
      const asked = next === undefined ? '' : addressOf(next);
      wish = next;
      if (asked === wished) return;
      wished = asked;
      void turn();
    },
  };
}

/** A timeline is asked for only where there is one: a refused question stands in the browser's console. */
async function historyOf(signal: AbortSignal): Promise<HistoryView> {
  const response = await fetch('api/v1/sources', { signal, cache: 'no-store' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const { history } = (await response.json()) as SourcesView;
  return history;
}

function addressOf({ ids, columns, span }: TimelineWish): string {
  // A comma parts ids; one that holds a comma cannot be asked for.
  const minions = ids.filter((id) => !id.includes(',')).slice(0, IDS_MAX);
  const query = new URLSearchParams({
    from: span.age,
    columns: `${columns}`,
    limit: `${IDS_MAX}`,
    sort: 'name',
    minion: minions.join(','),
  });
  return `api/v1/timeline?${query}`;
}
