/** Which named lines of the table a record holds. */
import { LOG_SIGNALS, signalsOf } from '../../domain/log-signals.js';
import { LOG_LEVELS, type LogComponent } from '../../domain/log-vocabulary.js';

/** One text of a row, cut at its `%s`: the pieces must come in this order. */
interface Template {
  readonly signal: number;
  /** Index into LOG_LEVELS of the least urgent level that counts. */
  readonly level: number;
  readonly pieces: readonly string[];
}

const OTHER = LOG_LEVELS.indexOf('other');

export class SignalMatcher {
  /** Templates that begin with a fixed text, by its first character. */
  readonly #byFirst = new Map<number, Template[]>();
  /** Those that begin with what varies. */
  readonly #unanchored: Template[] = [];
  /** Those that may stand in any line of a record. */
  readonly #anywhere: Template[] = [];

  constructor(component: LogComponent) {
    for (const signal of signalsOf(component)) this.#add(signal);
  }

  /** Signals of a record's message, the first line of it; `level` is an index into LOG_LEVELS. */
  ofMessage(line: string, at: number, level: number): readonly number[] {
    const found: number[] = [];
    for (const template of this.#byFirst.get(line.charCodeAt(at)) ?? [])
      if (counts(template, level) && matches(template, line, at)) add(found, template.signal);
    for (const template of this.#unanchored)
      if (counts(template, level) && follows(template.pieces, line, at))
        add(found, template.signal);
    for (const signal of this.ofLine(line, at, level)) add(found, signal);
    return found;
  }

  /** Signals of any line of a record, its traceback included. */
  ofLine(line: string, at: number, level: number): readonly number[] {
    const found: number[] = [];
    for (const template of this.#anywhere)
      if (counts(template, level) && follows(template.pieces, line, at))
        add(found, template.signal);
    return found;
  }

  #add(signal: number): void {
    const row = LOG_SIGNALS[signal];
    if (row === undefined) return;
    const level = LOG_LEVELS.indexOf(row.level);
    for (const text of row.texts) {
      const isOpen = text.startsWith('%s');
      const template = { signal, level, pieces: text.split('%s').filter((piece) => piece !== '') };
      if (row.anywhere === true) this.#anywhere.push(template);
      else if (isOpen) this.#unanchored.push(template);
      else {
        const first = text.charCodeAt(0);
        const same = this.#byFirst.get(first);
        if (same === undefined) this.#byFirst.set(first, [template]);
        else same.push(template);
      }
    }
  }
}

function counts({ level }: Template, of: number): boolean {
  return of >= level && of !== OTHER;
}

function matches({ pieces }: Template, line: string, at: number): boolean {
  const [first = ''] = pieces;
  return line.startsWith(first, at) && follows(pieces, line, at);
}

function follows(pieces: readonly string[], line: string, from: number): boolean {
  let at = from;
  for (const piece of pieces) {
    const found = line.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return true;
}

function add(found: number[], signal: number): void {
  if (!found.includes(signal)) found.push(signal);
}
