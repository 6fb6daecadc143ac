/**
 * Applies what the kernel lists (scans) and what it announces (destroy events) to the link table;
 * no object per row.
 */
import type { Instant } from '../lib/clock.js';
import { acquireAddress, findAddress, NO_ADDRESS, NO_MINION } from './address-table.js';
import { bookConnect, bookDisconnect, endLink, forgetLink, settleConnect } from './booking.js';
import { openDelivery } from './delivery.js';
import { noteEnd } from './delivery-end.js';
import {
  attributeLink,
  countEstablished,
  PEER_MINION,
  PEER_OWN,
  PEER_UNKNOWN,
} from './identity.js';
import { openVotes } from './learned.js';
import { noteFigures } from './link-figures.js';
import {
  findLink,
  insertLink,
  isEstablished,
  PHASE_DEAD,
  PHASE_FREE,
  PHASE_LEFT,
  PHASE_MISSING,
  PHASE_REVIVED,
  PHASE_UP,
  PHASE_WAITING,
} from './link-table.js';
import { openLiveness } from './liveness.js';
import { noteLife } from './lives.js';
import type { SocketColumns } from './observations.js';
import { openPaired } from './paired.js';
import { openProxy } from './proxy.js';
import { endRequests, openRequests } from './requests.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';
import { PORTS, PUBLISH } from './vocabulary.js';

/**
 * An ended connection is remembered this long after the last sign of it, so that a dump that was
 * begun before its end, or a destroy event that is read late, books nothing a second time. Both are
 * read within one scan; a scan takes far less than a second.
 */
export const FORGET_MS = 15_000;
/** TCP states as the kernel numbers them. */
const ESTABLISHED = 1;
const FIN_WAIT1 = 4;
const FIN_WAIT2 = 5;
const TIME_WAIT = 6;
const CLOSE = 7;
const CLOSE_WAIT = 8;
const LAST_ACK = 9;
const CLOSING = 11;

/** Known connections cost a fraction of new and ended ones. */
const KNOWN_PER_ROW = 8;

/** Whether these rows are applied in more than one step. */
export function isLong(state: State, sockets: SocketColumns, slots: number): boolean {
  return Math.max(rowCount(sockets), slots) > state.limits.rowsPerStep;
}

/** Rows of a scan: known connections first, then the ends that absence proves, then new ones. */
export function* scanSteps(
  state: State,
  sockets: SocketColumns,
  scan: { readonly at: Instant; readonly complete: boolean },
): Steps {
  const { scans, limits } = state;
  const { at } = scan;
  scans.generation = (scans.generation + 1) >>> 0;
  const fresh: number[] = [];
  yield* inSteps(rowCount(sockets), limits.rowsPerStep * KNOWN_PER_ROW, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const low = sockets.cookieLow[row] ?? 0;
      const high = sockets.cookieHigh[row] ?? 0;
      if (!isUsable(state, sockets, row)) continue;
      const slot = findLink(state.links, low, high);
      if (slot < 0) fresh.push(row);
      else updateLink(state, slot, { sockets, row, at });
    }
  });
  if (scan.complete) {
    yield* inSteps(state.links.high, limits.rowsPerStep, (from, to) => {
      sweepAbsent(state, at, { from, to });
    });
  }
  yield* inSteps(fresh.length, limits.rowsPerStep, (from, to) => {
    for (let i = from; i < to; i += 1) admitRow(state, { sockets, row: fresh[i] ?? 0, at });
  });
  state.survey.dirty = true;
}

/** Rows of destroy events. */
export function deathSteps(state: State, sockets: SocketColumns, at: Instant): Steps {
  return inSteps(rowCount(sockets), state.limits.rowsPerStep, (from, to) => {
    endRows(state, { sockets, at }, { from, to });
  });
}

function endRows(
  state: State,
  told: { readonly sockets: SocketColumns; readonly at: Instant },
  rows: { readonly from: number; readonly to: number },
): void {
  const { links } = state;
  const { sockets, at } = told;
  for (let row = rows.from; row < rows.to; row += 1) {
    if (!isUsable(state, sockets, row)) continue;
    const low = sockets.cookieLow[row] ?? 0;
    const high = sockets.cookieHigh[row] ?? 0;
    let slot = findLink(links, low, high);
    if (slot < 0) slot = openLink(state, { sockets, row, at });
    if (slot < 0) {
      bookUnfollowed(state, { sockets, row, at });
      continue;
    }
    if (sockets.hasInfo[row] === 1) noteFigures(state, slot, { sockets, row, at });
    if (links.phase[slot] !== PHASE_DEAD) {
      const isFinal = sockets.hasInfo[row] === 1;
      if (links.port[slot] === PUBLISH) noteEnd(state, slot, { at, isFinal });
      else endRequests(state, slot, at);
    }
    endLink(state, slot, { phase: PHASE_DEAD, at });
  }
}

