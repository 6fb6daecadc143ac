/** Reference text from the option table: --help and the reference configuration file. */
import {
  COMMANDS,
  CONFIG_FILE_KEY,
  type Command,
  environmentName,
  OPTION_KEYS,
  optionOf,
} from './options.js';

const WIDTH = 100;
const INDENT = '      ';

/** What --help prints. */
export function helpText(): string {
  const lines = [
    'brinescope: what happens between a Salt master and its minions on the ZeroMQ layer, for Prometheus.',
    '',
    'Usage: brinescope [--key=value …]',
    '',
    'Each option is also an environment variable and a key of the configuration file, where dots become nesting.',
    'A flag wins over the environment, the environment over the file. SIGHUP reads all of it again; options marked',
    '(restart) keep their value until the next start.',
    '',
    `  --${CONFIG_FILE_KEY}=PATH   ${environmentName(CONFIG_FILE_KEY)}`,
    `${INDENT}YAML file with options; none unless set.`,
  ];
  for (const command of Object.keys(COMMANDS) as Command[])
    lines.push(`  --${command}`, `${INDENT}${COMMANDS[command]}`);
  for (const key of OPTION_KEYS) {
    const option = optionOf(key);
    lines.push(`  --${key}=${option.default ?? '…'}   ${environmentName(key)}`);
    lines.push(...wrap(`${option.doc}${option.reloadable ? '' : ' (restart)'}`, INDENT));
    lines.push(...wrap(`Allowed: ${option.value.range}.`, INDENT));
  }
  return `${lines.join('\n')}\n`;
}

/** The reference file: every option with its default; options without one stand commented out. */
export function exampleYaml(): string {
  const lines = [
    '# brinescope: every option with its default. Generated from the option table (npm run golden); give your copy with',
    '# --config.file. Flags and BRINESCOPE_… variables win over it.',
  ];
  let open: readonly string[] = [];
  for (const key of OPTION_KEYS) {
    const option = optionOf(key);
    const parts = key.split('.');
    const blocks = parts.slice(0, -1);
    const shared = blocks.findIndex((block, depth) => block !== open[depth]);
    const from = shared === -1 ? blocks.length : shared;
    if (from === 0) lines.push('');
    for (let depth = from; depth < blocks.length; depth += 1)
      lines.push(`${'  '.repeat(depth)}${blocks[depth]}:`);
    const indent = '  '.repeat(blocks.length);
    const restart = option.reloadable ? '' : ' Needs a restart.';
    lines.push(...wrap(`${option.doc}${restart}`, `${indent}# `));
    lines.push(...wrap(`Allowed: ${option.value.range}.`, `${indent}# `));
    const name = parts.at(-1) ?? key;
    if (option.default === undefined) lines.push(`${indent}# ${name}:`);
    else lines.push(`${indent}${name}: ${yamlText(option.default)}`);
    open = blocks;
  }
  return `${lines.join('\n')}\n`;
}

/** Plain where YAML reads it back as the same text, quoted otherwise (`:4507`, `127.0.0.77` is plain). */
function yamlText(text: string): string {
  return /^[\w/.][\w/.-]*$/.test(text) ? text : JSON.stringify(text);
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const fits = line === indent || line.length + word.length + 1 <= WIDTH;
    if (!fits) {
      lines.push(line);
      line = indent;
    }
    line = line === indent ? `${indent}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}
