/**
 * What a dense drawing must paint: every interval that is not plain ok. In a healthy fleet that is
 * a fourth of all, and only these are visited when 10,000 rows are folded anew for every frame.
 */
import { DROP, type Fleet } from './fleet';
import { OK } from './statuses';

/** Pressure below a sixteenth is the same shade as none. */
const VISIBLE_PRESSURE = 16;

export interface Exceptions {
  /** First exception of each minion, and one more at the end. */
  readonly row: Uint32Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly status: Uint8Array;
  readonly pressure: Uint8Array;
  /** Instants of drops, with rows of their own. */
  readonly dropRow: Uint32Array;
  readonly dropAt: Uint32Array;
}

const known = new WeakMap<Fleet, Exceptions>();

/** Made once per fleet. */
export function exceptionsOf(fleet: Fleet): Exceptions {
  const made = known.get(fleet);
  if (made !== undefined) return made;
  const exceptions = makeExceptions(fleet);
  known.set(fleet, exceptions);
  return exceptions;
}

function makeExceptions(fleet: Fleet): Exceptions {
  const { row, start, status, pressure } = fleet.segments;
  const rows = fleet.minions.length;
  let length = 0;
  for (let k = 0; k < status.length; k++) {
    if (status[k] !== OK || pressure[k] >= VISIBLE_PRESSURE) length += 1;
  }
  const out = {
    row: new Uint32Array(rows + 1),
    start: new Uint32Array(length),
    end: new Uint32Array(length),
    status: new Uint8Array(length),
    pressure: new Uint8Array(length),
  };
  let next = 0;
  for (let i = 0; i < rows; i++) {
    out.row[i] = next;
    for (let k = row[i]; k < row[i + 1]; k++) {
      if (status[k] === OK && pressure[k] < VISIBLE_PRESSURE) continue;
      out.start[next] = start[k];
      out.end[next] = k + 1 < row[i + 1] ? start[k + 1] : fleet.span;
      out.status[next] = status[k];
      out.pressure[next] = pressure[k];
      next += 1;
    }
  }
  out.row[rows] = next;
  return { ...out, ...dropsOf(fleet) };
}

function dropsOf({ marks, minions }: Fleet): Pick<Exceptions, 'dropRow' | 'dropAt'> {
  const dropRow = new Uint32Array(minions.length + 1);
  const at: number[] = [];
  for (let i = 0; i < minions.length; i++) {
    dropRow[i] = at.length;
    for (let k = marks.row[i]; k < marks.row[i + 1]; k++) {
      if (marks.kind[k] === DROP) at.push(marks.at[k]);
    }
  }
  dropRow[minions.length] = at.length;
  return { dropRow, dropAt: Uint32Array.from(at) };
}
