/** Orders over standard input: obeyed in order, refused with a reason, never fatal. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseAction, readCommands } from './commands.js';
import type { Action } from './fleet.js';

describe('an order', () => {
  it.each([
    ['not JSON at all', /not a JSON object/],
    ['17', /not a JSON object/],
    ['null', /not a JSON object/],
    ['{}', /"do" must be/],
    ['{"do":"format_disk"}', /"do" must be/],
    ['{"do":"disconnect"}', /"minions" must be a list/],
    ['{"do":"disconnect","minions":"web-01"}', /"minions" must be a list/],
    ['{"do":"plug","minions":[1]}', /"minions" must be a list/],
    ['{"do":"kill"}', /"crew" must be a name/],
  ])('%s is refused', (line, why) => {
    expect(parseAction(line)).toMatch(why);
  });

  it('takes defaults for figures that are missing or nonsense', () => {
    expect(parseAction('{"do":"publish","count":-3}')).toEqual({
      do: 'publish',
      loadBytes: 0,
      count: 1,
    });
    expect(parseAction('{"do":"restart_master","downMs":"soon"}')).toEqual({
      do: 'restart_master',
      downMs: 1_000,
    });
  });
});

describe('standard input', () => {
  it('is obeyed line by line, answered in order, and its end is told', async () => {
    const input = new PassThrough();
    const performed: Action[] = [];
    const answers: object[] = [];
    const ended = new Promise<void>((onEnd) => {
      const perform = async (action: Action) => {
        performed.push(action);
        if (action.do === 'kill') throw new Error('there is no crew nobody');
      };
      readCommands(input, perform, { answer: (answer) => answers.push(answer), onEnd });
    });
    input.end('{"do":"unplug","minions":["a"]}\n\noops\n{"do":"kill","crew":"nobody"}\n');
    await ended;
    expect(performed.map((action) => action.do)).toEqual(['unplug', 'kill']);
    expect(answers).toEqual([
      { done: 'unplug' },
      { refused: 'oops', why: 'not a JSON object' },
      { refused: 'kill', why: 'there is no crew nobody' },
    ]);
  });
});
