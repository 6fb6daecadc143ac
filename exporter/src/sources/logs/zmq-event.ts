/**
 * `ZeroMQ event: {…}`, the Python dict that Salt logs for each event of a monitored socket, as pyzmq
 * of any age prints it → event, value and endpoint.
 */
import {
  MONITOR_EVENTS,
  type MonitorEventName,
  type MonitorReject,
} from '../../domain/vocabulary.js';

export type ZmqEvent =
  | {
      readonly ok: true;
      readonly event: MonitorEventName;
      /** NaN where the line ends before it. */
      readonly value: number;
      /** Without the source that libzmq puts before a `;`; undefined where the line ends before it. */
      readonly endpoint: string | undefined;
    }
  | { readonly ok: false; readonly reason: MonitorReject };

export const ZMQ_EVENT_PREFIX = 'ZeroMQ event: ';

/**
 * `512`, or `<Event.DISCONNECTED: 512>` (pyzmq 25 and later), whatever names stand before the colon:
 * a value is printed as if it were a set of events too. Older enums print `Event.DISCONNECTED`
 * without a number.
 */
const NUMBER = '(?:<[^:>]*: (-?\\d+)>|(-?\\d+)(?=[,}]))';
const EVENT = new RegExp(`^\\{'event': (?:${NUMBER}|<?Event\\.([A-Z_]+)>?(?=,))`);
const VALUE = new RegExp(`^, 'value': ${NUMBER}`);
/** repr() of bytes or of text, in the quotes that Python chooses; the end of the line ends it too early. */
const ENDPOINT = /^, 'endpoint': b?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/;
const DESCRIPTION = /'description': '(?:EVENT_)([A-Z_]+)'/;

const NAMES: ReadonlySet<string> = new Set(MONITOR_EVENTS);

/** `text` begins with ZMQ_EVENT_PREFIX at `at`. Never throws, whatever follows. */
export function decodeZmqEvent(text: string, at: number): ZmqEvent {
  const rest = text.slice(at + ZMQ_EVENT_PREFIX.length);
  const found = EVENT.exec(rest);
  const described = DESCRIPTION.exec(rest)?.[1];
  if (found === null) {
    // Cut before the number, or no dict of this kind at all.
    const name = eventNamed(described);
    if (name !== undefined)
      return { ok: true, event: name, value: Number.NaN, endpoint: undefined };
    return { ok: false, reason: "{'event': ".startsWith(rest.slice(0, 10)) ? 'length' : 'frames' };
  }
  const event =
    eventNumbered(found[1] ?? found[2]) ?? eventNamed(found[3]) ?? eventNamed(described);
  if (event === undefined) return { ok: false, reason: 'event' };
  const afterEvent = rest.slice(found[0].length);
  const value = VALUE.exec(afterEvent);
  if (value === null) return { ok: true, event, value: Number.NaN, endpoint: undefined };
  const endpoint = ENDPOINT.exec(afterEvent.slice(value[0].length));
  return {
    ok: true,
    event,
    value: Number(value[1] ?? value[2]),
    endpoint: (endpoint?.[1] ?? endpoint?.[2])?.replace(/^[^;]*;/, ''),
  };
}

/** libzmq numbers its events by bits, in the order of the names. */
function eventNumbered(text: string | undefined): MonitorEventName | undefined {
  const bit = Math.log2(Number(text ?? Number.NaN));
  return Number.isInteger(bit) ? MONITOR_EVENTS[bit] : undefined;
}

function eventNamed(text: string | undefined): MonitorEventName | undefined {
  const name = text?.toLowerCase();
  // The set holds the closed union's own values.
  return name !== undefined && NAMES.has(name) ? (name as MonitorEventName) : undefined;
}
