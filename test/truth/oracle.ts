/**
 * The truth of a run, from what the others wrote down: the publisher what it sent, the subscribers what they received, the
 * kernel of a killed subscriber how many bytes it had. Knows nothing of the exporter.
 */
import type { PublishedMessage } from './protocol.js';
import { PING_WIRE_BYTES } from './wire.js';

/** Both ends included. Of most figures both are the same. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** What was lost on the links of one subscriber between two settlements. */
export interface Losses {
  readonly hwm: Range;
  readonly disconnect: Range;
  /** Both together; exact even where the reason may be either. */
  readonly total: Range;
}

/** How a link ended, seen while nothing was published. */
export type LinkEnd =
  /** Nothing was under way. */
  | { readonly how: 'idle' }
  /**
   * It was killed, or given up by the publisher, while its subscriber stood still. `bytes` more than
   * at the last settlement had reached that kernel, heartbeats included; `queued` were in the
   * publisher's. Of those some may have gone on when the subscriber woke up, and a subscriber may
   * leave unread what its kernel has.
   */
  | {
      readonly how: 'killed' | 'given_up';
      readonly bytes: number;
      readonly queued: number;
      readonly pingsMost: number;
    };

interface Window {
  readonly from: number;
  readonly to: number;
  readonly end: LinkEnd | undefined;
}

/** What one subscriber's links were there for. */
class Subscription {
  readonly received = new Set<number>();
  windows: Window[] = [];
  /** First message of the window that is open; undefined while there is no link. */
  since: number | undefined = undefined;
}

export class Oracle {
  readonly #messages: PublishedMessage[] = [];
  readonly #subscriptions: Subscription[];
  readonly #complaints: string[] = [];

  constructor(subscribers: number) {
    this.#subscriptions = Array.from({ length: subscribers }, () => new Subscription());
  }

  get published(): number {
    return this.#messages.length;
  }

  /** What cannot be: a number received twice, or never published, or meant for somebody else. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  addPublished(messages: readonly PublishedMessage[]): void {
    for (const message of messages) {
      if (message.number !== this.#messages.length)
        this.#complaints.push(`message ${message.number} is out of order`);
      this.#messages.push(message);
    }
  }

  addReceived(subscriber: number, number: number): void {
    const subscription = this.#subscription(subscriber);
    const message = this.#messages[number];
    const meant = message !== undefined && isFor(message, subscriber);
    if (!meant)
      this.#complaints.push(
        `subscriber ${subscriber} received message ${number}, which was not for it`,
      );
    if (subscription.received.has(number))
      this.#complaints.push(`subscriber ${subscriber} received ${number} twice`);
    subscription.received.add(number);
  }

  /** Number of the first message that its present link could carry. */
  linkBeginning(subscriber: number): number {
    return this.#subscription(subscriber).since ?? this.published;
  }

  linkBegan(subscriber: number): void {
    this.#subscription(subscriber).since = this.published;
  }

  linkEnded(subscriber: number, end: LinkEnd): void {
    this.#close(this.#subscription(subscriber), end);
  }

