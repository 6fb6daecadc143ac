/** Verdicts on lost returns: faults as live masters showed them, told in scans, deaths and events. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deaths, instant, inventory, LISTENERS, minion } from '../../../test/bench/domain/kit.js';
import { JOB_BYTES, LIMITS, PING, RETURN, Scene } from '../../../test/bench/domain/loss-scene.js';
import { JOB_GONE, JOB_RUNS } from './bus-batch.js';
import { apply, freeze, listLosses } from './index.js';
import type { MinionSight } from './minion-answer.js';
import { takeMinionQuestions } from './minion-answers.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

/** m2 and m3 answer. */
function othersReturn(): void {
  scene.returns('m2');
  scene.returns('m3');
}

describe('a job that all minions return', () => {
  it('has no verdict, whatever happens to a link afterwards', () => {
    scene.publish();
    scene.returns('m1');
    othersReturn();
    scene.wait(5);
    scene.die('m1');
    scene.wait(60);
    expect([scene.verdict(), scene.booked]).toEqual([[], { lost: [], revised: [] }]);
  });

  it('has none when it took as long as its function is given', () => {
    scene.publish();
    othersReturn();
    for (let i = 0; i < 12; i += 1) {
      scene.finds(JOB_RUNS);
      scene.wait(10);
    }
    scene.returns('m1');
    scene.wait(60);
    expect(scene.verdict()).toEqual([]);
  });
});

describe('link 2', () => {
  it('is named when no link was there for the publish', () => {
    scene.die('m1');
    scene.die('m1r');
    scene.wait(2);
    scene.publish();
    othersReturn();
    scene.wait(20);
    expect(scene.verdict()).toEqual(['m1 2 no_link proven']);
  });

  it('is not when the link may have been there, between two scans', () => {
    scene.die('m1');
    scene.wait(2);
    scene.ms += 500;
    scene.publish();
    scene.ms += 300;
    scene.open('m1', 41);
    scene.ms -= 800;
    othersReturn();
    scene.wait(60);
    expect(scene.verdict()).toEqual(['m1 unknown unknown unknown']);
  });
});

describe('a minion behind an address that others share', () => {
  it('is never said to have had no link while one there may be its own', () => {
    const shared = ['m1', 'm2', 'm3'].map((id) => minion(id, ['10.0.0.9']));
    apply(scene.state, inventory(shared), instant(scene.ms));
    for (const name of ['m1', 'm1r', 'm2', 'm2r', 'm3', 'm3r']) scene.die(name);
    scene.wait(20);
    scene.open('m9', 91);
    scene.wait(15);
    scene.publish('1', ['m1']);
    scene.wait(60);
    expect(scene.verdict()).toEqual(['m1 unknown unknown unknown']);
  });
});

