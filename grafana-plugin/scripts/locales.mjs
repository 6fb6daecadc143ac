/**
 * The texts of each plugin as its `en-US` locale file, read out of the sources: `t('key', 'text')` and
 * `<Trans i18nKey="key">text</Trans>`. A nested plugin has a file of its own, with the keys of every
 * module that it reaches. `--write` writes the files; else it says which of them are not as they should be.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PLUGIN } from './packages.mjs';

const SOURCES = join(PLUGIN, 'src');
export const LANGUAGE = 'en-US';

/** TypeScript comes with the plugin's packages, which the package of scripts does not have. */
const { default: ts } = await import(
  pathToFileURL(join(PLUGIN, 'node_modules/typescript/lib/typescript.js')).href
);

function parse(path) {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true, kind);
}

/** The module that a relative import names; undefined for packages and data. */
function moduleOf(from, name) {
  if (!name.startsWith('.')) return undefined;
  const base = resolve(dirname(from), name);
  return [`${base}.ts`, `${base}.tsx`, join(base, 'index.ts')].find(existsSync);
}

/** All modules that one reaches by imports of values, itself first. */
function reachedFrom(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const statement of parse(entry).statements) {
    const isImport = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    if (!isImport || statement.moduleSpecifier === undefined) continue;
    if (statement.importClause?.isTypeOnly || statement.isTypeOnly) continue;
    const next = moduleOf(entry, statement.moduleSpecifier.text);
    if (next?.startsWith(SOURCES)) reachedFrom(next, found);
  }
  return found;
}

const place = (node) => {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${file.fileName.slice(PLUGIN.length)}:${line + 1}`;
};

function textOf(node) {
  if (node !== undefined && ts.isStringLiteralLike(node)) return node.text;
  if (node && ts.isBinaryExpression(node)) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === undefined || right === undefined ? undefined : left + right;
  }
  return undefined;
}

/** As React puts the lines of a text together. */
function childrenText(children) {
  if (!children.every(ts.isJsxText)) return undefined;
  const lines = children
    .map((child) => child.text)
    .join('')
    .split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** Key and text that a node stands for; undefined when it is no text of ours. */
function phraseOf(node) {
  if (ts.isCallExpression(node) && node.expression.getText() === 't') {
    return { key: textOf(node.arguments[0]), text: textOf(node.arguments[1]) };
  }
  if (!ts.isJsxElement(node) || node.openingElement.tagName.getText() !== 'Trans') return undefined;
  const named = node.openingElement.attributes.properties.find(
    (one) => one.name?.getText() === 'i18nKey',
  );
  return { key: textOf(named?.initializer), text: childrenText(node.children) };
}

function collect(path, phrases) {
  const visit = (node) => {
    const phrase = phraseOf(node);
    if (phrase !== undefined) {
      const { key, text } = phrase;
      if (key === undefined || text === undefined) {
        throw new Error(`${place(node)}: key and text must be written out`);
      }
      const before = phrases.get(key);
      if (before !== undefined && before !== text) {
        throw new Error(`${place(node)}: ${key} says "${text}", elsewhere "${before}"`);
      }
      phrases.set(key, text);
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(path));
}

function nested(phrases) {
  const tree = {};
  for (const [key, text] of [...phrases].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const words = key.split('.');
    const last = words.pop();
    let at = tree;
    for (const word of words) {
      at[word] ??= {};
      at = at[word];
      if (typeof at === 'string') throw new Error(`${key}: another key is its beginning`);
    }
    if (at[last] !== undefined) throw new Error(`${key}: it is the beginning of another key`);
    at[last] = text;
  }
  return tree;
}

/** Directories of the app and its nested plugins, below src. */
function pluginDirectories() {
  const below = readdirSync(SOURCES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(SOURCES, name));
  return [SOURCES, ...below].filter((directory) => existsSync(join(directory, 'plugin.json')));
}

/**
 * @returns {{ id: string, path: string, content: string, languages: string[] }[]} what each locale file should be
 */
export function localeFiles() {
  return pluginDirectories().flatMap((directory) => {
    const { id, languages } = JSON.parse(readFileSync(join(directory, 'plugin.json'), 'utf8'));
    const entry = ['module.ts', 'module.tsx'].map((name) => join(directory, name)).find(existsSync);
    if (entry === undefined) return [];
    const phrases = new Map();
    for (const path of reachedFrom(entry)) collect(path, phrases);
    const path = join(directory, 'locales', LANGUAGE, `${id}.json`);
    return {
      id,
      path,
      languages: languages ?? [],
      content: `${JSON.stringify(nested(phrases), null, 2)}\n`,
    };
  });
}

function main(isWriting) {
  let outdated = 0;
  for (const { path, content } of localeFiles()) {
    if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
    outdated += 1;
    if (!isWriting) {
      process.stdout.write(`${path} is not what the sources say: npm run locales writes it.\n`);
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    process.stdout.write(`${path}\n`);
  }
  if (!isWriting && outdated > 0) process.exitCode = 1;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.includes('--write'));
}
