/**
 * The rules of Grafana's plugin validator that bind a plugin without a back end, over the zip as it
 * is shipped; the validator itself is a program that has to be downloaded.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP } from '../grafana-host/harness.js';
import { PLUGIN } from '../grafana-host/packages.js';

interface PluginJson {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly info: {
    readonly description: string;
    readonly keywords: readonly string[];
    readonly version: string;
    readonly updated: string;
    readonly logos: { readonly small: string; readonly large: string };
    readonly screenshots: readonly { readonly name: string; readonly path: string }[];
  };
  readonly includes?: readonly { readonly type: string; readonly path: string }[];
  readonly category?: string;
  readonly languages?: readonly string[];
  readonly routes?: readonly {
    readonly path: string;
    readonly method?: string;
    readonly url: string;
    readonly headers?: readonly { readonly name: string; readonly content: string }[];
  }[];
  readonly dependencies: {
    readonly grafanaDependency: string;
    readonly plugins?: readonly { readonly id: string }[];
  };
}

const VERSION: string = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8')).version;
const ZIP = join(PLUGIN, `${APP}-${VERSION}.zip`);

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** As people make it, without building what the suite has built. */
function writeZip(): Buffer {
  const args = ['run', 'package', '-w', 'grafana-plugin', '--', '--no-build'];
  execFileSync('npm', args, { cwd: join(PLUGIN, '..'), stdio: 'pipe' });
  return readFileSync(ZIP);
}

/** Names, modes and flags as the archive's own directory says them. */
const LISTING = `
import json, sys, zipfile
files = zipfile.ZipFile(sys.argv[1]).infolist()
print(json.dumps([[one.filename, one.external_attr >> 16, one.flag_bits, one.compress_type] for one in files]))
`;

type ZipEntry = [name: string, mode: number, flags: number, method: number];

/** Of the catalogue's schema, which is closed: what a plugin without a back end may say. */
const PLUGIN_KEYS = [
  ...['$schema', 'type', 'name', 'id', 'info', 'dependencies', 'includes', 'routes', 'category'],
  ...['queryOptions', 'metrics', 'logs', 'tracing', 'annotations', 'streaming', 'languages'],
  ...[
    'suggestions',
    'skipDataQuery',
    'autoEnabled',
    'preload',
    'roles',
    'hideFromList',
    'buildMode',
  ],
  ...['multiValueFilterOperators', 'extensions', 'iam'],
];
const INFO_KEYS = [
  ...['author', 'build', 'description', 'keywords', 'links', 'logos', 'screenshots', 'updated'],
  'version',
];
const CATEGORIES = ['tsdb', 'logging', 'cloud', 'tracing', 'profiling', 'sql', 'iot', 'other'];
const SVG_WORDS = /^(svg|g|path|circle|rect|line|polyline|polygon|ellipse|title|desc|defs)$/;
const SVG_ATTRIBUTES =
  /^(xmlns|viewBox|width|height|fill|stroke|stroke-width|stroke-linecap|stroke-linejoin|stroke-dasharray|d|cx|cy|r|rx|ry|x|y|x1|x2|y1|y2|points|opacity|fill-opacity|transform|role|aria-label|id|fill-rule|clip-rule)$/;
/** First bytes of what a picture of the catalogue may be. */
const PICTURES: Record<string, string> = { png: '89504e47', jpg: 'ffd8ff', gif: '474946' };

