import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from '../../../demo/random.ts';
import type { Allocation, Job, PlannerInputs } from '../../../domain/gpu/model.ts';
import { GPU_POLICY, type GpuPolicy } from '../../../domain/gpu/policy.ts';
import { HOUR, job, MINUTE, node, NOW, whole, withBackfill } from '../../support/gpu-jobs.ts';
import { simulate } from '../../support/gpu-simulation.ts';

const POLICIES: readonly GpuPolicy[] = (['conservative', 'easy', 'none'] as const).flatMap((kind) => [
  withBackfill({ kind }),
  withBackfill({ kind, overdueMs: 2 * HOUR }),
  {
    ...withBackfill({ kind }, GPU_POLICY),
    quotas: { teams: { quant: 5 }, users: { lee: 4 } },
  },
]);

/** Jobs of all qualities that come over half a day; some of those that may not preempt are before all by their nice. */
function aDay(seed: number) {
  const random = createRandom(String(seed));
  return Array.from({ length: 45 }, (_, at) => {
    const submittedAt = NOW + random.int(0, 600) * MINUTE;
    const nodes = random.chance(0.1) ? 2 : 1;
    const one = job(`j${at + 10}`, {
      user: random.pick(['kim', 'lee', 'park']),
      team: random.pick(['quant', 'research']),
      qos: random.pick(['low', 'low', 'low', 'normal', 'normal', 'high']),
      nice: random.pick([0, 0, -4000]),
      gpus: whole(nodes === 2 ? random.pick([1, 2]) : random.pick([1, 1, 2, 4])),
      on: { nodes, cpus: random.int(1, 20) },
      submittedAt,
      eligibleAt: submittedAt,
      walltimeMs: random.int(30, 400) * MINUTE,
    });
    return { job: one, runMs: random.int(10, 400) * MINUTE, template: null };
  });
}

const NODES = [node('n1', 4), node('n2', 4)];

/** Machines that are short of something as a job is to start there; some of the time a card of the first node is ill. */
function troubles(seed: number) {
  const random = createRandom(`troubles ${seed}`);
  const times = new Map<string, number>();
  const illUntil = new Map<string, number>();
  return {
    capacityAt: (now: number) => ({
      nodes: NODES.map((one) => ({
        ...one,
        devices: one.devices.map((card) => ({ ...card, isHealthy: (illUntil.get(card.id) ?? 0) <= now })),
      })),
      isHeld: false,
    }),
    pauseMs: ({ id }: Job, now: number, allocations: readonly Allocation[]) => {
      const before = times.get(id) ?? 0;
      if (before === 3 || random.chance(0.7)) return 0;
      times.set(id, before + 1);
      const { device } = allocations[0]!.devices[0]!;
      if (['n1/0', 'n1/1'].includes(device) && random.chance(0.5)) illUntil.set(device, now + 3 * HOUR);
      return random.pick([1, 10]) * MINUTE;
    },
  };
}

/** What came of those for whom others were preempted, over all plans of a day. */
function liveThrough(seed: number, policy: GpuPolicy, { remembersRooms = true, hasTroubles = false } = {}) {
  const promised = new Map<
    string,
    { readonly startAt: number; readonly allocations: readonly Allocation[] }
  >();
  const ending = new Map<string, string>();
  const broken: string[] = [];
  const seen = { kept: 0, paused: 0, lost: 0, again: 0 };
  const trouble = troubles(seed);
  const pausedUntil = new Map<string, number>();
  const told = new Set<string>();
  const jobs = aDay(seed);
  /** Room on a card that is ill is lost: others may be preempted for the same start, the same ones too. */
  const forgetLost = ({ capacity }: PlannerInputs) => {
    const ill = new Set(
      capacity.nodes
        .flatMap(({ devices: all }) => all.filter(({ isHealthy }) => !isHealthy))
        .map(({ id }) => id),
    );
    for (const [id, { allocations }] of promised) {
      if (!allocations.some((one) => one.devices.some(({ device }) => ill.has(device)))) continue;
      seen.lost += 1;
      promised.delete(id);
      for (const [victim, favoured] of ending) if (favoured === id) ending.delete(victim);
    }
  };
  const lived = simulate({
    ...{ jobs, policy, accounts: [], remembersRooms },
    capacity: { nodes: NODES, isHeld: false },
    ...(hasTroubles && trouble),
    onPlan: (inputs, { preempt, reserve }) => {
      forgetLost(inputs);
      for (const { id, eligibleAt } of inputs.queue)
        if (eligibleAt! > inputs.now && promised.has(id)) pausedUntil.set(id, eligibleAt!);
      for (const { job: victim, inFavourOf } of preempt) {
        if (ending.has(victim)) broken.push(`${victim} made room for ${ending.get(victim)}, and again`);
        if (promised.has(inFavourOf)) broken.push(`${inFavourOf} had room made, and again`);
        seen.again += Number(told.has(`${victim} ${inFavourOf}`));
        told.add(`${victim} ${inFavourOf}`);
      }
      for (const { job: victim, inFavourOf } of preempt) {
        ending.set(victim, inFavourOf);
        promised.set(
          inFavourOf,
          reserve.find(({ job: id }) => id === inFavourOf)!,
        );
      }
    },
    onStart: ({ id }, at, allocations) => {
      const room = promised.get(id);
      if (!room) return;
      seen.kept += 1;
      seen.paused += Number(pausedUntil.has(id));
      if (at > Math.max(room.startAt, pausedUntil.get(id) ?? 0)) broken.push(`${id} starts late`);
      if (JSON.stringify(allocations) !== JSON.stringify(room.allocations))
        broken.push(`${id} starts in other room`);
      promised.delete(id);
      for (const [victim, favoured] of ending) if (favoured === id) ending.delete(victim);
    },
  });
  for (const id of promised.keys()) broken.push(`${id} never starts`);
  return { broken, seen, lived, jobs };
}

describe('over many plans', () => {
  const days = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(...POLICIES));

  /** Lives through days, and counts what was seen in all. */
  const liveAll = (how: Parameters<typeof liveThrough>[2], numRuns: number) => {
    const all = { kept: 0, paused: 0, lost: 0, again: 0 };
    fc.assert(
      fc.property(days, ([seed, policy]) => {
        const { broken, seen, lived, jobs } = liveThrough(seed, policy, how);
        for (const what of ['kept', 'paused', 'lost', 'again'] as const) all[what] += seen[what];
        expect(broken).toEqual([]);
        expect(lived.size).toBe(jobs.length);
        for (const { preemptions } of lived.values())
          expect(preemptions).toBeLessThanOrEqual(policy.preemption.mostTimes);
      }),
      { numRuns },
    );
    return all;
  };

  it('who others were preempted for starts in their room in time, and nobody is preempted twice for one start', () => {
    const { kept, again } = liveAll({}, 60);

    expect(kept).toBeGreaterThan(60);
    expect(again).toBe(0);
  });

  it('that is so where machines are short and cards fall ill, as long as the room is there', () => {
    const { kept, paused, lost } = liveAll({ hasTroubles: true }, 60);

    expect(kept).toBeGreaterThan(60);
    expect(paused).toBeGreaterThan(10);
    expect(lost).toBeGreaterThan(0);
  });

  it('that is so because it is remembered', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);

    expect(
      seeds.flatMap((seed) => liveThrough(seed, POLICIES[0]!, { remembersRooms: false }).broken),
    ).not.toEqual([]);
  });
});
