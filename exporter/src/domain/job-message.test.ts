/** Which message carried a job, by order and time. */
import { beforeEach, describe, expect, it } from 'vitest';
import { JOB_BYTES, Scene } from '../../../test/bench/domain/loss-scene.js';
import { canaryJid } from './canary-job.js';
import { messageOfJob } from './job-message.js';

let scene: Scene;
let first: number;

beforeEach(() => {
  scene = new Scene();
  first = scene.state.delivery.index.count + 1;
});

/** Does something so many ms from now, and comes back. */
function at(ms: number, what: () => void): void {
  scene.ms += ms;
  what();
  scene.ms -= ms;
}

const announce = (ms: number, jid: string) => at(ms, () => scene.announce(jid, ['m1']));
const message = (ms: number) => at(ms, () => scene.stream(JOB_BYTES));

/** Numbers of its messages, the job's first message being 1. */
function messagesOf(jid: string): unknown {
  const slot = scene.state.jobs.table.slots.get(jid) ?? -1;
  const found = messageOfJob(scene.state, { slot, minion: 0 });
  if (typeof found !== 'object') return found;
  return [found.from - first + 1, found.to - first + 1];
}

describe('the message of a job', () => {
  it('is the next one, and either where two were announced at once', () => {
    announce(0, 'a');
    message(2);
    announce(40, 'b');
    announce(41, 'c');
    message(44);
    message(45);
    expect(['a', 'b', 'c'].map(messagesOf)).toEqual([
      [1, 1],
      [2, 3],
      [2, 3],
    ]);
  });

  it('is the next one of a burst, however soon each message comes', () => {
    const jids = ['a', 'b', 'c', 'd', 'e'];
    for (const [n, jid] of jids.entries()) {
      announce(n * 20, jid);
      message(n * 20 + 1);
    }
    expect(jids.map(messagesOf)).toEqual(jids.map((_, n) => [n + 1, n + 1]));
  });

  it('comes behind those of jobs that still wait for theirs', () => {
    announce(0, 'a');
    announce(20, 'b');
    message(30);
    announce(60, 'c');
    for (const ms of [90, 91]) message(ms);
    expect(['a', 'b', 'c'].map(messagesOf)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('is not that of a canary of ours, nor of a jid that was used again', () => {
    const canary = canaryJid(1_767_323_045_678, 1);
    announce(0, canary);
    announce(20, 'a');
    message(40);
    message(42);
    expect(messagesOf('a')).toEqual([2, 2]);
    announce(100, 'a');
    announce(120, 'b');
    message(140);
    message(142);
    expect(messagesOf('b')).toEqual([4, 4]);
    announce(200, 'c');
    announce(202, canaryJid(1_767_323_045_878, 2));
    message(210);
    message(211);
    expect(messagesOf('c')).toEqual([5, 6]);
  });
});
