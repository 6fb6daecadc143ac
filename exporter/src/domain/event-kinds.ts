/** What can happen, as history, stream and log lines name it: a closed set. */

/**
 * `connect`, `disconnect`, `flap`: a minion's publish link. `status`: it got another one. `drop`:
 * messages that never reached it. `loss`: a verdict on a return that never came; `revised`: a later
 * return, or later evidence, took one back. `abandoned`: a request whose client gave up; `failed`:
 * one that was answered by a handler that raised. `gap`: publishes that reached nobody. `minion`: a
 * key was accepted or went. `recorder`: the exporter began or stopped watching.
 */
export const EVENT_KINDS = [
  'connect',
  'disconnect',
  'flap',
  'status',
  'drop',
  'loss',
  'revised',
  'abandoned',
  'failed',
  'gap',
  'listener_restart',
  'master_restart',
  'storm',
  'monitor',
  'source',
  'configuration',
  'minion',
  'recorder',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
