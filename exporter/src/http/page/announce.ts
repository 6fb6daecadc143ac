/**
 * What a screen reader is told unasked: losing and regaining the exporter, and changed counts of
 * trouble, seldom enough to listen to.
 */
import type { Overview } from '../api-types.js';
import { byId, setText } from './dom.js';
import { numberText, STATUS_ORDER, STATUS_WORD } from './words.js';

/** Counts may change every second; they are read out no more often than this. */
const COUNTS_EVERY_MS = 15_000;

export interface Announcer {
  readonly say: (text: string) => void;
  readonly counts: (overview: Overview) => void;
}

export function createAnnouncer(): Announcer {
  const region = byId('announce');
  let told = '';
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    say: (text) => setText(region, text),
    counts: (overview) => {
      const text = troubleText(overview);
      const now = performance.now();
      if (text === told || now - toldAt < COUNTS_EVERY_MS) return;
      told = text;
      toldAt = now;
      setText(region, text);
    },
  };
}

function troubleText({ fleet }: Overview): string {
  const { byStatus, minions } = fleet;
  if (byStatus === null) return 'The minions are not known yet.';
  const trouble = STATUS_ORDER.filter((status) => status !== 'ok' && byStatus[status] > 0).map(
    (status) => `${numberText(byStatus[status])} ${STATUS_WORD[status]}`,
  );
  const all = numberText(minions);
  return trouble.length === 0 ? `All ${all} minions are ok.` : `${trouble.join(', ')} of ${all}.`;
}
