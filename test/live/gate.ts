/** Whether live tests can run on this machine: named in the titles, and a failure in CI. */
import { SALT_VERSIONS, type SaltVersion } from '../lab/install.js';
import { labMissing } from '../lab/lab.js';

export interface Gate {
  readonly skip: boolean;
  /** For the end of a title: empty when they run. */
  readonly why: string;
}

export async function labGate(): Promise<Gate> {
  const missing = await labMissing();
  if (missing.length === 0) return { skip: false, why: '' };
  const needs = `needs ${missing.join('; ')}`;
  if (process.env.CI) throw new Error(`live Salt tests cannot run: ${needs}`);
  console.warn(`live Salt tests do not run: ${needs}`);
  return { skip: true, why: ` (not run: ${needs})` };
}

/**
 * Releases that a test of many minutes plays: the newest, and with LIVE_RELEASES=all every one. CI
 * has an hour for everything.
 */
export function longReleases(): readonly SaltVersion[] {
  return process.env.LIVE_RELEASES === 'all' ? SALT_VERSIONS : SALT_VERSIONS.slice(-1);
}
