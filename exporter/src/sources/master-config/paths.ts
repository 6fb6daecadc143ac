/** Texts and paths of Salt's options, with `root_dir` in front of them as Salt puts it. */
import { basename, isAbsolute, join, normalize } from 'node:path';
import type { SaltMap } from './decode.js';

export function textOption(options: SaltMap, name: string, fallback: string): string {
  const value = options.get(name);
  return value === undefined || value === null ? fallback : String(value);
}

/** salt.config.prepend_root_dir with the usual default root `/`: a path that lies below root_dir already stays. */
export function underRoot(root: string, path: string): string {
  const absoluteRoot = stripSlash(normalize(isAbsolute(root) ? root : `/${root}`));
  if (absoluteRoot === '') return stripSlash(normalize(path)) || '/';
  if (path === absoluteRoot || path.startsWith(`${absoluteRoot}/`))
    return stripSlash(normalize(path));
  return stripSlash(normalize(`${absoluteRoot}/${path}`));
}

/** `udp://host:port/facility` and the like are no files; `root_dir` is not put in front of them. */
export function logUnderRoot(options: SaltMap, path: string): string {
  const isFile = !/^[a-z][a-z\d+.-]*:/i.test(path);
  return isFile ? underRoot(textOption(options, 'root_dir', '/'), path) : path;
}

/** `log_file` as `log_dir` changes it; `standard` is the daemon's default. */
export function logFileOption(options: SaltMap, standard: string): string {
  const file = textOption(options, 'log_file', '');
  const directory = textOption(options, 'log_dir', '');
  if (directory === '') return file === '' ? standard : file;
  if (file === '') return join(directory, basename(standard));
  return isAbsolute(file) ? file : join(directory, file);
}

function stripSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
