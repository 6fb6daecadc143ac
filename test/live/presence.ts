/**
 * Links and presence on a live master: what the exporter says after each thing done, against Salt's
 * own and the kernel's word.
 */
import { describe, expect, test } from 'vitest';
import { onHost, ROUTER_ADDRESS } from '../lab/hosts.js';
import { run as runProgram, until } from '../lab/run.js';
import { labGate } from './gate.js';
import { LEDGER_MASTER } from './ledger-delivery.js';
import { stoppedProcess } from './ledger-status.js';
import { deliveryLedger, requestLedger } from './ledger-steps.js';
import { complaints } from './master-log.js';
import {
  connectionsFrom,
  plainLoopbackSubscriber,
  presentIds,
  type Run,
  type Scenario,
  useRun,
} from './scenario.js';

const LINKS_AT_START = 4;
const EVERYBODY = { m1: 'ok', m2: 'ok', m3: 'ambiguous', m4: 'ambiguous' };

/** One suite per release; names what is missing where it cannot run, which in CI is a failure. */
export async function livePresence(scenario: Scenario): Promise<void> {
  const { skip, why } = await labGate();
  describe.skipIf(skip)(`on a live Salt ${scenario.version} master${why}`, () => {
    const run = useRun(scenario);
    steadyState(run);
    stoppedAndStarted(run);
    unplugged(run);
    if (scenario.heartbeats) stoppedProcess(run);
    keyLost(run);
    masterRestarted(run);
    deliveryLedger(run);
    requestLedger(run, scenario);
    localMinion(run, scenario);
    natMapped(run);
    theEnd(run);
  });
}

function steadyState(run: () => Run): void {
  test('every minion has the status, identity and links that its host has', async () => {
    const metrics = await run().statuses(EVERYBODY);
    for (const id of ['m1', 'm2']) {
      for (const port of ['publish', 'request']) {
        const identity = { minion: id, port, basis: 'grains' };
        expect(metrics.value('salt_minion_identity_info', identity), `${id} ${port}`).toBe(1);
        expect(metrics.value('salt_minion_links', { minion: id, port })).toBe(1);
      }
      const { namespace } = run().lab.minion(id).host;
      const argv = onHost(namespace, ['ss', '-tnH', 'state', 'established', 'dst', '10.77.0.1']);
      const lines = (await runProgram(argv)).stdout.split('\n').filter(Boolean);
      expect(lines, `connections ${id} itself sees`).toHaveLength(2);
    }
    for (const id of ['m3', 'm4']) {
      const bases = metrics.all('salt_minion_identity_info', { minion: id });
      expect(new Set(bases.map(({ labels }) => labels.basis))).toEqual(new Set(['ambiguous']));
    }
    expect(metrics.value('salt_keys', { state: 'accepted' })).toBe(4);
    for (const state of ['pending', 'rejected', 'denied']) {
      expect(metrics.value('salt_keys', { state })).toBe(0);
    }
    expect(metrics.value('salt_links', { port: 'publish', peer: 'own' })).toBe(1);
    const { minion, unknown } = publishLinks(metrics);
    expect(minion + unknown).toBe(LINKS_AT_START);
    for (const port of ['publish', 'request']) {
      expect(metrics.value('salt_listener_up', { port })).toBe(1);
    }
  });

  test('libzmq tells of our own sockets, and pings of the request port are answered', async () => {
    const own = { source: 'exporter', socket: 'publish' };
    const metrics = await run().exporter.scrapeUntil(
      'two answered pings',
      (body) => (body.value('salt_request_ping_total', { result: 'ok' }) ?? 0) >= 2,
      (body) => body.all('salt_request_ping_total'),
    );
    for (const event of ['connected', 'handshake_succeeded']) {
      expect(metrics.value('zmq_monitor_events_total', { ...own, event }), event).toBe(1);
    }
    expect(metrics.value('zmq_monitor_peers', own)).toBe(1);
    for (const result of ['timeout', 'error']) {
      expect(metrics.value('salt_request_ping_total', { result }), result).toBe(0);
    }
    const pings = metrics.value('salt_request_ping_seconds_count');
    expect(pings).toBe(metrics.value('salt_request_ping_total', { result: 'ok' }));
    expect(metrics.value('salt_links', { port: 'publish', peer: 'own' })).toBe(1);
  });

  // before anything of Salt's own command line, which writes its warnings to the same log
  test('the exporter causes no warning and no error in the log of the master', async () => {
    const { lab } = run();
    const { lines, end } = await complaints(lab, run().logStart);
    expect(lines).toEqual([]);
    // the control: bytes that are no request of Salt's do show up there
    const garbage = [
      'import zmq',
      's = zmq.Context().socket(zmq.REQ)',
      's.connect("tcp://10.77.0.1:4506")',
      's.send(b"\\xc1")',
      's.poll(3000)',
      's.close(0)',
    ];
    await lab.exec([`${lab.bin}/python`, '-c', garbage.join('\n')]);
    const complains = async () => (await complaints(lab, end)).lines[0];
    await until('a complaint about garbage', complains);
  });

  test("Salt's own presence is computed as Salt computes it, blind to NAT", async () => {
    await run().expectSaltsPresence(['m1', 'm2']);
    const metrics = await run().exporter.scrape();
    const ours = presentIds(metrics, 'kernel', 1);
    const theirs = presentIds(metrics, 'salt', 1);
    const kinds = { kernel_not_salt: [ours, theirs], salt_not_kernel: [theirs, ours] };
    for (const [kind, [one = [], other = []]] of Object.entries(kinds)) {
      const differ = one.filter((id) => !other.includes(id));
      expect(metrics.value('salt_presence_disagreements', { kind }), kind).toBe(differ.length);
    }
  });

  test('one publish of Salt is one message on our own subscription', async () => {
    const before =
      (await run().exporter.scrape()).value('salt_publish_messages_total') ?? Number.NaN;
    await run().lab.publish('m1', 'test.ping');
    const counted = (body: { value(name: string): number | undefined }) =>
      body.value('salt_publish_messages_total');
    const metrics = await run().exporter.scrapeUntil(
      'the publish',
      (body) => (counted(body) ?? 0) > before,
    );
    expect(counted(metrics)).toBe(before + 1);
  });

  test('the configuration in force is reported', async () => {
    const metrics = await run().exporter.scrape();
    expect(metrics.value('salt_master_option', { option: 'worker_threads' })).toBe(3);
    expect(metrics.value('salt_master_option', { option: 'timeout' })).toBe(10);
    const info = metrics.all('brinescope_salt_info');
    expect(info.map(({ labels }) => labels.transport)).toEqual(['zeromq']);
  });
}

