/**
 * Publish links behind a router on masters that filter: named by one message for one minion, unless
 * minions do not filter themselves and all are sent everything. The long form (IDENTITY_LONG=1) takes
 * all release lines, ten minions and broken connections; the short one a release without heartbeats on
 * request links.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SALT_VERSIONS } from '../lab/install.js';
import { startLab } from '../lab/lab.js';
import { pause } from '../lab/run.js';
import { labGate } from './gate.js';
import { IdentityStand } from './identity-stand.js';

const { skip, why } = await labGate();
const isLong = !['', '0', undefined].includes(process.env.IDENTITY_LONG);
const FILTERS = { zmq_filtering: 'True' };
const SHORT = [{ version: '3006.30', what: 'with its minions', minion: FILTERS }] as const;
const LONG = [
  ...SALT_VERSIONS.map((version) => ({ version, what: 'with its minions', minion: FILTERS })),
  { version: '3006.30', what: 'alone', minion: {} },
] as const;
const CASES = isLong ? LONG : SHORT;
const SIZE = isLong ? { minions: 10, nat: 6 } : { minions: 5, nat: 3 };
/** The first messages show that links are spared what others are sent. */
const PINGS = 2;
const BREAKS = 10;
const BREAK_EVERY_MS = 4_000;

const TITLED = CASES.map((each) => [each.version, each.what, each.minion] as const);

describe.skipIf(skip).each(TITLED)(`Salt %s filters %s${why}`, (version, what, minion) => {
  const filters = Object.keys(minion).length > 0;
  let stand: IdentityStand;
  const notes: string[] = [];

  beforeAll(async () => {
    const name = `sift${version}${filters ? '' : 'not'}`;
    const lab = await startLab({ version, name, ...SIZE, master: FILTERS, minion });
    stand = new IdentityStand(lab);
    await stand.scans(4);
  });
  afterAll(async () => {
    console.log(notes.map((note) => `  Salt ${version} filters ${what}: ${note}`).join('\n'));
    await stand?.stop();
  });

  async function pingEach(): Promise<ReadonlyMap<string, string>> {
    for (let round = 0; round < PINGS; round += 1) {
      for (const id of stand.hidden) {
        await stand.ping(id);
        await stand.scans(2);
      }
    }
    await stand.scans(4);
    return stand.named('publish');
  }

  function expectNoneWrong(named: ReadonlyMap<string, string>): void {
    const { right, wrong } = stand.verdict();
    notes.push(`${named.size} publish links named; ${right} names right, ${wrong.length} wrong`);
    expect(wrong).toEqual([]);
    expect(named.size).toBe(filters ? stand.hidden.length : 0);
    for (const basis of named.values()) expect(basis).toBe('filtered');
  }

  test(`publish links have ${filters ? 'their' : 'no'} names after ${PINGS} pings each`, async () => {
    expectNoneWrong(await pingEach());
  });

  // Only the long form has it.
  if (!isLong) return;

  test(`and none is wrong after ${BREAKS} of them lost their connections`, async () => {
    for (let count = 0; count < BREAKS; count += 1) {
      const id = stand.hidden[Math.floor(Math.random() * stand.hidden.length)] ?? '';
      await stand.breakLinks(id);
      await pause(BREAK_EVERY_MS);
      if (count % 3 === 2) await stand.ping(id);
      await stand.links();
    }
    await stand.lab.awaitAnswers(stand.hidden);
    expectNoneWrong(await pingEach());
  });
});
