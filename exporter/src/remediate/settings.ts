/** The file of `brinescope-remediate`: strict, every mistake at once, and nothing is run unless it says so. */
import { basename } from 'node:path';
import { parseDocument } from 'yaml';
import { unknownKey } from '../config/nearest.js';
import {
  count,
  duration,
  type ListenAddress,
  listenAddress,
  oneOf,
  path,
  type ValueParser,
} from '../config/parse-values.js';
import { errorText } from '../lib/errors.js';
import type { PolicyRules } from './policy.js';

const MODES = ['dry-run', 'run'] as const;
const FILE_MAX_LENGTH = 100_000;
const LIST_MAX = 100;
/** They would read a word of ours as a program. */
const SHELLS = ['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'fish', 'busybox', 'eval'];
/** What is no fault of a single minion. */
const STORM_ALERTS = [
  'SaltReconnectStorm',
  'SaltFleetFlapping',
  'SaltMinionsAbsentMany',
  'SaltListenerDown',
  'SaltMasterRestarted',
  'SaltPublishDaemonDied',
  'BrinescopeDown',
  'BrinescopeBlind',
];

export interface RemediateSettings {
  readonly mode: (typeof MODES)[number];
  readonly listen: ListenAddress;
  readonly tokenFile: string;
  readonly auditFile: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly rules: PolicyRules;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: RemediateSettings }
  | { readonly ok: false; readonly errors: readonly string[] };

interface Row<T> {
  readonly value: ValueParser<T>;
  /** Undefined: it has to be given. */
  readonly default: string | undefined;
}

const ROWS = {
  mode: { value: oneOf(MODES), default: 'dry-run' },
  listen: { value: listenAddress(), default: '127.0.0.1:4510' },
  'token-file': { value: path(), default: undefined },
  'audit-file': { value: path(), default: undefined },
  timeout: { value: duration('1s', '10m'), default: '1m' },
  settle: { value: duration('0s', '1h'), default: '1m' },
  'back-off': { value: duration('1m', '1d'), default: '30m' },
  'back-off-max': { value: duration('1m', '30d'), default: '1d' },
  'per-hour': { value: count(1, 1_000), default: '6' },
  'storm-minions': { value: count(2, 1_000), default: '5' },
  'storm-window': { value: duration('1m', '1d'), default: '10m' },
} satisfies Record<string, Row<unknown>>;

/** List → its form, and what it is when it is left out. */
const LISTS = {
  command: { form: /^[^\0]{1,1000}$/, default: undefined },
  alerts: { form: /^[A-Za-z_]\w{0,127}$/, default: undefined },
  minions: { form: /^[A-Za-z0-9_.*?-]{1,128}$/, default: undefined },
  'storm-alerts': { form: /^[A-Za-z_]\w{0,127}$/, default: STORM_ALERTS },
} satisfies Record<string, { form: RegExp; default: readonly string[] | undefined }>;

type RowKey = keyof typeof ROWS;
type ListKey = keyof typeof LISTS;
const KEYS = [...Object.keys(ROWS), ...Object.keys(LISTS)];

/** `where` is how messages name the file. */
export function readSettings(where: string, text: string): SettingsResult {
  const file = readFile(where, text);
  if (!file.ok) return file;
  const errors: string[] = [];
  const reader = new Reader(file.values, errors);
  const unknown = Object.keys(file.values).filter((key) => !KEYS.includes(key));
  errors.push(...unknown.map((key) => unknownKey(key, KEYS, { prefix: '', what: 'option' })));
  const listen = reader.one('listen', ROWS.listen);
  const command = reader.list('command');
  errors.push(...commandFindings(command), ...listenFindings(listen));
  const settings: RemediateSettings = {
    mode: reader.one('mode', ROWS.mode) ?? 'dry-run',
    listen: listen ?? { host: '127.0.0.1', port: 0 },
    tokenFile: reader.one('token-file', ROWS['token-file']) ?? '',
    auditFile: reader.one('audit-file', ROWS['audit-file']) ?? '',
    command,
    timeoutMs: milliseconds(reader.one('timeout', ROWS.timeout)),
    rules: {
      alerts: reader.list('alerts'),
      minions: reader.list('minions'),
      stormAlerts: reader.list('storm-alerts'),
      stormMinions: reader.one('storm-minions', ROWS['storm-minions']) ?? 0,
      stormWindowMs: milliseconds(reader.one('storm-window', ROWS['storm-window'])),
      settleMs: milliseconds(reader.one('settle', ROWS.settle)),
      backOffMs: milliseconds(reader.one('back-off', ROWS['back-off'])),
      backOffMaxMs: milliseconds(reader.one('back-off-max', ROWS['back-off-max'])),
      perHour: reader.one('per-hour', ROWS['per-hour']) ?? 0,
    },
  };
  if (settings.rules.backOffMaxMs < settings.rules.backOffMs)
    errors.push('back-off-max is shorter than back-off');
  return errors.length > 0
    ? { ok: false, errors: errors.map((error) => `${where}: ${error}`) }
    : { ok: true, settings };
}

class Reader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #errors: string[];

  constructor(values: Readonly<Record<string, unknown>>, errors: string[]) {
    this.#values = values;
    this.#errors = errors;
  }

  one<T>(key: RowKey, row: { value: ValueParser<T>; default: string | undefined }): T | undefined {
    const given = this.#values[key] ?? row.default;
    if (given === undefined) return this.#fail(`${key} is missing; allowed: ${row.value.range}`);
    if (typeof given !== 'string' && typeof given !== 'number')
      return this.#fail(`${key} is no single value; allowed: ${row.value.range}`);
    const parsed = row.value.parse(String(given));
    return parsed.ok ? parsed.value : this.#fail(`${key} ${parsed.reason}`);
  }

  list(key: ListKey): readonly string[] {
    const { form, default: usual } = LISTS[key];
    const given = this.#values[key] ?? usual;
    if (!Array.isArray(given) || given.length === 0 || given.length > LIST_MAX) {
      this.#fail(`${key} must be a list of 1 to ${LIST_MAX} words`);
      return [];
    }
    const wrong = given.filter((word) => typeof word !== 'string' || !form.test(word));
    for (const word of wrong)
      this.#fail(`${key} has ${JSON.stringify(word)}, which is no such word`);
    return wrong.length > 0 ? [] : given.map(String);
  }

  #fail(error: string): undefined {
    this.#errors.push(error);
    return undefined;
  }
}

