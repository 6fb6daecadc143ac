/**
 * Ready means: configuration, inventory and one complete scan; each missing one is named with what
 * to do.
 */
import { describe, expect, it } from 'vitest';
import { AT_MS, emptyEpoch, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import { readiness, readinessText } from './readiness.js';

describe('readiness', () => {
  it('is given once configuration, inventory and links are known', () => {
    expect(readiness(syntheticEpoch())).toEqual({ ready: true, reasons: [] });
    expect(readinessText(readiness(syntheticEpoch()))).toBe('Brinescope is ready.\n');
  });

  it('is given on the fallback too: it is stated elsewhere', () => {
    expect(readiness(syntheticEpoch({ scanOrigin: 'proc' })).ready).toBe(true);
  });

  it('names every missing source and what to do', () => {
    const report = readiness(emptyEpoch());
    expect(report.reasons.map(({ source }) => source)).toEqual([
      'master_config',
      'inventory',
      'kernel',
    ]);
    for (const { reason, action } of report.reasons) {
      expect(reason).toMatch(/\.$/);
      expect(action).toMatch(/^Check /);
    }
    expect(readinessText(report).split('\n')).toHaveLength(5);
  });

  it.each([
    ['kernel', { links: undefined }],
    ['inventory', { keys: undefined }],
    ['master_config', { config: undefined }],
  ] as const)('waits for %s alone', (source, changes) => {
    expect(readiness(syntheticEpoch(changes)).reasons.map((reason) => reason.source)).toEqual([
      source,
    ]);
  });

  it('repeats what a source that is down says of itself', () => {
    const status = { enabled: true, lastSuccessMs: AT_MS, errors: new Map() };
    const sources = [
      { ...status, source: 'kernel' as const, up: false, detail: 'netlink: EPERM.' },
    ];
    const [reason] = readiness(syntheticEpoch({ links: undefined, sources })).reasons;
    expect(reason?.reason).toBe(
      'No complete scan of the publish and request ports. netlink: EPERM.',
    );
  });
});
