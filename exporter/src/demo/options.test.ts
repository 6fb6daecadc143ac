/** The demo's switches: defaults that need no thought, and one clear sentence for what is wrong. */
import { describe, expect, it } from 'vitest';
import { FAULTS } from './faults.js';
import { parseOptions } from './options.js';

describe('the switches', () => {
  it('may all be left away', () => {
    expect(parseOptions([])).toMatchObject({
      minions: 240,
      seed: 1,
      faults: FAULTS,
      layout: '3008',
      fleetOnly: false,
      directory: undefined,
      publishPort: 0,
    });
  });

  it('hand what follows -- to the exporter', () => {
    const options = parseOptions(['--minions', '60', '--', '--scan.interval', '500ms']);
    expect(options).toMatchObject({
      minions: 60,
      exporterArguments: ['--scan.interval', '500ms'],
    });
  });

  it.each([
    [['--minions', 'many'], /--minions must be a whole number from 12 to 20000, not many/],
    [['--minions', '11'], /--minions must be/],
    [['--minions=-5'], /--minions must be/],
    [['--publish-port', '70000'], /--publish-port must be/],
    [['--tempo', '0'], /--tempo must be/],
    [['--tempo', 'fast'], /--tempo must be/],
    [['--layout', '3007'], /--layout must be 3006 or 3008, not 3007/],
    [['--faults', 'flap,flood'], /does not know flood; it knows flap, unplug/],
    [['--minion', '60'], /Unknown option '--minion'/],
    [['fast'], /fast means nothing here/],
  ])('%j is refused', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
    expect(() => parseOptions(argv)).toThrow(/--help lists the switches/);
  });
});
