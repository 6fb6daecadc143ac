/** The fleet's cast: reproducible, complete at every size, and addresses that nobody shares by accident. */
import { describe, expect, it } from 'vitest';
import { MINIONS_MAX, MINIONS_MIN, planFleet, ROLES } from './plan.js';

const accepted = (count: number, seed = 1) =>
  planFleet(count, seed).minions.filter(
    ({ role }) => !['pending', 'rejected', 'denied', 'stranger'].includes(role),
  );

describe('a planned fleet', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planFleet(240, 7)).toEqual(planFleet(240, 7));
    expect(planFleet(240, 7)).not.toEqual(planFleet(240, 8));
  });

  it.each([MINIONS_MIN, 13, 50, 240, 1_000, MINIONS_MAX])('of %i casts every part', (count) => {
    const roles = new Set(planFleet(count, 3).minions.map((minion) => minion.role));
    expect([...ROLES].filter((role) => !roles.has(role))).toEqual([]);
    expect(accepted(count)).toHaveLength(count);
  });

  it.each([MINIONS_MIN, 240, MINIONS_MAX])(
    'of %i has unique ids and loopback addresses',
    (count) => {
      const { minions, natAddress } = planFleet(count, 5);
      expect(new Set(minions.map((minion) => minion.id)).size).toBe(minions.length);
      const own = minions.filter(({ role }) => role !== 'nat').map((minion) => minion.address);
      expect(new Set(own).size).toBe(own.length);
      expect(own).not.toContain(natAddress);
      const octets = own.map((address) => address.split('.').map(Number));
      expect(
        octets.filter(([a, b, c = 0, d = 0]) => a !== 127 || b !== 0 || c > 255 || d > 254),
      ).toEqual([]);
      // 127.0.0.77 is where the exporter's own connections come from.
      expect(octets.filter(([, , c]) => c === 0)).toEqual([]);
    },
  );

  it('hides minions behind one address that their grains do not name', () => {
    const { minions, natAddress } = planFleet(240, 1);
    const hidden = minions.filter(({ role }) => role === 'nat');
    expect(hidden.map((minion) => minion.address)).toEqual(hidden.map(() => natAddress));
    expect(hidden.flatMap((minion) => minion.grainAddresses ?? [])).not.toContain(natAddress);
    expect(new Set(hidden.flatMap((minion) => minion.grainAddresses)).size).toBe(hidden.length);
  });

  it('keeps those that are stopped, killed or slowed in processes of their own', () => {
    const { minions } = planFleet(240, 1);
    const crews = (role: string) =>
      new Set(minions.filter((minion) => minion.role === role).map((minion) => minion.crew));
    expect(crews('stopped')).toEqual(new Set(['frozen']));
    expect(crews('vanishing')).toEqual(new Set(['mortal']));
    expect(crews('slow')).toEqual(new Set(['sluggish']));
    const others = minions.filter(({ role }) => !['stopped', 'vanishing', 'slow'].includes(role));
    const special = ['frozen', 'mortal', 'sluggish'];
    expect(others.filter(({ crew }) => crew !== undefined && special.includes(crew))).toEqual([]);
  });
});
