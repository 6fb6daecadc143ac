/**
 * The links of a minion's host to its masters, from its own side of the kernel. What was handed to
 * the kernel and what came back in bytes tells requests, their answers, and those that were given
 * up; attempts to connect that never became a connection are refused ones.
 *
 * A worked example: a link of 131 bytes out and 107 in has done its handshake. 597 more go out: a
 * request waits. 103 come in: it is answered. When the link ends between the two it was abandoned.
 * 9 bytes in and 7 out are a heartbeat.
 */
import { parseAddress } from './address-text.js';
import {
  LOCAL_LINKS_MAX,
  type LocalBook,
  type LocalLink,
  type LocalMasterCounts,
} from './local-book.js';
import type { LocalConfig } from './local-told.js';
import type { LinkDeaths, LinkScan, SocketColumns } from './observations.js';
import { REQUEST } from './vocabulary.js';

/** Name of masters' addresses that the configuration does not explain. */
export const OTHER_MASTER = '_other';

const STATE_ESTABLISHED = 1;
const STATE_SYN_SENT = 2;
/**
 * The handshake of a request link: at most 130 bytes out (3006) and 107 in, and one for the SYN.
 * Measured at the master; libzmq on both ends.
 */
const HANDSHAKE_SENT_MAX = 140;
const HANDSHAKE_RECEIVED_MAX = 116;
/** The smallest request has some 230 bytes; a PONG has 7, a PING 9: eight of them are no request. */
const REQUEST_LEAST = 72;
/** The smallest reply has 45 bytes; four heartbeats, of 40 s, are less. */
const REPLY_LEAST = 40;
/** Sent so much later than the last reply: another request is on its way, and no answer to a PING. */
const NEXT_REQUEST_MS = 20;

interface Row {
  readonly sockets: SocketColumns;
  readonly index: number;
}

/** New names and addresses; links that are known keep the name they have. */
export function applyLocalConfig(book: LocalBook, config: LocalConfig): void {
  book.config = config;
  const addresses = new Map<string, string>();
  for (const { name, addresses: texts } of config.masters) {
    countsOf(book, name);
    for (const text of texts) {
      const words = parseAddress(text);
      if (words !== undefined) addresses.set(words.join(), name);
    }
  }
  book.addresses = addresses;
}

export function applyLocalScan(book: LocalBook, scan: LinkScan): void {
  book.generation += 1;
  const { sockets } = scan;
  for (let index = 0; index < sockets.count; index += 1) {
    const link = linkOf(book, { sockets, index });
    if (link === undefined) continue;
    link.generation = book.generation;
    look(book, link, { sockets, index });
  }
  if (!scan.complete) return;
  for (const [key, link] of book.links) {
    if (link.generation === book.generation) continue;
    end(book, link);
    book.links.delete(key);
  }
  book.isSeen = true;
  book.isBaseline = false;
}

export function applyLocalDeaths(book: LocalBook, { sockets }: LinkDeaths): void {
  for (let index = 0; index < sockets.count; index += 1) {
    const row = { sockets, index };
    const link = linkOf(book, row);
    if (link === undefined) continue;
    if (!link.isEnded) {
      look(book, link, row);
      end(book, link);
    }
    book.links.delete(keyOf(row));
  }
}

/** What one look at a connection says; the last one has its final figures. */
function look(book: LocalBook, link: LocalLink, { sockets, index }: Row): void {
  if (link.isEnded) return;
  const state = sockets.state[index] ?? 0;
  const received = sockets.bytesReceived[index] ?? 0;
  const acked = sockets.bytesAcked[index] ?? 0;
  const sent = acked + (sockets.sendQueue[index] ?? 0);
  link.isEstablished = state === STATE_ESTABLISHED;
  // An attempt has a SYN that is not acknowledged.
  link.wasConnected ||= link.isEstablished || acked > 0 || received > 0;
  link.receiveQueue = link.isEstablished ? (sockets.receiveQueue[index] ?? 0) : 0;
  if (link.isRequest && sockets.hasInfo[index] === 1) {
    exchange(book, link, { sockets, index, sent, received });
  }
  link.sent = sent;
  link.received = received;
  // Whoever closes its end waits for no answer any more; the kernel may try for minutes to deliver.
  if (link.wasConnected && !link.isEstablished && state !== STATE_SYN_SENT) end(book, link);
}

function exchange(
  book: LocalBook,
  link: LocalLink,
  now: Row & { readonly sent: number; readonly received: number },
): void {
  const sent = now.sent - Math.max(link.sent, HANDSHAKE_SENT_MAX);
  const received = now.received - Math.max(link.received, HANDSHAKE_RECEIVED_MAX);
  const isRequest = sent >= REQUEST_LEAST;
  const isReply = received >= REPLY_LEAST;
  const { sockets, index } = now;
  const sentAgoMs = sockets.lastDataSentMs[index] ?? 0;
  const receivedAgoMs = sockets.lastDataReceivedMs[index] ?? 0;
  if (isReply) {
    countsOf(book, link.master).answered += 1;
    link.waitsMonoMs = Number.NaN;
  }
  const isLater = receivedAgoMs - sentAgoMs > NEXT_REQUEST_MS;
  if (!isRequest || (isReply && !isLater) || !Number.isNaN(link.waitsMonoMs)) return;
  link.waitsMonoMs = (sockets.rowMonoMs[index] ?? 0) - sentAgoMs;
}

function end(book: LocalBook, link: LocalLink): void {
  if (link.isEnded) return;
  link.isEnded = true;
  link.isEstablished = false;
  link.receiveQueue = 0;
  if (!link.isRequest) return;
  const counts = countsOf(book, link.master);
  if (!link.wasConnected) counts.refused += 1;
  else if (!Number.isNaN(link.waitsMonoMs)) counts.abandoned += 1;
  link.waitsMonoMs = Number.NaN;
}

function linkOf(book: LocalBook, row: Row): LocalLink | undefined {
  const key = keyOf(row);
  const known = book.links.get(key);
  if (known !== undefined) return known;
  if (book.links.size >= LOCAL_LINKS_MAX) {
    book.linksRefused += 1;
    return undefined;
  }
  const { sockets, index } = row;
  const link: LocalLink = {
    master: masterOf(book, row),
    isRequest: sockets.port[index] === REQUEST,
    isEstablished: false,
    wasConnected: false,
    isEnded: false,
    // What it did before our first look is nobody's count.
    sent: book.isBaseline ? Number.POSITIVE_INFINITY : 0,
    received: book.isBaseline ? Number.POSITIVE_INFINITY : 0,
    waitsMonoMs: Number.NaN,
    receiveQueue: 0,
    generation: book.generation,
  };
  book.links.set(key, link);
  return link;
}

/** With a single master every connection to these ports is one to it: names resolve to what they like. */
function masterOf(book: LocalBook, { sockets, index }: Row): string {
  const words = sockets.address.subarray(index * 4, index * 4 + 4);
  const named = book.addresses.get(words.join());
  const [only, ...more] = book.config?.masters ?? [];
  if (named !== undefined) return named;
  return only !== undefined && more.length === 0 ? only.name : OTHER_MASTER;
}

function keyOf({ sockets, index }: Row): string {
  return `${sockets.cookieHigh[index] ?? 0}:${sockets.cookieLow[index] ?? 0}`;
}

function countsOf(book: LocalBook, master: string): LocalMasterCounts {
  const known = book.masters.get(master);
  if (known !== undefined) return known;
  const counts = { answered: 0, abandoned: 0, refused: 0 };
  book.masters.set(master, counts);
  return counts;
}
