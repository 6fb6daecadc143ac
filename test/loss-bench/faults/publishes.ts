/** Link 1: jobs that never began. There is no pair; publishes are counted as lost. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../fault.js';
import { replacePart, signalPart } from '../injections.js';
import type { Scene } from '../scene.js';
import { PLAIN } from './labs.js';

/** Salt's client sends a publish that is not answered so often, over a connection each. */
const TRIES = 3;
const CLIENT_PATIENCE_MS = 120_000;

export const PUBLISHES: readonly Fault[] = [
  {
    name: 'publish-refused',
    what: 'all workers stand still until the clients gave up, and are killed with what they were asked',
    lab: PLAIN,
    jobs: { perRound: 6, seconds: 0 },
    victims: 'none',
    before: async ({ lab }) => void (await signalPart(lab, 'workers', 'SIGSTOP')),
    publish: eachByItsOwnClient,
    heal: ({ lab }) => replacePart(lab, 'workers'),
    publishesLost: ({ errors }) => ({ reason: 'abandoned', count: TRIES * errors.length }),
    expects: 'publishes',
  },
  {
    name: 'wrong-key',
    what: "other bytes stand in the file of the master's key when the client reads it",
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    victims: 'none',
    publish: withAnotherKey,
    publishesLost: ({ errors }) => ({ reason: 'authentication', count: errors.length }),
    expects: 'publishes',
  },
  {
    name: 'cache-refuses-publish',
    what: 'a file stands where the directory of the job cache was: no job can be prepared',
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    victims: 'none',
    publish: withoutCache,
    publishesLost: ({ errors }) => ({ reason: 'failed', count: errors.length }),
    expects: 'publishes',
  },
];

/** All at once, as impatient people would. */
async function eachByItsOwnClient(scene: Scene): Promise<void> {
  const { client, jobs, all } = scene;
  const order = { count: 1, minions: all, function: 'test.ping', arguments: [] };
  const orders = Array.from({ length: jobs }, () => client.publish(order, CLIENT_PATIENCE_MS));
  for (const told of await Promise.all(orders)) {
    scene.errors.push(...told.errors);
    if (told.jids.length > 0) throw new Error(`a publish was accepted: ${told.jids}`);
  }
}

async function withAnotherKey(scene: Scene): Promise<void> {
  const file = join(scene.lab.configDir, 'cache/.root_key');
  const key = await readFile(file, 'utf8');
  await writeFile(file, key.split('').reverse().join(''));
  try {
    await eachByItsOwnClient(scene);
  } finally {
    await writeFile(file, key);
  }
}

async function withoutCache(scene: Scene): Promise<void> {
  const jobs = join(scene.lab.configDir, 'cache/jobs');
  await rename(jobs, `${jobs}.away`);
  await writeFile(jobs, '');
  try {
    await eachByItsOwnClient(scene);
  } finally {
    await rm(jobs, { recursive: true });
    await rename(`${jobs}.away`, jobs);
  }
}
