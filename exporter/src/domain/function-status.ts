/** How the latest returns of chosen functions ended: which are chosen, and what an epoch shows of them. */
import {
  createFunctionStatus,
  type FunctionStatusFigures,
  STATUS_PAIRS_MAX,
} from './function-status-table.js';
import type { State } from './state.js';

/** The settings choose functions: where they are others than before, all begins anew. */
export function chooseFunctions(state: State): void {
  const { functions = [] } = state.options;
  if (functions.join('\n') === state.functionStatus.functions.join('\n')) return;
  state.functionStatus = createFunctionStatus(functions, state.limits.minions);
  // Jobs remember their place in the table that was.
  state.jobs.table.statusPair.fill(-1);
}

export function freezeFunctionStatus(state: State): FunctionStatusFigures {
  const { pairs, values } = state.functionStatus;
  const { order } = state.minions;
  const picked = new Uint8Array(order.length * pairs.length);
  for (let row = 0; row < order.length; row += 1) {
    const from = (order[row] ?? 0) * STATUS_PAIRS_MAX;
    for (let pair = 0; pair < pairs.length; pair += 1) {
      picked[row * pairs.length + pair] = values[from + pair] ?? 0;
    }
  }
  return { pairs: pairs.slice(), values: picked };
}
