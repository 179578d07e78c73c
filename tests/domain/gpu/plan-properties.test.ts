import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from '../../../demo/random.ts';
import type { Allocation, Capacity, Job, PlannerInputs, RunningJob } from '../../../domain/gpu/model.ts';
import { findProfile } from '../../../domain/gpu/mig-profiles.ts';
import { GPU_POLICY, type GpuPolicy } from '../../../domain/gpu/policy.ts';
import { killAt } from '../../../domain/gpu/runtime.ts';
import { aBusyCluster } from '../../support/gpu-cluster.ts';
import { MINUTE, NOW } from '../../support/gpu-jobs.ts';
import { job, node, PLAIN, planOf, whole, withBackfill } from '../../support/gpu-jobs.ts';
import { simulate } from '../../support/gpu-simulation.ts';

const KINDS = ['easy', 'conservative', 'none'] as const;

const POLICIES: readonly GpuPolicy[] = KINDS.flatMap((kind) => [
  withBackfill({ kind }),
  withBackfill({ kind }, GPU_POLICY),
  {
    ...withBackfill({ kind }, GPU_POLICY),
    quotas: { teams: { 'team-1': 2, 'team-2': 5 }, users: { 'user-7': 1 } },
  },
]);

const busy = fc
  .record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    jobs: fc.integer({ min: 1, max: 40 }),
    nodes: fc.integer({ min: 5, max: 20 }),
    occupied: fc.constantFrom(0, 0.5, 0.9),
    policy: fc.constantFrom(...POLICIES),
  })
  .map(({ seed, ...size }) => aBusyCluster({ ...size, shapes: 25, seed: String(seed) }));

type Held = { readonly allocations: readonly Allocation[]; readonly from: number; readonly until: number };

/** Everything that a plan has somebody hold, from when until when. */
function held(inputs: PlannerInputs, endOf: (running: RunningJob) => number): Held[] {
  const { start, reserve, preempt } = planOf(inputs);
  const jobs = new Map(inputs.queue.map((one) => [one.id, one]));
  const gone = new Map(preempt.map(({ job: id, endBy }) => [id, endBy]));
  const lengthOf = (id: string) => jobs.get(id)!.walltimeMs;
  return [
    ...inputs.running.map((one) => ({
      allocations: one.allocations,
      from: inputs.now,
      until: gone.get(one.job.id) ?? endOf(one),
    })),
    ...start.map(({ job: id, allocations }) => ({
      allocations,
      from: inputs.now,
      until: inputs.now + lengthOf(id),
    })),
    ...reserve.map(({ job: id, allocations, startAt }) => ({
      allocations,
      from: startAt,
      until: startAt + lengthOf(id),
    })),
  ];
}

/** What is held of one node at an instant has to be there, each slice once. */
function expectRoom(capacity: Capacity, holds: readonly Held[], at: number): void {
  const slices = new Set<string>();
  const cpus = new Map<string, number>();
  const memory = new Map<string, number>();
  for (const { allocations } of holds.filter(({ from, until }) => from <= at && at < until))
    for (const { node: name, cpus: used, memoryMib, devices } of allocations) {
      cpus.set(name, (cpus.get(name) ?? 0) + used);
      memory.set(name, (memory.get(name) ?? 0) + memoryMib);
      for (const { device, slices: some } of devices)
        for (const slice of some) {
          expect(slices).not.toContain(`${device}#${slice}`);
          slices.add(`${device}#${slice}`);
        }
    }
  for (const { name, cpus: most, memoryMib } of capacity.nodes) {
    expect(cpus.get(name) ?? 0).toBeLessThanOrEqual(most);
    expect(memory.get(name) ?? 0).toBeLessThanOrEqual(memoryMib);
  }
}

