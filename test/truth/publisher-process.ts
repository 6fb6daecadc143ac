/** The publisher of a truth run: a real PUB in a process of its own, which writes down what it published and plays the event bus. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Publisher } from 'zeromq';
import { BusServer } from './bus-server.js';
import type { Publishing } from './plan.js';
import type {
  PublishedMessage,
  PublisherOrder,
  PublisherReport,
  PublisherSetup,
} from './protocol.js';
import { Random } from './random.js';
import { messageWireBytes } from './wire.js';

/** The number of a message stands in its first four bytes. */
const NUMBER_BYTES = 4;

class Master {
  readonly #setup: PublisherSetup;
  readonly #socket: Publisher;
  readonly #bus: BusServer | undefined;
  readonly #random: Random;
  readonly #topics: readonly Buffer[];
  #published = 0;

  constructor(setup: PublisherSetup) {
    this.#setup = setup;
    this.#random = new Random(setup.seed ^ 0x5eed);
    this.#topics = setup.ids.map((id) => Buffer.from(createHash('sha1').update(id).digest('hex')));
    this.#socket = new Publisher({
      linger: 0,
      backlog: 1_000,
      sendHighWaterMark: setup.hwm,
      ...(setup.sendBufferBytes === undefined ? {} : { sendBufferSize: setup.sendBufferBytes }),
      ...(setup.heartbeatMs === 0
        ? {}
        : { heartbeatInterval: setup.heartbeatMs, heartbeatTimeout: setup.heartbeatTimeoutMs }),
    });
    if (setup.bus !== 'none') this.#bus = new BusServer(setup.busPath, setup.bus === 'prefixed');
  }

  async open(): Promise<void> {
    await this.#socket.bind(`tcp://127.0.0.1:${this.#setup.port}`);
  }

  async publish(
    publishing: Publishing,
    freezeAfterMicros: number | undefined,
  ): Promise<PublishedMessage[]> {
    const messages: PublishedMessage[] = [];
    for (let n = 0; n < publishing.count; n += 1) {
      const target = this.#target(publishing);
      this.#announce(target);
      const frames = this.#frames(publishing, target);
      await this.#socket.send(frames);
      messages.push({ number: this.#published, wireBytes: messageWireBytes(frames), target });
      this.#published += 1;
      if (publishing.gapMs > 0) await sleep(publishing.gapMs);
    }
    if (freezeAfterMicros !== undefined) freeze(freezeAfterMicros);
    return messages;
  }

  #target({ targets }: Publishing): number {
    if (!this.#setup.filtering || targets === 'all' || this.#random.chance(0.4)) return -1;
    return this.#random.whole(0, this.#topics.length - 1);
  }

  #announce(target: number): void {
    const { busLateMs, ids } = this.#setup;
    const minions = target === -1 ? ids : ids.slice(target, target + 1);
    if (busLateMs === 0) this.#bus?.fireNew(minions);
    else setTimeout(() => this.#bus?.fireNew(minions), busLateMs);
  }

  #frames({ bytes, frames: count }: Publishing, target: number): Buffer[] {
    const size = this.#random.whole(bytes[0], bytes[1]);
    const frames: Buffer[] = [];
    if (this.#setup.filtering) frames.push(this.#topics[target] ?? Buffer.from('broadcast'));
    // Of several frames the first has the number and the others share the rest.
    const rest = Math.max(0, size - NUMBER_BYTES);
    const share = Math.floor(rest / count);
    const first = Buffer.alloc(NUMBER_BYTES + rest - share * (count - 1), 0x5a);
    first.writeUInt32BE(this.#published);
    frames.push(first);
    for (let n = 1; n < count; n += 1) frames.push(Buffer.alloc(share, 0xa5));
    return frames;
  }
}

/** Waits without giving the processor away, then stops all threads of this process, the I/O thread in the middle of its work. */
function freeze(afterMicros: number): void {
  const end = performance.now() + afterMicros / 1_000;
  while (performance.now() < end);
  process.kill(process.pid, 'SIGSTOP');
}

let master: Master | undefined;

async function obey(order: PublisherOrder): Promise<PublisherReport> {
  if (order.do === 'open') {
    master = new Master(order.setup);
    await master.open();
    return { tell: 'open' };
  }
  if (master === undefined) throw new Error('not open');
  return {
    tell: 'published',
    messages: await master.publish(order.publishing, order.freezeAfterMicros),
  };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (order) => {
  // `as`: only the runner writes to this channel.
  obey(order as PublisherOrder).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ tell: 'failed', text: String(error) }),
  );
});
