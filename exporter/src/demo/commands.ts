/** Orders to the fleet over standard input, one JSON object a line: how tests make exactly the fault they are about. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { errorText } from '../lib/errors.js';
import type { Action } from './fleet.js';

/** Each line is answered, in order, by `{"done": …}` or `{"refused": …, "why": …}`; `onEnd` when nobody can give orders any more. */
export function readCommands(
  input: Readable,
  perform: (action: Action) => Promise<void>,
  handlers: { readonly answer: (answer: object) => void; readonly onEnd: () => void },
): void {
  let queue = Promise.resolve();
  const lines = createInterface(input);
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    queue = queue.then(async () => handlers.answer(await obey(line, perform)));
  });
  lines.on('close', () => {
    void queue.then(handlers.onEnd);
  });
}

async function obey(line: string, perform: (action: Action) => Promise<void>): Promise<object> {
  const action = parseAction(line);
  if (typeof action === 'string') return { refused: line.slice(0, 200), why: action };
  try {
    await perform(action);
    return { done: action.do };
  } catch (error) {
    return { refused: action.do, why: errorText(error) };
  }
}

/** The action, or why it is none. */
export function parseAction(line: string): Action | string {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null) return 'not a JSON object';
  const order: Record<string, unknown> = { ...value };
  switch (order.do) {
    case 'connect':
    case 'disconnect':
    case 'unplug':
    case 'plug':
    case 'cache_grains': {
      const { minions } = order;
      if (!Array.isArray(minions) || !minions.every((id) => typeof id === 'string')) {
        return '"minions" must be a list of ids';
      }
      return { do: order.do, minions };
    }
    case 'freeze':
    case 'thaw':
    case 'kill':
    case 'revive': {
      const { crew } = order;
      return typeof crew === 'string' ? { do: order.do, crew } : '"crew" must be a name';
    }
    case 'restart_publisher':
      return { do: 'restart_publisher' };
    case 'restart_master':
      return { do: 'restart_master', downMs: count(order.downMs, 1_000) };
    case 'publish': {
      const { target } = order;
      return {
        do: 'publish',
        ...(typeof target === 'string' ? { target } : {}),
        loadBytes: count(order.loadBytes, 0),
        count: count(order.count, 1),
      };
    }
    default:
      return '"do" must be connect, disconnect, unplug, plug, cache_grains, freeze, thaw, kill, revive, restart_publisher, restart_master or publish';
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Answered as refused by the caller.
    return undefined;
  }
}

/** A whole number that is not negative, or the default. */
function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : otherwise;
}