function stoppedAndStarted(run: () => Run): void {
  test('a stopped service is absent and a started one is back, one flap', async () => {
    const { lab, exporter } = run();
    const before = await exporter.scrape();
    await lab.minion('m1').daemon.stop();
    const absent = await run().statuses({ m1: 'absent', m2: 'ok' });
    expect(grewFor('m1', before, absent)('disconnects')).toBe(1);
    expect(absent.value('salt_minion_links', { minion: 'm1', port: 'publish' }) ?? 0).toBe(0);
    expect(presentIds(absent, 'kernel', 0)).toContain('m1');
    await run().expectSaltsPresence(['m2']);
    lab.minion('m1').daemon.start();
    const back = await run().statuses({ m1: 'ok' });
    await lab.awaitAnswers(['m1']);
    expect(grewFor('m1', before, back)('connects')).toBe(1);
    expect(grewFor('m1', before, back)('flaps')).toBe(1);
    expect(grewFor('m2', before, back)('flaps')).toBe(0);
    await run().expectSaltsPresence(['m1', 'm2']);
  });
}

function unplugged(run: () => Run): void {
  test('an unplugged host is half open until its link ends or it is plugged in', async () => {
    const { lab, exporter, scenario } = run();
    const before = await exporter.scrape();
    const minion = lab.minion('m2');
    await lab.unplug('m2');
    await lab.publish('*', 'test.ping');
    const half = await run().statuses({ m2: 'half_open', m1: 'ok' });
    expect(grewFor('m2', before, half)('retransmits')).toBeGreaterThan(0);
    expect(grewFor('m2', before, half)('disconnects')).toBe(0);
    expect(await connectionsFrom(lab, minion.seenAddress)).toBe(1);
    await run().expectSaltsPresence(['m1', 'm2']);
    if (scenario.heartbeats) {
      const gone = await run().statuses({ m2: 'absent' });
      expect(grewFor('m2', before, gone)('disconnects')).toBe(1);
      await run().expectSaltsPresence(['m1']);
    }
    await lab.plug('m2');
    const back = await run().statuses({ m2: 'ok' });
    const ended = scenario.heartbeats ? 1 : 0;
    expect(grewFor('m2', before, back)('connects')).toBe(ended);
    expect(grewFor('m2', before, back)('disconnects')).toBe(ended);
    expect(grewFor('m2', before, back)('flaps')).toBe(ended);
    await run().expectSaltsPresence(['m1', 'm2']);
  });

  test('disconnects so far are those that the kernel announced', async () => {
    for (const id of ['m1', 'm2']) await expectWitnessed(run(), id);
  });
}

