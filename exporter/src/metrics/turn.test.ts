/** Slices of a long computation: when they end, and what counts as work. */
import { describe, expect, it } from 'vitest';
import { Turn } from './turn.js';

describe('a turn', () => {
  it('is due after three milliseconds of work and begins anew after the event loop went round', async () => {
    let now = 100;
    const turn = new Turn(() => now);
    now += 2.9;
    expect(turn.due()).toBe(false);
    now += 0.1;
    expect(turn.due()).toBe(true);
    let others = 0;
    setImmediate(() => {
      others += 1;
    });
    await turn.next();
    expect(others).toBe(1);
    expect(turn.due()).toBe(false);
  });

  it('stays due after a wait that may have ended before the event loop went round', async () => {
    let now = 0;
    const turn = new Turn(() => now);
    now = 3;
    await turn.wait(Promise.resolve());
    expect(turn.due()).toBe(true);
  });

  it('counts work and not waiting, also when the wait fails', async () => {
    let now = 0;
    const turn = new Turn(() => now);
    const later = (ms: number) =>
      Promise.resolve().then(() => {
        now += ms;
        return 'done';
      });
    now += 2;
    expect(await turn.wait(later(50))).toBe('done');
    now += 1;
    expect(turn.busyMs()).toBe(3);
    const failing = later(70).then(() => Promise.reject(new Error('no')));
    await expect(turn.wait(failing)).rejects.toThrow('no');
    now += 4;
    expect(turn.busyMs()).toBe(7);
  });
});