describe('link 3', () => {
  it('is a host that acknowledges nothing', () => {
    scene.freeze('m1');
    scene.publish();
    othersReturn();
    scene.wait(20, { m1: { backoff: 5, unacked: 1, sendQueue: JOB_BYTES } });
    expect(scene.verdict()).toEqual(['m1 3 host_gone proven']);
  });

  it('is a link that ended before its host had the publish', () => {
    scene.freeze('m1');
    scene.publish();
    othersReturn();
    scene.ms += 300;
    scene.die('m1', { sendQueue: JOB_BYTES, unacked: 1 });
    scene.ms -= 300;
    scene.wait(20);
    expect(scene.verdict()).toEqual(['m1 3 disconnect proven']);
  });

  it('is the high-water mark when messages around it were dropped', () => {
    scene.freeze('m1');
    for (let n = 0; n < 60; n += 1) {
      scene.ms += 50;
      scene.stream(JOB_BYTES);
    }
    scene.publish('1', ['m1']);
    scene.thaw('m1', 40 * JOB_BYTES);
    for (let n = 0; n < 3; n += 1) {
      scene.wait(2);
      scene.stream(JOB_BYTES);
    }
    scene.wait(2);
    expect(freeze(scene.state, instant(scene.ms)).minions.droppedHwm[0]).toBe(21);
    scene.wait(45);
    expect(scene.verdict()).toEqual(['m1 3 hwm likely']);
  });

  it('is the high-water mark for sure when all others of the run were returned', () => {
    scene = new Scene('3006.30', { ...LIMITS, jobs: 128 });
    scene.freeze('m1');
    // Of 61 jobs 40 arrive and are returned, 21 are dropped.
    const burst = (jid: number) => {
      scene.ms += 50;
      scene.publish(`${jid}`, ['m1']);
    };
    for (let jid = 100; jid < 160; jid += 1) burst(jid);
    burst(1);
    scene.thaw('m1', 40 * JOB_BYTES);
    for (let jid = 100; jid < 139; jid += 1) scene.returns('m1', `${jid}`);
    for (let n = 0; n < 3; n += 1) {
      scene.wait(2);
      scene.stream(JOB_BYTES);
    }
    scene.wait(2);
    expect(freeze(scene.state, instant(scene.ms)).minions.droppedHwm[0]).toBe(21);
    scene.wait(15);
    // One that was not dropped has not returned so far: each of the others may be that one.
    expect(scene.verdict()).toEqual([]);
    scene.returns('m1', '139');
    scene.wait(1);
    expect(scene.verdict()).toEqual(['m1 3 hwm proven']);
  });

  it('is the publish daemon when it died and came back after the publish', () => {
    const died = instant(scene.ms).monoMs;
    scene.apply(deaths([], instant(scene.ms), [LISTENERS[0] ?? never()]));
    for (const n of [1, 2, 3]) scene.die(`m${n}`);
    scene.apply({ kind: 'stream_link', subscribed: false, monoMs: died });
    scene.ms += 1_000;
    scene.announce();
    scene.ms -= 1_000;
    scene.wait(20);
    expect(scene.verdict()).toEqual([
      'm1 3 publish_daemon proven',
      'm2 3 publish_daemon proven',
      'm3 3 publish_daemon proven',
    ]);
  });

  it('is all links when a publish was announced and sent to nobody', () => {
    scene.announce();
    scene.wait(3);
    scene.stream(JOB_BYTES);
    scene.wait(1);
    scene.tell({ kind: 'new', atMs: scene.ms - 1_000, jid: '2', fun: 'test.ping', minions: [] });
    scene.wait(20);
    expect(scene.verdict()).toEqual([
      'm1 3 all_links proven',
      'm2 3 all_links proven',
      'm3 3 all_links proven',
    ]);
  });
});

describe('link 4', () => {
  it('is a process that answers no heartbeat, as far as there are heartbeats', () => {
    scene.mute('m1');
    scene.publish();
    othersReturn();
    scene.wait(16);
    expect(scene.verdict()).toEqual([]);
    scene.wait(20);
    expect(scene.verdict()).toEqual(['m1 4 process_stopped proven']);
  });

  it('is not told from the return path where there are none', () => {
    scene = new Scene('3007.17');
    scene.publish();
    othersReturn();
    scene.wait(60);
    expect(scene.verdict()).toEqual(['m1 4_or_5 unknown unknown']);
  });

  it('is a job that its minion does not run any more', () => {
    scene.publish();
    othersReturn();
    scene.wait(5);
    scene.finds(JOB_GONE);
    scene.wait(15);
    expect(scene.verdict()).toEqual(['m1 4 child_killed proven']);
  });

  it('is a minion whose links ended at one instant after it had the job', () => {
    scene.publish();
    othersReturn();
    scene.wait(2);
    scene.die('m1');
    scene.die('m1r');
    scene.wait(18);
    expect(scene.verdict()).toEqual(['m1 4 died proven']);
  });

  it('is a minion that returns other jobs and not this one', () => {
    scene.publish();
    othersReturn();
    scene.wait(10);
    scene.publish('2', ['m1']);
    scene.returns('m1', '2');
    scene.wait(45);
    expect(scene.verdict()).toEqual(['m1 4 no_return likely']);
  });
});

