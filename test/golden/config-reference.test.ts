/** Reference text of the configuration, generated from the option table: the example file and --help. */
import { expect, it } from 'vitest';
import { exampleYaml, helpText } from '../../exporter/src/config/reference.js';

it('keeps exporter/brinescope.example.yml equal to the option table', async () => {
  await expect(exampleYaml()).toMatchFileSnapshot('../../exporter/brinescope.example.yml');
});

it('keeps --help equal to the option table', async () => {
  await expect(helpText()).toMatchFileSnapshot('config-help.txt');
});