describe('the zip of the plugin', () => {
  let scratch: string;
  let root: string;
  let names: readonly string[];
  let archive: Buffer;
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  const manifests = () =>
    names
      .filter((name) => name.endsWith('plugin.json'))
      .map((name) => ({ name, json: JSON.parse(read(name)) as PluginJson }));

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'brinescope-zip-'));
    archive = writeZip();
    // A reader of its own: what we wrote must be a zip to others too.
    execFileSync('python3', ['-m', 'zipfile', '-t', ZIP]);
    execFileSync('python3', ['-m', 'zipfile', '-e', ZIP, scratch]);
    root = join(scratch, APP);
    names = filesUnder(root).map((path) => relative(root, path));
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(ZIP, { force: true });
    rmSync(`${ZIP}.sha1`, { force: true });
  });

  it('has one directory, named as the plugin, and no dist in it', () => {
    expect(readdirSync(scratch)).toEqual([APP]);
    expect(names.filter((name) => name.startsWith('dist/'))).toEqual([]);
  });

  it('has plain files only, each once, that unpack below that directory', () => {
    const listed = execFileSync('python3', ['-c', LISTING, ZIP], { encoding: 'utf8' });
    const entries = JSON.parse(listed) as ZipEntry[];
    const paths = entries.map(([name]) => name);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual([...paths].sort());
    const UTF8 = 0x800;
    const DEFLATED = 8;
    for (const [name, mode, flags, method] of entries) {
      expect(name.startsWith(`${APP}/`), name).toBe(true);
      expect(name.split('/'), name).not.toContain('..');
      expect(name, 'hidden').not.toMatch(/(^|\/)\./);
      expect([mode, flags, method], name).toEqual([0o100644, UTF8, DEFLATED]);
    }
  });

  it('says in its manifests only what the schema knows, and nothing is left to fill in', () => {
    const titles = manifests().map(({ json }) => json.name);
    expect(titles.join()).not.toMatch(/grafana/i);
    for (const { name, json } of manifests()) {
      expect(Object.keys(json).filter((key) => !PLUGIN_KEYS.includes(key))).toEqual([]);
      expect(Object.keys(json.info).filter((key) => !INFO_KEYS.includes(key))).toEqual([]);
      if (json.category !== undefined) expect(CATEGORIES).toContain(json.category);
      expect(json.dependencies.plugins?.map(({ id }) => id) ?? []).not.toContain(json.id);
      expect(read(name)).not.toMatch(/%[A-Z_]+%/);
    }
    expect(read('README.md')).not.toMatch(/%[A-Z_]+%/);
  });

  it('reaches exporters by reading routes, with secrets that stay on the server', () => {
    const routes = manifests().flatMap(({ json }) => json.routes ?? []);
    expect(routes.length).toBeGreaterThan(0);
    for (const [index, { path, method, url, headers }] of routes.entries()) {
      expect([path, method]).toEqual([`master${index}`, 'GET']);
      expect(url).toBe(`{{ .JsonData.url${index} }}/api/v1`);
      const used = (headers ?? []).flatMap(({ content }) => [...content.matchAll(/\.(\w+)\.\w+/g)]);
      expect(used.length).toBeGreaterThan(0);
      expect(new Set(used.map(([, where]) => where))).toEqual(new Set(['SecureJsonData']));
    }
  });

  it('has texts for every language that a plugin names', () => {
    for (const { name, json } of manifests()) {
      expect(json.languages, json.id).toContain('en-US');
      for (const language of json.languages ?? []) {
        const file = join(dirname(name), 'locales', language, `${json.id}.json`);
        expect(Object.keys(JSON.parse(read(file))).length, file).toBeGreaterThan(0);
      }
    }
  });

  it('is the same bytes for the same build, and its SHA-1 lies beside it', () => {
    expect(writeZip().equals(archive)).toBe(true);
    const sha1 = createHash('sha1').update(archive).digest('hex');
    expect(readFileSync(`${ZIP}.sha1`, 'utf8')).toContain(sha1);
  });

  it('has a readme, a changelog and a licence that say something', () => {
    const readme = read('README.md');
    expect(readme.length).toBeGreaterThan(500);
    expect(readme).not.toMatch(/<!--|yarn|nodejs|lorem/i);
    expect(readme).not.toMatch(/\]\((?!https?:)/);
    expect(read('CHANGELOG.md')).toContain(VERSION);
    const licence = read('LICENSE');
    expect(licence).toMatch(/Apache License[\s\S]*Version 2\.0/);
    expect(licence).not.toMatch(/\{yyyy\}|\{name of copyright owner\}/);
  });

  it('has ids as the catalogue wants them, with names of their own', () => {
    for (const { json } of manifests()) {
      expect(json.id).toMatch(/^[0-9a-z]+-[0-9a-z]+-(app|panel|datasource)$/);
      expect(json.id.endsWith(`-${json.type}`), json.id).toBe(true);
      expect(json.name).not.toBe(json.id);
      expect(json.info.version).toBe(VERSION);
      expect(json.info.updated).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(json.info.description.length).toBeGreaterThan(30);
      expect(json.info.keywords.length).toBeGreaterThan(0);
      expect(json.dependencies.grafanaDependency).toBe('>=12.4.0-0');
    }
  });

  it('declares every nested plugin with its type, and nothing that is not there', () => {
    const app = manifests().find(({ name }) => name === 'plugin.json')?.json;
    const included = (app?.includes ?? []).filter(({ path }) => path.endsWith('plugin.json'));
    const present = (app?.includes ?? []).filter(({ path }) => /\.json$/.test(path));
    for (const { path } of present) expect(names, path).toContain(path);
    const nested = manifests().filter(({ name }) => name !== 'plugin.json');
    expect(included.map(({ path }) => path).sort()).toEqual(nested.map(({ name }) => name).sort());
    for (const { path, type } of included) {
      expect(nested.find(({ name }) => name === path)?.json.type).toBe(type);
    }
  });

  it('has the logos and screenshots that it names, without active content', () => {
    for (const { name, json } of manifests()) {
      const { logos, screenshots } = json.info;
      for (const path of [logos.small, logos.large, ...screenshots.map((one) => one.path)]) {
        expect(path).not.toMatch(/^(\.|\/)/);
        expect(existsSync(join(root, dirname(name), path)), `${json.id} ${path}`).toBe(true);
      }
    }
    const shown = manifests().find(({ name }) => name === 'plugin.json')?.json.info.screenshots;
    expect(shown?.length).toBeGreaterThan(0);
    for (const { path } of shown ?? []) {
      const begin = readFileSync(join(root, path)).subarray(0, 4).toString('hex');
      const known = Object.values(PICTURES).some((bytes) => begin.startsWith(bytes));
      expect(known, path).toBe(true);
    }
    for (const svg of names.filter((one) => one.endsWith('.svg'))) {
      const text = read(svg);
      const words = [...text.matchAll(/<([^/!?\s>]+)/g)].map(([, word]) => word ?? '');
      expect(
        words.filter((word) => !SVG_WORDS.test(word)),
        svg,
      ).toEqual([]);
      const attributes = [...text.matchAll(/\s([\w:-]+)=/g)].map(
        ([, attribute]) => attribute ?? '',
      );
      expect(
        attributes.filter((one) => !SVG_ATTRIBUTES.test(one)),
        svg,
      ).toEqual([]);
    }
  });

  it('has a script and a map of it per plugin, and the map has our sources as they are', () => {
    const folders = manifests().map(({ name }) => dirname(name));
    for (const folder of folders) {
      expect(names).toContain(join(folder, 'module.js'));
      const map = JSON.parse(read(join(folder, 'module.js.map'))) as {
        sources: string[];
        sourcesContent: string[];
      };
      const own = map.sources
        .map((source, index) => ({ source, text: map.sourcesContent[index] }))
        .map(({ source, text }) => ({ path: source.replace(/^webpack:\/\/[^/]*\//, ''), text }))
        .filter(({ path }) => /^\.\/.*\.tsx?$/.test(path) && !path.includes('node_modules'));
      expect(own.length, folder).toBeGreaterThan(0);
      for (const { path, text } of own) {
        expect(readFileSync(join(PLUGIN, 'src', path), 'utf8'), path).toBe(text);
      }
    }
  });

  it('has no chunk beside a nested plugin, which Grafana would not find', () => {
    const scripts = names.filter((name) => name.endsWith('.js'));
    const modules = manifests().map(({ name }) => join(dirname(name), 'module.js'));
    expect(scripts.sort()).toEqual(modules.sort());
  });

  it('was built with create-plugin, and uses nothing that Grafana took away', () => {
    const config = readFileSync(join(PLUGIN, '.config/webpack/webpack.config.ts'), 'utf8');
    expect(config).toContain('SCAFFOLDED BY `@grafana/create-plugin`');
    for (const name of names.filter((one) => one.endsWith('module.js'))) {
      const script = read(name);
      expect(script).toContain('[create-plugin]');
      expect(script).not.toMatch(/angular|google-analytics|gtag\(|ReactDOM\.render|defaultProps=/);
      expect(script).not.toMatch(/__SECRET_INTERNALS_DO_NOT_USE|findDOMNode/);
      expect(script).not.toMatch(/console\.(log|info|debug)\(|\beval\(|new Function\(/);
      expect(script, 'a page of ours loads nothing from elsewhere').not.toMatch(
        /<script|googletagmanager|sentry\.io|cdn\.jsdelivr|unpkg\.com/,
      );
    }
  });
});
