/**
 * A libzmq publisher in miniature for property tests: pipes with a mark and credit in steps of half
 * of it, one I/O thread, an encoder that takes 8,192 bytes, heartbeats that jump the queue, kernels
 * on both sides, subscribers and a publisher that stop and run on. Time moves in steps of 1 ms.
 *
 * Faithful to libzmq 4.3.5 where a ledger could be wrong about it:
 * - a pipe is full at `written − confirmed ≥ mark`; the reader confirms every `(mark + 1) ÷ 2`th
 *   message, and the writer hears of it at its next send, a millisecond later;
 * - a send to a pipe whose reader sleeps wakes it through the I/O thread's one mailbox, in order;
 *   a PING leaves before that, and before what the pipe holds;
 * - the encoder takes small messages by 8,192 bytes, a larger one whole after its first part;
 * - a stopped process stops its threads, not its kernel.
 */

export interface LinkState {
  readonly id: number;
  alive: boolean;
  /** Its process reads; a stopped one has a kernel that acknowledges until its buffer is full. */
  running: boolean;
  /** Bytes a millisecond that the process reads at most. */
  readRate: number;
  // pipe
  readonly pipe: Message[];
  written: number;
  read: number;
  confirmed: number;
  awake: boolean;
  // engine
  rest: number;
  out: number;
  pingDue: boolean;
  nextPingMs: number;
  blocked: boolean;
  // kernels: bytes since the connection began
  sent: number;
  transferred: number;
  acked: number;
  taken: number;
  received: number;
  sendBuffer: number;
  receiveBuffer: number;
  lastSentMs: number;
  lastReceivedMs: number;
  /** What was written, by its end in the byte stream of this link. */
  readonly log: Entry[];
  logAt: number;
  // the truth
  dropped: number;
  delivered: number;
  /** First message that was published while it was there. */
  readonly from: number;
}

export interface Message {
  readonly n: number;
  readonly size: number;
}

interface Entry {
  readonly end: number;
  /** 0 = PING. */
  readonly n: number;
}

export interface ModelOptions {
  readonly hwm: number;
  /** undefined = no heartbeats. */
  readonly pingMs: number | undefined;
  /** Services (one encode and write) that the I/O thread does in a millisecond. */
  readonly servicesPerMs: number;
  readonly random: () => number;
}

const HANDSHAKE_SENT = 91;
const HANDSHAKE_RECEIVED = 103;
const BATCH = 8_192;
const PING = 9;
const PONG = 7;

