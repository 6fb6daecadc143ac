/** The dashboards as committed equal their generator's output; `npm run golden` writes them anew. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SOCKET_MARKS } from '../../exporter/src/domain/socket-marks.js';
import { exportedText } from '../../grafana-plugin/dashboards/export.js';
import { dashboards } from '../../grafana-plugin/dashboards/index.js';

const SHIPPED = fileURLToPath(new URL('../../grafana-plugin/src/dashboards', import.meta.url));
const ALL = dashboards(SOCKET_MARKS);

it.each(ALL)('$name as committed equals its generator’s output', async (dashboard) => {
  const file = join(SHIPPED, `${dashboard.name}.json`);
  await expect(exportedText(dashboard)).toMatchFileSnapshot(file);
});

it('there are no others', () => {
  expect(readdirSync(SHIPPED).sort()).toEqual(ALL.map(({ name }) => `${name}.json`).sort());
});
