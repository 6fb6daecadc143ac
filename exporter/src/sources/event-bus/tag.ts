/** The tag of an event, from its bytes: the row of the table that it matches, and where jid and id stand. */
import { isUtf8 } from 'node:buffer';
import { BUS_KINDS } from '../../domain/vocabulary.js';
import type { Frame } from './framing.js';
import { TAG_MAX_BYTES } from './options.js';
import { createSegment } from './segments.js';
import { MIRRORED_PREFIXES, TAGS, type TagRow } from './tags.js';

/** A tag and its payload are parted by the first two line feeds in a row. */
export const SEPARATOR_BYTES = 2;

const LINE_FEED = 0x0a;
const SLASH = 0x2f;
const UNDERSCORE = 0x5f;
const JID_DIGITS = 20;
/** Segments whose place is remembered: six of the longest tag in the table, and three prefixes. */
const SEGMENTS_MAX = 16;

/** `salt/job/<jid>/ret/` with a jid of Salt's own, and what syndics put in front of it. */
const PREFIX_MAX_BYTES = 128;

/** A segment of the table's tags, and what may follow it. */
interface Node {
  readonly words: { readonly word: Buffer; readonly node: Node }[];
  /** What follows any text. */
  any: { readonly digits: boolean; readonly node: Node } | undefined;
  /** The tag that ends here, and one of which the rest does not matter. */
  row: Row | undefined;
  rest: Row | undefined;
}

interface Row {
  readonly tag: TagRow;
  /** Index into BUS_KINDS. */
  readonly kind: number;
  /** Which segment is the jid, which the id; −1: none. */
  readonly jidAt: number;
  readonly idAt: number;
}

const RET = BUS_KINDS.indexOf('ret');
const CUSTOM = BUS_KINDS.indexOf('custom');
const ROOT = growTree();
/** undefined: any text. */
const PREFIXES = MIRRORED_PREFIXES.map((words) =>
  words.map((word) => (word === '*' ? undefined : Buffer.from(word))),
);
const NO_BYTES = Buffer.alloc(0);

/** What was found of the last tag that was read. */
export class TagReader {
  /** undefined: a tag that Salt does not use. */
  row: TagRow | undefined;
  /** Index into BUS_KINDS. */
  kind = CUSTOM;
  /** Where it ends, and the offsets of jid and id in the frame's bytes; 0 to 0: it names none. */
  end = 0;
  jidStart = 0;
  jidEnd = 0;
  idStart = 0;
  idEnd = 0;
  /** Another master fired it first. */
  isMirrored = false;
  /** It is a return of the same job as the last return whose tag was read. */
  isSameJob = false;
  /** The last return's tag up to the id, to which the next one's mostly is equal. */
  readonly #prefix = createSegment(PREFIX_MAX_BYTES);
  #prefixBytes = 0;
  #prefixRow: Row | undefined;
  #isPrefixMirrored = false;
  #prefixJidStart = 0;
  #prefixJidEnd = 0;
  readonly #starts = new Int32Array(SEGMENTS_MAX + 1);
  #segments = 0;
  #bytes: Buffer = NO_BYTES;

  /** `tag`: there is none, or it is too long for one; `encoding`: it is no UTF-8. */
  read(frame: Frame): 'tag' | 'encoding' | undefined {
    const { bytes, start } = frame;
    this.isSameJob = this.#goesOn(frame);
    if (this.isSameJob) return undefined;
    const problem = this.#split(bytes, start, frame.end);
    if (problem !== undefined) return problem;
    this.#bytes = bytes;
    const first = this.#stepOverPrefixes();
    this.isMirrored = first > 0;
    const row = this.#match(ROOT, first);
    this.row = row?.tag;
    this.kind = row?.kind ?? CUSTOM;
    this.jidStart = 0;
    this.jidEnd = 0;
    this.idStart = 0;
    this.idEnd = 0;
    if (row === undefined) return undefined;
    if (row.jidAt >= 0) {
      this.jidStart = this.#starts[first + row.jidAt] ?? 0;
      this.jidEnd = (this.#starts[first + row.jidAt + 1] ?? 0) - 1;
    }
    if (row.idAt >= 0) {
      this.idStart = this.#starts[first + row.idAt] ?? 0;
      this.idEnd = (this.#starts[first + row.idAt + 1] ?? 0) - 1;
    }
    if (row.kind === RET) this.#remember(row, bytes, start);
    return undefined;
  }

  #remember(row: Row, bytes: Buffer, start: number): void {
    const size = this.idStart - start;
    this.#prefixBytes = size > PREFIX_MAX_BYTES ? 0 : size;
    this.#prefixRow = row;
    this.#isPrefixMirrored = this.isMirrored;
    this.#prefixJidStart = this.jidStart - start;
    this.#prefixJidEnd = this.jidEnd - start;
    bytes.copy(this.#prefix.bytes, 0, start, start + this.#prefixBytes);
  }

  /** Whether the tag is that of the last return, up to an id in ASCII that ends it. */
  #goesOn({ bytes, view, start, end }: Frame): boolean {
    const size = this.#prefixBytes;
    if (size === 0 || end - start < size + SEPARATOR_BYTES + 1) return false;
    const known = this.#prefix.view;
    let at = 0;
    for (; at + 4 <= size; at += 4)
      if (known.getInt32(at) !== view.getInt32(start + at)) return false;
    for (; at < size; at += 1) if (known.getUint8(at) !== bytes[start + at]) return false;
    const last = Math.min(end - SEPARATOR_BYTES, start + TAG_MAX_BYTES);
    const idStart = start + size;
    at = idStart;
    for (; at <= last; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED && bytes[at + 1] === LINE_FEED) break;
      if (byte === SLASH || byte > 0x7f) return false;
    }
    if (at > last || at === idStart) return false;
    this.row = this.#prefixRow?.tag;
    this.kind = RET;
    this.isMirrored = this.#isPrefixMirrored;
    this.jidStart = start + this.#prefixJidStart;
    this.jidEnd = start + this.#prefixJidEnd;
    this.idStart = idStart;
    this.idEnd = at;
    this.end = at;
    return true;
  }