describe('link 5', () => {
  it('is a request link that does not get through while the publish link does', () => {
    scene.publish();
    othersReturn();
    scene.wait(20, { m1r: { backoff: 5, unacked: 1, sendQueue: PING } });
    expect(scene.verdict()).toEqual(['m1 5 blocked proven']);
  });

  it('is a request link that was replaced while the publish link stood', () => {
    scene.publish();
    othersReturn();
    scene.wait(30);
    scene.open('m1s', 61);
    scene.die('m1r');
    scene.wait(30);
    expect(scene.verdict()).toEqual(['m1 5 blocked likely']);
  });

  it('is not told from the minion while the old request link stands beside a new one', () => {
    scene.publish();
    othersReturn();
    scene.wait(30);
    scene.open('m1s', 61);
    scene.publish('2', ['m1']);
    scene.wait(1);
    scene.tell({ kind: 'ret', atMs: scene.ms, jid: '2', minion: 'm1', fun: 'test.ping' });
    scene.wait(30);
    expect(scene.verdict()).toEqual(['m1 4_or_5 unknown unknown']);
  });

  it.each(['3007.17', '3008.5'])(
    'is a minion of %s that began anew before it returned',
    (version) => {
      scene = new Scene(version);
      scene.publish();
      othersReturn();
      scene.wait(1);
      scene.beginsAnew();
      scene.wait(20);
      expect(scene.verdict()).toEqual(['m1 5 reconnect proven']);
      const { minions } = freeze(scene.state, instant(scene.ms));
      expect([minions.starts[0], minions.reconnects[0]]).toEqual([0, 1]);
    },
  );

  it('is one that takes its time, with a request link in between that it did not use', () => {
    scene = new Scene('3008.5');
    scene.publish();
    othersReturn();
    scene.wait(8);
    scene.die('m1');
    scene.ms += 200;
    scene.die('m1r');
    scene.ms -= 200;
    scene.open('m1s', 61);
    scene.wait(2);
    scene.die('m1s');
    scene.wait(12);
    expect(scene.verdict()).toEqual([]);
    scene.tell({ kind: 'start', atMs: scene.ms, minion: 'm1' });
    scene.open('m1', 51);
    scene.open('m1r', 52);
    scene.wait(10);
    expect(scene.verdict()).toEqual(['m1 5 reconnect proven']);
  });

  it('is not on 3006, whose minions return over the link that they have', () => {
    scene.publish();
    othersReturn();
    scene.wait(1);
    scene.die('m1');
    scene.open('m1', 51);
    scene.wait(8);
    scene.returns('m1');
    scene.wait(60);
    expect(scene.verdict()).toEqual([]);
  });
});

