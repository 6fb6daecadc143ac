/**
 * Faults injected into real Salt, and what the exporter says of every pair of job and minion, against
 * what the injector and the minions themselves wrote down. This is the short form; `npm run loss-bench` is the long one.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labGate } from '../live/gate.js';
import { Bench } from './bench.js';
import type { Fault, LabNeeds } from './fault.js';
import { readForm } from './form.js';
import { RIGHT_LEAST_OVER_ALL, type Score, score } from './judge.js';
import { measuredOf, saveMeasured } from './measured.js';
import { scoreLine } from './tables.js';

const form = readForm(process.env.LOSS_BENCH, Date.now());
const { skip, why } = await labGate();
const scores: Score[] = [];

/** Faults that can share one lab. */
function groups(): readonly (readonly [LabNeeds, readonly Fault[]])[] {
  const needs = [...new Set(form.faults.map(({ lab }) => lab))];
  return needs.map((lab) => [lab, form.faults.filter((fault) => fault.lab === lab)] as const);
}

describe.skipIf(skip)(`losses on real Salt${why}`, () => {
  for (const version of form.versions) {
    for (const [needs, faults] of groups()) {
      describe(`${version}, lab ${needs.name}`, () => {
        const say = (text: string) =>
          console.log(`  ${new Date().toISOString().slice(11, 19)} ${version} ${text}`);
        const start = () => Bench.start({ version, needs, minions: form.minions, say });
        let bench: Bench | undefined;
        beforeAll(async () => {
          bench = await start();
        });
        afterAll(() => bench?.stop());

        test.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
          bench ??= await start();
          const lines = await bench.play(fault, form.jobs);
          if (form.report !== undefined) {
            appendFileSync(form.report, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
          }
          const measured = measuredOf(lines);
          if (form.save) saveMeasured(measured);
          const result = score(fault, version, measured);
          scores.push(result);
          say(scoreLine(result));
          if (measured.failures.length > 0) {
            // what a broken round left behind must not spoil the next fault
            await bench.stop();
            bench = undefined;
          }
          expect(result.problems).toEqual([]);
        });
      });
    }
  }

  test('nearly all verdicts of all faults together are right', () => {
    const sum = (of: (each: Score) => number) =>
      scores.reduce((total, each) => total + of(each), 0);
    const decided = sum(({ right, wrong }) => right + wrong);
    // Faults that lose nothing have nothing to decide: then every row above says whether it held.
    if (form.faults.every(({ expects }) => expects !== 'losses') && decided === 0) return;
    expect(decided, 'decided pairs').toBeGreaterThan(0);
    expect(sum(({ right }) => right) / decided).toBeGreaterThanOrEqual(RIGHT_LEAST_OVER_ALL);
  });
});