  /** Where it ends, and where its segments begin, each with the end of the one before. */
  #split(bytes: Buffer, start: number, end: number): 'tag' | 'encoding' | undefined {
    const last = Math.min(end - SEPARATOR_BYTES, start + TAG_MAX_BYTES);
    const starts = this.#starts;
    starts[0] = start;
    let segments = 1;
    let all = 0;
    let at = start;
    for (; at <= last; at += 1) {
      const byte = bytes[at] ?? 0;
      all |= byte;
      if (byte === SLASH) {
        if (segments < SEGMENTS_MAX) starts[segments] = at + 1;
        segments += 1;
      } else if (byte === LINE_FEED && bytes[at + 1] === LINE_FEED) break;
    }
    if (at > last || at === start) return 'tag';
    if (all > 0x7f && !isUtf8(bytes.subarray(start, at))) return 'encoding';
    if (segments <= SEGMENTS_MAX) starts[segments] = at + 1;
    this.end = at;
    this.#segments = segments;
    return undefined;
  }

  /** Syndics forward the events of syndics. */
  #stepOverPrefixes(): number {
    let first = 0;
    for (let index = 0; index < PREFIXES.length; index += 1) {
      const prefix = PREFIXES[index];
      // Whoever nests them deeper than any tree of syndics has a tag of his own.
      if (prefix === undefined || first + prefix.length >= SEGMENTS_MAX) continue;
      if (first + prefix.length >= this.#segments || !this.#begins(first, prefix)) continue;
      first += prefix.length;
      index = -1;
    }
    return first;
  }

  #begins(first: number, words: readonly (Buffer | undefined)[]): boolean {
    for (let index = 0; index < words.length; index += 1) {
      const word = words[index];
      if (word !== undefined && !this.#is(first + index, word)) return false;
    }
    return true;
  }

  /** Words of the table before any text, so that `salt/job/error` is no jid. */
  #match(node: Node, at: number): Row | undefined {
    if (at >= this.#segments) return node.row ?? node.rest;
    if (at >= SEGMENTS_MAX) return node.rest;
    const { words, any } = node;
    for (let index = 0; index < words.length; index += 1) {
      const each = words[index];
      if (each === undefined || !this.#is(at, each.word)) continue;
      const row = this.#match(each.node, at + 1);
      if (row !== undefined) return row;
    }
    if (any !== undefined && this.#isText(at, any.digits)) {
      const row = this.#match(any.node, at + 1);
      if (row !== undefined) return row;
    }
    return node.rest;
  }

  #is(at: number, word: Buffer): boolean {
    const start = this.#starts[at] ?? 0;
    if ((this.#starts[at + 1] ?? 0) - 1 - start !== word.length) return false;
    for (let index = 0; index < word.length; index += 1)
      if (this.#bytes[start + index] !== word[index]) return false;
    return true;
  }

  #isText(at: number, digits: boolean): boolean {
    const start = this.#starts[at] ?? 0;
    const end = (this.#starts[at + 1] ?? 0) - 1;
    return end > start && (!digits || isJid(this.#bytes, start, end));
  }
}

/** Salt's own: 20 digits, `_` and a process number behind them where `unique_jid` is set. */
function isJid(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < JID_DIGITS) return false;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (!isDigit && !(byte === UNDERSCORE && at === start + JID_DIGITS)) return false;
  }
  const behind = end - start - JID_DIGITS;
  return behind === 0 || (behind > 1 && bytes[start + JID_DIGITS] === UNDERSCORE);
}

function createNode(): Node {
  return { words: [], any: undefined, row: undefined, rest: undefined };
}

function growTree(): Node {
  const root = createNode();
  for (const tag of TAGS) plant(root, tag);
  return root;
}

function plant(root: Node, tag: TagRow): void {
  const segments = tag.tag.split('/');
  const jidAt = segments.findIndex((each) => each === '<jid>' || each === '<digits>');
  const kind = BUS_KINDS.indexOf(tag.kind);
  const row: Row = { tag, kind, jidAt, idAt: segments.indexOf('<id>') };
  let node = root;
  for (const segment of segments) {
    if (segment === '…') {
      node.rest = row;
      return;
    }
    node = isPlaceholder(segment) ? anyOf(node, segment) : wordOf(node, segment);
  }
  node.row = row;
}

function isPlaceholder(segment: string): boolean {
  return segment === '*' || segment.startsWith('<');
}

function anyOf(node: Node, segment: string): Node {
  node.any ??= { digits: segment === '<digits>', node: createNode() };
  return node.any.node;
}

function wordOf(node: Node, segment: string): Node {
  const word = Buffer.from(segment);
  const known = node.words.find((each) => each.word.equals(word));
  if (known !== undefined) return known.node;
  const child = createNode();
  node.words.push({ word, node: child });
  return child;
}
