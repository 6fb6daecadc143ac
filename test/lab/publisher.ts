/**
 * Many jobs from one Python process with Salt's own client: `salt` itself costs half a second of
 * CPU a call.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endGroup } from './cleanup.js';
import type { Lab } from './lab.js';

export interface Burst {
  readonly count: number;
  readonly minions: readonly string[];
  readonly function: string;
  readonly arguments: readonly string[];
}

/** A line of JSON is a burst; the answer is a line with the job ids that the master gave. */
const PUBLISH = `
import json, sys
import salt.client
client = salt.client.LocalClient(c_path=sys.argv[1])
for line in sys.stdin:
    job = json.loads(line)
    publish = lambda: client.run_job(job["minions"], job["function"], job["arguments"],
                                     tgt_type="list", timeout=60, listen=False)
    print(json.dumps([publish()["jid"] for _ in range(job["count"])]), flush=True)
`;

export class JobPublisher {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #died: Promise<never>;

  constructor(lab: Lab) {
    const argv = [`${lab.bin}/python`, '-c', PUBLISH, `${lab.configDir}/master`];
    this.#process = lab.spawn(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the publisher has no output');
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.#died = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`the publisher ended with ${code}`);
    });
    this.#died.catch(() => undefined); // its end is expected at close()
  }

  /** Waits until the master has taken them all; returns their job ids. */
  async publish(burst: Burst): Promise<readonly string[]> {
    this.#process.stdin?.write(`${JSON.stringify(burst)}\n`);
    const { value } = await Promise.race([this.#answers.next(), this.#died]);
    const jids: unknown = JSON.parse(String(value));
    if (!Array.isArray(jids)) throw new Error(`the publisher answered ${value}`);
    return jids.map(String);
  }

  async close(): Promise<void> {
    await endGroup(this.#process, 5_000);
  }
}