describe('a plan', () => {
  it('has the same bytes for the same inputs, in whatever order they are given', () => {
    fc.assert(
      fc.property(busy, (inputs) => {
        const once = JSON.stringify(planOf(inputs));
        const { nodes } = inputs.capacity;
        const turned = {
          ...inputs,
          queue: [...inputs.queue].reverse(),
          running: [...inputs.running].reverse(),
          capacity: { ...inputs.capacity, nodes: [...nodes].reverse() },
          usage: {
            ...inputs.usage,
            users: [...inputs.usage.users].reverse(),
            accounts: [...inputs.usage.accounts].reverse(),
          },
        };
        expect(JSON.stringify(planOf(inputs))).toBe(once);
        expect(JSON.stringify(planOf(turned))).toBe(once);
      }),
      { numRuns: 60 },
    );
  });

  it('gives nothing twice and no more than there is, at any time, when all run as long as they may', () => {
    fc.assert(
      fc.property(busy, (inputs) => {
        const policy = withBackfill({ runtime: 'walltime', fitsBy: 'walltime' }, inputs.policy);
        const holds = held({ ...inputs, policy }, (one) => killAt(one));
        for (const at of new Set(holds.map(({ from }) => from))) expectRoom(inputs.capacity, holds, at);
      }),
      { numRuns: 60 },
    );
  });

  it('gives nothing twice now, by predictions too', () => {
    fc.assert(
      fc.property(busy, (inputs) =>
        expectRoom(
          inputs.capacity,
          held(inputs, () => Infinity).filter(({ from }) => from === inputs.now),
          NOW,
        ),
      ),
      { numRuns: 60 },
    );
  });

  it('puts MIG instances where their profile may lie, as many as are asked for', () => {
    fc.assert(
      fc.property(busy, (inputs) => {
        const asked = new Map(inputs.queue.map((one) => [one.id, one.resources.gpus]));
        const models = new Map(
          inputs.capacity.nodes.flatMap(({ devices }) => devices.map(({ id, model }) => [id, model])),
        );
        for (const { job: id, allocations } of planOf(inputs).start) {
          const request = asked.get(id)!;
          if (request?.kind !== 'mig') continue;
          const instances = allocations[0]!.devices;
          expect(instances).toHaveLength(request.count);
          for (const { device, slices, profile: name } of instances) {
            const profile = findProfile(models.get(device)!, request.profile)!;
            expect(name).toBe(request.profile);
            expect(profile.starts).toContain(slices[0]);
            expect(slices.filter((slice) => slice < 8)).toHaveLength(profile.memorySlices);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves no job waiting that could start behind all that has room kept for it', () => {
    fc.assert(
      fc.property(busy, (inputs) => {
        if (inputs.policy.backfill.kind === 'none') return;
        const decision = planOf(inputs);
        const started = new Set(decision.start.map(({ job: id }) => id));
        const reserved = new Set(decision.reserve.map(({ job: id }) => id));
        const told = new Map(decision.preempt.map(({ job: id }) => [id, NOW]));
        const running: RunningJob[] = [
          ...inputs.running.map((one) => ({ ...one, preemptedAt: told.get(one.job.id) ?? null })),
          ...decision.start.map(({ job: id, allocations }) => ({
            job: inputs.queue.find((one) => one.id === id)!,
            startedAt: NOW,
            frozenMs: 0,
            allocations,
            checkpointAt: null,
            savesOnNotice: false,
            preemptedAt: null,
          })),
        ];
        // What has room kept comes first; then each of the others by itself must find none.
        const before = inputs.queue.filter(({ id }) => reserved.has(id));
        for (const other of inputs.queue
          .filter(({ id }) => !started.has(id) && !reserved.has(id))
          .slice(0, 5)) {
          const queue = [...before.map((one) => ({ ...one, nice: -1e6 })), { ...other, nice: 1e6 }];
          const policy = withBackfill({ kind: 'conservative' }, inputs.policy);
          const again = planOf({ ...inputs, queue, running, policy });
          expect(again.start.map(({ job: id }) => id)).not.toContain(other.id);
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** Jobs that are there from the beginning, in an order that nothing changes. */
function drain(seed: number, policy: GpuPolicy, runs: (job: Job) => number) {
  const random = createRandom(String(seed));
  const jobs = Array.from({ length: 25 }, (_, at) =>
    job(`j${at + 10}`, {
      gpus: whole(random.pick([1, 1, 1, 2, 3, 4])),
      on: { cpus: random.int(1, 20), nodes: random.chance(0.15) ? 2 : 1 },
      submittedAt: NOW,
      eligibleAt: NOW,
      walltimeMs: random.int(1, 30) * 10 * MINUTE,
    }),
  );
  const promised = new Map<string, number>();
  const late: string[] = [];
  const lived = simulate({
    jobs: jobs.map((one) => ({ job: one, runMs: runs(one), template: null })),
    capacity: { nodes: [node('n1', 4), node('n2', 4, { cpus: 32 })], isHeld: false },
    policy,
    accounts: [],
    onPlan: (_, { reserve }) => {
      const first = reserve[0];
      if (first && !promised.has(first.job)) promised.set(first.job, first.startAt);
    },
    onStart: ({ id }, at) => void (at > (promised.get(id) ?? Infinity) && late.push(id)),
  });
  return { lived, late, jobs };
}

describe('a promise', () => {
  it('to the first job that waits is kept, however early the others end and whatever was backfilled', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom('easy', 'conservative'), (seed, kind) => {
        const random = createRandom(`run ${seed}`);
        const { late, lived, jobs } = drain(seed, withBackfill({ kind }), ({ walltimeMs }) =>
          Math.max(MINUTE, Math.round((walltimeMs * random.int(5, 100)) / 100)),
        );
        expect(late).toEqual([]);
        expect(lived.size).toBe(jobs.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('preemption', () => {
  let preempted = 0;

  it('never goes back and forth: every job ends, and none is preempted more often than it may be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const random = createRandom(String(seed));
        const jobs = Array.from({ length: 40 }, (_, at) => ({
          job: job(`j${at + 10}`, {
            qos: random.pick(['low', 'low', 'normal', 'high']),
            gpus: whole(random.pick([1, 2, 4])),
            submittedAt: NOW + random.int(0, 600) * MINUTE,
            walltimeMs: random.int(30, 300) * MINUTE,
          }),
          runMs: random.int(10, 300) * MINUTE,
          template: null,
        }));
        const lived = simulate({
          jobs,
          capacity: { nodes: [node('n1', 4), node('n2', 4)], isHeld: false },
          policy: PLAIN,
          accounts: [],
          onPlan: ({ running }, { preempt }) => {
            for (const { job: id, inFavourOf } of preempt) {
              preempted += 1;
              expect(running.find((one) => one.job.id === id)!.job.qos).toBe('low');
              expect(jobs.find((one) => one.job.id === inFavourOf)!.job.qos).toBe('high');
            }
          },
        });
        expect(lived.size).toBe(jobs.length);
        for (const { preemptions } of lived.values())
          expect(preemptions).toBeLessThanOrEqual(PLAIN.preemption.mostTimes);
      }),
      { numRuns: 25 },
    );
    expect(preempted).toBeGreaterThan(0);
  });
});