/**
 * The next scan names every socket in another way (netlink cookie, /proc inode): forgets all links,
 * books only what waited.
 */
export function* rebaseSteps(state: State): Steps {
  const { links, limits } = state;
  yield* inSteps(links.high, limits.rowsPerStep, (from, to) => {
    for (let slot = from; slot < to; slot += 1) {
      if (links.phase[slot] === PHASE_FREE) continue;
      settleConnect(state, slot, true);
      if (isEstablished(links.phase[slot] ?? PHASE_FREE)) countEstablished(state, slot, -1);
      forgetLink(state, slot);
    }
  });
  state.scans.baseline = true;
  state.survey.dirty = true;
}

interface Row {
  readonly sockets: SocketColumns;
  readonly row: number;
  readonly at: Instant;
}

/** A hostile or torn answer must not read past its columns. */
function rowCount(sockets: SocketColumns): number {
  const most = Math.min(
    sockets.cookieLow.length,
    sockets.cookieHigh.length,
    sockets.state.length,
    sockets.port.length,
    Math.floor(sockets.address.length / 4),
  );
  return Number.isInteger(sockets.count) ? Math.max(0, Math.min(sockets.count, most)) : 0;
}

/**
 * /proc gives inode 0 to sockets that no process owns (not accepted yet, or already closed): they
 * have no identity and are passed over. From netlink a socket without a cookie is a fault of the
 * reader, and counted.
 */
function isUsable(state: State, sockets: SocketColumns, row: number): boolean {
  const low = sockets.cookieLow[row];
  const high = sockets.cookieHigh[row];
  if (low === 0 && high === NO_COOKIE_WORD) return false;
  const named = !(low === 0 && high === 0) && !(low === NO_COOKIE_WORD && high === NO_COOKIE_WORD);
  if (named && (sockets.port[row] ?? PORTS.length) < PORTS.length) return true;
  state.scans.badRows += 1;
  return false;
}

const NO_COOKIE_WORD = 0xffffffff;

function updateLink(state: State, slot: number, line: Row): void {
  const { links } = state;
  const { sockets, row, at } = line;
  links.seen[slot] = state.scans.generation;
  const tcpState = sockets.state[row] ?? 0;
  const phase = links.phase[slot] ?? PHASE_FREE;
  // Its last figures came with its destroy event: those of a dump that ran meanwhile are older.
  if (phase === PHASE_DEAD) return;
  if (sockets.hasInfo[row] === 1) noteFigures(state, slot, line);
  else links.hasInfo[slot] = 0;
  if (tcpState === ESTABLISHED) {
    if (phase === PHASE_MISSING) revive(state, slot);
  } else if (isClosed(tcpState)) {
    if (isEstablished(phase)) endLink(state, slot, { phase: PHASE_LEFT, at });
    else if (phase === PHASE_MISSING) links.phase[slot] = PHASE_LEFT;
  }
}

/**
 * A dump can pass over a living socket when its hash bucket changes between two answers: its end
 * was booked too early, once.
 */
function revive(state: State, slot: number): void {
  state.links.phase[slot] = PHASE_REVIVED;
  countEstablished(state, slot, 1);
}

/**
 * A row whose cookie is new. FIN_WAIT2 without figures is the rest of a socket whose destroy event
 * is long past.
 */
function admitRow(state: State, line: Row): void {
  const { sockets, row } = line;
  const tcpState = sockets.state[row] ?? 0;
  const isRest = tcpState === FIN_WAIT2 && sockets.hasInfo[row] !== 1;
  const closed = isClosed(tcpState) && tcpState !== TIME_WAIT && tcpState !== CLOSE && !isRest;
  if (tcpState !== ESTABLISHED && !closed) return;
  const low = sockets.cookieLow[row] ?? 0;
  const again = findLink(state.links, low, sockets.cookieHigh[row] ?? 0);
  if (again >= 0) {
    updateLink(state, again, line);
    return;
  }
  const slot = openLink(state, line);
  if (slot < 0) return;
  if (sockets.hasInfo[row] === 1) noteFigures(state, slot, line);
  if (!closed) return;
  if (state.scans.baseline) {
    countEstablished(state, slot, -1);
    state.links.phase[slot] = PHASE_LEFT;
  } else {
    endLink(state, slot, { phase: PHASE_LEFT, at: line.at });
  }
}

