/** The demo as tests use it: started as a process of its own, its words read, its record of what really happened at hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TruthFile } from '../../exporter/src/demo/truth.js';
import { PATIENCE_MS } from '../patience.js';

const MAIN = fileURLToPath(new URL('../../exporter/dist/demo/main.js', import.meta.url));

export interface FleetReady {
  readonly directory: string;
  readonly configDir: string;
  readonly natMap: string;
  readonly ports: { readonly publish: number; readonly request: number };
  readonly truth: string;
}

export class DemoProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly #reader: Interface;
  readonly #waiting = new Set<(line: string) => void>();

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    if (this.child.stdout === null) throw new Error('the demo has no standard output');
    this.#reader = createInterface(this.child.stdout);
    this.#reader.on('line', (line) => {
      this.lines.push(line);
      for (const wake of [...this.#waiting]) wake(line);
    });
  }

  /** The first line that matches, said already or still to come; rejects when the demo ends before. */
  line(pattern: RegExp): Promise<string> {
    const said = this.lines.find((line) => pattern.test(line));
    if (said !== undefined) return Promise.resolve(said);
    return new Promise((found, fail) => {
      const onExit = () =>
        fail(new Error(`the demo ended without ${pattern}:\n${this.lines.join('\n')}`));
      const look = (line: string) => {
        if (!pattern.test(line)) return;
        this.#waiting.delete(look);
        this.child.off('exit', onExit);
        found(line);
      };
      this.#waiting.add(look);
      this.child.once('exit', onExit);
    });
  }

  /** With `--fleet-only`. */
  async ready(): Promise<FleetReady> {
    return JSON.parse(await this.line(/^\{"ready":true/));
  }

  /** With `--commands`; resolves when the fleet has done it. */
  async order(action: Readonly<Record<string, unknown>>): Promise<void> {
    const before = this.lines.length;
    this.child.stdin?.write(`${JSON.stringify(action)}\n`);
    await new Promise<void>((done, fail) => {
      const look = () => {
        const answer = this.lines.slice(before).find((line) => /^\{"(done|refused)"/.test(line));
        if (answer === undefined) return;
        this.#waiting.delete(look);
        if (answer.startsWith('{"done"')) done();
        else fail(new Error(JSON.parse(answer).why));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Exit status after that signal. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill(signal);
      await exited;
    }
    return this.child.exitCode;
  }
}

export function readTruth(path: string): TruthFile {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Asks again until the answer satisfies; rejects with the last answer when patience ends. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  satisfied: (answer: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${PATIENCE_MS} ms; last: ${JSON.stringify(answer)}`);
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

/** Samples of a text-format body: `name{a="b"}` → value, labels in the order they stand. */
export function parseSamples(body: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of body.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/.exec(line);
    if (match?.[1] !== undefined) samples.set(match[1], Number(match[2]));
  }
  return samples;
}
