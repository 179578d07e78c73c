import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RunningJob } from '../../../domain/gpu/model.ts';
import { plan } from '../../../domain/gpu/plan.ts';
import { fewest } from '../../../domain/gpu/preempt.ts';
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

const { graceMs, minimumRunMs } = PLAIN.preemption;
const long = { walltimeMs: 20 * HOUR, qos: 'low' };

const runs = (id: string, on: string, at: number[], changed: Partial<RunningJob> = {}): RunningJob =>
  running(job(id, { ...long, gpus: whole(at.length) }), on, { at, startedAt: NOW - 2 * HOUR, ...changed });

const urgent = (gpus: number, changed = {}) => job('urgent', { qos: 'high', gpus: whole(gpus), ...changed });

const decide = (running: readonly RunningJob[], gpus = 1, nodes = [node('n1', 4), node('n2', 4)]) =>
  planOf(given({ nodes, running, queue: [urgent(gpus)] }));

describe('a job that may preempt', () => {
  const full = [
    runs('a', 'n1', [0]),
    runs('b', 'n1', [1]),
    runs('c', 'n1', [2, 3]),
    runs('d', 'n2', [0, 1, 2, 3]),
  ];

  it('ends the fewest that are enough, and has their room kept when the grace is over', () => {
    const { preempt, reserve, start } = decide(full, 2);

    expect(start).toEqual([]);
    expect(preempt).toMatchObject([{ job: 'c', inFavourOf: 'urgent', endBy: NOW + graceMs }]);
    expect(reserve).toMatchObject([{ job: 'urgent', startAt: NOW + graceMs }]);
  });

  it('ends nobody when there is room, or will be before the grace is over', () => {
    const leaving = running(job('a', { walltimeMs: HOUR, gpus: whole(4) }), 'n1', {
      startedAt: NOW - HOUR + MINUTE,
    });

    expect(decide([full[3]!]).preempt).toEqual([]);
    expect(decide([leaving, full[3]!]).preempt).toEqual([]);
  });

  it('takes one that loses least since its checkpoint, or that saves its work when it is told', () => {
    const saved = runs('e', 'n1', [0, 1, 2, 3], { checkpointAt: NOW - MINUTE });
    const telling = runs('f', 'n2', [0, 1, 2, 3], { savesOnNotice: true });

    expect(decide([saved, runs('d', 'n2', [0, 1, 2, 3])]).preempt).toMatchObject([
      { job: 'e', lostGpuMs: 4 * MINUTE },
    ]);
    expect(decide([saved, telling]).preempt).toMatchObject([{ job: 'f', lostGpuMs: 0 }]);
  });

  it('takes of those who save their work when they are told the one that did so last, wherever it runs', () => {
    const saves = (id: string, on: string, saved: number, startedAt: number) =>
      runs(id, on, [0, 1, 2, 3], { savesOnNotice: true, checkpointAt: NOW - saved, startedAt });
    const stale = saves('stale', 'n1', 5 * HOUR, NOW - 6 * HOUR);
    const fresh = saves('fresh', 'n2', MINUTE, NOW - 9 * HOUR);
    const { queue, running, capacity, usage, policy, now } = given({
      nodes: [node('n1', 4), node('n2', 4)],
      running: [stale, fresh],
      queue: [urgent(1)],
    });

    expect(decide([stale, fresh]).preempt).toMatchObject([{ job: 'fresh', lostGpuMs: 0 }]);
    expect(decide([stale, { ...fresh, savesOnNotice: false }]).preempt).toMatchObject([{ job: 'stale' }]);
    // As was decided until plan 5.
    expect(plan(queue, running, capacity, usage, policy, now, true).preempt).toMatchObject([
      { job: 'stale' },
    ]);
  });

  it('counts of one that came back the work of this try, whatever its last checkpoint is of', () => {
    const saves = { savesOnNotice: true };
    const back = { ...saves, startedAt: NOW - 40 * MINUTE, checkpointAt: NOW - 72 * HOUR };
    const long = { ...saves, startedAt: NOW - 5 * HOUR, checkpointAt: null };
    const all = [runs('back', 'n2', [0, 1, 2, 3], back), runs('long', 'n1', [0, 1, 2, 3], long)];

    expect(decide(all).preempt).toMatchObject([{ job: 'back' }]);
  });

  it('leaves alone who ran less than the minimum, was preempted too often, is leaving, or is not below it', () => {
    const on = (changed: Partial<RunningJob>, of = {}) =>
      ['n1', 'n2'].map((name) => ({
        ...runs(name, name, [0, 1, 2, 3], changed),
        job: job(name, { ...long, gpus: whole(4), ...of }),
      }));

    expect(decide(on({})).preempt).toHaveLength(1);
    expect(decide(on({ startedAt: NOW - minimumRunMs + 1 })).preempt).toEqual([]);
    expect(decide(on({}, { preemptions: 3 })).preempt).toEqual([]);
    expect(decide(on({ preemptedAt: NOW })).preempt).toEqual([]);
    expect(decide(on({}, { qos: 'normal' })).preempt).toEqual([]);
    expect(decide(on({}, { qos: 'high' })).preempt).toEqual([]);
  });

  it('ends nobody when that would not make room all the same', () => {
    const mixed = [
      runs('a', 'n1', [0, 1]),
      { ...runs('b', 'n1', [2, 3]), job: job('b', { ...long, qos: 'normal', gpus: whole(2) }) },
    ];

    expect(decide(mixed, 4, [node('n1', 4)]).preempt).toEqual([]);
    expect(decide(mixed, 2, [node('n1', 4)]).preempt).toMatchObject([{ job: 'a' }]);
  });

  it('ends nobody beyond its quota', () => {
    const policy = { ...PLAIN, quotas: { teams: { research: 8 }, users: {} } };
    const inputs = given({
      nodes: [node('n1', 4), node('n2', 4)],
      running: full,
      queue: [urgent(1)],
      policy,
    });

    expect(planOf(inputs).preempt).toEqual([]);
  });
});

describe('the smallest set of victims', () => {
  it('is as small as any that is enough', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 12 }), (gpus, wanted) => {
        const isEnough = (chosen: readonly number[]) => chosen.reduce((sum, size) => sum + size, 0) >= wanted;
        const found = fewest(gpus, gpus.length, isEnough);
        const largest = [...gpus].sort((one, other) => other - one);
        const least = largest.findIndex((_, at) => isEnough(largest.slice(0, at + 1))) + 1;
        expect(found?.length ?? 0).toBe(least);
        if (found) expect(isEnough(found)).toBe(true);
      }),
    );
  });

  it('is thinned out from all of them when there are too many sets to try', () => {
    const candidates = Array.from({ length: 40 }, (_, at) => at);
    const isEnough = (chosen: readonly number[]) => [3, 17, 29, 38].every((one) => chosen.includes(one));

    expect(fewest(candidates, 8, isEnough)).toEqual([3, 17, 29, 38]);
    expect(fewest(candidates, 3, isEnough)).toBeNull();
  });
});
