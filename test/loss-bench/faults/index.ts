/** All faults of the bench. */
import type { Fault } from '../fault.js';
import { DELIVERIES } from './deliveries.js';
import { MINIONS } from './minions.js';
import { PUBLISHES } from './publishes.js';
import { QUIET } from './quiet.js';
import { RETURNS } from './returns.js';

export const FAULTS: readonly Fault[] = [
  ...QUIET,
  ...PUBLISHES,
  ...DELIVERIES,
  ...MINIONS,
  ...RETURNS,
];

/** What the short form runs: they are over in half a minute each. */
export const QUICK = [
  'none',
  'none-long',
  'wrong-key',
  'stopped-before',
  'link-killed-queue',
  'child-killed',
  'cache-not-writable',
] as const;
