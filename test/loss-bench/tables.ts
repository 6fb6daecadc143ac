/** Results of the bench in words and as tables of the documentation. */
import { SALT_VERSIONS } from '../lab/install.js';
import type { Fault } from './fault.js';
import { percent, RETURNED, type Score, score } from './judge.js';
import type { Measured } from './measured.js';

/** One line for the reader of a run. */
export function scoreLine(result: Score): string {
  const { fault, pairs, lost, right, wrong, unknown, falseLosses, publishes } = result;
  const words = [
    `${fault}: ${pairs} pairs, ${lost} lost, ${right} right, ${wrong} wrong, ${unknown} unknown`,
    falseLosses > 0 ? `${falseLosses} returned and called lost` : '',
    publishes > 0 ? `${result.publishesRight} of ${publishes} lost publishes counted` : '',
    ...result.problems,
  ];
  return words.filter(Boolean).join('; ');
}

/** The whole document; `results` as measured.jsonl has them. */
export function renderDocument(faults: readonly Fault[], results: readonly Measured[]): string {
  const scored = faults.flatMap((fault) =>
    results
      .filter((result) => result.fault === fault.name)
      .map((result) => ({ fault, result, score: score(fault, result.version, result) })),
  );
  const rows = scored.map(({ fault, result, score: each }) => faultRow(fault, result, each));
  return `${[
    '# Loss verdicts against injected faults',
    '',
    'Real masters and minions, each on a host of its own; a fault is injected, jobs are published, and what the exporter says of each pair (job, minion) is held against what was true:',
    'what the injector did, what the minion itself wrote down of its executions outside of Salt, what the job cache of the master holds, and what its event bus told a listener that reads nothing but tags. A return that the cache holds and that a dead bus told nobody of is lost by link 6, `bus`. Generated from `test/loss-bench/measured.jsonl`, which only `npm run loss-bench -- --save` writes.',
    '',
    '`code` is the commit of the exporter that was measured. A pair is right when link and reason are. `unknown` is an answer; how many of them a fault may leave is stated in its definition, before the run, with the reason. A returned pair that is called lost is wrong, and no return may be called suspect: nobody forges any here. Pairs that returned and were called nothing else are in no share.',
    '',
    overAll(scored.map(({ score: each }) => each)),
    '',
    '## By fault and release',
    '',
    '| fault | what is done | Salt | jobs × minions | date | code | lost pairs | right | wrong | unknown (at most) | verdict |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...SALT_VERSIONS.flatMap((version) =>
      matrix(
        version,
        scored.filter(({ result }) => result.version === version).map(({ result }) => result),
      ),
    ),
    ...ceilings(scored.map(({ score: each }) => each)),
    ...notRun(faults, results),
  ].join('\n')}\n`;
}

function overAll(scores: readonly Score[]): string {
  const sum = (of: (each: Score) => number) => scores.reduce((total, each) => total + of(each), 0);
  const lost = sum((each) => each.lost);
  if (lost === 0) return 'No lost pair was measured yet.';
  const [right, wrong] = [sum((each) => each.right), sum((each) => each.wrong)];
  const share = percent(right / (right + wrong));
  return `Over all: ${lost} lost pairs of ${sum((each) => each.pairs)}, ${right} right and ${wrong} wrong (${share} of the decided are right), ${sum((each) => each.unknown)} unknown, ${sum((each) => each.falseLosses)} returned pairs called lost.`;
}

function faultRow(fault: Fault, result: Measured, each: Score): string {
  const lost =
    each.publishes > 0
      ? `${each.publishes} publishes`
      : fault.expects === 'none' && each.lost === 0
        ? 'none'
        : String(each.lost);
  const cells = [
    `\`${fault.name}\``,
    fault.what,
    result.version,
    `${result.jobs} × ${result.minions}${result.seconds ? `, ${result.seconds} s` : ''}`,
    result.at.slice(0, 10),
    result.code,
    lost,
    String(each.publishes > 0 ? each.publishesRight : each.right),
    String(each.wrong),
    `${each.unknown} (${percent(each.ceiling.share)})`,
    each.problems.length === 0 ? 'holds' : `**fails**: ${escaped(each.problems[0] ?? '')}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Which combinations were never run: the reader must not take a gap for a success. */
function notRun(faults: readonly Fault[], results: readonly Measured[]): string[] {
  const rows = faults.flatMap(({ name }) => {
    const ran = results.filter(({ fault }) => fault === name).map(({ version }) => version);
    const missing = SALT_VERSIONS.filter((version) => !ran.includes(version));
    return missing.length === 0 ? [] : [`| \`${name}\` | ${missing.join(', ')} |`];
  });
  if (rows.length === 0) return [];
  return ['## Not run', '', '| fault | Salt |', '|---|---|', ...rows];
}

function matrix(version: string, results: readonly Measured[]): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { pairs } of results) {
    for (const { truth, verdict, count } of pairs) {
      const row = counts.get(truth) ?? new Map<string, number>();
      counts.set(truth, row);
      row.set(verdict, (row.get(verdict) ?? 0) + count);
    }
  }
  if (counts.size === 0) return [];
  const verdicts = sorted(new Set([...counts.values()].flatMap((row) => [...row.keys()])));
  const rows = sorted(counts.keys()).map((truth) => {
    const row = counts.get(truth) ?? new Map<string, number>();
    const cells = verdicts.map((verdict) => {
      const count = row.get(verdict);
      if (count === undefined) return '';
      return truth === verdict ? `**${count}**` : String(count);
    });
    return `| ${truth} | ${cells.join(' | ')} |`;
  });
  return [
    `## Truth × verdict on ${version}`,
    '',
    `| truth ↓ verdict → | ${verdicts.join(' | ')} |`,
    `|---|${verdicts.map(() => '---|').join('')}`,
    ...rows,
    '',
  ];
}

function ceilings(scores: readonly Score[]): string[] {
  const open = scores.filter(({ ceiling }) => ceiling.share > 0);
  if (open.length === 0) return [];
  const rows = open.map(
    ({ fault, version, ceiling }) =>
      `| \`${fault}\` | ${version} | ${percent(ceiling.share)} | ${ceiling.why} |`,
  );
  return [
    '## What may stay unknown, and why',
    '',
    '| fault | Salt | at most | because |',
    '|---|---|---|---|',
    ...rows,
    '',
  ];
}

/** By link; what returned comes first. */
function sorted(names: Iterable<string>): string[] {
  const rank = (name: string) => (name === RETURNED ? ' ' : name);
  return [...names].sort((a, b) => rank(a).localeCompare(rank(b)));
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 200);
}
