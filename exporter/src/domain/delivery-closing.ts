/**
 * When a link ended: what was published before was sent on it, what came later was not. Its destroy
 * event says neither when the kernel wrote it nor when the publisher let go of the link.
 *
 * A worked example: the last scan, at 10.0 s, saw the link established and its last data received 4.0 s
 * before. Its destroy event is read at 12.6 s, with nothing received since, 4.9 s ago: the kernel wrote
 * it at 10.9 s, and who read it was set aside for 1.7 s. On a way of 20 ms everything up to 10.79 s
 * was sent on the link, nothing that was published after 10.92 s, and of what came in between, or
 * that we may have read late, nobody knows.
 */
import type { Delivery, LinkEnd } from './delivery-table.js';
import type { LinkLine } from './link-line.js';

/** TCP states as the kernel numbers them; a destroy event says CLOSE. */
const ESTABLISHED = 1;
const CLOSE = 7;
/** Two ages, each in jiffies of up to 10 ms. */
const JIFFIES_MS = 20;
/**
 * Between the publisher's letting go and the destroy event lie two round trips at most, where no scan
 * saw the link in between; the kernel writes the event a little later, from a queue of work.
 */
const CLOSING_ROUND_TRIPS = 2;
const CLOSING_MS = 50;
/** A message is with us, and read, this long after it was published. */
const READ_MS = 50;
/** A FIN counts as a byte that was received. */
const FIN_BYTES = 1;

/** A slot was given to a connection seen for the first time. */
export function openClosing({ columns }: Delivery, slot: number): void {
  columns.heardMonoMs[slot] = Number.NaN;
  columns.unheard[slot] = 0;
  columns.upMonoMs[slot] = Number.NEGATIVE_INFINITY;
  columns.leftMonoMs[slot] = Number.NaN;
}

/** Takes a row of a scan or a destroy event, after its other figures; `before`: bytes received then. */
export function noteClosing(
  { columns }: Delivery,
  slot: number,
  { sockets, row, before }: Pick<LinkLine, 'sockets' | 'row'> & { readonly before: number },
): void {
  const news = (columns.received[slot] ?? 0) - before;
  const isUnheard = news === 0 || news === FIN_BYTES;
  const heardMs = columns.receivedMonoMs[slot] ?? 0;
  columns.unheard[slot] = isUnheard ? 1 : 0;
  columns.heardMonoMs[slot] = isUnheard
    ? Math.min(columns.heardMonoMs[slot] ?? heardMs, heardMs)
    : heardMs;
  const state = sockets.state[row];
  const isClosing = state !== ESTABLISHED && state !== CLOSE;
  if (isClosing && Number.isNaN(columns.leftMonoMs[slot] ?? 0)) {
    columns.leftMonoMs[slot] = columns.rowMonoMs[slot] ?? 0;
  }
}

/** Its destroy event was read and its figures are taken: when it ended. */
export function closingOf(
  { columns }: Delivery,
  slot: number,
  roundTripMs: number,
): Pick<LinkEnd, 'surelyMonoMs' | 'possiblyMonoMs'> {
  const rowMs = columns.rowMonoMs[slot] ?? 0;
  const upMs = columns.upMonoMs[slot] ?? Number.NEGATIVE_INFINITY;
  const leftMs = columns.leftMonoMs[slot] ?? Number.NaN;
  const lateMs = (columns.receivedMonoMs[slot] ?? 0) - (columns.heardMonoMs[slot] ?? 0);
  const isDated = columns.unheard[slot] === 1;
  const wroteMs = isDated ? rowMs - lateMs : rowMs;
  if (!Number.isNaN(leftMs)) return { surelyMonoMs: upMs, possiblyMonoMs: leftMs + READ_MS };
  const closingMs = CLOSING_MS + CLOSING_ROUND_TRIPS * roundTripMs + JIFFIES_MS;
  return {
    surelyMonoMs: Math.max(upMs, isDated ? wroteMs - closingMs : upMs),
    possiblyMonoMs: Math.min(wroteMs + JIFFIES_MS, rowMs) + READ_MS,
  };
}
