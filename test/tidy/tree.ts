/** The files of the checkout that the tidy tests look at. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export const ROOT = new URL('../..', import.meta.url).pathname;

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

/** Tracked and new files, without what git ignores. */
export function listFiles(): readonly string[] {
  const out = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return out.split('\n').filter((path) => path !== '' && existsSync(ROOT + path));
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(ROOT + path, 'utf8');
  return { path, text, lines: text.split('\n') };
}

export function sourcesUnder(...folders: readonly string[]): readonly SourceFile[] {
  return listFiles()
    .filter((path) => folders.some((folder) => path.startsWith(folder)))
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes('/.config/'))
    .map(readSource);
}
