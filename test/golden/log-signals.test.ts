/** The documentation of the named log lines equals the table in the code; `npm run golden` writes it anew. */

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LOG_SIGNALS } from '../../exporter/src/domain/log-signals.js';

const DOCUMENT = fileURLToPath(new URL('../../exporter/docs/log-signals.md', import.meta.url));

function render(): string {
  const rows = LOG_SIGNALS.map((row) => {
    const texts = row.texts.map((text) => `\`${text.trim()}\``).join('<br>');
    const where = row.anywhere === true ? ' (anywhere in a record)' : '';
    const cells = [
      `\`${row.signal}\``,
      row.components.join(', '),
      row.level,
      `${texts}${where}`,
      row.meaning,
      row.versions.join(', '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `${[
    '# Named lines of Salt’s logs',
    '',
    'Values of the label `signal` of `salt_log_signals_total`, and what makes a record count. The text is matched at the beginning of the message (`%s`: anything), in records of this level or a more urgent one. Generated from `domain/log-signals*.ts`.',
    '',
    'Salt’s default level is `warning`: signals of level `info` and `debug` stay at 0 unless `log_level_logfile` lets Salt write them. The texts were looked up in 3006.30, 3007.17 and 3008.5. A log can be lied to: what a minion returns may stand in it behind a line break, in the form of a record.',
    '',
    '| signal | log | level | text | meaning | versions |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')}\n`;
}

describe('the table of named log lines', () => {
  it('stands in the documentation as the code has it', async () => {
    await expect(render()).toMatchFileSnapshot(DOCUMENT);
  });

  it('has no text that would break the table', () => {
    const broken = LOG_SIGNALS.filter(({ texts, meaning }) =>
      [...texts, meaning].some((text) => /[|\n]/.test(text)),
    );
    expect(broken).toEqual([]);
  });
});
