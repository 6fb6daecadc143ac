/** The demo's event bus: a socket at the place of Salt's, which tells whoever connects what the demo's master did. */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { type PackValue, pack } from './msgpack.js';

/** A reader that stopped reading is left behind: the demo must not grow for it. */
const UNREAD_MAX_BYTES = 4 * 1024 * 1024;
const BIN32 = 0xc6;

/** `tag\n\n{…}` in the frame of 3008: a map of an empty head and the body as bin. */
export function eventFrame(tag: string, data: Readonly<Record<string, PackValue>>): Buffer {
  const body = Buffer.concat([Buffer.from(`${tag}\n\n`, 'utf8'), pack(data)]);
  const sized = Buffer.alloc(5);
  sized[0] = BIN32;
  sized.writeUInt32BE(body.length, 1);
  return Buffer.concat([Buffer.of(0x82), pack('head'), pack({}), pack('body'), sized, body]);
}

export class EventBus {
  readonly #server: Server;
  readonly #readers = new Set<Socket>();
  #jobs = 0;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    this.#server = createServer((reader) => {
      this.#readers.add(reader);
      reader.on('error', () => reader.destroy());
      reader.on('close', () => this.#readers.delete(reader));
      reader.resume();
    });
    this.#server.listen(path);
  }

  /**
   * What a master fires when it accepted a job, before it publishes it; returns the jid. `minions`: who
   * is expected to return.
   */
  announce(target: string | undefined, minions: readonly string[]): string {
    this.#jobs += 1;
    const jid = jidOf(new Date(), this.#jobs);
    this.#fire(`salt/job/${jid}/new`, {
      jid,
      tgt_type: 'glob',
      tgt: target ?? '*',
      user: 'demo',
      fun: 'test.ping',
      arg: [],
      minions,
      missing: [],
    });
    return jid;
  }

  /** What a master fires when a return came in, before it answers. */
  tellReturn(id: string, jid: string): void {
    this.#fire(`salt/job/${jid}/ret/${id}`, {
      cmd: '_return',
      id,
      jid,
      fun: 'test.ping',
      fun_args: [],
      return: true,
      retcode: 0,
      success: true,
    });
  }

  close(): void {
    for (const reader of this.#readers) reader.destroy();
    this.#server.close();
  }

  #fire(tag: string, data: Readonly<Record<string, PackValue>>): void {
    const _stamp = new Date().toISOString().replace('Z', '000+00:00');
    const frame = eventFrame(tag, { ...data, _stamp });
    for (const reader of this.#readers) {
      if (reader.writableLength > UNREAD_MAX_BYTES) reader.destroy();
      else reader.write(frame);
    }
  }
}

/** Twenty digits, the time with microseconds; jobs of one millisecond differ in their last digits. */
function jidOf(now: Date, job: number): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits}${String(job % 1_000).padStart(3, '0')}`;
}
