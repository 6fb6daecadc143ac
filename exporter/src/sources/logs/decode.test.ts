/** Records of real logs counted against what grep counts, in any pieces; hostile lines; nothing of their text gets out. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOG_SIGNALS } from '../../domain/log-signals.js';
import { LOG_LEVELS, type LogComponent } from '../../domain/log-vocabulary.js';
import { LogDecoder } from './decode.js';
import { compileFormat } from './format.js';
import { LineReader } from './line-reader.js';
import { LINE_KEPT_BYTES } from './options.js';

function decoderFor(component: LogComponent) {
  const compiled = compileFormat(undefined, undefined);
  if (!compiled.ok) throw new Error(compiled.problem);
  const told: string[] = [];
  const decoder = new LogDecoder(component, [compiled.find], {
    onMonitorEvent: ({ event }) => told.push(event),
    onMonitorReject: (reason) => told.push(`!${reason}`),
  });
  return { decoder, told };
}

/** What a log comes to when it is read in these pieces. */
function countsOf(component: LogComponent, pieces: readonly Buffer[]) {
  const { decoder, told } = decoderFor(component);
  const lines = new LineReader(decoder);
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) at = lines.read(piece, at, 1 + (piece.length % 7));
  const counts = decoder.takeCounts();
  const named = (names: readonly string[], values: readonly number[]) =>
    Object.fromEntries(
      names.map((name, i) => [name, values[i] ?? 0] as const).filter(([, value]) => value > 0),
    );
  const events: Record<string, number> = {};
  for (const event of told) events[event] = (events[event] ?? 0) + 1;
  return {
    levels: named(LOG_LEVELS, counts?.levels ?? []),
    signals: named(
      LOG_SIGNALS.map(({ signal }) => signal),
      counts?.signals ?? [],
    ),
    events,
    cutLines: counts?.cutLines ?? 0,
    isTorn: lines.isTorn,
    isStrange: decoder.isStrange,
  };
}

const recording = (path: string) =>
  readFileSync(new URL(`../../../../test/fixtures/${path}.log`, import.meta.url));

const HEAD = '2026-11-21 21:52:52,744 [salt.master      :628 ]';
const record = (level: string, message: string) =>
  `${HEAD}[${level.padEnd(8)}][28877] ${message}\n`;
const text = (component: LogComponent, ...lines: string[]) =>
  countsOf(component, [Buffer.from(lines.join(''), 'latin1')]);

/** Counted with `grep -ac '\]\[INFO    \]\['`, `grep -ac 'Got return from'` and the like. */
const RECORDED = [
  {
    path: 'salt-3006.30/master',
    levels: { info: 201, warning: 4, error: 1 },
    signals: {
      return_received: 100,
      job_published: 32,
      publish_denied: 2,
      auth_request: 10,
      auth_accepted: 10,
      minion_error: 1,
    },
    events: {},
  },
  {
    path: 'salt-3006.30/m1',
    levels: { debug: 11, info: 317, warning: 1, error: 1 },
    signals: { job_received: 24, return_sent: 24, minion_ready: 1, function_exception: 1 },
    events: {
      connect_delayed: 3,
      connected: 2,
      handshake_succeeded: 2,
      disconnected: 1,
      connect_retried: 2,
      closed: 1,
    },
  },
  {
    path: 'salt-3006.30/m3',
    levels: { info: 149, warning: 1 },
    signals: { job_received: 10, return_sent: 52, minion_ready: 2 },
    events: {},
  },
  {
    path: 'salt-3008.5/master',
    levels: { info: 279, warning: 7, error: 6 },
    signals: {
      return_received: 114,
      job_published: 38,
      publish_denied: 2,
      auth_request: 8,
      auth_accepted: 8,
      unknown_minion: 1,
      minion_error: 1,
      message_timeout: 1,
      request_retry: 3,
    },
    events: {},
  },
  {
    path: 'salt-3008.5/m1',
    levels: { debug: 14, info: 337, warning: 2, error: 39 },
    signals: {
      job_received: 28,
      return_sent: 28,
      master_lost: 1,
      minion_ready: 2,
      function_exception: 1,
    },
    events: {
      connect_delayed: 4,
      connected: 2,
      handshake_succeeded: 2,
      disconnected: 1,
      connect_retried: 3,
      closed: 2,
    },
  },
  {
    path: 'salt-3008.5/m3',
    levels: { info: 166, warning: 2, error: 18 },
    signals: {
      request_retry: 2,
      dispatch_failed: 3,
      job_received: 13,
      return_sent: 55,
      master_lost: 1,
      minion_ready: 3,
    },
    events: {},
  },
] as const;

