/** The demo's master: a real PUB that heartbeats and a real ROUTER that answers, with Salt's options, in a process of its own. */
import { Publisher, Router } from 'zeromq';
import { EventBus } from './event-bus.js';
import type { MasterOrder, MasterReport, Ports } from './protocol.js';
import { answerFrame, publishFrame, readReturn } from './wire.js';

/** Salt's defaults: pub_hwm, zmq_backlog, and the heartbeats of 3008. */
const PUB_HWM_MESSAGES = 1_000;
const BACKLOG = 1_000;
const HEARTBEAT = { heartbeatInterval: 10_000, heartbeatTimeout: 30_000 };
const HOST = '127.0.0.1';
const EMPTY = Buffer.alloc(0);
/** A port that was just given up may be refused for a moment. */
const BIND_RETRY_MS = 50;
const BIND_RETRIES = 60;

class Master {
  #publisher: Publisher | undefined;
  #router: Router | undefined;
  #ports: Ports = { publish: 0, request: 0 };
  #bus: EventBus | undefined;
  #restarting = false;

  async obey(order: MasterOrder): Promise<void> {
    if (order.do === 'serve') await this.#serve(order);
    else if (order.do === 'publish') await this.#publish(order);
    else if (order.do === 'restart_publisher') await this.#restartPublisher();
    else this.#stop();
  }

  async #serve({ ports, busPath }: Extract<MasterOrder, { do: 'serve' }>): Promise<void> {
    const bus = new EventBus(busPath);
    this.#bus = bus;
    this.#ports = ports;
    this.#router = new Router({ ...HEARTBEAT, backlog: BACKLOG, linger: 0 });
    await bindPatiently(this.#router, ports.request);
    void answerAll(this.#router, bus);
    this.#publisher = await openPublisher(ports.publish);
    tell({ tell: 'serving' });
  }

  async #publish(order: Extract<MasterOrder, { do: 'publish' }>): Promise<void> {
    const { target, loadBytes, minions } = order;
    for (let n = 0; n < order.count && !this.#restarting; n += 1) {
      const jid = this.#bus?.announce(target, minions) ?? '';
      if (minions.length > 0) tell({ tell: 'published', jid, minions });
      await this.#publisher?.send(publishFrame({ target, jid, loadBytes }));
    }
  }

  /** What Salt does when its publish daemon died: the request server never notices. */
  async #restartPublisher(): Promise<void> {
    if (this.#publisher === undefined || this.#restarting) return;
    this.#restarting = true;
    this.#publisher.close();
    this.#publisher = await openPublisher(this.#ports.publish);
    this.#restarting = false;
    tell({ tell: 'publisher_restarted' });
  }

  #stop(): void {
    this.#publisher?.close();
    this.#router?.close();
    this.#bus?.close();
    process.exit(0);
  }
}

async function openPublisher(port: number): Promise<Publisher> {
  const publisher = new Publisher({
    ...HEARTBEAT,
    sendHighWaterMark: PUB_HWM_MESSAGES,
    backlog: BACKLOG,
    linger: 0,
  });
  await bindPatiently(publisher, port);
  return publisher;
}

async function bindPatiently(socket: Publisher | Router, port: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await socket.bind(`tcp://${HOST}:${port}`);
    } catch (error) {
      if (attempt >= BIND_RETRIES) throw error;
      await new Promise((wake) => setTimeout(wake, BIND_RETRY_MS));
    }
  }
}

async function answerAll(router: Router, bus: EventBus): Promise<void> {
  for await (const frames of router) {
    const [peer, , request] = frames;
    if (peer === undefined || request === undefined) continue;
    const told = readReturn(request);
    if (told !== undefined) bus.tellReturn(told.id, told.jid);
    await router.send([peer, EMPTY, answerFrame(request)]).catch(ignoreGone);
  }
}

function ignoreGone(): undefined {
  // The asker left before its answer: a ROUTER drops it, as Salt's does.
  return undefined;
}

function tell(report: MasterReport): void {
  if (process.connected) process.send?.(report);
}

const master = new Master();
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (order) => {
  // `as`: only the demo's own parent writes to this channel.
  master.obey(order as MasterOrder).catch((error: unknown) => {
    tell({ tell: 'failed', text: String(error) });
  });
});
