/** Bytes of a file in any pieces → its lines, each cut to a bound; a line is whole only with its newline. */
import { LINE_KEPT_BYTES } from './options.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface LineSink {
  /** One byte is one character (Latin-1): what is looked for is ASCII. `isCut`: the line goes on. */
  line(text: string, isCut: boolean): void;
}

export class LineReader {
  readonly #sink: LineSink;
  /** Beginning of the line at hand, when it began in an earlier piece. */
  #kept = Buffer.alloc(0);
  #length = 0;
  /** The rest of the line at hand is not wanted: reading began, or went on, in its middle. */
  #passes = false;
  /** Bytes of such rests since they were last asked for. */
  #passedBytes = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** Something of a line was read and not its end. */
  get isTorn(): boolean {
    return this.#length > 0;
  }

  /** Takes at most `lines` lines from `bytes` at `from`; returns where to go on, or the length. */
  read(bytes: Buffer, from: number, lines: number): number {
    let at = from;
    for (let taken = 0; taken < lines && at < bytes.length; taken += 1) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end === -1) {
        this.#keep(bytes.subarray(at));
        return bytes.length;
      }
      this.#take(bytes, at, end);
      at = end + 1;
    }
    return at;
  }

  /** The rest of the line at hand is not wanted, and neither is what was kept of it. */
  passRest(): void {
    this.#passes = true;
    this.#forget();
  }

  /** The file is another one from here on: nothing of the line at hand will come. */
  reset(): void {
    this.#passes = false;
    this.#forget();
  }

  /** The line at hand counts as it stands; what may still come of it passes by. */
  endTorn(): void {
    if (this.#length === 0) return;
    this.#tell(this.#kept, true);
    this.passRest();
  }

  takePassedBytes(): number {
    const passed = this.#passedBytes;
    this.#passedBytes = 0;
    return passed;
  }

  #take(bytes: Buffer, from: number, end: number): void {
    if (this.#passes) {
      this.#passes = false;
      this.#passedBytes += end + 1 - from;
      return;
    }
    if (this.#length === 0) {
      this.#tell(bytes.subarray(from, end), false);
      return;
    }
    this.#keep(bytes.subarray(from, end));
    const isCut = this.#length > this.#kept.length;
    this.#tell(this.#kept, isCut);
    this.#forget();
  }

  #keep(rest: Buffer): void {
    if (this.#passes) {
      this.#passedBytes += rest.length;
      return;
    }
    this.#length += rest.length;
    const room = LINE_KEPT_BYTES - this.#kept.length;
    // A copy: the chunk is read into again.
    if (room > 0) this.#kept = Buffer.concat([this.#kept, rest.subarray(0, room)]);
  }

  #tell(line: Buffer, isCut: boolean): void {
    const isWhole = !isCut && line.length <= LINE_KEPT_BYTES;
    const hasReturn = isWhole && line.at(-1) === CARRIAGE_RETURN;
    const end = hasReturn ? line.length - 1 : Math.min(line.length, LINE_KEPT_BYTES);
    this.#sink.line(line.toString('latin1', 0, end), !isWhole);
  }

  #forget(): void {
    this.#kept = Buffer.alloc(0);
    this.#length = 0;
  }
}