function keyLost(run: () => Run): void {
  test('a deleted key ends all series of the minion, its links are nobody known', async () => {
    const { lab, exporter } = run();
    const before = publishLinks(await exporter.scrape());
    await lab.saltKey('-d', 'm1', '-y');
    const without = await exporter.scrapeUntil(
      'no series of m1',
      (metrics) => metrics.familiesWith('minion', 'm1').length === 0,
      (metrics) => metrics.familiesWith('minion', 'm1'),
    );
    expect(without.value('salt_keys', { state: 'accepted' })).toBe(3);
    expect(await connectionsFrom(lab, lab.minion('m1').seenAddress)).toBe(1);
    const after = publishLinks(without);
    expect([after.minion, after.unknown]).toEqual([before.minion - 1, before.unknown + 1]);
    await run().expectSaltsPresence(['m2']);
    await lab.minion('m1').daemon.stop();
    lab.minion('m1').daemon.start();
    const back = await run().statuses({ m1: 'ok' });
    expect(back.value('salt_keys', { state: 'accepted' })).toBe(4);
    await lab.awaitAnswers(['m1']);
  });
}

function masterRestarted(run: () => Run): void {
  test('a restart of the master is one restart and no flap of anybody', async () => {
    const { lab, exporter } = run();
    const before = await exporter.scrape();
    await lab.master.stop();
    const down = await exporter.scrapeUntil(
      'both listeners down and no links',
      (metrics) =>
        ['publish', 'request'].every((port) => {
          const links = publishLinks(metrics);
          return metrics.value('salt_listener_up', { port }) === 0 && links.minion === 0;
        }),
      (metrics) => metrics.all('salt_listener_up'),
    );
    expect(presentIds(down, 'kernel', 1)).toEqual([]);
    expect(presentIds(down, 'salt', 1)).toEqual([]);
    await lab.configureMaster(LEDGER_MASTER);
    lab.master.start();
    await lab.awaitAnswers(['m1', 'm2', 'm3', 'm4']);
    const back = await run().statuses(EVERYBODY);
    expect(grew(before, back)('salt_master_restarts_total')).toBe(1);
    for (const port of ['publish', 'request']) {
      expect(grew(before, back)('salt_listener_restarts_total', { port }), port).toBe(1);
    }
    // Salt binds and closes its ports once while it starts: a minion that was quick enough to connect
    // to that listener lost a link more than the restart itself cost it.
    for (const id of ['m1', 'm2']) {
      const since = grewFor(id, before, back);
      const more = since('disconnects') - 1;
      expect(since('flaps'), `${id}, ${more} links more`).toBeLessThanOrEqual(more);
    }
    const own = { source: 'exporter', socket: 'publish' };
    for (const event of ['disconnected', 'connected', 'handshake_succeeded']) {
      expect(grew(before, back)('zmq_monitor_events_total', { ...own, event }), event).toBe(1);
    }
    const retried = { ...own, event: 'connect_retried' };
    expect(grew(before, back)('zmq_monitor_events_total', retried)).toBeGreaterThan(0);
    expect(back.value('salt_links', { port: 'publish', peer: 'own' })).toBe(1);
    await run().expectSaltsPresence(['m1', 'm2']);
  });
}

