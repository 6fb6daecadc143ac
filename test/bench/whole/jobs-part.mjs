/**
 * One process of the fleet that gets jobs: `publisher PORT` and `router PORT` are real ZeroMQ sockets with
 * Salt's options, `minions PUBLISH REQUEST BASE COUNT` two links each of COUNT minions. Told and telling over the channel.
 */
import net from 'node:net';
import { Publisher, Router } from 'zeromq';
import {
  answerFrame,
  jobFor,
  publishFrame,
  readReturn,
  returnFrame,
  targetHash,
} from '../../../exporter/dist/demo/wire.js';
import { addressOf, idOf } from '../../e2e/scratch-master.mjs';
import { requestBytes, speak } from './zmtp-peer.mjs';

const HOST = '127.0.0.1';
const [role, ...numbers] = process.argv.slice(2);
const [first = 0, second = 0, base = 0, count = 0] = numbers.map(Number);
const OPTIONS = { backlog: 4_096, linger: 0, heartbeatInterval: 10_000, heartbeatTimeout: 30_000 };
/** Connections that are being made at the same time. */
const PARALLEL = 100;
const RECONNECT_MS = 1_000;
const EMPTY = Buffer.alloc(0);
/** Socket of each link, by port and minion. */
const links = new Map();

async function serve() {
  const socket =
    role === 'publisher'
      ? new Publisher({ ...OPTIONS, sendHighWaterMark: 1_000 })
      : new Router(OPTIONS);
  await socket.bind(`tcp://${HOST}:${first}`);
  process.send({ ready: true });
  if (socket instanceof Publisher) {
    process.on('message', (publish) => socket.send(publishFrame(publish)));
    return;
  }
  for await (const [peer, , request] of socket) {
    const told = readReturn(request);
    if (told !== undefined) process.send(told);
    await socket.send([peer, EMPTY, answerFrame(request)]).catch(() => undefined);
  }
}

/**
 * A link that is made again when it ends, as a minion's is: on a busy machine the publisher gives up
 * handshakes and heartbeats. Resolves when it is ready for the first time.
 */
function keepLink(port, index, { type, onMessage }) {
  return new Promise((resolve) => {
    const open = () => {
      const socket = net.connect({ host: HOST, port, localAddress: addressOf(index) });
      const onReady = () => resolve((bytes) => links.get(key)?.write(bytes));
      socket.on('error', () => undefined);
      socket.once('connect', () => speak(socket, type, { onReady, onMessage }));
      socket.once('close', () => setTimeout(open, RECONNECT_MS));
      links.set(key, socket);
    };
    const key = `${port} ${index}`;
    open();
  });
}

async function startMinion(index) {
  const id = idOf(index);
  const hash = targetHash(id);
  const ignore = () => undefined;
  const ask = await keepLink(second, index, { type: 'DEALER', onMessage: ignore });
  const onMessage = (frame) => {
    const jid = jobFor(frame, hash);
    if (jid !== undefined) ask(requestBytes(returnFrame({ id, jid })));
  };
  await keepLink(first, index, { type: 'SUB', onMessage });
}

async function startMinions() {
  let next = base;
  const startOn = async () => {
    while (next < base + count) await startMinion(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, startOn));
  process.send({ ready: true });
}

process.on('disconnect', () => process.exit(0));
await (role === 'minions' ? startMinions() : serve());
