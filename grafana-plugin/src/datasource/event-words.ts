/** Kinds of events as the editors name them. */
import type { EventKind } from '../../../exporter/src/domain/event-kinds';

/** Every kind, so that a new one of the exporter's is missed by the compiler. */
export const EVENT_WORDS: Readonly<Record<EventKind, string>> = {
  master_restart: 'the master restarted',
  storm: 'many minions flapped at once',
  drop: 'messages never reached a minion',
  loss: 'a return never came',
  revised: 'a lost return came after all',
  flap: 'a minion went and came back',
  disconnect: 'a publish link ended',
  connect: 'a publish link opened',
  status: 'a minion got another status',
  gap: 'publishes reached nobody',
  abandoned: 'a client gave up its request',
  failed: 'a request was answered by a handler that raised',
  listener_restart: 'a port of the master was opened anew',
  minion: 'a key was accepted, or went',
  configuration: 'an option of the master changed',
  source: 'a source of the exporter went up or down',
  recorder: 'the exporter began or stopped watching',
  monitor: 'an event of zmq_socket_monitor',
};
