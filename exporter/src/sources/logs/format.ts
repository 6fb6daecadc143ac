/**
 * Format of a log file (`log_fmt_logfile`, Python's %-style) → what finds the header of a record in
 * a line, or why it cannot be found.
 */
import { HEADER_MAX_CHARACTERS } from './options.js';

export interface RecordHeader {
  /** Name of the level as it is written, or its number. */
  readonly level: string;
  /** Undefined where the format does not have it. */
  readonly logger: string | undefined;
  readonly pid: string | undefined;
  /** Where the message begins in the line. */
  readonly messageAt: number;
}

export type HeaderFinder = (line: string) => RecordHeader | undefined;

export type CompiledFormat =
  | { readonly ok: true; readonly find: HeaderFinder }
  | { readonly ok: false; readonly problem: string };

/** salt/_logging/impl.py, the same from 3006.0 to 3008.5. */
const STANDARD_FORMAT =
  '%(asctime)s,%(msecs)03d [%(name)-17s:%(lineno)-4d][%(levelname)-8s][%(process)d] %(message)s';
const STANDARD_DATE_FORMAT = '%Y-%m-%d %H:%M:%S';

/** Free text has no end of its own; more of it makes the search for the next piece slow. */
const FREE_FIELDS_MAX = 3;

const LEVEL = '[A-Z][A-Za-z]*(?: \\d+)?';
const COLOUR = '(?:\\x1b\\[[\\d;]*m)*';
const FREE = '[^\\n]{0,128}?';
/** Names of loggers have no blanks; those of the loader hold the master's address, `:` included. */
const LOGGER = '[^\\s\\]]{0,256}?';

/** Fields of a record (Python's, and Salt's own with their brackets and colours) as patterns. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['levelname', `(?<level>${LEVEL})`],
  ['levelno', '(?<level>\\d+)'],
  ['bracketlevel', `\\[(?<level>${LEVEL}) *\\]`],
  ['colorlevel', `${COLOUR}\\[(?<level>${LEVEL}) *\\]${COLOUR}`],
  ['name', `(?<logger>${LOGGER})`],
  ['bracketname', `\\[(?<logger>${LOGGER}) *\\]`],
  ['colorname', `${COLOUR}\\[(?<logger>${LOGGER}) *\\]${COLOUR}`],
  ['process', '(?<pid>\\d+)'],
  ['bracketprocess', '\\[ *(?<pid>\\d+)\\]'],
  ['colorprocess', `${COLOUR}\\[ *(?<pid>\\d+)\\]${COLOUR}`],
  ['lineno', '\\d+'],
  ['msecs', '\\d+(?:\\.\\d+)?'],
  ['created', '\\d+(?:\\.\\d+)?'],
  ['relativeCreated', '\\d+(?:\\.\\d+)?'],
  ['thread', '\\d+'],
  // `log_fmt_jid` as it stands by default; empty outside of jobs.
  ['jid', '(?: ?\\[JID:[^\\]]*\\])?'],
]);
const MESSAGES: ReadonlySet<string> = new Set(['message', 'colormsg']);

/** strftime's numbers; names of days, months and zones are free of blanks; the rest is taken as it comes. */
const DATES: ReadonlyMap<string, string> = new Map([
  ['Y', '\\d{4}'],
  ['m', '\\d\\d'],
  ['d', '\\d\\d'],
  ['H', '\\d\\d'],
  ['I', '\\d\\d'],
  ['M', '\\d\\d'],
  ['S', '\\d\\d'],
  ['y', '\\d\\d'],
  ['j', '\\d{3}'],
  ['f', '\\d+'],
  ['s', '\\d+'],
  ['T', '\\d\\d:\\d\\d:\\d\\d'],
  ['F', '\\d{4}-\\d\\d-\\d\\d'],
  ['D', '\\d\\d/\\d\\d/\\d\\d'],
  ['%', '%'],
]);

const PIECE =
  /%(?:%|\((?<field>\w+)\)(?<flags>[-#0 +]*)(?<width>\d*)(?:\.\d+)?[diouxXeEfFgGcrsa])/g;

/** Undefined formats are Salt's own. */
export function compileFormat(
  format: string | undefined,
  dateFormat: string | undefined,
): CompiledFormat {
  const source = format ?? STANDARD_FORMAT;
  const pieces: string[] = [];
  const groups = new Set<string>();
  let free = 0;
  let at = 0;
  for (const found of source.matchAll(PIECE)) {
    pieces.push(literal(source.slice(at, found.index)));
    at = found.index + found[0].length;
    const { field, flags = '', width = '' } = found.groups ?? {};
    if (field === undefined) {
      pieces.push('%');
      continue;
    }
    if (MESSAGES.has(field)) return finish(pieces, groups, field === 'colormsg');
    const pattern = fieldPattern(field, dateFormat ?? STANDARD_DATE_FORMAT, groups);
    if (pattern === FREE) free += 1;
    if (free > FREE_FIELDS_MAX)
      return refuse('has too many fields of free text before the message');
    const isLeft = flags.includes('-');
    const isRight = width !== '' && !isLeft && !flags.includes('0');
    pieces.push(isRight ? ' *' : '', pattern, isLeft ? ' *' : '');
  }
  return refuse('has no message');
}

function fieldPattern(field: string, dateFormat: string, groups: Set<string>): string {
  if (field === 'asctime') return datePattern(dateFormat);
  const pattern = FIELDS.get(field) ?? FREE;
  const group = /\(\?<(\w+)>/.exec(pattern)?.[1];
  if (group === undefined) return pattern;
  // A format may have a field twice; a pattern may not.
  if (groups.has(group)) return pattern.replace(/\(\?<\w+>/, '(?:');
  groups.add(group);
  return pattern;
}

function datePattern(format: string): string {
  return format.replace(/%(.)|[^%]+|%$/gs, (piece: string, directive: string | undefined) =>
    directive === undefined ? literal(piece) : (DATES.get(directive) ?? '\\S{0,32}'),
  );
}

function finish(
  pieces: readonly string[],
  groups: ReadonlySet<string>,
  isColoured: boolean,
): CompiledFormat {
  if (!groups.has('level')) return refuse('has no level before the message');
  // Pads of neighbours meet, and a pad may eat the blank that a literal asks for.
  const pattern = pieces
    .join('')
    .replaceAll(/(?: \*| )+/g, (blanks) => (blanks.includes('*') ? ' *' : blanks));
  const header = new RegExp(`^${pattern}${isColoured ? COLOUR : ''}`);
  return {
    ok: true,
    find: (line) => {
      const match = header.exec(
        line.length > HEADER_MAX_CHARACTERS ? line.slice(0, HEADER_MAX_CHARACTERS) : line,
      );
      const level = match?.groups?.level;
      if (match === null || level === undefined) return undefined;
      const { logger, pid } = match.groups ?? {};
      return { level, logger, pid, messageAt: match[0].length };
    },
  };
}

function refuse(problem: string): CompiledFormat {
  return { ok: false, problem };
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
