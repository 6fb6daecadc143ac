/** One process full of minions: each a real SUB and a real DEALER from an address of its own, told over the channel what to do. */
import { Dealer, Subscriber } from 'zeromq';
import { plugCable, pullCable } from './cable.js';
import type { Answer, CrewOrder, CrewReport, HostedMinion, LinkCount, Ports } from './protocol.js';
import { authFrame, jobFor, returnFrame, targetHash } from './wire.js';

/** Salt's minion: a first delay of 1–11 s, doubled up to 10 s. Shorter here, so that one need not wait so long. */
const RECONNECT_MIN_MS = 300;
const RECONNECT_SPREAD_MS = 2_500;
const RECONNECT_MAX_MS = 5_000;
/** How often a pending minion asks for its key: Salt's acceptance_wait_time. */
const AUTH_INTERVAL_MS = 10_000;
const REPORT_INTERVAL_MS = 250;
/** The slow minion's socket holds little, so that what it does not read soon stays with the master. */
const SLOW_BUFFER_BYTES = 4_096;
const MASTER = '127.0.0.1';
const EMPTY = Buffer.alloc(0);

/** One minion's two sockets. Its links end with `disconnect` and begin with `connect`; the sockets live on. */
class Minion {
  readonly plan: HostedMinion;
  connects = 0;
  connected = false;
  readonly #subscriber: Subscriber | undefined;
  readonly #dealer: Dealer | undefined;
  readonly #endpoints: { publish: string; request: string };
  readonly #onAnswer: (answer: Answer) => void;
  #authTimer: NodeJS.Timeout | undefined;
  #linked = false;

  constructor(
    plan: HostedMinion,
    ports: Ports,
    on: {
      readonly change: (minion: Minion) => void;
      readonly answer: (answer: Answer) => void;
    },
  ) {
    this.plan = plan;
    this.#onAnswer = on.answer;
    const reconnect = {
      linger: 0,
      reconnectInterval: Math.round(RECONNECT_MIN_MS + Math.random() * RECONNECT_SPREAD_MS),
      reconnectMaxInterval: RECONNECT_MAX_MS,
    };
    const from = `tcp://${plan.address}:0;${MASTER}`;
    this.#endpoints = { publish: `${from}:${ports.publish}`, request: `${from}:${ports.request}` };
    if (plan.links.includes('publish')) this.#subscriber = this.#subscribe(reconnect, on.change);
    if (plan.links.includes('request')) {
      this.#dealer = new Dealer({ ...reconnect, sendTimeout: 0 });
      void drain(this.#dealer);
    }
  }

  connect(): void {
    if (this.#linked) return;
    this.#linked = true;
    this.#subscriber?.connect(this.#endpoints.publish);
    this.#dealer?.connect(this.#endpoints.request);
    if (this.plan.role === 'pending') {
      this.#authTimer = setInterval(() => void this.#ask(authFrame()), AUTH_INTERVAL_MS);
    }
  }

  disconnect(): void {
    if (!this.#linked) return;
    this.#linked = false;
    clearInterval(this.#authTimer);
    this.#subscriber?.disconnect(this.#endpoints.publish);
    this.#dealer?.disconnect(this.#endpoints.request);
    this.connected = false;
  }

  close(): void {
    clearInterval(this.#authTimer);
    this.#subscriber?.close();
    this.#dealer?.close();
  }

  #subscribe(reconnect: object, onChange: (minion: Minion) => void): Subscriber {
    const narrow = this.plan.role === 'slow' ? { receiveBufferSize: SLOW_BUFFER_BYTES } : {};
    const subscriber = new Subscriber({ ...reconnect, ...narrow });
    subscriber.subscribe();
    subscriber.events.on('connect', () => {
      this.connects += 1;
      this.connected = this.#linked;
      onChange(this);
    });
    subscriber.events.on('disconnect', () => {
      this.connected = false;
      onChange(this);
    });
    void this.#read(subscriber);
    return subscriber;
  }

  async #read(subscriber: Subscriber): Promise<void> {
    const hash = targetHash(this.plan.id);
    for await (const [frame] of subscriber) {
      const jid = frame === undefined ? undefined : jobFor(frame, hash);
      if (jid !== undefined && this.plan.role !== 'stranger') {
        const { id } = this.plan;
        const isSent = await this.#ask(returnFrame({ id, jid }));
        if (isSent) this.#onAnswer({ id, jid });
      }
    }
  }

  /** A request is thrown away when it cannot be sent at once: nobody in the demo waits for an answer. */
  async #ask(request: Buffer): Promise<boolean> {
    if (this.#dealer === undefined) return false;
    try {
      await this.#dealer.send([EMPTY, request]);
      return true;
    } catch {
      // EAGAIN: no connection, or its queue is full.
      return false;
    }
  }
}

async function drain(dealer: Dealer): Promise<void> {
  for await (const _answer of dealer);
}

class Crew {
  readonly #minions = new Map<string, Minion>();
  readonly #changed = new Set<Minion>();
  readonly #answers: Answer[] = [];
  readonly #timer = setInterval(() => this.#report(), REPORT_INTERVAL_MS);

  obey(order: CrewOrder): void {
    if (order.do === 'stop') this.#stop();
    else if (order.do === 'host') this.#host(order.minions, order.ports);
    else for (const id of order.ids) this.#act(order.do, id);
    tell({ tell: 'done', order: order.do });
  }

  #host(minions: readonly HostedMinion[], ports: Ports): void {
    for (const plan of minions) {
      const minion = new Minion(plan, ports, {
        change: (changed) => this.#changed.add(changed),
        answer: (answer) => this.#answers.push(answer),
      });
      this.#minions.set(plan.id, minion);
      if (plan.role !== 'stranger') minion.connect();
    }
    tell({ tell: 'hosting' });
  }

  #act(action: 'connect' | 'disconnect' | 'unplug' | 'plug', id: string): void {
    const minion = this.#minions.get(id);
    if (minion === undefined) return;
    if (action === 'unplug') pullCable(minion.plan.address);
    else if (action === 'plug') plugCable(minion.plan.address);
    else minion[action]();
    this.#changed.add(minion);
  }

  #report(): void {
    if (this.#answers.length > 0) tell({ tell: 'answered', answers: this.#answers.splice(0) });
    if (this.#changed.size === 0) return;
    const counts = [...this.#changed].map(({ plan, connects, connected }): LinkCount => {
      return { id: plan.id, connects, connected };
    });
    this.#changed.clear();
    tell({ tell: 'links', counts });
  }

  #stop(): void {
    clearInterval(this.#timer);
    for (const minion of this.#minions.values()) minion.close();
    process.disconnect?.();
    process.exit(0);
  }
}

function tell(report: CrewReport): void {
  if (process.connected) process.send?.(report);
}

const crew = new Crew();
// Ctrl-C in a terminal reaches the whole group; the parent ends us in order.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
// `as`: only the demo's own parent writes to this channel.
process.on('message', (order) => crew.obey(order as CrewOrder));
