/** The house rules that a machine can check; each message names what to do instead. */
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, readSource, type SourceFile, sourcesUnder } from './tree.js';

const EXPORTER = sourcesUnder('exporter/src/');
const ALL = sourcesUnder('exporter/', 'test/', 'grafana-plugin/');
const isTest = (file: SourceFile) => /\.test\.tsx?$/.test(file.path);

/** Lines of these files that match, as `path:line text → advice`. */
function findings(files: readonly SourceFile[], pattern: RegExp, advice: string): string[] {
  return files.flatMap((file) =>
    file.lines.flatMap((line, index) =>
      pattern.test(line)
        ? [`${file.path}:${index + 1} ${line.trim().slice(0, 90)} → ${advice}`]
        : [],
    ),
  );
}

describe('the tree', () => {
  it('has exactly the agreed top level', () => {
    const top = new Set(listFiles().map((path) => path.split('/')[0] ?? ''));
    const visible = [...top].filter((name) => !name.startsWith('.')).sort();
    expect(visible).toEqual(
      [
        'LICENSE',
        'README.md',
        'alerts',
        'exporter',
        'grafana-plugin',
        'package-lock.json',
        'package.json',
        'provisioning',
        'test',
        'tsconfig.json',
      ].sort(),
    );
  });

  it('has no file whose name says nothing', () => {
    // .config is create-plugin's and stays as it was made.
    const ours = listFiles().filter((path) => !path.includes('/.config/'));
    const vague = ours.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.|\/)/.test(path));
    expect(vague, 'name the file after what it holds (retry.ts, quoting.ts)').toEqual([]);
  });

  it('names no machine, registry or workplace', () => {
    const locks = listFiles().filter((path) => path.endsWith('package-lock.json'));
    const lines = locks.flatMap((path) => readSource(path).lines);
    const hosts = lines.filter((line) => /"resolved": "https?:/.test(line));
    expect(hosts, 'regenerate the lock file without resolved addresses').toEqual([]);
    const files = listFiles()
      .filter((path) =>
        /\.(ts|tsx|mjs|md|json|yml|yaml|py|c|sh|run)$|Dockerfile$|\.ci\/run$/.test(path),
      )
      .filter((path) => path !== 'test/tidy/tidy.test.ts' && !path.endsWith('package-lock.json'))
      .map(readSource);
    const pattern = /\/work\/|\.\.\/shared|registry\.npmjs|pypi\.org|deb\.debian\.org/;
    expect(findings(files, pattern, 'a newcomer has none of this')).toEqual([]);
  });
});

describe('modules', () => {
  it('begin with one sentence that says their purpose', () => {
    const bare = ALL.filter((file) => !/^(#!.*\n)?\/\*\*/.test(file.text)).map((file) => file.path);
    expect(bare, 'start the file with /** what this room is for */').toEqual([]);
  });

  it('stay within one purpose: 400 lines, tests 600', () => {
    const long = ALL.filter((file) => file.lines.length > (isTest(file) ? 601 : 401));
    expect(
      long.map((file) => `${file.path} ${file.lines.length}`),
      'split by purpose, not by number',
    ).toEqual([]);
  });

  it('take what the process offers as parameters', () => {
    const inner = EXPORTER.filter((file) => !isTest(file)).filter(
      (file) => !/^exporter\/src\/(main\.ts|remediate\/main\.ts|demo\/)/.test(file.path),
    );
    expect(findings(inner, /process\.(argv|env|exit|on)\b/, 'pass it in from main.ts')).toEqual([]);
  });

  it('keep the clock out of the domain', () => {
    const domain = EXPORTER.filter(
      (file) => file.path.startsWith('exporter/src/domain/') && !isTest(file),
    );
    const pattern =
      /Date\.now|new Date\(\)|performance\.now|hrtime|setTimeout|setInterval|Math\.random/;
    expect(findings(domain, pattern, 'take `now: Instant` as a parameter')).toEqual([]);
  });

  it('have no escape hatches', () => {
    const code = ALL.filter((file) => file.path !== 'test/tidy/tidy.test.ts');
    const pattern =
      /@ts-ignore|@ts-expect-error|@ts-nocheck|biome-ignore|eslint-disable|\bTO[D]O\b|\bFIX[M]E\b/;
    expect(findings(code, pattern, 'mend the cause')).toEqual([]);
    const named = EXPORTER.filter((file) => !isTest(file));
    expect(findings(named, /^export default/, 'export by name')).toEqual([]);
  });
});

describe('tests', () => {
  const tests = ALL.filter(isTest).filter((file) => file.path !== 'test/tidy/tidy.test.ts');

  it('all run', () => {
    const pattern = /\b(it|test|describe)\.(skip|only|todo)\b|expect\(true\)/;
    expect(findings(tests, pattern, 'let it run, or delete it')).toEqual([]);
  });

  it('assert something in every file', () => {
    const asserts = /\bexpect\(|\bassert\b|fc\.assert/;
    // One scenario may be run by several files: then it asserts in the room next door.
    const scenario = (file: SourceFile) => {
      const name = /^import \{ \w+ \} from '\.\/([\w-]+)\.js';$/m.exec(file.text)?.[1];
      return name === undefined ? '' : readSource(`${dirname(file.path)}/${name}.ts`).text;
    };
    const silent = tests.filter(
      (file) => !asserts.test(file.text) && !asserts.test(scenario(file)),
    );
    expect(silent.map((file) => file.path)).toEqual([]);
  });
});
