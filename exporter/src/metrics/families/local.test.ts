/** Families of the role `minion`: one value each, and none of them beside a master. */
import { describe, expect, it } from 'vitest';
import { familiesOf } from '../../../../test/golden/body-lines.js';
import { renderBody } from '../../../../test/golden/render-body.js';
import { syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { syntheticLocal } from '../../../../test/golden/synthetic-local.js';
import { MINION_GROUPS } from './index.js';

const minionBody = async () => {
  const epoch = { ...syntheticEpoch(), local: syntheticLocal() };
  return (await renderBody(epoch, { groups: MINION_GROUPS })).body;
};
const linesOf = (body: string, name: string) =>
  body
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length).trim());

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  salt_local_links: [
    '{master="salt.example.org",port="publish"} 1',
    '{master="salt.example.org",port="request"} 2',
    '{master="10.0.0.2",port="publish"} 0',
    '{master="10.0.0.2",port="request"} 0',
  ],
  salt_local_publish_receive_queue_bytes: ['{master="salt.example.org"} 4720'],
  salt_local_requests_total: [
    '{master="salt.example.org",result="answered"} 41',
    '{master="salt.example.org",result="abandoned"} 2',
    '{master="salt.example.org",result="refused"} 0',
    '{master="10.0.0.2",result="answered"} 0',
    '{master="10.0.0.2",result="abandoned"} 0',
    '{master="10.0.0.2",result="refused"} 3',
  ],
  salt_local_request_wait_seconds: ['{master="salt.example.org"} 12.5'],
  salt_local_jobs_total: [
    '{outcome="executed"} 17',
    '{outcome="queued"} 1',
    '{outcome="rejected_serial"} 0',
    '{outcome="rejected_decrypt"} 2',
    '{outcome="not_returned"} 3',
  ],
  salt_local_option: [
    '{option="recon_max"} 10000',
    '{option="recon_randomize"} 1',
    '{option="process_count_max"} -1',
  ],
  salt_local_storm_risk: ['1'],
};

describe('families of the role minion', () => {
  it.each(Object.entries(EXPECTED))('%s', async (name, lines) => {
    expect(linesOf(await minionBody(), name)).toEqual(lines);
  });

  it('count every ZeroMQ event of the log, at 0 from the start, and none of ours', async () => {
    const lines = linesOf(await minionBody(), 'salt_local_monitor_events_total');
    expect(lines).toHaveLength(15);
    expect(lines.every((line) => /^\{event="[a-z_]+"\} \d+$/.test(line))).toBe(true);
  });

  it('are in no body beside a master, and no family of a fleet is in theirs', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(body).not.toContain('salt_local_');
    const fleet = familiesOf(await minionBody()).filter((name) =>
      /^salt_minion|^salt_links/.test(name),
    );
    expect(fleet).toEqual([]);
  });
});
