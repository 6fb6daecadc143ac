/**
 * From the socket to the counters of the domain: `socket.mjs ping|states MINIONS SECONDS`; one line of JSON. Each burst is jobs of their
 * own, announced and returned by all minions, whose links have names.
 */
import { performance } from 'node:perf_hooks';
import { median, ROUNDS, summary } from './figures.mjs';
import { framesOf, JID } from './frames.mjs';
import { createStand } from './stand.mjs';

/** Less than the source holds while it decodes, so that nothing is dropped. */
const BURST_BYTES = 6_000_000;

/** Bursts that the source can hold, one after the other, so that nothing is dropped. */
async function measureSocket({ frames, minions, seconds: lastsSeconds }) {
  const stand = await createStand(minions);
  const bytes = Buffer.concat(frames);
  const times = Math.max(1, Math.floor(BURST_BYTES / bytes.length));
  const events = frames.length * times;
  await stand.send({ base64: bytes.toString('base64'), times: 0, jid: JID });
  const rounds = [];
  let goal = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const endMs = performance.now() + (lastsSeconds * 1_000) / ROUNDS;
    const before = process.cpuUsage();
    const beganMs = performance.now();
    const first = goal;
    let waitMs = 0;
    while (performance.now() < endMs) {
      goal += events;
      const [{ longestWaitMs }] = await Promise.all([stand.send({ times }), stand.settled(goal)]);
      waitMs = Math.max(waitMs, longestWaitMs);
    }
    const seconds = (performance.now() - beganMs) / 1_000;
    const { user, system } = process.cpuUsage(before);
    const cpuSeconds = (user + system) / 1e6;
    if (round > 0)
      rounds.push({ cpu: (goal - first) / cpuSeconds, wall: (goal - first) / seconds, waitMs });
  }
  await stand.stop();
  return {
    ...summary(median(rounds.map(({ cpu }) => cpu)), bytes.length / frames.length),
    eventsPerSecond: Math.round(median(rounds.map(({ wall }) => wall))),
    dropped: stand.state.bus.dropped,
    publisherWaitedMsMax: Number(Math.max(...rounds.map((each) => each.waitMs)).toFixed(1)),
  };
}

const [what, minions, lastsSeconds] = process.argv.slice(2);
const frames = framesOf(what, Number(minions));
const told = await measureSocket({
  frames,
  minions: Number(minions),
  seconds: Number(lastsSeconds),
});
console.log(JSON.stringify(told));
