/** Goldens of the whole body: a changed line is a changed contract. */
import { describe, expect, it } from 'vitest';
import { MINION_GROUPS } from '../../exporter/src/metrics/families/index.js';
import { renderBody } from './render-body.js';
import { emptyEpoch, syntheticEpoch } from './synthetic-epoch.js';
import { syntheticLocal } from './synthetic-local.js';

describe('the whole body of /metrics', () => {
  it('is this in text format 0.0.4', async () => {
    const { body } = await renderBody(syntheticEpoch());
    await expect(body).toMatchFileSnapshot('metrics.prom');
  });

  it('is this in OpenMetrics 1.0.0', async () => {
    const { body } = await renderBody(syntheticEpoch(), { format: 'openmetrics' });
    await expect(body).toMatchFileSnapshot('metrics.openmetrics');
  });

  it('is this beside a minion', async () => {
    const epoch = { ...syntheticEpoch(), local: syntheticLocal() };
    const { body } = await renderBody(epoch, { groups: MINION_GROUPS });
    await expect(body).toMatchFileSnapshot('metrics-minion.prom');
  });

  it('is this before anything was scanned or read', async () => {
    const { body } = await renderBody(emptyEpoch(), {
      reload: () => undefined,
      history: () => ({ state: 'off', bytes: null, dropped: 0 }),
      eventLines: () => undefined,
    });
    await expect(body).toMatchFileSnapshot('metrics-at-start.prom');
  });
});
