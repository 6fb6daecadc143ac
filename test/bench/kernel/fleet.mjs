/**
 * Real loopback connections for the benchmarks, both ends in processes of their own, because
 * descriptors are limited per process.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PEERS = fileURLToPath(new URL('../../e2e/kernel-peers.mjs', import.meta.url));

export class Fleet {
  #children = [];
  #answers = new Map();
  #asked = 0;

  peer() {
    const child = fork(PEERS);
    this.#children.push(child);
    child.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#answers.get(id);
      this.#answers.delete(id);
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    });
    return (command, options) =>
      new Promise((resolve, reject) => {
        this.#asked += 1;
        this.#answers.set(this.#asked, { resolve, reject });
        child.send({ id: this.#asked, command, options });
      });
  }

  /** A listener and `count` connections to it from 250 addresses. */
  async connect({ host, port, count }) {
    const [server, client] = [this.peer(), this.peer()];
    await server('listen', { host, port });
    const local = Array.from({ length: 250 }, (_, index) => `127.73.1.${index + 1}`);
    await client('connect', { host, port, count, local });
    return { server, client };
  }

  /** May be called again: who has ended already tells its end to nobody any more. */
  async stop() {
    const ends = this.#children.splice(0).map((child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      return ended;
    });
    await Promise.all(ends);
  }
}
