/** The policy against a clock of its own: nothing runs that is not listed, settled, single and within its limits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Policy, type PolicyRules, QUEUE_MAX, REMEMBERED_MAX } from './policy.js';
import type { Signal } from './signals.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RULES: PolicyRules = {
  alerts: ['SaltMinionHalfOpen', 'SaltMinionStalled'],
  minions: ['web-*', 'db-1'],
  stormAlerts: ['SaltReconnectStorm'],
  stormMinions: 4,
  stormWindowMs: 10 * MINUTE,
  settleMs: MINUTE,
  backOffMs: 30 * MINUTE,
  backOffMaxMs: 24 * HOUR,
  perHour: 6,
};

function firing(minion: string | undefined, change: Partial<Signal> = {}): Signal {
  return { isFiring: true, alert: 'SaltMinionHalfOpen', master: 'a', minion, ...change };
}

function tell(policy: Policy, nowMs: number, ...signals: readonly Signal[]): readonly string[] {
  return policy
    .apply({ signals, truncated: 0 }, nowMs)
    .map((d) => (d.kind === 'refused' ? d.reason : d.kind));
}

/** Everything that is due: minions that run, reasons of those that do not. */
function due(policy: Policy, nowMs: number): readonly string[] {
  const said: string[] = [];
  for (let next = policy.take(nowMs); next !== undefined; next = policy.take(nowMs)) {
    said.push(next.kind === 'run' ? next.task.minion : next.kind === 'refused' ? next.reason : '?');
  }
  return said;
}

