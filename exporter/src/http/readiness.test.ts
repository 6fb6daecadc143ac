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

  it('ends what a source says of itself before it goes on', () => {
    const down = { enabled: true, up: false, lastSuccessMs: undefined, errors: new Map() };
    const sources = [{ ...down, source: 'inventory' as const, detail: '/pki cannot be read' }];
    const report = readiness(syntheticEpoch({ keys: undefined, sources }));
    expect(readinessText(report)).toContain('/pki cannot be read. Check that this user may list');
  });

  it('does not advise to wait or to change users where the master keeps no key files', () => {
    const { config } = syntheticEpoch();
    if (config === undefined) throw new Error('the sample has a configuration');
    const limitations = [
      {
        source: 'inventory' as const,
        finding: 'keys.cache_driver: mmap_key',
        consequence: 'None.',
      },
    ];
    const report = readiness(
      syntheticEpoch({ keys: undefined, config: { ...config, limitations } }),
    );
    expect(report.reasons).toEqual([
      {
        source: 'inventory',
        reason: 'keys.cache_driver: mmap_key: None.',
        action: 'Check the master’s configuration: as it stands this stays so.',
      },
    ]);
  });

  it('waits for a master configuration that cannot be read, though defaults stand for it', () => {
    const status = { enabled: true, lastSuccessMs: AT_MS, errors: new Map(), detail: 'EACCES' };
    const sources = [{ ...status, source: 'master_config' as const, up: false }];
    expect(readiness(syntheticEpoch({ sources })).reasons[0]?.source).toBe('master_config');
    const read = sources.map((down) => ({ ...down, up: true }));
    expect(readiness(syntheticEpoch({ sources: read })).ready).toBe(true);
  });
});
