/** A seed is a plan: the same one always, and over many seeds everything that can go wrong does. */
import { describe, expect, it } from 'vitest';
import { drawPlan } from './plan.js';

const plans = Array.from({ length: 100 }, (_, seed) => drawPlan(seed + 1));

describe('the plan of a seed', () => {
  it('is the same each time', () => {
    expect(drawPlan(7)).toEqual(drawPlan(7));
    expect(drawPlan(7)).not.toEqual(drawPlan(8));
  });

  it('stays within the bounds of a run', () => {
    for (const { hwm, crews, steps } of plans) {
      expect(hwm).toBeGreaterThanOrEqual(10);
      expect(hwm).toBeLessThanOrEqual(2_000);
      expect(crews.flat().length).toBeGreaterThanOrEqual(2);
      expect(crews.flat().length).toBeLessThanOrEqual(40);
      for (const step of steps) {
        if (step.do !== 'publish' && step.do !== 'freeze') continue;
        expect(step.bytes[0]).toBeGreaterThanOrEqual(20);
        expect(step.bytes[1]).toBeLessThanOrEqual(200_000);
        expect(step.count).toBeGreaterThanOrEqual(1);
      }
      expect(steps.at(-1)).toEqual({ do: 'settle' });
    }
  });

  it('never leaves a crew stopped, and gives each address to one subscriber', () => {
    for (const { steps, crews } of plans) {
      const stopped = new Set<number>();
      for (const step of steps) {
        if (step.do === 'stop') for (const crew of step.crews) stopped.add(crew);
        if (step.do === 'continue' || step.do === 'kill' || step.do === 'leave') {
          for (const crew of step.crews) stopped.delete(crew);
        }
        if (step.do === 'settle') expect([...stopped]).toEqual([]);
      }
      const addresses = crews.flat().map(({ address }) => address);
      expect(new Set(addresses).size).toBe(addresses.length);
    }
  });

  it('covers, over a hundred seeds, every fault, with and without heartbeats and filtering', () => {
    const done = new Set(plans.flatMap(({ steps }) => steps.map((step) => step.do)));
    expect([...done].sort()).toEqual(
      [
        ...['connect', 'continue', 'depth', 'exporter', 'freeze', 'kill', 'leave', 'pace'],
        ...['publish', 'reconnect', 'settle', 'stop', 'wait'],
      ].sort(),
    );
    for (const filtering of [true, false]) {
      for (const beating of [true, false]) {
        const kind = plans.filter((plan) => {
          return plan.filtering === filtering && plan.heartbeatMs > 0 === beating;
        });
        expect(kind.length).toBeGreaterThan(5);
      }
    }
  });
});
