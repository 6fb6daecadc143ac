/** What canary jobs need of a master's options: its user, and the directories it serves files from. */
import type { CanaryFacts } from '../source.js';
import type { SaltMap, SaltValue } from './decode.js';
import { textOption } from './paths.js';
import { isTruthy } from './salt-options.js';

/** salt.syspaths: where nothing is configured. */
const DEFAULT_ROOTS: readonly (readonly [string, readonly string[]])[] = [['base', ['/srv/salt']]];
/** Environments, and directories of one; who has more may name the one of the canaries first. */
const ENTRIES_MAX = 64;

export function canaryFacts(options: SaltMap): CanaryFacts {
  return {
    user: textOption(options, 'user', 'root'),
    isFiltering: isTruthy(options.get('zmq_filtering') ?? false),
    fileRoots: servesRoots(options) ? fileRoots(options.get('file_roots')) : new Map(),
  };
}

/** `roots` is what serves `file_roots`; its old names are the same. */
function servesRoots(options: SaltMap): boolean {
  const backends = options.get('fileserver_backend') ?? ['roots'];
  const named = Array.isArray(backends) ? backends : [backends];
  return named.some((backend) => /^(?:roots|file|files|filesystem)$/.test(String(backend)));
}

/** Patterns are not expanded: who uses some names the canaries' directory by itself. */
function fileRoots(value: SaltValue | undefined): CanaryFacts['fileRoots'] {
  if (!(value instanceof Map)) return new Map(DEFAULT_ROOTS);
  const roots = new Map<string, readonly string[]>();
  for (const [environment, directories] of value) {
    if (roots.size >= ENTRIES_MAX) break;
    const listed = Array.isArray(directories) ? directories : [directories];
    const texts = listed.filter((each) => typeof each === 'string');
    roots.set(environment, texts.slice(0, ENTRIES_MAX));
  }
  return roots;
}
