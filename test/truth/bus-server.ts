/** Plays Salt's event bus: a unix socket that tells every reader what is about to be published. */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

/** `{"a": 1}` as msgpack: only what an event needs. */
type Value = string | number | readonly string[];

function pack(value: Value): Buffer {
  if (typeof value === 'number') return Buffer.of(value & 0x7f);
  if (typeof value === 'string') return packText(value);
  const head = Buffer.of(0xdc, value.length >> 8, value.length & 0xff);
  return Buffer.concat([head, ...value.map(packText)]);
}

function packText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const head = bytes.length < 32 ? Buffer.of(0xa0 | bytes.length) : Buffer.of(0xd9, bytes.length);
  return Buffer.concat([head, bytes]);
}

/** Tag, two newlines, a map: as Salt's EventPublisher sends it, in the frame of 3006.26 (prefixed) or of the others. */
export function eventFrame(
  tag: string,
  data: Readonly<Record<string, Value>>,
  prefixed: boolean,
): Buffer {
  const entries = Object.entries(data);
  const map = entries.flatMap(([key, value]) => [packText(key), pack(value)]);
  const body = Buffer.concat([Buffer.from(`${tag}\n\n`), Buffer.of(0x80 | entries.length), ...map]);
  const sized = Buffer.of(0xc5, body.length >> 8, body.length & 0xff);
  const outer = Buffer.concat([
    Buffer.of(0x82),
    packText('head'),
    Buffer.of(0x80),
    packText('body'),
    sized,
    body,
  ]);
  if (!prefixed) return outer;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(outer.length);
  return Buffer.concat([length, outer]);
}

export class BusServer {
  readonly #server: Server;
  readonly #readers = new Set<Socket>();
  readonly #prefixed: boolean;
  #fired = 0;

  constructor(path: string, prefixed: boolean) {
    this.#prefixed = prefixed;
    rmSync(path, { force: true });
    this.#server = createServer((reader) => {
      this.#readers.add(reader);
      reader.on('error', () => reader.destroy());
      reader.on('close', () => this.#readers.delete(reader));
      reader.resume();
    });
    this.#server.listen(path);
  }

  /** What a master fires when it accepts a job, before it hands it to the publisher. */
  fireNew(minions: readonly string[]): void {
    this.#fired += 1;
    const jid = `20260101000000${String(this.#fired).padStart(6, '0')}`;
    const stamp = new Date().toISOString().replace('Z', '000');
    const data = {
      jid,
      tgt_type: 'glob',
      tgt: '*',
      user: 'root',
      fun: 'test.ping',
      arg: [],
      minions,
      missing: [],
      _stamp: stamp,
    };
    const frame = eventFrame(`salt/job/${jid}/new`, data, this.#prefixed);
    for (const reader of this.#readers) reader.write(frame);
  }
}
