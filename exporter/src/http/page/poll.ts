/**
 * Asks for the overview once a second while the page is seen, and says honestly when no answer
 * comes.
 */
import type { MinionStatus } from '../../domain/vocabulary.js';
import type { Overview } from '../api-types.js';

const PERIOD_MS = 1000;
/** An answer that takes longer is no live picture; the request is given up then. */
const GIVE_UP_MS = 5000;
/** Without an answer for so long, what is shown is not now any more. */
const LOST_AFTER_MS = 3000;

export type PollState =
  | { readonly kind: 'live' }
  /** `why`: a sentence; `forSeconds`: since the last answer, undefined when there was none. */
  | { readonly kind: 'lost'; readonly why: string; readonly forSeconds: number | undefined }
  | { readonly kind: 'paused' };

export interface Poller {
  readonly start: () => void;
  /** Shows only minions of one status as worst; asks at once. */
  readonly filter: (status: MinionStatus | undefined) => void;
}

export function createPoller(handlers: {
  onOverview: (overview: Overview) => void;
  onState: (state: PollState) => void;
}): Poller {
  let status: MinionStatus | undefined;
  let etag: string | undefined;
  let lastAnswer: number | undefined;
  let failure: string | undefined;
  let timer: number | undefined;
  let watch: number | undefined;
  let request: AbortController | undefined;

  const report = (): void => {
    const silentMs = lastAnswer === undefined ? undefined : performance.now() - lastAnswer;
    if (failure === undefined && (silentMs === undefined || silentMs < LOST_AFTER_MS)) return;
    // What was shown is declared old; a 304 must not make it new again.
    etag = undefined;
    handlers.onState({
      kind: 'lost',
      why: failure ?? 'The exporter does not answer.',
      forSeconds: silentMs === undefined ? undefined : silentMs / 1000,
    });
  };

  const ask = async (controller: AbortController): Promise<void> => {
    const query = status === undefined ? '' : `?status=${status}`;
    const headers: Record<string, string> = etag === undefined ? {} : { 'If-None-Match': etag };
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(GIVE_UP_MS)]);
    const response = await fetch(`api/v1/overview${query}`, { headers, signal, cache: 'no-store' });
    if (response.status !== 304 && !response.ok) {
      throw new Error(
        `The exporter answered with an error (${response.status}); its log says why.`,
      );
    }
    // What this server sends is typed by api-types.ts; the page and the server are of one build.
    const overview = response.status === 304 ? undefined : ((await response.json()) as Overview);
    if (controller.signal.aborted) return;
    lastAnswer = performance.now();
    failure = undefined;
    handlers.onState({ kind: 'live' });
    if (overview === undefined) return;
    etag = response.headers.get('ETag') ?? undefined;
    handlers.onOverview(overview);
  };

  const turn = async (): Promise<void> => {
    window.clearTimeout(timer);
    request?.abort();
    const controller = new AbortController();
    request = controller;
    const begun = performance.now();
    try {
      await ask(controller);
    } catch (error) {
      if (controller.signal.aborted) return;
      failure = sentence(error);
      report();
    }
    if (request !== controller) return;
    timer = window.setTimeout(turn, Math.max(0, PERIOD_MS - (performance.now() - begun)));
  };

  const pause = (): void => {
    window.clearTimeout(timer);
    window.clearInterval(watch);
    request?.abort();
    request = undefined;
    lastAnswer = undefined;
    handlers.onState({ kind: 'paused' });
  };

  const resume = (): void => {
    window.clearInterval(watch);
    watch = window.setInterval(report, PERIOD_MS);
    void turn();
  };

  return {
    start: () => {
      document.addEventListener('visibilitychange', () => (document.hidden ? pause() : resume()));
      if (!document.hidden) resume();
    },
    filter: (wanted) => {
      status = wanted;
      etag = undefined;
      if (!document.hidden) void turn();
    },
  };
}

/**
 * A refused connection is a TypeError whose text differs by browser and tells an operator nothing.
 */
function sentence(error: unknown): string {
  if (error instanceof TypeError || error instanceof DOMException) {
    return 'The exporter does not answer.';
  }
  return error instanceof Error ? error.message : String(error);
}
