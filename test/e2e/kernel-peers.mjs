/**
 * A child process that holds many loopback TCP connections, as a server or as the clients; told
 * what to do over IPC.
 */
import net from 'node:net';

/** Connections opened at once, so that the accept queue of the server is never the limit. */
const PARALLEL = 200;

const sockets = new Set();
let server;

const commands = {
  /** {host, port, backlog}: accepts and holds; answers with the port. */
  listen: ({ host, port, backlog }) =>
    new Promise((resolve, reject) => {
      server = net.createServer((socket) => hold(socket));
      server.once('error', reject);
      server.listen({ host, port, backlog: backlog ?? 4096 }, () => resolve(server.address().port));
    }),
  /**
   * {host, port, count, local}: connects from as many addresses as `local` names; answers how many
   * it holds.
   */
  connect: async ({ host, port, count, local }) => {
    let opened = 0;
    const open = async () => {
      while (opened < count) {
        const index = opened++;
        await connectOne({ host, port, localAddress: local?.[index % local.length] });
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, count) }, open));
    return sockets.size;
  },
  /**
   * {host, port, count, holdMs, parallel}: opens and closes; answers [client port, monotonic ms of
   * the end] for each.
   */
  flap: async ({ host, port, count, holdMs, parallel }) => {
    const ended = [];
    let started = 0;
    const flapOn = async () => {
      while (started < count) {
        const index = started++;
        const socket = await connectOne({ host, port });
        const { localPort } = socket;
        const hold = holdMs[index % holdMs.length];
        if (hold > 0) await new Promise((resolve) => setTimeout(resolve, hold));
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.end();
        await closed;
        ended.push([localPort, Number(process.hrtime.bigint()) / 1e6]);
      }
    };
    await Promise.all(Array.from({ length: parallel ?? 1 }, flapOn));
    return ended;
  },
  /** {count}: answers when the server has accepted so many; before, they have no inode. */
  accepted: ({ count }) =>
    new Promise((resolve) => {
      const look = () => {
        if (sockets.size < count) return;
        server.off('connection', look);
        resolve(sockets.size);
      };
      server.on('connection', look);
      look();
    }),
  /** Local port of each connection. */
  ports: async () => [...sockets].map((socket) => socket.localPort),
  /** {bytes}: writes so many on each connection and waits until the kernel took them. */
  write: async ({ bytes }) => {
    const all = [...sockets];
    await Promise.all(
      all.map((socket) => new Promise((done) => socket.write(Buffer.alloc(bytes), done))),
    );
    return all.length;
  },
  /** Closes the listening socket only; accepted connections live on. */
  unlisten: async () => {
    const closed = new Promise((resolve) => server.once('close', resolve));
    server.close();
    if (sockets.size === 0) await closed;
    return true;
  },
};

function hold(socket) {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
  socket.resume();
  return socket;
}

function connectOne(target) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(target);
    socket.once('connect', () => resolve(hold(socket)));
    socket.once('error', reject);
  });
}

process.on('message', async ({ id, command, options }) => {
  try {
    process.send({ id, value: await commands[command](options ?? {}) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
