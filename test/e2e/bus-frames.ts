/** Frames of an event bus as a master sends them, made for tests. */

export interface FiredEvent {
  readonly tag: string;
  /** Short texts under short keys: what a fixmap of fixstr and str8 can hold. */
  readonly data: Readonly<Record<string, string>>;
}

/** `prefixed`: a length in front, as 3006.26 and later of 3006 send it. */
export function busFrame(event: FiredEvent, prefixed = false): Buffer {
  const data = Object.entries(event.data);
  const parts: Buffer[] = [Buffer.from(`${event.tag}\n\n`), Buffer.of(0x80 | data.length)];
  for (const pair of data) parts.push(...pair.map(str8));
  return wrap(Buffer.concat(parts), prefixed);
}

export function wrap(body: Buffer, prefixed: boolean): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const head = Buffer.from('82a46865616480a4626f6479c6', 'hex');
  const outer = Buffer.concat([head, length, body]);
  if (!prefixed) return outer;
  const announced = Buffer.alloc(4);
  announced.writeUInt32BE(outer.length);
  return Buffer.concat([announced, outer]);
}

function str8(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(0xd9, bytes.length), bytes]);
}

/** A return of `test.ping`, stamped at an instant of the wall clock. */
export function pingReturn(minion: string, number: number, wallMs: number): FiredEvent {
  const jid = String(20_261_122_000_000_000_000n + BigInt(number));
  const stamp = new Date(wallMs).toISOString().replace('Z', '000');
  const data = { cmd: '_return', id: minion, jid, fun: 'test.ping', _stamp: stamp };
  return { tag: `salt/job/${jid}/ret/${minion}`, data };
}
