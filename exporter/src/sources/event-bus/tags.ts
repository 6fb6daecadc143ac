/**
 * Which tag is an event of which kind, for Salt 3006 to 3008, and what must be true of its payload;
 * a tag that stands nowhere here is `custom`.
 */
import type { BusKind } from '../../domain/vocabulary.js';

export interface TagRow {
  /**
   * Segments between slashes: `<jid>`, `<id>` and `*` are one of any text, `<digits>` is a jid as
   * Salt makes them, `…` is whatever follows, nothing too.
   */
  readonly tag: string;
  readonly kind: BusKind;
  /**
   * Whether the payload is the load of a minion that fired it (`cmd: _minion_event`): what Salt's
   * master fires never is.
   */
  readonly wrapped: 'never' | 'always' | 'either';
  /**
   * `same`: it has an `id`, which is the one in the tag. `agrees`: if it has one. `named`: it has
   * one. `any`: whatever it has names nobody.
   */
  readonly id: 'same' | 'agrees' | 'named' | 'any';
}

export const TAGS: readonly TagRow[] = [
  { tag: 'salt/job/<jid>/ret/<id>', kind: 'ret', wrapped: 'never', id: 'same' },
  { tag: 'salt/job/<jid>/new', kind: 'new', wrapped: 'never', id: 'any' },
  { tag: 'salt/job/<jid>/publish', kind: 'publish', wrapped: 'never', id: 'any' },
  // 3006 and 3007 announce each publish under its bare jid, too
  { tag: '<digits>', kind: 'publish', wrapped: 'never', id: 'any' },
  // 3008, with --start-event; fired before the function runs
  { tag: 'salt/job/<jid>/start/<id>', kind: 'prog', wrapped: 'always', id: 'same' },
  // not wrapped by a master that runs states of its own, for orchestration
  { tag: 'salt/job/<jid>/prog/<id>/*', kind: 'prog', wrapped: 'either', id: 'agrees' },
  { tag: 'salt/state_result/<jid>/<id>/…', kind: 'prog', wrapped: 'either', id: 'agrees' },
  { tag: 'salt/job/<jid>/sub/<id>/error/*', kind: 'sub', wrapped: 'never', id: 'agrees' },
  // the older form of the same
  { tag: 'state.sls', kind: 'sub', wrapped: 'never', id: 'any' },
  { tag: 'state.highstate', kind: 'sub', wrapped: 'never', id: 'any' },
  { tag: 'salt/job/<jid>/error', kind: 'error', wrapped: 'never', id: 'any' },
  // a refused publish that came without a jid
  { tag: 'salt/job/error', kind: 'error', wrapped: 'never', id: 'any' },
  { tag: '_salt_error', kind: 'error', wrapped: 'either', id: 'agrees' },
  { tag: 'salt/auth', kind: 'auth', wrapped: 'never', id: 'named' },
  { tag: 'salt/key', kind: 'key', wrapped: 'never', id: 'agrees' },
  { tag: 'key', kind: 'key', wrapped: 'never', id: 'any' },
  { tag: 'salt/minion/<id>/start', kind: 'start', wrapped: 'always', id: 'same' },
  { tag: 'minion_start', kind: 'start', wrapped: 'always', id: 'named' },
  { tag: 'minion/refresh/<id>', kind: 'grains', wrapped: 'never', id: 'agrees' },
  { tag: 'resource/refresh/<id>', kind: 'grains', wrapped: 'never', id: 'agrees' },
  { tag: 'minion_ping', kind: 'beacon', wrapped: 'always', id: 'named' },
  { tag: 'salt/beacon/<id>/…', kind: 'beacon', wrapped: 'never', id: 'agrees' },
  { tag: 'salt/presence/present', kind: 'presence', wrapped: 'never', id: 'any' },
  { tag: 'salt/presence/change', kind: 'presence', wrapped: 'never', id: 'any' },
  { tag: 'salt/stats/*', kind: 'stats', wrapped: 'never', id: 'any' },
  { tag: 'salt/fileserver/*/update', kind: 'fileserver', wrapped: 'never', id: 'any' },
  { tag: 'salt/run/<jid>/…', kind: 'run', wrapped: 'never', id: 'any' },
  { tag: 'salt/wheel/<jid>/…', kind: 'wheel', wrapped: 'never', id: 'any' },
  { tag: 'salt/batch/<jid>/…', kind: 'batch', wrapped: 'never', id: 'any' },
  // masters, syndics and the loaders of a minion's bus bring one another up to date
  { tag: 'salt/syndic/<id>/start', kind: 'sync', wrapped: 'always', id: 'same' },
  { tag: 'syndic_start', kind: 'sync', wrapped: 'always', id: 'named' },
  { tag: 'cluster/…', kind: 'sync', wrapped: 'never', id: 'any' },
  { tag: 'module_refresh', kind: 'sync', wrapped: 'either', id: 'agrees' },
  { tag: 'pillar_refresh', kind: 'sync', wrapped: 'either', id: 'agrees' },
  { tag: 'matchers_refresh', kind: 'sync', wrapped: 'either', id: 'agrees' },
  { tag: 'grains_refresh', kind: 'grains', wrapped: 'either', id: 'agrees' },
  { tag: 'beacons_refresh', kind: 'beacon', wrapped: 'either', id: 'agrees' },
  { tag: 'manage_beacons', kind: 'beacon', wrapped: 'either', id: 'agrees' },
  { tag: '__beacons_return', kind: 'beacon', wrapped: 'either', id: 'agrees' },
  { tag: 'manage_schedule', kind: 'schedule', wrapped: 'either', id: 'agrees' },
  { tag: '__schedule_return', kind: 'schedule', wrapped: 'either', id: 'agrees' },
  { tag: '_minion_mine', kind: 'mine', wrapped: 'either', id: 'agrees' },
];

/**
 * What stands before the tag of an event that another master fired first: `syndic/<id>/`,
 * `cluster/event/<peer>/`.
 */
export const MIRRORED_PREFIXES = [
  ['syndic', '*'],
  ['cluster', 'event', '*'],
] as const;
