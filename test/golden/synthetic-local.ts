/** Everything that an exporter of role minion can say, in fixed figures. */
import type { LocalFigures } from '../../exporter/src/domain/local-epoch.js';

export function syntheticLocal(): LocalFigures {
  const quiet = { answered: 0, abandoned: 0, refused: 3, requestWaitSeconds: undefined };
  return {
    minionId: 'm1',
    version: undefined,
    masters: [
      {
        name: 'salt.example.org',
        publishLinks: 1,
        requestLinks: 2,
        receiveQueueBytes: 4_720,
        answered: 41,
        abandoned: 2,
        refused: 0,
        requestWaitSeconds: 12.5,
      },
      {
        name: '10.0.0.2',
        publishLinks: 0,
        requestLinks: 0,
        receiveQueueBytes: undefined,
        ...quiet,
      },
    ],
    options: new Map([
      ['recon_max', 10_000],
      ['recon_randomize', 1],
      ['process_count_max', -1],
    ]),
    advice: { invites: true, sentences: ['It <invites> a storm.'] },
    executed: 17,
    queued: 1,
    rejectedSerial: 0,
    rejectedDecrypt: 2,
    notReturned: 3,
  };
}
