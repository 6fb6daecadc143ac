/** Server-sent events out of the pieces in which they arrive. */

/** One event; `type` is `message` where the sender names none. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The last id that was sent, also by an event before; empty = none yet. */
  readonly id: string;
}

/** A line of no sender of ours is longer; one that is would grow for ever. */
const LINE_CHARS_MAX = 4_194_304;

/** One connection's text; a new connection needs a new reader. */
export class ServerEventReader {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #type = '';
  #data: string[] = [];
  #id = '';
  /** As the sender wishes it, in milliseconds; undefined = it wished nothing. */
  retryMs: number | undefined;

  /** Events that are whole with this piece. Throws when a line does not end. */
  read(piece: Uint8Array): ServerEvent[] {
    this.#rest += this.#decoder.decode(piece, { stream: true });
    const out: ServerEvent[] = [];
    // A carriage return at the end may be the first half of CR LF.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LINE_CHARS_MAX) throw new Error('a line of the stream does not end');
    for (const line of lines) {
      const event = this.#take(line);
      if (event !== undefined) out.push(event);
    }
    return out;
  }

  /** An event when the line ends one. */
  #take(line: string): ServerEvent | undefined {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment: the sender is there.
    if (colon === 0) return undefined;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#type = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.#id = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  #end(): ServerEvent | undefined {
    const [type, data] = [this.#type, this.#data];
    this.#type = '';
    this.#data = [];
    if (data.length === 0) return undefined;
    return { type: type === '' ? 'message' : type, data: data.join('\n'), id: this.#id };
  }
}