describe('link 6', () => {
  it('is a request that no worker answers', () => {
    scene.publish();
    othersReturn();
    const row = scene.rows.get('m1r');
    if (row !== undefined) row.received += RETURN;
    scene.wait(20, { m1r: { sentAgeMs: 30_000 } });
    expect(scene.verdict()).toEqual(['m1 6 worker proven']);
  });

  it('is an event bus that never told of a return that was written', () => {
    scene.cache = ['m1', 'm2', 'm3'];
    scene.publish();
    othersReturn();
    scene.wait(22);
    expect(scene.verdict()).toEqual(['m1 6 bus proven']);
  });

  it('is a job cache that does not hold what the bus told of', () => {
    scene.cache = ['m2', 'm3'];
    scene.publish();
    scene.returns('m1');
    othersReturn();
    scene.wait(4);
    expect(scene.verdict()).toEqual([]);
    scene.wait(6);
    expect(scene.verdict()).toEqual(['m1 6 cache proven']);
    expect(scene.state.jobs.missing).toBe(0);
  });

  it('is such a job cache for a return that comes late, too', () => {
    scene.cache = ['m2', 'm3'];
    scene.publish();
    othersReturn();
    scene.wait(30);
    expect(scene.verdict()).toEqual([]);
    scene.returns('m1');
    scene.wait(8);
    expect(scene.verdict()).toEqual(['m1 6 cache proven']);
  });

  it('is a handler that raised while the event bus was dead', () => {
    scene.cache = ['m2', 'm3'];
    scene.publish();
    othersReturn();
    scene.ms += 1_000;
    scene.apply({ kind: 'bus_link', connected: false, monoMs: instant(scene.ms).monoMs });
    scene.wait(1);
    scene.exchange('m1r');
    scene.wait(3);
    scene.apply({ kind: 'bus_link', connected: true, monoMs: instant(scene.ms).monoMs });
    scene.wait(60);
    expect(scene.verdict()).toEqual(['m1 6 handler proven']);
    expect(scene.state.jobs.missing).toBe(1);
  });

  it('is the bus when it was dead for a return that the job cache holds', () => {
    scene.cache = ['m1', 'm2', 'm3'];
    scene.publish();
    othersReturn();
    scene.ms += 1_000;
    scene.apply({ kind: 'bus_link', connected: false, monoMs: instant(scene.ms).monoMs });
    scene.wait(1);
    scene.exchange('m1r');
    scene.wait(3);
    scene.apply({ kind: 'bus_link', connected: true, monoMs: instant(scene.ms).monoMs });
    scene.wait(30);
    expect(scene.verdict()).toEqual(['m1 6 bus likely']);
    expect([scene.state.jobs.missing, scene.state.jobs.unseen]).toEqual([0, 1]);
    scene.returns('m1');
    scene.wait(3);
    expect([scene.verdict(), scene.booked.revised]).toEqual([[], ['bus returned 1']]);
  });

  it('is nobody’s when only our own reading was torn, and the job cache holds the return', () => {
    scene.cache = ['m1', 'm2', 'm3'];
    scene.publish();
    othersReturn();
    scene.apply({ kind: 'bus_loss', dropped: 1, rejects: {} });
    scene.wait(30);
    expect([scene.verdict(), scene.state.jobs.unseen]).toEqual([[], 1]);
  });

  it('is looked for once only, however long it takes', () => {
    scene.cache = ['m2', 'm3'];
    scene.publish();
    othersReturn();
    scene.apply({ kind: 'bus_loss', dropped: 1, rejects: {} });
    scene.wait(40);
    expect([scene.verdict(), scene.state.jobs.missing]).toEqual([[], 0]);
    scene.wait(20);
    expect([scene.verdict(), scene.state.jobs.missing]).toEqual([['m1 4_or_5 unknown unknown'], 1]);
    scene.apply({ kind: 'bus_loss', dropped: 1, rejects: {} });
    scene.wait(20);
    expect([scene.state.jobs.expected, scene.state.jobs.missing]).toEqual([3, 1]);
  });

  it('is nobody’s when the bus was not heard and nothing tells who returned', () => {
    scene.publish();
    othersReturn();
    scene.apply({ kind: 'bus_loss', dropped: 1, rejects: {} });
    scene.wait(60);
    expect([scene.verdict(), scene.state.jobs.unseen]).toEqual([[], 1]);
  });
});

describe('an exporter beside the minion', () => {
  const says = (sight: Partial<MinionSight>) =>
    scene.apply({
      kind: 'minion_answer',
      jid: '1',
      minion: 'm1',
      sight: {
        received: true,
        executed: undefined,
        queued: undefined,
        returned: 'unknown',
        watchedSeconds: 3_600,
        ...sight,
      },
      askedMonoMs: instant(scene.ms).monoMs,
    });

  it.each([
    [{ executed: true, returned: 'abandoned' }, 'm1 5 blocked likely'],
    [{ executed: true, returned: 'answered' }, 'm1 6 handler likely'],
    [{ executed: false }, 'm1 4 no_return likely'],
    [{ queued: true }, 'm1 4 no_return likely'],
    [{ received: false }, 'm1 4 process_stopped likely'],
    [{}, 'm1 4_or_5 unknown unknown'],
  ] as const)('that says %j decides what the master cannot', (sight, verdict) => {
    scene = new Scene('3007.17');
    scene.publish();
    othersReturn();
    scene.wait(19);
    expect(takeMinionQuestions(scene.state)).toEqual([]);
    scene.wait(5);
    expect(takeMinionQuestions(scene.state)).toEqual([{ jid: '1', minion: 'm1' }]);
    says(sight);
    scene.wait(40);
    expect(scene.verdict()).toEqual([verdict]);
  });
});