describe('the policy', () => {
  it('runs a listed alert of a listed minion, once it has settled', () => {
    const policy = new Policy(RULES);
    expect(tell(policy, 0, firing('web-1'))).toEqual(['queued']);
    expect(policy.waitMs(15_000)).toBe(45_000);
    expect(due(policy, MINUTE - 1)).toEqual([]);
    expect(due(policy, MINUTE)).toEqual(['web-1']);
    expect(policy.waitMs(MINUTE)).toBeUndefined();
  });

  it('waits for a minion once, whatever fires for it', () => {
    const policy = new Policy(RULES);
    tell(policy, 0, firing('web-1'));
    expect(
      tell(policy, 1, firing('web-1'), firing('web-1', { alert: 'SaltMinionStalled' })),
    ).toEqual([]);
    expect(due(policy, MINUTE)).toEqual(['web-1']);
  });

  it('lets go of it when the alert ends before', () => {
    const policy = new Policy(RULES);
    tell(policy, 0, firing('web-1'));
    expect(tell(policy, 1, firing('web-1', { isFiring: false, master: 'b' }))).toEqual([]);
    expect(tell(policy, 2, firing('web-1', { isFiring: false }))).toEqual(['withdrawn']);
    expect(due(policy, MINUTE)).toEqual([]);
  });

  it.each([
    [firing('web-1', { alert: 'SaltMinionAbsent' }), 'alert_not_listed'],
    [firing('mail-1'), 'minion_not_listed'],
    [firing('db-11'), 'minion_not_listed'],
    [firing(undefined), 'no_minion'],
    [firing('-oProxyCommand=reboot'), 'minion_malformed'],
    [firing('web-1;reboot'), 'minion_malformed'],
    [firing('web-$(reboot)'), 'minion_malformed'],
    [firing('web-1\nweb-2'), 'minion_malformed'],
    [firing('web-1@evil'), 'minion_malformed'],
    [firing('../web-1'), 'minion_malformed'],
    [firing(''), 'minion_malformed'],
    [firing('web-ä'), 'minion_malformed'],
    [firing(`web-${'x'.repeat(125)}`), 'minion_malformed'],
  ])('refuses %j: %s', (signal, reason) => {
    expect(tell(new Policy(RULES), 0, signal)).toEqual([reason]);
  });

  it('does nothing in a storm, drops what waits, and goes on a window after its last sign', () => {
    const policy = new Policy(RULES);
    const storm = firing(undefined, { alert: 'SaltReconnectStorm' });
    tell(policy, 0, firing('web-1'), firing('web-1', { master: 'b', minion: 'web-9' }));
    expect(tell(policy, MINUTE - 1, storm)).toEqual(['storm', 'storm']);
    expect(due(policy, MINUTE)).toEqual(['web-9']);
    expect(tell(policy, 2 * MINUTE, firing('web-1'))).toEqual(['storm']);
    expect(tell(policy, 3 * MINUTE, storm)).toEqual([]);
    expect(tell(policy, 13 * MINUTE - 1, firing('web-1'))).toEqual(['storm']);
    expect(tell(policy, 13 * MINUTE, firing('web-1'))).toEqual(['queued']);
  });

  it('takes many minions of one master for a storm, listed or not, in one message or in several', () => {
    const several = new Policy(RULES);
    for (const [index, name] of ['web-1', 'mail-1', 'mail-2'].entries())
      tell(several, index * MINUTE, firing(name, { alert: 'Other' }));
    expect(tell(several, 3 * MINUTE, firing('web-2'))).toEqual(['storm', 'storm']);
    const single = new Policy(RULES);
    const all = ['web-1', 'web-2', 'web-3', 'web-4'].map((name) => firing(name));
    expect(tell(single, 0, ...all)).toEqual(['storm', 'storm', 'storm', 'storm', 'storm']);
    expect(due(single, HOUR)).toEqual([]);
    const slow = new Policy(RULES);
    for (const [index, signal] of all.entries()) {
      expect(tell(slow, index * 10 * MINUTE, signal)).toEqual(['queued']);
      due(slow, index * 10 * MINUTE + MINUTE);
    }
  });

  it('takes a message that was cut for a storm', () => {
    const policy = new Policy(RULES);
    const said = policy.apply({ signals: [firing('web-1')], truncated: 3 }, 0);
    expect(said.map(({ kind }) => kind)).toEqual(['storm', 'refused']);
  });

  it('leaves a minion alone for longer each time, up to a day, then begins anew', () => {
    const policy = new Policy(RULES);
    let now = 0;
    for (const pause of [0.5, 1, 2, 4, 8, 16]) {
      tell(policy, now, firing('web-1'));
      expect(due(policy, now + MINUTE)).toEqual(['web-1']);
      now += MINUTE + pause * HOUR;
      expect(tell(policy, now - 1, firing('web-1'))).toEqual(['backing_off']);
    }
    tell(policy, now, firing('web-1'));
    now += MINUTE + 24 * HOUR;
    expect(due(policy, now - 24 * HOUR)).toEqual(['web-1']);
    tell(policy, now, firing('web-1'));
    due(policy, now + MINUTE);
    expect(tell(policy, now + MINUTE + HOUR / 2, firing('web-1'))).toEqual(['queued']);
  });

  it('knows after a restart whom to leave alone', () => {
    const policy = new Policy(RULES);
    policy.remember('web-1', -HOUR);
    policy.remember('web-1', -MINUTE);
    expect(tell(policy, 0, firing('web-1'))).toEqual(['backing_off']);
    expect(tell(policy, HOUR - MINUTE - 1, firing('web-1'))).toEqual(['backing_off']);
    expect(tell(policy, HOUR - MINUTE, firing('web-1'))).toEqual(['queued']);
  });

  it('runs so many an hour and no more, and drops the rest', () => {
    const policy = new Policy({ ...RULES, perHour: 2 });
    for (const name of ['web-1', 'web-2', 'web-3']) tell(policy, 0, firing(name));
    expect(due(policy, MINUTE)).toEqual(['web-1', 'web-2', 'rate_limited']);
    tell(policy, HOUR, firing('web-3'));
    expect(due(policy, HOUR + MINUTE)).toEqual(['web-3']);
  });

  it('has a queue and a memory that end', () => {
    const policy = new Policy({ ...RULES, stormMinions: 1_000 });
    const names = Array.from({ length: QUEUE_MAX + 1 }, (_, index) => firing(`web-${index}`));
    expect(tell(policy, 0, ...names).filter((word) => word === 'queue_full')).toHaveLength(1);
    expect(policy.queued).toBe(QUEUE_MAX);
    const full = new Policy(RULES);
    for (let index = 0; index < REMEMBERED_MAX; index += 1) full.remember(`web-${index}`, 0);
    expect(tell(full, HOUR, firing('web-new'))).toEqual(['memory_full']);
    expect(tell(full, 24 * HOUR, firing('web-new'))).toEqual(['queued']);
  });

  it('never runs more than allowed, or one that is not, whatever comes', () => {
    const signal = fc.record({
      isFiring: fc.boolean(),
      alert: fc.constantFrom(
        'SaltMinionHalfOpen',
        'SaltMinionStalled',
        'Other',
        'SaltReconnectStorm',
      ),
      master: fc.constantFrom('a', 'b'),
      minion: fc.constantFrom('web-1', 'web-2', 'web-3', 'db-1', 'db-2', '-x', undefined),
    });
    const step = fc.record({
      signals: fc.array(signal, { maxLength: 4 }),
      truncated: fc.constantFrom(0, 0, 0, 1),
      afterMs: fc.integer({ min: 0, max: 40 * MINUTE }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const policy = new Policy({ ...RULES, perHour: 3 });
        const runs: { minion: string; at: number }[] = [];
        let now = 0;
        for (const { signals, truncated, afterMs } of steps) {
          policy.apply({ signals, truncated }, now);
          now += afterMs;
          for (let next = policy.take(now); next !== undefined; next = policy.take(now))
            if (next.kind === 'run') runs.push({ minion: next.task.minion, at: now });
        }
        for (const { minion, at } of runs) {
          expect(['web-1', 'web-2', 'web-3', 'db-1']).toContain(minion);
          const within = (ms: number) => runs.filter((run) => run.at <= at && at - run.at < ms);
          expect(within(HOUR).length).toBeLessThanOrEqual(3);
          const same = within(30 * MINUTE).filter((run) => run.minion === minion);
          expect(same.length).toBe(1);
        }
      }),
    );
  });
});
