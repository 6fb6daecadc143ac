/**
 * Request links in miniature for property tests: peers that shake hands, ask, wait, are answered or
 * give up, with heartbeats, counted as a kernel counts them: bytes, and ages in whole jiffies.
 */
import type { RowSpec } from './kit.js';

/** 250 Hz, as most servers. */
export const JIFFY_MS = 4;
const HANDSHAKE_SENT = 107;
export const FAILED_BYTES = 45;

export interface ModelExchange {
  /** When the last byte of the request is there. */
  readonly askMs: number;
  readonly requestBytes: number;
  /** undefined: never answered. */
  readonly replyMs: number | undefined;
  readonly replyBytes: number;
}

export interface ModelLink {
  readonly cookie: number;
  readonly address: string;
  readonly bornMs: number;
  readonly handshakeBytes: number;
  readonly exchanges: readonly ModelExchange[];
  /** undefined: lives on. */
  readonly endMs: number | undefined;
  /** Of heartbeats; 0: none. */
  readonly beatMs: number;
}

/** Round trip of a heartbeat. */
const ECHO_MS = 1;

/** The row of a link as the kernel would write it at `ms`; undefined when it is not there. */
export function rowAt(link: ModelLink, ms: number, closing = false): RowSpec | undefined {
  if (ms < link.bornMs || (!closing && link.endMs !== undefined && ms >= link.endMs))
    return undefined;
  const asked = link.exchanges.filter(({ askMs }) => askMs <= ms);
  const replied = link.exchanges.filter(({ replyMs }) => replyMs !== undefined && replyMs <= ms);
  const pings = beatsUntil(link, ms);
  const pongs = beatsUntil(link, ms - ECHO_MS);
  const pingMs = link.bornMs + pings * link.beatMs;
  const pongMs = link.bornMs + pongs * link.beatMs + ECHO_MS;
  const receivedMs = Math.max(link.bornMs, pongs > 0 ? pongMs : 0, ...asked.map((e) => e.askMs));
  const sentMs = Math.max(
    link.bornMs,
    pings > 0 ? pingMs : 0,
    ...replied.map((e) => e.replyMs ?? 0),
  );
  const fin = closing ? 1 : 0;
  return {
    cookie: link.cookie,
    address: link.address,
    port: 'request',
    received: link.handshakeBytes + sum(asked.map((e) => e.requestBytes)) + pongs * 7 + fin,
    acked: HANDSHAKE_SENT + sum(replied.map((e) => e.replyBytes)) + pings * 9 + fin,
    receivedAgeMs: ageOf(receivedMs, ms),
    sentAgeMs: ageOf(sentMs, ms),
  };
}

/** The request that waits at `ms`: since when. */
export function waitingSince(link: ModelLink, ms: number): number | undefined {
  if (rowAt(link, ms) === undefined) return undefined;
  const waits = link.exchanges.find(
    ({ askMs, replyMs }) => askMs <= ms && (replyMs === undefined || replyMs > ms),
  );
  return waits?.askMs;
}

/** Ended with a request that was never answered. */
export function isAbandoned(link: ModelLink, ms: number): boolean {
  const { endMs, exchanges } = link;
  if (endMs === undefined || endMs > ms) return false;
  return exchanges.some(
    ({ askMs, replyMs }) => askMs < endMs && (replyMs === undefined || replyMs > endMs),
  );
}

/** Replies of handlers that raised, until `ms`. */
export function failuresOf(link: ModelLink, ms: number): number {
  const untilMs = Math.min(ms, link.endMs ?? ms);
  return link.exchanges.filter(
    ({ replyMs, replyBytes }) =>
      replyMs !== undefined && replyMs <= untilMs && replyBytes === FAILED_BYTES,
  ).length;
}

function beatsUntil(link: ModelLink, ms: number): number {
  return link.beatMs > 0 ? Math.max(0, Math.floor((ms - link.bornMs) / link.beatMs)) : 0;
}

function ageOf(thenMs: number, nowMs: number): number {
  return (Math.floor(nowMs / JIFFY_MS) - Math.floor(thenMs / JIFFY_MS)) * JIFFY_MS;
}

function sum(list: readonly number[]): number {
  return list.reduce((total, each) => total + each, 0);
}
