/** What is read at once and decoded later: order, losses, and what a lost connection may end. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BatchReader } from '../../../../test/e2e/bus-rows.js';
import { BATCH_ROWS } from '../../domain/bus-batch.js';
import type { Observation } from '../../domain/observations.js';
import { EventIntake } from './intake.js';
import { BACKLOG_MAX_BYTES } from './options.js';

/** `salt/auth` of this minion, without a stamp. */
function authFrame(minion: string): Buffer {
  const id = Buffer.concat([Buffer.of(0xa0 | minion.length), Buffer.from(minion)]);
  const body = Buffer.concat([Buffer.from('salt/auth\n\n'), Buffer.from('81a26964', 'hex'), id]);
  const head = Buffer.concat([
    Buffer.from('82a46865616480a4626f6479c4', 'hex'),
    Buffer.of(body.length),
  ]);
  return Buffer.concat([head, body]);
}
const NOISE = Buffer.from('GET / HTTP/1.1\r\n\r\n');

/** What was told, in words: minions heard, `open`, `closed`, `lost …`. */
function stand(holdApplied = false) {
  const told: string[] = [];
  const reader = new BatchReader();
  const held: (() => void)[] = [];
  let monoMs = 0;
  let ended = 0;
  const intake = new EventIntake({
    clock: { now: () => ({ monoMs: ++monoMs / 1_000, wallMs: 0 }) },
    emit: (observation: Observation, onApplied?: () => void) => {
      told.push(...words(observation, reader));
      if (onApplied === undefined) return;
      if (holdApplied) held.push(onApplied);
      else onApplied();
    },
    random: Math.random,
    onLost: () => {
      ended += 1;
    },
    onFrame: () => undefined,
  });
  const settle = async () => {
    for (let turn = 0; turn < 2_000; turn += 1) await nextTurn();
  };
  const release = () => {
    for (const applied of held.splice(0)) applied();
  };
  /** As reads of a socket bring it. */
  const push = (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const read = bytes.copy(intake.space, 0, at);
      intake.taken(read);
      at += read;
    }
  };
  return { intake, told, push, settle, release, ended: () => ended };
}

function words(observation: Observation, reader: BatchReader): readonly string[] {
  if (observation.kind === 'bus_link') return [observation.connected ? 'open' : 'closed'];
  if (observation.kind === 'bus_loss')
    return [`lost ${observation.dropped} ${JSON.stringify(observation.rejects)}`];
  if (observation.kind !== 'bus_batch') return [observation.kind];
  return reader.rows(observation).map(({ minion }) => String(minion));
}

describe('EventIntake', () => {
  it('tells connections and events in their order, however late it comes to them', async () => {
    const { intake, push, told, settle } = stand();
    intake.opened();
    push(authFrame('a'));
    push(Buffer.concat([authFrame('b'), authFrame('c').subarray(0, 20)]));
    intake.closed();
    intake.opened();
    push(authFrame('d'));
    expect(told).toEqual([]);
    await settle();
    expect(told).toEqual(['open', 'a', 'b', 'lost 0 {"framing":1}', 'closed', 'open', 'd']);
  });

  it('leaves out the rest of a connection that speaks something else, and ends it', async () => {
    const { intake, push, told, settle, ended } = stand();
    intake.opened();
    push(Buffer.concat([authFrame('a'), NOISE, authFrame('b')]));
    push(authFrame('c'));
    await settle();
    expect(told).toEqual(['open', 'lost 0 {"framing":1}', 'a']);
    expect(ended()).toBe(1);
  });

  it('does not end a connection for what the one before it brought', async () => {
    const { intake, push, told, settle, ended } = stand();
    intake.opened();
    push(Buffer.concat([NOISE, authFrame('a')]));
    intake.closed();
    intake.opened();
    push(authFrame('b'));
    await settle();
    expect(told).toEqual(['open', 'lost 0 {"framing":1}', 'closed', 'open', 'b']);
    expect(ended()).toBe(0);
  });

  it('has two batches out at most, until the domain applied one', async () => {
    const { intake, push, told, settle, release } = stand(true);
    intake.opened();
    const events = BATCH_ROWS * 5;
    push(Buffer.concat(Array.from({ length: events }, () => authFrame('m'))));
    await settle();
    const first = told.length;
    expect(first).toBeLessThanOrEqual(1 + BATCH_ROWS * 2);
    for (let round = 0; told.length < 1 + events && round < events; round += 1) {
      release();
      await settle();
    }
    expect(told.length).toBe(1 + events);
  });

  it('throws the oldest away when its room is full, whole frames, and counts them', async () => {
    const { intake, push, told, settle, release } = stand(true);
    intake.opened();
    push(authFrame('first'));
    await settle();
    expect(told).toEqual(['open', 'first']);
    const frames = 4_000;
    const chunk = Buffer.concat(Array.from({ length: frames }, () => authFrame('m')));
    const chunks = Math.ceil((BACKLOG_MAX_BYTES * 1.5) / chunk.length);
    for (let pushed = 0; pushed < chunks; pushed += 1) push(chunk);
    push(authFrame('last'));
    for (let round = 0; told.at(-1) !== 'last' && round < frames * chunks; round += 1) {
      release();
      await nextTurn();
    }
    const [, , loss = ''] = told;
    const dropped = Number(/^lost (\d+) \{\}$/.exec(loss)?.[1]);
    expect(dropped).toBeGreaterThan((frames * chunks) / 4);
    expect(dropped + told.length - 3).toBe(frames * chunks + 1);
  });

  it('is silent after it was stopped', async () => {
    const { intake, push, told, settle, release } = stand(true);
    intake.opened();
    push(authFrame('a'));
    await settle();
    push(authFrame('b'));
    intake.stop();
    release();
    push(authFrame('c'));
    await settle();
    expect(told).toEqual(['open', 'a']);
  });
});
