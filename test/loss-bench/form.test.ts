/** What a run plays, by its switches. */
import { describe, expect, it } from 'vitest';
import { SALT_VERSIONS } from '../lab/install.js';
import { FAULTS, QUICK } from './faults/index.js';
import { readForm } from './form.js';

const DAY_MS = 86_400_000;
const secondsOf = (form: ReturnType<typeof readForm>, name: string) =>
  form.faults.find((fault) => fault.name === name)?.jobs.seconds;

describe('without switches', () => {
  it('plays the quick faults with few jobs, and another release each day', () => {
    const forms = [0, 1, 2].map((day) => readForm(undefined, day * DAY_MS));
    expect(new Set(forms.flatMap(({ versions }) => versions))).toEqual(new Set(SALT_VERSIONS));
    for (const form of forms) {
      expect(form.versions).toHaveLength(1);
      expect(new Set(form.faults.map(({ name }) => name))).toEqual(new Set(QUICK));
      expect(secondsOf(form, 'none-long')).toBe(40);
      expect(form.save).toBe(false);
    }
  });
});

describe('with switches', () => {
  it('plays everything with 30 jobs and 10 minions, ten minutes of one job included', () => {
    const form = readForm('{}', 0);
    expect(form).toMatchObject({ versions: SALT_VERSIONS, jobs: 30, minions: 10 });
    expect(form.faults).toHaveLength(FAULTS.length);
    expect(secondsOf(form, 'none-long')).toBe(600);
  });

  it('plays what is asked for, and shortens the long job when there are few', () => {
    const form = readForm('{"version":"3008.5","fault":"hwm,none-long","jobs":"4"}', 0);
    expect(form.versions).toEqual(['3008.5']);
    expect(form.faults.map(({ name }) => name)).toEqual(['hwm', 'none-long']);
    expect(secondsOf(form, 'none-long')).toBe(40);
  });

  it.each(['{"version":"3005.1"}', '{"fault":"hmw"}', '{"jobs":"0"}', '{"minions":"many"}'])(
    'refuses %s',
    (switches) => {
      expect(() => readForm(switches, 0)).toThrow(/choose from|no number/);
    },
  );
});
