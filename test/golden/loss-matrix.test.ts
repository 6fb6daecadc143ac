/** The documentation of the loss verdicts equals what the bench measured; `npm run golden` writes it anew. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FAULTS } from '../loss-bench/faults/index.js';
import { readMeasured } from '../loss-bench/measured.js';
import { renderDocument } from '../loss-bench/tables.js';

const DOCUMENT = fileURLToPath(new URL('../../exporter/docs/loss-matrix.md', import.meta.url));

it('the loss matrix stands in the documentation as it was measured', async () => {
  await expect(renderDocument(FAULTS, readMeasured())).toMatchFileSnapshot(DOCUMENT);
});
