/** A publish link of 3008 that ended after its host had the publish: read, not read, or nobody knows. */
import { describe, expect, it } from 'vitest';
import { Scene } from '../../../test/bench/domain/loss-scene.js';

const MINIONS = ['m1', 'm2', 'm3'];
const LARGE_BYTES = 60_000;
/** What the kit's hosts announce while nothing waits to be read. */
const OPEN_WINDOW = 65_535;

/** m1's link ends 3 s after a large publish, with this window; the minion begins anew. */
function endedAnew(told: {
  readonly returnedBefore: number;
  readonly window: number;
  /** Another one is published behind it. */
  readonly later?: boolean;
}) {
  const scene = new Scene('3008.5');
  for (let n = 0; n < told.returnedBefore; n += 1) {
    scene.publish(`r${n}`);
    for (const id of MINIONS) scene.returns(id, `r${n}`);
    scene.wait(1);
  }
  scene.announce();
  scene.ms += 2;
  scene.stream(LARGE_BYTES);
  if (told.later) scene.stream(LARGE_BYTES);
  scene.ms -= 2;
  scene.returns('m2');
  scene.returns('m3');
  scene.wait(3);
  scene.beginsAnew({ sendWindow: told.window });
  scene.wait(60);
  return scene.verdict();
}

describe('a minion that began anew', () => {
  it('lost its return, as far as anybody knows', () => {
    expect(endedAnew({ returnedBefore: 0, window: OPEN_WINDOW })).toEqual([
      'm1 5 reconnect proven',
    ]);
  });

  it('had not read the publish, by the window that its host announced last', () => {
    const window = OPEN_WINDOW - LARGE_BYTES;
    expect(endedAnew({ returnedBefore: 0, window })).toEqual(['m1 4 died likely']);
  });

  it('had read a part of it', () => {
    const window = OPEN_WINDOW - 10_000;
    expect(endedAnew({ returnedBefore: 0, window })).toEqual(['m1 4 died likely']);
  });

  it('had not read the next one, and may have run this one', () => {
    const window = OPEN_WINDOW - LARGE_BYTES;
    const ended = endedAnew({ returnedBefore: 0, window, later: true });
    expect(ended).toEqual(['m1 5 reconnect proven']);
  });

  it('had not read the next one, and no return takes so long', () => {
    const window = OPEN_WINDOW - LARGE_BYTES;
    const ended = endedAnew({ returnedBefore: 10, window, later: true });
    expect(ended).toEqual(['m1 4 died likely']);
  });

  it('is not known to have lost a return that never takes so long', () => {
    expect(endedAnew({ returnedBefore: 10, window: OPEN_WINDOW })).toEqual([
      'm1 4_or_5 unknown unknown',
    ]);
  });
});
