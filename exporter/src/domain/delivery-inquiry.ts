/**
 * Losses that wait to be told in messages: one search at a time, a slice of it a step, over as many
 * scans as it takes. What is asked is frozen when it is asked; the link goes on meanwhile, and an
 * answer to what is not asked any more is thrown away.
 */
import { beginMissing, noteLook } from './delivery-missing.js';
import type { Inquiry, Searching, Tally } from './delivery-question.js';
import { BASE_KNOWN, type Delivery } from './delivery-table.js';
import { tallySteps } from './delivery-tally.js';
import type { Steps } from './steps.js';

/** Of all searches, a scan: ten to twenty milliseconds of CPU, a millisecond at a time. */
const STEPS_PER_SCAN = 100_000;
/** What an inquiry costs besides: its window is copied. */
const INQUIRY_STEPS = 2_000;

/** Asks how many messages that is; a link asks one thing at a time. */
export function ask({ inquiries }: Delivery, inquiry: Inquiry): void {
  inquiries.set(inquiry.sought.slot, inquiry);
}

export function isAsking({ inquiries }: Delivery, slot: number): boolean {
  return inquiries.size > 0 && inquiries.has(slot);
}

/** What it asked about is not missing any more, or something else is. */
export function cancelInquiry({ inquiries }: Delivery, slot: number): void {
  if (inquiries.size > 0) inquiries.delete(slot);
}

/** Searches as much as one scan may; `answered` is told the slot of each link that has its answer. */
export function* inquireSteps(
  delivery: Delivery,
  mark: number | undefined,
  answered: (slot: number) => void,
): Steps {
  const { search } = delivery;
  for (let left = STEPS_PER_SCAN; left > 0; ) {
    const searching = delivery.searching ?? searchNext(delivery, mark);
    if (searching === undefined) return;
    const { inquiry, steps } = searching;
    const { slot } = inquiry.sought;
    if (!isOpen(delivery, inquiry)) {
      delivery.searching = undefined;
      if (delivery.inquiries.get(slot) === inquiry) delivery.inquiries.delete(slot);
      continue;
    }
    const before = search.steps;
    const step = steps.next();
    left -= Math.max(0, before - search.steps);
    if (step.done === true) {
      left -= INQUIRY_STEPS;
      delivery.searching = undefined;
      delivery.inquiries.delete(slot);
      take(delivery, inquiry, step.value);
      answered(slot);
    }
    yield;
  }
}

/** The oldest question; it stays in the list until it is answered. */
function searchNext(delivery: Delivery, mark: number | undefined): Searching | undefined {
  for (const inquiry of delivery.inquiries.values()) {
    delivery.searching = { inquiry, steps: tallySteps(delivery, inquiry.sought, mark) };
    return delivery.searching;
  }
  return undefined;
}

/** The link still lacks what it asked about. */
function isOpen({ columns, era, inquiries }: Delivery, inquiry: Inquiry): boolean {
  const { slot } = inquiry.sought;
  return (
    inquiries.get(slot) === inquiry &&
    columns.missingBytes[slot] !== 0 &&
    columns.stage[slot] === BASE_KNOWN &&
    columns.era[slot] === era
  );
}

function take(delivery: Delivery, { sought, look }: Inquiry, { messages, written }: Tally): void {
  const { columns } = delivery;
  const { slot, span } = sought;
  if (look === undefined) {
    columns.missingMessages[slot] = messages;
    columns.missingWritten[slot] = written;
    return;
  }
  if (Number.isNaN(messages)) {
    // Both losses are one then, to be asked about as a whole.
    beginMissing(delivery, slot, look);
    return;
  }
  columns.missingMessages[slot] = (columns.missingMessages[slot] ?? Number.NaN) + messages;
  columns.missingCounted[slot] = span.to;
  columns.missingWritten[slot] = written;
  columns.missingRounds[slot] = 0;
  columns.missingPingMonoMs[slot] = Number.NaN;
  noteLook(delivery, slot, look);
}
