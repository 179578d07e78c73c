import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { accrued, decayed } from '../../../domain/gpu/decay.ts';
import { fairShareOf, growShareTree, shareKey } from '../../../domain/gpu/fairshare.ts';
import { prioritise, sizeFactor } from '../../../domain/gpu/priority.ts';
import { GPU_POLICY } from '../../../domain/gpu/policy.ts';
import { rankQueue } from '../../../domain/gpu/rank-queue.ts';
import { given, HOUR, job, node, NOW, PLAIN } from '../../support/gpu-jobs.ts';

const DAY = 24 * HOUR;
const NONE = { age: 0, fairshare: 0, jobSize: 0, qos: 0, gpus: 0 };

describe('job size as Slurm 22.05 gave it on 4 nodes of 8 processors, weight 1000', () => {
  const totals = { nodes: 4, cpus: 32, gpus: 0 };
  const weights = { ...NONE, jobSize: 1000 };
  const ofSize = (nodes: number, cpus: number): number =>
    prioritise({ ...NONE, jobSize: sizeFactor({ nodes, cpus }, HOUR, totals, 'large') }, 0, {
      ...PLAIN.priority,
      weights,
    });

  it('is 562 for 4 nodes with a processor each, and 140 for one', () => {
    expect(ofSize(4, 1)).toBe(562);
    expect(ofSize(1, 1)).toBe(140);
  });

  it('favours what is small, or small for its time, when it is told to', () => {
    expect(sizeFactor({ nodes: 1, cpus: 1 }, HOUR, totals, 'small')).toBeCloseTo(1 - 0.140625, 9);
    expect(sizeFactor({ nodes: 1, cpus: 1 }, HOUR, totals, 'small-relative-to-time')).toBeCloseTo(
      1 - 8 / 60 / 32,
      9,
    );
  });
});

describe('classic fairshare', () => {
  it('is that of the example in the documentation of Slurm', () => {
    const accounts = [
      { name: 'A', parent: null, shares: 40 },
      { name: 'B', parent: 'A', shares: 30 },
      { name: 'C', parent: 'A', shares: 10 },
      { name: 'D', parent: null, shares: 60 },
      { name: 'E', parent: 'D', shares: 25 },
      { name: 'F', parent: 'D', shares: 35 },
    ];
    const user = (name: string, team: string, usedSeconds: number) => ({
      user: name,
      team,
      shares: 1,
      usedSeconds,
    });
    const users = [
      user('u1', 'B', 20),
      user('u2', 'C', 25),
      user('u3', 'C', 0),
      user('u4', 'E', 25),
      user('u5', 'F', 0),
      // What the others used that are not in the example.
      { ...user('rest', 'G', 30), shares: 0 },
    ];
    const tree = growShareTree([...accounts, { name: 'G', parent: null, shares: 0 }], users);
    const factor = (name: string, team: string) => fairShareOf(tree, shareKey(name, team), 1).factor;

    expect(
      [factor('u1', 'B'), factor('u2', 'C'), factor('u3', 'C'), factor('u4', 'E'), factor('u5', 'F')].map(
        (value) => value.toFixed(6),
      ),
    ).toEqual(['0.408479', '0.022097', '0.125000', '0.500000', '0.749154']);
  });

  it('is one half for who used exactly the share, 1 for who used nothing, 0 for who has none', () => {
    const tree = growShareTree(
      [],
      [
        { user: 'a', team: 'T', shares: 1, usedSeconds: 50 },
        { user: 'b', team: 'U', shares: 1, usedSeconds: 50 },
        { user: 'none', team: 'T', shares: 0, usedSeconds: 0 },
      ],
    );
    const unused = growShareTree([], [{ user: 'a', team: 'T', shares: 1, usedSeconds: 0 }]);

    expect(fairShareOf(tree, shareKey('a', 'T'), 1).factor).toBeCloseTo(0.5, 12);
    expect(fairShareOf(tree, shareKey('none', 'T'), 1).factor).toBe(0);
    expect(fairShareOf(unused, shareKey('a', 'T'), 1).factor).toBe(1);
    expect(fairShareOf(tree, shareKey('nobody', 'T'), 1).factor).toBe(0);
  });

  it('survives accounts that lie in a circle', () => {
    const accounts = [
      { name: 'A', parent: 'B', shares: 1 },
      { name: 'B', parent: 'A', shares: 1 },
    ];
    const tree = growShareTree(accounts, [{ user: 'a', team: 'A', shares: 1, usedSeconds: 1 }]);

    expect(fairShareOf(tree, shareKey('a', 'A'), 1).factor).toBeGreaterThan(0);
  });
});

