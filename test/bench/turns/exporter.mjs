/**
 * The exporter in a process of its own that looks, once in each turn of its event loop, at the CPU time which its thread has used.
 * Started by run.mjs with an IPC channel: `take` answers with the turns since the last one, `counts` with what the exporter knows.
 * CPU time and not the clock, because other programs share the machine. `--stacks` adds what ran in the longest turns (and slows them).
 */
import { Session } from 'node:inspector/promises';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { createApp } from '../../../exporter/dist/app.js';
import { loadSettings } from '../../../exporter/dist/config/load.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { loadLibc } from '../../../exporter/dist/lib/libc.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';

/** What the exporter promises. */
const LONG_MS = 5;
const LONGEST_KEPT = 5;
const SAMPLING_MICROS = 100;

class Turns {
  #cpuMs;
  #last;
  #startMs;
  #costs;
  #longest;
  #collections;

  constructor(cpuMs) {
    this.#cpuMs = cpuMs;
    this.clear();
    const observer = new PerformanceObserver((list) =>
      this.#collections.push(...list.getEntries()),
    );
    observer.observe({ entryTypes: ['gc'] });
    this.#look();
  }

  clear() {
    this.#costs = { turns: 0, long: 0 };
    this.#longest = [];
    this.#collections = [];
    this.#last = this.#cpuMs();
    this.#startMs = performance.now();
  }

  figures() {
    const durations = this.#collections.map(({ duration }) => duration);
    return {
      longestMs: this.#longest[0]?.cost ?? 0,
      long: this.#costs.long,
      turns: this.#costs.turns,
      collectedMs: durations.reduce((sum, each) => sum + each, 0),
      collectedLongestMs: Math.max(0, ...durations),
    };
  }

  /** The longest turns, each with the collections that fell into it. */
  longest() {
    return this.#longest.map((turn) => ({
      ...turn,
      collectedMs: this.#collections
        .filter(({ startTime }) => startTime >= turn.startMs && startTime < turn.endMs)
        .reduce((sum, { duration }) => sum + duration, 0),
    }));
  }

  #look() {
    const now = this.#cpuMs();
    const nowMs = performance.now();
    this.#note({ cost: now - this.#last, startMs: this.#startMs, endMs: nowMs });
    this.#last = now;
    this.#startMs = nowMs;
    setImmediate(() => this.#look()).unref();
  }

  #note(turn) {
    this.#costs.turns += 1;
    if (turn.cost > LONG_MS) this.#costs.long += 1;
    const shortest = this.#longest.at(-1);
    if (this.#longest.length === LONGEST_KEPT && turn.cost <= shortest.cost) return;
    this.#longest.push(turn);
    this.#longest.sort((a, b) => b.cost - a.cost);
    this.#longest.length = Math.min(this.#longest.length, LONGEST_KEPT);
  }
}

/** Samples of V8's profiler, told by turn. */
class Stacks {
  #session = new Session();

  async start() {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROS });
    await this.#session.post('Profiler.start');
  }

  async tell(turns) {
    const { profile } = await this.#session.post('Profiler.stop');
    const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
    const parents = new Map();
    for (const { id, children = [] } of profile.nodes) {
      for (const child of children) parents.set(child, id);
    }
    // The profile and hrtime count the same monotonic microseconds.
    const originMicros = Number(process.hrtime.bigint()) / 1e3 - performance.now() * 1e3;
    const text = [];
    for (const turn of turns) {
      const collected = turn.collectedMs.toFixed(1);
      text.push(`  ${turn.cost.toFixed(1)} ms, garbage collected for ${collected} ms`);
      const seen = new Map();
      let at = profile.startTime;
      profile.samples.forEach((sample, index) => {
        at += profile.timeDeltas[index] ?? 0;
        const ms = (at - originMicros) / 1e3;
        if (ms < turn.startMs || ms >= turn.endMs) return;
        const path = pathOf(sample, nodes, parents);
        seen.set(path, (seen.get(path) ?? 0) + (profile.timeDeltas[index + 1] ?? 0) / 1e3);
      });
      const paths = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 12);
      for (const [path, ms] of paths) text.push(`    ${ms.toFixed(1).padStart(5)} ms ${path}`);
    }
    await this.#session.post('Profiler.start');
    return text.join('\n');
  }
}

function pathOf(sample, nodes, parents) {
  const names = [];
  for (let id = sample; id !== undefined && names.length < 9; id = parents.get(id)) {
    const { functionName, url, lineNumber } = nodes.get(id).callFrame;
    const file = url.slice(url.lastIndexOf('/') + 1);
    names.push(
      `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`,
    );
  }
  return names.join(' < ');
}

async function main() {
  const load = await loadLibc();
  if (!load.ok) throw new Error(load.reason);
  const wantsStacks = process.argv.includes('--stacks');
  const argv = process.argv.slice(2).filter((each) => each !== '--stacks');
  const loaded = loadSettings({ argv, env: {}, readFile: () => '' });
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
  let { settings } = loaded;
  const stacks = wantsStacks ? new Stacks() : undefined;
  await stacks?.start();
  const turns = new Turns(() => load.libc.threadCpuSeconds() * 1_000);
  let setUp;
  /** Until it listens nobody waits for it. */
  const noteStart = (message) => {
    if (message !== 'Listening') return;
    setUp = turns.figures();
    setImmediate(() => turns.clear());
  };
  const app = createApp(settings, {
    clock: systemClock,
    log: { ...silentLogger, info: (message) => noteStart(message), child: () => silentLogger },
    build: { version: 'bench', node: process.versions.node, libzmq: 'bench' },
  });
  const answers = {
    async take() {
      const figures = turns.figures();
      const longest = await stacks?.tell(turns.longest());
      turns.clear();
      return { figures, longest, setUp };
    },
    counts() {
      const { connects, disconnects, minions } = app.epoch();
      return {
        connects: connects.publish.minion,
        disconnects: disconnects.publish.minion,
        minions: minions.count,
      };
    },
    clear: () => turns.clear(),
    async reload({ canarySourceAddress }) {
      settings = {
        ...settings,
        canary: { ...settings.canary, sourceAddress: canarySourceAddress },
      };
      await app.reload(settings);
    },
    async stop() {
      await app.stop();
      setImmediate(() => process.exit(0));
    },
  };
  // The bench ended before it could say so.
  process.on('disconnect', () => process.exit(1));
  process.on('message', async ({ op, ...rest }) => process.send((await answers[op](rest)) ?? {}));
  const { port } = await app.start();
  process.send({ port });
}

await main();
