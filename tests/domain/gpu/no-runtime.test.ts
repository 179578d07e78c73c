import { expect, it } from '@jest/globals';
import type { Job } from '../../../domain/gpu/model.ts';
import { plan } from '../../../domain/gpu/plan.ts';
import { predictRuntime } from '../../../domain/gpu/runtime.ts';
import { GPU_POLICY } from '../../../domain/gpu/policy.ts';
import { aNode } from '../../support/gpu-cluster.ts';
import { HOUR, NOW } from '../../support/gpu-jobs.ts';

it('jobs that are predicted to run for no time at all each get a card of their own', () => {
  const nodes = [1, 2, 1].map((count, at) =>
    aNode(`node-${at}`, { model: 'H100-80GB', mode: 'whole', count, cpus: 64 }),
  );
  const queue = Array.from({ length: 4 }, (_, at): Job => ({
    ...{ id: `j${at}`, user: 'kim', team: 'none', qos: 'normal', submittedAt: NOW, eligibleAt: NOW },
    ...{
      isHeld: false,
      nice: 0,
      walltimeMs: HOUR,
      predictedMs: predictRuntime([0, 0], HOUR),
      nearNodes: [],
      preemptions: 0,
    },
    resources: {
      ...{ nodes: 1, cpus: 1, memoryMib: 512 },
      gpus: { kind: 'whole', model: null, count: 1 },
    },
  }));
  const usage = { asOf: NOW, accounts: [], users: [] };
  const { start } = plan(queue, [], { nodes, isHeld: false }, usage, GPU_POLICY, NOW);

  const given = start.flatMap(({ allocations }) =>
    allocations.flatMap(({ devices }) => devices.map(({ device }) => device)),
  );
  expect(new Set(given).size).toBe(4);
});