describe('use', () => {
  it('counts half after a half-life', () => {
    expect(decayed(100, 7 * DAY, 7 * DAY)).toBe(50);
    expect(decayed(100, -DAY, 7 * DAY)).toBe(100);
  });

  it('comes to the same however often it is worked out', () => {
    const duration = fc.integer({ min: 0, max: 30 * DAY });
    fc.assert(
      fc.property(duration, duration, fc.integer({ min: 1, max: 64 }), (first, second, rate) => {
        const once = accrued(rate, first + second, 7 * DAY);
        const twice =
          decayed(accrued(rate, first, 7 * DAY), second, 7 * DAY) + accrued(rate, second, 7 * DAY);
        expect(twice).toBeCloseTo(once, 3);
      }),
    );
  });
});

describe('the order of the queue', () => {
  const nodes = [node('n1', 8)];
  const order = (inputs: Parameters<typeof given>[0]): string[] =>
    rankQueue(given(inputs)).map(({ job: { id } }) => id);

  it('is that of submission, then of ids, among equals', () => {
    const queue = [
      job('b', { submittedAt: NOW - 5 }),
      job('c', { submittedAt: NOW - 9 }),
      job('a', { submittedAt: NOW - 5 }),
    ];

    expect(order({ nodes, queue })).toEqual(['c', 'a', 'b']);
  });

  it('leaves out what is held and what waits for others', () => {
    const queue = [job('j1', { isHeld: true }), job('j2', { eligibleAt: null }), job('j3')];

    expect(order({ nodes, queue })).toEqual(['j3']);
  });

  it('counts age from when the job could start, not from its submission', () => {
    const policy = { ...PLAIN, priority: { ...PLAIN.priority, weights: { ...NONE, age: 1000 } } };
    const waited = job('j1', { submittedAt: NOW - 6 * DAY, eligibleAt: NOW - HOUR });
    const fresh = job('j2', { submittedAt: NOW - DAY, eligibleAt: NOW - DAY });

    expect(order({ nodes, queue: [waited, fresh], policy })).toEqual(['j2', 'j1']);
  });

  it('takes nice off as it is', () => {
    expect(order({ nodes, queue: [job('j1', { nice: 10 }), job('j2')] })).toEqual(['j2', 'j1']);
  });

  it('puts jobs that are overdue first, the oldest first', () => {
    const old = (id: string, days: number) =>
      job(id, { qos: 'low', eligibleAt: NOW - days * DAY, submittedAt: NOW - days * DAY });

    expect(order({ nodes, queue: [job('j1', { qos: 'high' }), old('j2', 8), old('j3', 9)] })).toEqual([
      'j3',
      'j2',
      'j1',
    ]);
  });

  it('lets the users of a burst take turns, because each job counts as charged for the next', () => {
    const weights = { ...NONE, fairshare: 1000 };
    const policy = { ...GPU_POLICY, priority: { ...GPU_POLICY.priority, weights } };
    const burst = Array.from({ length: 20 }, (_, at) =>
      job(`a${at + 10}`, { user: 'ann', submittedAt: NOW - HOUR }),
    );
    const two = [
      job('b1', { user: 'bob', submittedAt: NOW - 60 }),
      job('b2', { user: 'bob', submittedAt: NOW - 60 }),
    ];
    const charged = order({ nodes, queue: [...burst, ...two], policy });
    const blind = order({
      nodes,
      queue: [...burst, ...two],
      policy: { ...policy, priority: { ...policy.priority, hasEntryCharge: false } },
    });

    expect(charged.indexOf('b1')).toBeLessThanOrEqual(1);
    expect(charged.indexOf('b2')).toBeLessThanOrEqual(3);
    expect(blind.indexOf('b1')).toBe(20);
  });

  it('is the same as far as somebody wants to know it, with and without the entry charge', () => {
    const weights = { ...NONE, fairshare: 1000, age: 10 };
    const drawn = fc.array(
      fc.record({ user: fc.constantFrom('ann', 'bob', 'cho'), ageMs: fc.integer({ min: 0, max: 9 * DAY }) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(drawn, fc.integer({ min: 0, max: 31 }), fc.boolean(), (all, most, hasEntryCharge) => {
        const queue = all.map(({ user, ageMs }, at) =>
          job(`j${at}`, { user, submittedAt: NOW - ageMs, eligibleAt: NOW - ageMs }),
        );
        const policy = { ...GPU_POLICY, priority: { ...GPU_POLICY.priority, weights, hasEntryCharge } };
        const inputs = given({ nodes, queue, policy });
        expect(rankQueue(inputs, most)).toEqual(rankQueue(inputs).slice(0, most));
      }),
    );
  });
});
