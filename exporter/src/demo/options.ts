/** The demo's switches. */
import { parseArgs } from 'node:util';
import { AppError } from '../lib/errors.js';
import { FAULTS, type Fault } from './faults.js';
import { MINIONS_MAX, MINIONS_MIN } from './plan.js';
import { LAYOUTS, type Layout } from './scratch.js';

export interface DemoOptions {
  readonly minions: number;
  readonly seed: number;
  /** Where keys, grains and truth go; undefined: a scratch directory that is removed at the end. */
  readonly directory: string | undefined;
  /** 0: Salt's own ports when they are free, others otherwise. */
  readonly publishPort: number;
  readonly requestPort: number;
  readonly webHost: string;
  readonly webPort: number;
  readonly fleetOnly: boolean;
  readonly commands: boolean;
  readonly faults: readonly Fault[];
  /** How many times faster than usual the script of faults runs. */
  readonly tempo: number;
  readonly layout: Layout;
  /** Passed on to the exporter as they stand. */
  readonly exporterArguments: readonly string[];
}

export const USAGE = `npm run demo -- [switches] [-- switches of the exporter]

  --minions N          minions with accepted keys, ${MINIONS_MIN} to ${MINIONS_MAX} (240)
  --seed N             another fleet and another order of faults (1)
  --faults LIST        all, none, or some of ${FAULTS.join(',')} (all)
  --tempo X            run the faults X times faster (1)
  --layout 3006|3008   how Salt lays out its files (3008)
  --publish-port N     instead of 4505, or the next free one
  --request-port N     instead of 4506, or the next free one
  --web-port N         instead of 4507, or the next free one
  --web-host ADDRESS   where the exporter listens (127.0.0.1)
  --dir DIRECTORY      keep keys, grains and the record of faults there; nothing is removed then
  --fleet-only         no exporter; one line of JSON says where the fleet is
  --commands           read orders from standard input, one JSON object a line, e.g. {"do":"disconnect","minions":["web-01"]}
`;

/** Throws AppError `config_invalid` with one sentence. */
export function parseOptions(argv: readonly string[]): DemoOptions | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  const [stray] = positionals.filter((word) => !word.startsWith('-'));
  if (stray !== undefined && positionals[0] === stray) throw invalid(`${stray} means nothing here`);
  return {
    minions: integer('minions', values.minions, { min: MINIONS_MIN, max: MINIONS_MAX }),
    seed: integer('seed', values.seed, { min: 0, max: 0xffff_ffff }),
    directory: values.dir,
    publishPort: integer('publish-port', values['publish-port'], PORT),
    requestPort: integer('request-port', values['request-port'], PORT),
    webHost: values['web-host'],
    webPort: integer('web-port', values['web-port'], PORT),
    fleetOnly: values['fleet-only'],
    commands: values.commands,
    faults: faultList(values.faults),
    tempo: tempoOf(values.tempo),
    layout: layoutOf(values.layout),
    exporterArguments: positionals,
  };
}

const PORT = { min: 0, max: 65_535 };

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        minions: { type: 'string', default: '240' },
        seed: { type: 'string', default: '1' },
        faults: { type: 'string', default: 'all' },
        tempo: { type: 'string', default: '1' },
        layout: { type: 'string', default: '3008' },
        'publish-port': { type: 'string', default: '0' },
        'request-port': { type: 'string', default: '0' },
        'web-port': { type: 'string', default: '0' },
        'web-host': { type: 'string', default: '127.0.0.1' },
        dir: { type: 'string' },
        'fleet-only': { type: 'boolean', default: false },
        commands: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw invalid(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

function invalid(problem: string): AppError {
  return new AppError('config_invalid', `${problem}; --help lists the switches`);
}

function integer(name: string, text: string, range: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.min && value <= range.max) return value;
  throw invalid(`--${name} must be a whole number from ${range.min} to ${range.max}, not ${text}`);
}

function tempoOf(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 20) return value;
  throw invalid(`--tempo must be a number from 0.1 to 20, not ${text}`);
}

function faultList(text: string): readonly Fault[] {
  if (text === 'all') return FAULTS;
  if (text === 'none' || text === '') return [];
  return text.split(',').map((word) => {
    const fault = FAULTS.find((known) => known === word);
    if (fault === undefined)
      throw invalid(`--faults does not know ${word}; it knows ${FAULTS.join(', ')}`);
    return fault;
  });
}

function layoutOf(text: string): Layout {
  const layout = LAYOUTS.find((known) => known === text);
  if (layout === undefined) throw invalid(`--layout must be 3006 or 3008, not ${text}`);
  return layout;
}