  /** Every message has arrived or is lost: the losses of each subscriber since the last settlement. */
  settle(): Losses[] {
    return this.#subscriptions.map((subscription, subscriber) => {
      this.#close(subscription, undefined);
      const losses = subscription.windows.map((window) => this.#lossesOf(subscriber, window));
      subscription.windows = [];
      subscription.since = this.published;
      return losses.reduce(plus, NO_LOSSES);
    });
  }

  /** Messages for a subscriber from number `from` on that it has received, or not, by now; in bytes and messages. */
  arrivals(
    subscriber: number,
    from: number,
    to = this.published,
  ): { arrived: number; missing: number; missed: number } {
    const { received } = this.#subscription(subscriber);
    const sums = { arrived: 0, missing: 0, missed: 0 };
    for (const message of this.#messages.slice(from, to)) {
      if (!isFor(message, subscriber)) continue;
      if (received.has(message.number)) sums.arrived += message.wireBytes;
      else {
        sums.missing += message.wireBytes;
        sums.missed += 1;
      }
    }
    return sums;
  }

  /** Bytes of the messages for one subscriber from number `from` on. */
  bytesFor(subscriber: number, from: number): number {
    const { arrived, missing } = this.arrivals(subscriber, from);
    return arrived + missing;
  }

  largestBetween(from: number, to: number): number {
    return this.#messages
      .slice(from, to)
      .reduce((most, { wireBytes }) => Math.max(most, wireBytes), 0);
  }

  #close(subscription: Subscription, end: LinkEnd | undefined): void {
    if (subscription.since === undefined) return;
    subscription.windows.push({ from: subscription.since, to: this.published, end });
    subscription.since = undefined;
  }

  #lossesOf(subscriber: number, { from, to, end }: Window): Losses {
    const sent = this.#messages.slice(from, to).filter((message) => isFor(message, subscriber));
    const { received } = this.#subscription(subscriber);
    const got = sent.filter(({ number }) => received.has(number)).length;
    if (end === undefined || end.how === 'idle') {
      const total = exactly(sent.length - got);
      return { hwm: total, disconnect: exactly(0), total };
    }
    const arrived = wholeMessages(sent, end);
    const later = end.how === 'given_up' ? end.bytes + end.queued : end.bytes;
    const most = wholeMessages(sent, { ...end, bytes: later }).most;
    if (got > most) {
      this.#complaints.push(
        `subscriber ${subscriber} read ${got} messages, its kernel had ${most}`,
      );
    }
    const least = Math.max(arrived.least, got);
    const total = { least: sent.length - most, most: sent.length - Math.min(least, most) };
    return endLosses(total, end.queued > 0);
  }

  #subscription(subscriber: number): Subscription {
    const subscription = this.#subscriptions[subscriber];
    if (subscription === undefined) throw new Error(`there is no subscriber ${subscriber}`);
    return subscription;
  }
}

/**
 * Messages that fit whole into so many bytes, in the order in which they were sent. Right when what arrived is the beginning,
 * or when all have one size. 3 messages of 100 and 250 bytes: 2 arrived, the third is torn.
 */
export function wholeMessages(
  sent: readonly PublishedMessage[],
  { bytes, pingsMost }: { readonly bytes: number; readonly pingsMost: number },
): Range {
  const whole = (available: number) => {
    let count = 0;
    let left = available;
    for (const { wireBytes } of sent) {
      left -= wireBytes;
      if (left < 0) break;
      count += 1;
    }
    return count;
  };
  return { least: whole(bytes - pingsMost * PING_WIRE_BYTES), most: whole(bytes) };
}

/** A link whose kernel was full to its end proved nothing: all of it is lost with the link. Otherwise a heartbeat may have proved some. */
function endLosses(total: Range, blocked: boolean): Losses {
  if (blocked) return { hwm: exactly(0), disconnect: total, total };
  return { hwm: { least: 0, most: total.most }, disconnect: { least: 0, most: total.most }, total };
}

export function isFor({ target }: PublishedMessage, subscriber: number): boolean {
  return target === -1 || target === subscriber;
}

export function exactly(value: number): Range {
  return { least: value, most: value };
}

const NO_LOSSES: Losses = { hwm: exactly(0), disconnect: exactly(0), total: exactly(0) };

function plus(a: Losses, b: Losses): Losses {
  const sum = (x: Range, y: Range) => ({ least: x.least + y.least, most: x.most + y.most });
  return {
    hwm: sum(a.hwm, b.hwm),
    disconnect: sum(a.disconnect, b.disconnect),
    total: sum(a.total, b.total),
  };
}

export function isWithin(value: number, { least, most }: Range): boolean {
  return value >= least && value <= most;
}