describe('a recorded log', () => {
  it.each(RECORDED)('$path is counted as grep counts it', ({ path, ...expected }) => {
    const component = path.endsWith('master') ? 'master' : 'minion';
    expect(countsOf(component, [recording(path)])).toMatchObject({
      ...expected,
      isTorn: false,
      isStrange: false,
    });
  });

  it('is counted the same, split at any bytes', () => {
    const bytes = recording('salt-3008.5/m1');
    const whole = countsOf('minion', [bytes]);
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), bytes.length];
        const pieces = sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
        expect(countsOf('minion', pieces)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});

describe('each row of the table', () => {
  const samples = LOG_SIGNALS.flatMap((row) =>
    row.components.flatMap((component) =>
      row.texts.map((template) => [row.signal, component, template, row] as const),
    ),
  );

  it.each(samples)('%s in the log of a %s: %s', (signal, component, ...[template, row]) => {
    const line = template.replaceAll('%s', 'what varies');
    const urgent = row.level.toUpperCase();
    expect(text(component, record(urgent, `${line}…`)).signals).toEqual({ [signal]: 1 });
    // Less urgent the same text means something else; elsewhere in a message it is somebody's data.
    const below = LOG_LEVELS[LOG_LEVELS.indexOf(row.level) - 1]?.toUpperCase() ?? 'GARBAGE';
    expect(text(component, record(below, line)).signals).toEqual({});
    const isFree = 'anywhere' in row || template.startsWith('%s');
    const quoted = text(component, record(urgent, `return_data: ${line}`)).signals;
    expect(quoted).toEqual(isFree ? { [signal]: 1 } : {});
    const others = text(component === 'key' ? 'api' : 'key', record(urgent, line)).signals;
    expect(others).toEqual({});
  });
});

describe('records of several lines', () => {
  it('take tracebacks along, and count what those say once', () => {
    const { levels, signals } = text(
      'master',
      record('ERROR', 'Exception in thing'),
      'Traceback (most recent call last):\n',
      'OSError: [Errno 24] Too many open files\n',
      'OSError: [Errno 24] Too many open files\n',
      record('INFO', 'next'),
      'OSError: [Errno 24] Too many open files\n',
    );
    expect(levels).toEqual({ error: 1, info: 1 });
    expect(signals).toEqual({ too_many_open_files: 1 });
  });

  it('are nothing while their beginning was not seen', () => {
    expect(text('master', 'OSError: [Errno 24] Too many open files\n').signals).toEqual({});
  });
});

describe('hostile lines', () => {
  it('a line of 5 MB counts by its beginning, and little of it is kept', () => {
    const long = record('ERROR', `Timeout encountered while sending ${'x'.repeat(5_000_000)}`);
    const { levels, signals, cutLines } = text('minion', long, record('INFO', 'next'));
    expect({ levels, signals, cutLines }).toEqual({
      levels: { error: 1, info: 1 },
      signals: { send_timeout: 1 },
      cutLines: 1,
    });
    const { decoder } = decoderFor('master');
    const kept: number[] = [];
    const lines = new LineReader({
      line: (line, isCut) => {
        kept.push(line.length);
        decoder.line(line, isCut);
      },
    });
    const piece = Buffer.alloc(65_536, 'y');
    for (let i = 0; i < 80; i += 1) lines.read(piece, 0, 32);
    lines.read(Buffer.from('\n'), 0, 32);
    expect(kept).toEqual([LINE_KEPT_BYTES]);
  });

  it('a line as long as what is kept is no cut one, one more byte is', () => {
    const fill = LINE_KEPT_BYTES - record('INFO', '').length + 1;
    expect(text('master', record('INFO', 'z'.repeat(fill))).cutLines).toBe(0);
    expect(text('master', record('INFO', 'z'.repeat(fill + 1))).cutLines).toBe(1);
  });

  it.each([
    ['NULs', '\0\0\0\0\n\0\n'],
    ['invalid UTF-8', '\xff\xfe\xc3\x28\n'],
    ['colours', '\u001b[31m[ERROR   ]\u001b[0m\n'],
    ['a carriage return', '\r\n\r\r\n'],
    ['nothing but newlines', '\n\n\n'],
  ])('%s between two records are part of the first', (_title, between) => {
    const { levels } = text('master', record('INFO', 'a'), between, record('ERROR', 'b'));
    expect(levels).toEqual({ info: 1, error: 1 });
  });

  it('a message that looks like a monitor event counts from the one logger that writes them', () => {
    const event = "ZeroMQ event: {'event': 512, 'value': 1, 'endpoint': b'x', 'description': 'y'}";
    expect(text('master', record('DEBUG', event)).events).toEqual({});
    const real = record('DEBUG', event).replace('salt.master      ', 'salt.transport.zeromq');
    expect(text('master', real).events).toEqual({ disconnected: 1 });
    expect(text('master', real.replace('512', '3')).events).toEqual({ '!event': 1 });
  });

  it('any bytes at all are taken without an exception', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .constantFrom(record('INFO', 'Got return from '), HEAD, 'ZeroMQ event: {')
        .map((each) => Uint8Array.from(Buffer.from(each))),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
        const { levels } = countsOf(
          'master',
          chunks.map((each) => Buffer.from(each)),
        );
        for (const count of Object.values(levels)) expect(count).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a log in another format', () => {
  it('is called strange after fifty lines, and no more after its first header', () => {
    const other = 'Nov 21 host salt-master[1]: text\n';
    expect(text('master', other.repeat(49)).isStrange).toBe(false);
    expect(text('master', other.repeat(50)).isStrange).toBe(true);
    expect(text('master', other.repeat(50), record('INFO', 'a')).isStrange).toBe(false);
    expect(text('master', record('INFO', 'a'), other.repeat(200)).isStrange).toBe(false);
  });
});
