/**
 * Two hosts that are network namespaces: a master's, and one from which minions connect, each from an
 * address of its own. So the master's tables hold the master's ends only, as on a real one.
 */
import { execFileSync } from 'node:child_process';

const NET = { master: '10.79.0.1', minions: '10.79.0.2' };
/** 10.80.0.0/14 is local to the minions' host: any of its addresses can be bound. */
const FLEET = '10.80.0.0/14';
const PER_ROW = 250;

export const MASTER = NET.master;

/** @param {number} index */
export function addressOf(index) {
  const row = Math.floor(index / PER_ROW);
  return `10.${80 + (row >> 8)}.${row & 255}.${1 + (index % PER_ROW)}`;
}

/** Both namespaces, connected; `remove` takes them down with all that is open in them. */
export function addHosts() {
  const names = { master: `bsci-${process.pid}-a`, minions: `bsci-${process.pid}-b` };
  const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const remove = () => {
    for (const name of Object.values(names)) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // It was never made.
      }
    }
  };
  try {
    for (const name of Object.values(names)) ip('netns', 'add', name);
    ip(
      'link',
      'add',
      'eth0',
      'netns',
      names.master,
      'type',
      'veth',
      'peer',
      'eth0',
      'netns',
      names.minions,
    );
    for (const side of /** @type {const} */ (['master', 'minions'])) {
      const name = names[side];
      ip('-n', name, 'addr', 'add', `${NET[side]}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', name, 'link', 'set', device, 'up');
    }
    ip('-n', names.minions, 'route', 'add', 'local', FLEET, 'dev', 'lo');
    ip('-n', names.master, 'route', 'add', FLEET, 'via', NET.minions);
  } catch (error) {
    remove();
    throw error;
  }
  return { names, remove };
}

/** Words in front of a command line that make it run there. */
export const on = (namespace) => ['ip', 'netns', 'exec', namespace];