describe('a verdict', () => {
  it('is taken back by a return that comes late', () => {
    scene.publish();
    othersReturn();
    scene.wait(20, { m1r: { backoff: 5, unacked: 1, sendQueue: PING } });
    expect(scene.booked).toEqual({ lost: ['blocked 1'], revised: [] });
    scene.returns('m1');
    expect(scene.verdict()).toEqual([]);
    expect(scene.booked).toEqual({ lost: ['blocked 1'], revised: ['blocked returned 1'] });
  });

  it('takes the place of an undecided one when evidence comes late', () => {
    scene = new Scene('3007.17');
    scene.publish();
    othersReturn();
    scene.wait(60);
    scene.die('m1r', { probes: 9 });
    scene.wait(5);
    expect(scene.verdict()).toEqual(['m1 5 blocked proven']);
    expect(scene.booked).toEqual({
      lost: ['blocked 1', 'unknown 1'],
      revised: ['unknown other 1'],
    });
  });

  it('stays what it was when its evidence is forgotten', () => {
    scene = new Scene('3007.17');
    scene.publish();
    othersReturn();
    scene.wait(60);
    scene.apply({ kind: 'stream_link', subscribed: false, monoMs: instant(scene.ms).monoMs });
    scene.apply({ kind: 'stream_link', subscribed: true, monoMs: instant(scene.ms).monoMs });
    scene.wait(20);
    expect(scene.verdict()).toEqual(['m1 4_or_5 unknown unknown']);
    expect(scene.booked.revised).toEqual([]);
  });

  it('has its evidence in sentences, and is among the latest', () => {
    scene.publish();
    othersReturn();
    scene.wait(5);
    scene.finds(JOB_GONE);
    scene.wait(15);
    const [loss] = listLosses(scene.state, 10);
    expect(loss).toMatchObject({ minion: 'm1', jid: '1', link: '4' });
    expect(loss?.evidence).toEqual([
      'It answered a find_job after the publish: it does not run this job. (bus)',
    ]);
  });

  it('goes with the key of its minion', () => {
    scene.publish();
    othersReturn();
    scene.wait(5);
    scene.finds(JOB_GONE);
    scene.wait(15);
    apply(scene.state, inventory([minion('m2'), minion('m3')]), instant(scene.ms));
    apply(scene.state, inventory([minion('m2'), minion('m3'), minion('m4')]), instant(scene.ms));
    scene.wait(2);
    expect([scene.verdict(), listLosses(scene.state, 10)]).toEqual([[], []]);
  });

  it('is counted as forgotten when its job had to make room before', () => {
    scene.publish('1', ['m1']);
    scene.wait(16);
    for (let n = 2; n < 12; n += 1) scene.publish(`${n}`, ['m2']);
    expect(scene.state.losses.evicted).toBe(1);
  });
});

describe('a pair that is open', () => {
  const pending = () => freeze(scene.state, instant(scene.ms)).jobs.pending;
  const asks = () =>
    scene.tell({
      kind: 'new',
      atMs: scene.ms,
      jid: `f${scene.ms}`,
      fun: 'saltutil.find_job',
      about: '1',
      minions: ['m1'],
    });

  it('waits behind other jobs when a find_job is not answered by a minion that returns those', () => {
    scene.publish('1', ['m1']);
    scene.wait(5);
    asks();
    scene.wait(6);
    expect(pending()).toEqual({ running: 0, queued: 0, blocked: 0, unknown: 1 });
    scene.publish('2', ['m1']);
    scene.returns('m1', '2');
    expect(pending()).toEqual({ running: 0, queued: 1, blocked: 0, unknown: 0 });
  });

  it('runs when it is answered with a pid, and is unknown when nobody asked', () => {
    scene.publish('1', ['m1']);
    scene.wait(5);
    expect(pending()?.unknown).toBe(1);
    asks();
    scene.finds(JOB_RUNS);
    scene.wait(6);
    expect(pending()).toEqual({ running: 1, queued: 0, blocked: 0, unknown: 0 });
  });
});

describe('publishes that never became a job', () => {
  it('are counted by what refused them', () => {
    scene.tell({ kind: 'error', atMs: scene.ms, code: 0 });
    const { publishes } = freeze(scene.state, instant(scene.ms)).losses;
    expect(publishes).toEqual({ abandoned: 0, failed: 0, authentication: 1, authorization: 0 });
  });
});

function never(): never {
  throw new Error('there is no such listener');
}