function localMinion(run: () => Run, scenario: Scenario): void {
  test("our subscription does not make a dead minion of the master's host look alive", async () => {
    const { lab, exporter } = run();
    const address = scenario.localMaster;
    const local = await lab.addLocalMinion('m5', { master: address });
    await run().statuses({ m5: 'ok' });
    await run().expectSaltsPresence(['m1', 'm2', 'm5']);
    await local.daemon.kill();
    const dead = await run().statuses({ m5: 'absent' });
    expect(dead.value('salt_links', { port: 'publish', peer: 'own' })).toBe(1);
    await run().expectSaltsPresence(['m1', 'm2']);
    expect(await lab.saltRun('manage.not_present')).toContain('m5');
    // the control: without a source address of its own a subscriber does just that
    const end = await plainLoopbackSubscriber(lab, address);
    await run().expectSaltsPresence(['m1', 'm2', 'm5']);
    end();
    await exporter.scrapeUntil(
      'the plain subscriber to be gone',
      (metrics) => !presentIds(metrics, 'salt', 1).includes('m5'),
    );
  });
}

function natMapped(run: () => Run): void {
  test("the operator's map names a minion behind NAT, which Salt cannot see", async () => {
    const { lab } = run();
    await lab.minion('m4').daemon.stop();
    await run().writeNatMap(`nat:\n  ${ROUTER_ADDRESS}: [m3]\n`);
    const metrics = await run().statuses({ m3: 'ok', m4: 'absent' });
    const identity = { minion: 'm3', port: 'publish', basis: 'static' };
    expect(metrics.value('salt_minion_identity_info', identity)).toBe(1);
    expect(presentIds(metrics, 'kernel', 1)).toEqual(['m1', 'm2', 'm3']);
    expect(metrics.value('salt_presence_disagreements', { kind: 'kernel_not_salt' })).toBe(1);
    await run().expectSaltsPresence(['m1', 'm2']);
  });
}

function theEnd(run: () => Run): void {
  test('at the end every ended connection was counted once and the sums agree', async () => {
    await expectWitnessed(run(), 'm2');
    const { lab, exporter, witness } = run();
    const addresses = new Set([...lab.minions.map(({ seenAddress }) => seenAddress), '127.0.0.1']);
    const ended = () =>
      [...addresses].reduce((sum, address) => sum + witness.endedFrom(address), 0);
    const metrics = await exporter.scrapeUntil(
      'as many ended publish links as ss saw',
      (body) => fleet(body, 'salt_disconnects_total') === ended(),
      (body) => [
        body.all('salt_disconnects_total', { port: 'publish' }),
        body.all('salt_minion_disconnects_total'),
        witness.ended,
      ],
    );
    run().note(`${ended()} publish links ended, as ss saw them`);
    const { minion, unknown } = publishLinks(metrics);
    const connects = fleet(metrics, 'salt_connects_total');
    expect(connects - ended()).toBe(minion + unknown - LINKS_AT_START);
    expect(metrics.value('brinescope_kernel_events_lost_total')).toBe(0);
    expect(run().exporter.exited).toBe(false);
    expect(await exporter.status('/-/healthy')).toBe(200);
  });
}

async function expectWitnessed(run: Run, id: string): Promise<void> {
  const count = () => run.witness.endedFrom(run.lab.minion(id).seenAddress);
  await run.exporter.scrapeUntil(
    `disconnects of ${id} as ss saw them`,
    (metrics) => metrics.value('salt_minion_disconnects_total', { minion: id }) === count(),
    (metrics) => [metrics.all('salt_minion_disconnects_total', { minion: id }), count()],
  );
}

type Body = Awaited<ReturnType<Run['exporter']['scrape']>>;

function publishLinks(metrics: Body): { minion: number; unknown: number } {
  const of = (peer: string) => metrics.value('salt_links', { port: 'publish', peer }) ?? Number.NaN;
  return { minion: of('minion'), unknown: of('unknown') };
}

/** Publish links of all peers but our own. */
function fleet(metrics: Body, name: string): number {
  const of = (peer: string) => metrics.value(name, { port: 'publish', peer }) ?? Number.NaN;
  return of('minion') + of('unknown');
}

/** What grew from one body to the next: `grew(before, after)(name, labels)`. */
function grew(before: Body, after: Body) {
  return (name: string, labels: Record<string, string> = {}): number =>
    (after.value(name, labels) ?? Number.NaN) - (before.value(name, labels) ?? Number.NaN);
}

/** The same for one minion's counters, named without `salt_minion_` and `_total`. */
function grewFor(id: string, before: Body, after: Body) {
  return (name: string): number => grew(before, after)(`salt_minion_${name}_total`, { minion: id });
}