function readFile(where: string, text: string) {
  const no = (error: string) => ({ ok: false, errors: [`${where}: ${error}`] }) as const;
  if (text.length > FILE_MAX_LENGTH) return no('is too large to be a configuration');
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) return no(`is not valid YAML: ${problem.message}`);
  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    // An alias, which could make a short file a huge one.
    return no(`cannot be read: ${errorText(error)}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    return no('must hold key: value lines');
  return { ok: true, values: Object.fromEntries(Object.entries(values)) } as const;
}

/** A name in the place of the program, or a shell, would let an alert choose what is run. */
function commandFindings(command: readonly string[]): readonly string[] {
  const [program, ...args] = command;
  if (program === undefined) return [];
  const words = command.flatMap((word) => [...word.matchAll(/\{([^{}]*)\}/g)]);
  const unknown = words.filter(([, name]) => !['minion', 'alert', 'master'].includes(name ?? ''));
  return [
    ...(program.startsWith('/') ? [] : [`command: ${program} must be a whole path`]),
    ...(program.includes('{') ? ['command: the program itself cannot be a placeholder'] : []),
    ...(SHELLS.includes(basename(program))
      ? ['command: a shell would interpret its words; name the program, or a script of your own']
      : []),
    ...unknown.map(([word]) => `command: ${word} is none of {minion} {alert} {master}`),
    ...(args.some((word) => word.includes('{minion}'))
      ? []
      : ['command: no word of it holds {minion}']),
  ];
}

/** The token would cross the network in the clear. */
function listenFindings(listen: ListenAddress | undefined): readonly string[] {
  const isLocal = listen === undefined || /^(127\.|::1$|localhost$)/.test(listen.host);
  return isLocal
    ? []
    : ['listen must be an address of loopback; put a proxy with TLS in front for other hosts'];
}

function milliseconds(seconds: number | undefined): number {
  return (seconds ?? 0) * 1000;
}
