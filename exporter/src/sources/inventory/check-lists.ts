/** The operator's lists as `--check-config` judges them: once, without a thread. */
import type { Settings } from '../../config/settings.js';
import { ListFile } from './list-file.js';
import { decodeExpected, decodeNatMap, NO_NAT } from './lists.js';
import { ReasonCounter } from './reasons.js';

/** What is wrong with the files that these settings name, for people; empty = nothing. */
export function checkLists(salt: Settings['salt']): string[] {
  const rejects = new ReasonCounter();
  const expected = new ListFile<readonly string[]>({
    path: salt.expectedMinions,
    empty: [],
    decode: decodeExpected,
    reason: 'expected_minions',
    rejects,
  });
  const nat = new ListFile({
    path: salt.natMap,
    empty: NO_NAT,
    decode: decodeNatMap,
    reason: 'nat_map',
    rejects,
  });
  expected.refresh();
  nat.refresh();
  return [expected.problem, nat.problem].filter((problem) => problem !== undefined);
}