/**
 * A slot for a connection seen for the first time, its connect booked if it can be; −1 when the
 * table is full.
 */
function openLink(state: State, line: Row): number {
  const { links, addresses } = state;
  const { sockets, row, at } = line;
  const low = sockets.cookieLow[row] ?? 0;
  const high = sockets.cookieHigh[row] ?? 0;
  let slot = insertLink(links, low, high);
  if (slot < 0 && dropDead(state)) slot = insertLink(links, low, high);
  if (slot < 0) {
    links.evicted += 1;
    return -1;
  }
  links.port[slot] = sockets.port[row] ?? 0;
  links.address[slot] = acquireAddress(addresses, sockets.address, row * 4);
  links.openedMonoMs[slot] = at.monoMs;
  links.openedWallMs[slot] = at.wallMs;
  links.seen[slot] = state.scans.generation;
  openDelivery(state, slot);
  openRequests(state, slot);
  openLiveness(state, slot);
  openProxy(state, slot);
  openVotes(state, slot);
  attributeLink(state, slot);
  openPaired(state, slot);
  countEstablished(state, slot, 1);
  if (state.scans.baseline) {
    links.phase[slot] = PHASE_UP;
    links.totalRetransmits[slot] = sockets.totalRetransmits[row] ?? 0;
  } else {
    links.phase[slot] = PHASE_WAITING;
    links.waiting += 1;
    settleConnect(state, slot, false);
  }
  return slot;
}

/** Ends what a complete scan does not list, and forgets what has been gone for long enough. */
function sweepAbsent(
  state: State,
  at: Instant,
  slots: { readonly from: number; readonly to: number },
): void {
  const { links, scans } = state;
  for (let slot = slots.from; slot < slots.to; slot += 1) {
    const phase = links.phase[slot] ?? PHASE_FREE;
    if (phase === PHASE_FREE || links.seen[slot] === scans.generation) continue;
    if (isEstablished(phase)) {
      endLink(state, slot, { phase: PHASE_MISSING, at });
    } else if (phase === PHASE_LEFT) {
      links.phase[slot] = PHASE_MISSING;
      links.goneMonoMs[slot] = at.monoMs;
    } else if (at.monoMs - (links.goneMonoMs[slot] ?? 0) > FORGET_MS) {
      const monoMs = links.goneMonoMs[slot] ?? at.monoMs;
      if (phase === PHASE_MISSING) noteLife(state, slot, { monoMs, destroyed: false });
      forgetLink(state, slot);
    }
  }
}

/** Connections that are forgotten at once to make room: as many as half a step books. */
const DROPPED_AT_ONCE = 128;

/**
 * Makes room by forgetting some connections that are dead for certain, oldest or not; false when
 * there are none.
 */
function dropDead(state: State): boolean {
  const { links } = state;
  if (links.dead === 0) return false;
  let dropped = 0;
  for (let slot = 0; slot < links.high && dropped < DROPPED_AT_ONCE; slot += 1) {
    if (links.phase[slot] !== PHASE_DEAD) continue;
    forgetLink(state, slot);
    dropped += 1;
  }
  links.evicted += dropped;
  return dropped > 0;
}

/**
 * It was established once and is not any more; 2, 3 and 12 are connections that are not yet there,
 * 10 is a listener.
 */
function isClosed(tcpState: number): boolean {
  return (
    tcpState === FIN_WAIT1 ||
    tcpState === FIN_WAIT2 ||
    tcpState === TIME_WAIT ||
    tcpState === CLOSE ||
    tcpState === CLOSE_WAIT ||
    tcpState === LAST_ACK ||
    tcpState === CLOSING
  );
}

/** The table is full: what is not followed is booked when it ends, by its destroy event alone. */
function bookUnfollowed(state: State, line: Row): void {
  const { sockets, row, at } = line;
  const address = findAddress(state.addresses, sockets.address, row * 4);
  const minion = state.addresses.minion[address] ?? NO_MINION;
  const named = minion === NO_MINION ? PEER_UNKNOWN : PEER_MINION;
  const own = address !== NO_ADDRESS && address === state.ownAddress;
  const fact = {
    port: sockets.port[row] ?? 0,
    peer: own ? PEER_OWN : named,
    minion: own ? NO_MINION : minion,
    address,
    at,
    openedMonoMs: at.monoMs,
    troubled: (sockets.backoff[row] ?? 0) > 0,
  };
  if (!state.scans.baseline) bookConnect(state, fact);
  bookDisconnect(state, fact);
}