export class PublisherModel {
  nowMs = 0;
  running = true;
  published = 0;
  readonly links: LinkState[] = [];
  readonly #options: ModelOptions;
  readonly #half: number;
  /** Links that the I/O thread is to wake, in order. */
  #mailbox: LinkState[] = [];
  /** Confirmations on their way to the sender: they are heard a millisecond later. */
  #credits: { link: LinkState; read: number; fromMs: number }[] = [];
  #ioPausedUntilMs = 0;
  #turn = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#half = Math.floor((options.hwm + 1) / 2);
  }

  connect(id: number, buffers: { readonly send: number; readonly receive: number }): LinkState {
    const { pingMs, random } = this.#options;
    const link: LinkState = {
      id,
      alive: true,
      running: true,
      readRate: Number.POSITIVE_INFINITY,
      pipe: [],
      written: 0,
      read: 0,
      confirmed: 0,
      awake: false,
      rest: 0,
      out: 0,
      pingDue: false,
      nextPingMs: pingMs === undefined ? Number.POSITIVE_INFINITY : this.nowMs + pingMs * random(),
      blocked: false,
      sent: HANDSHAKE_SENT,
      transferred: HANDSHAKE_SENT,
      acked: HANDSHAKE_SENT,
      taken: HANDSHAKE_SENT,
      received: HANDSHAKE_RECEIVED,
      sendBuffer: buffers.send,
      receiveBuffer: buffers.receive,
      lastSentMs: this.nowMs,
      lastReceivedMs: this.nowMs,
      log: [],
      logAt: 0,
      dropped: 0,
      delivered: 0,
      from: this.published + 1,
    };
    this.links.push(link);
    return link;
  }

  /** The connection ends at once, as after a kill; what its kernel acknowledged stays. */
  kill(link: LinkState): void {
    link.alive = false;
  }

  /** The I/O thread gets no processor for a while. */
  pauseIo(ms: number): void {
    this.#ioPausedUntilMs = Math.max(this.#ioPausedUntilMs, this.nowMs + ms);
  }

  /** One message to everybody; nothing while the publisher is stopped. */
  publish(size: number): boolean {
    if (!this.running) return false;
    this.#hearCredits();
    this.published += 1;
    const message = { n: this.published, size };
    for (const link of this.links) {
      if (!link.alive) continue;
      if (link.written - link.confirmed >= this.#options.hwm) {
        link.dropped += 1;
        continue;
      }
      link.pipe.push(message);
      link.written += 1;
      if (link.awake) continue;
      link.awake = true;
      this.#mailbox.push(link);
    }
    return true;
  }

  /** A millisecond goes by. `onDelivered` tells what a running process has read. */
  step(onDelivered?: (link: LinkState, n: number) => void): void {
    this.nowMs += 1;
    if (this.running && this.nowMs >= this.#ioPausedUntilMs) this.#runIo();
    for (const link of this.links) {
      if (link.alive) this.#runKernels(link, onDelivered);
    }
  }

  /** What the master's kernel says of the connection. */
  row(link: LinkState) {
    return {
      acked: link.acked,
      sendQueue: link.sent - link.acked,
      unacked: link.transferred > link.acked ? 1 : 0,
      notSent: link.sent - link.transferred,
      received: link.received,
      sentAgeMs: this.nowMs - link.lastSentMs,
      receivedAgeMs: this.nowMs - link.lastReceivedMs,
    };
  }

  /** Messages in the pipe, and bytes that libzmq still holds: pipe and encoder. */
  queue(link: LinkState): { messages: number; bytes: number } {
    const bytes = link.pipe.reduce((sum, { size }) => sum + size, 0);
    return { messages: link.pipe.length, bytes: bytes + link.rest + link.out };
  }

  #hearCredits(): void {
    this.#credits = this.#credits.filter(({ link, read, fromMs }) => {
      if (fromMs >= this.nowMs) return true;
      link.confirmed = read;
      return false;
    });
  }

  /** Timers, then the mailbox, then whoever can be written to, in turn. */
  #runIo(): void {
    let services = this.#options.servicesPerMs;
    for (const link of this.links) {
      if (!link.alive || this.nowMs < link.nextPingMs) continue;
      link.nextPingMs = this.nowMs + (this.#options.pingMs ?? 0);
      link.pingDue = true;
      if (!link.blocked) this.#serve(link, link.awake && !this.#mailbox.includes(link));
    }
    const woken = this.#mailbox.splice(0, Math.max(1, services));
    for (const link of woken) {
      services -= 1;
      if (link.alive && !link.blocked) this.#serve(link, true);
    }
    const waits = (link: LinkState) =>
      link.alive && !this.#mailbox.includes(link) && (link.out > 0 || link.rest > 0 || link.awake);
    for (let idle = 0; services > 0 && idle < this.links.length; ) {
      const link = this.links[this.#turn % this.links.length];
      this.#turn += 1;
      if (link === undefined || !waits(link) || !this.#serve(link, true)) idle += 1;
      else idle = 0;
      services -= 1;
    }
  }

  /** One encode and one write; `pulls`: the pipe is known to hold something. False: nothing moved. */
  #serve(link: LinkState, pulls: boolean): boolean {
    if (link.out === 0) this.#encode(link, pulls);
    if (link.out === 0) return false;
    const room = Math.max(0, link.sendBuffer - (link.sent - link.acked));
    const size = Math.min(room, link.out);
    link.blocked = size === 0;
    if (size === 0) return false;
    link.sent += size;
    link.out -= size;
    link.lastSentMs = this.nowMs;
    return true;
  }

  #encode(link: LinkState, pulls: boolean): void {
    while (link.out < BATCH) {
      if (link.rest > 0) {
        const whole = link.out === 0 && link.rest >= BATCH;
        const size = whole ? link.rest : Math.min(link.rest, BATCH - link.out);
        link.out += size;
        link.rest -= size;
        continue;
      }
      if (link.pingDue) {
        link.pingDue = false;
        this.#load(link, { n: 0, size: PING });
        continue;
      }
      const message = pulls ? link.pipe.shift() : undefined;
      if (message === undefined) {
        if (pulls) link.awake = false;
        return;
      }
      link.read += 1;
      if (link.read % this.#half === 0) {
        this.#credits.push({ link, read: link.read, fromMs: this.nowMs });
      }
      this.#load(link, message);
    }
  }

  #load(link: LinkState, message: Message): void {
    const before = link.log.at(-1)?.end ?? HANDSHAKE_SENT;
    link.log.push({ end: before + message.size, n: message.n });
    link.rest = message.size;
  }

  #runKernels(link: LinkState, onDelivered?: (link: LinkState, n: number) => void): void {
    // What was transferred a millisecond ago is acknowledged now.
    if (link.transferred > link.acked) {
      link.acked = link.transferred;
      link.blocked = false;
    }
    if (link.running) this.#read(link, onDelivered);
    const room = Math.max(0, link.receiveBuffer - (link.transferred - link.taken));
    link.transferred += Math.min(room, link.sent - link.transferred);
  }

  #read(link: LinkState, onDelivered?: (link: LinkState, n: number) => void): void {
    link.taken += Math.min(link.transferred - link.taken, link.readRate);
    for (; link.logAt < link.log.length; link.logAt += 1) {
      const entry = link.log[link.logAt];
      if (entry === undefined || entry.end > link.taken) return;
      if (entry.n === 0) {
        link.received += PONG;
        link.lastReceivedMs = this.nowMs;
      } else {
        link.delivered += 1;
        onDelivered?.(link, entry.n);
      }
    }
  }
}

/** Messages that the link's kernel acknowledged whole; what it had of others is lost with it. */
export function ackedWhole(link: LinkState): number {
  return link.log.filter(({ end, n }) => n > 0 && end <= link.acked).length;
}

/** A generator of numbers from 0 to 1 that gives the same row for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
