import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { explain } from '../../../domain/gpu/explain.ts';
import { plan } from '../../../domain/gpu/plan.ts';
import {
  given,
  HOUR,
  job,
  MINUTE,
  node,
  NOW,
  PLAIN,
  planOf,
  running,
  whole,
} from '../../support/gpu-jobs.ts';

const startsOf = (inputs: ReturnType<typeof given>) => planOf(inputs).start.map(({ job: id }) => id);

describe('parts of processors', () => {
  it('leave no card idle where they add up to the node', () => {
    const splits = fc.record({
      count: fc.integer({ min: 2, max: 16 }),
      millis: fc.integer({ min: 1, max: 9999 }),
    });
    fc.assert(
      fc.property(splits, fc.nat({ max: 15 }), ({ count, millis }, begun) => {
        const cpus = millis / 1000;
        const nodes = [node('n1', count, { cpus: (count * millis) / 1000 })];
        const jobs = Array.from({ length: count }, (_, at) => job(`j${at}`, { on: { cpus } }));
        const at = begun % count;
        const runs = jobs.slice(0, at).map((one, card) => running(one, 'n1', { at: [card] }));
        expect(startsOf(given({ nodes, running: runs, queue: jobs.slice(at) }))).toHaveLength(count - at);
      }),
      {
        numRuns: 500,
        examples: [
          [{ count: 5, millis: 2400 }, 0],
          [{ count: 5, millis: 9600 }, 0],
          [{ count: 20, millis: 100 }, 0],
        ],
      },
    );
  });

  it('give out no more than there is, by a thousandth', () => {
    const nodes = [node('n1', 5, { cpus: 11.999 })];
    const queue = Array.from({ length: 5 }, (_, at) => job(`j${at}`, { on: { cpus: 2.4 } }));
    const inputs = given({ nodes, queue });

    expect(startsOf(inputs)).toHaveLength(4);
    const told = explain('j4', { inputs, past: [], prices: new Map() })!;
    expect(told.plannedStart).toBe(NOW + HOUR);
  });

  it('are made room for by those who hold just as much', () => {
    const held = Array.from({ length: 5 }, (_, at) =>
      running(job(`r${at}`, { qos: 'low', walltimeMs: 20 * HOUR, on: { cpus: 2.4 } }), 'n1', {
        at: [at],
        startedAt: NOW - 2 * HOUR - at * MINUTE,
      }),
    );
    const urgent = job('urgent', { qos: 'high', gpus: whole(5), on: { cpus: 12 } });
    const inputs = given({
      nodes: [node('n1', 5, { cpus: 12 })],
      running: held,
      queue: [urgent],
      policy: { ...PLAIN, preemption: { ...PLAIN.preemption, mostVictims: 5 } },
    });

    expect(planOf(inputs).preempt).toHaveLength(5);
  });

  it('were planned in floating point until plan 5, and are so when it is made again', () => {
    const queue = Array.from({ length: 5 }, (_, at) => job(`j${at}`, { on: { cpus: 2.4 } }));
    const { capacity, usage, policy, now } = given({ nodes: [node('n1', 5, { cpus: 12 })], queue });

    expect(plan(queue, [], capacity, usage, policy, now, true).start).toHaveLength(4);
  });
});
