import { expect, it } from '@jest/globals';
import type { GpuNode, Job } from '../../../domain/gpu/model.ts';
import { plan } from '../../../domain/gpu/plan.ts';
import { GPU_POLICY } from '../../../domain/gpu/policy.ts';
import { aNode } from '../../support/gpu-cluster.ts';
import { HOUR, NOW } from '../../support/gpu-jobs.ts';

const job: Job = {
  ...{ id: 'j', user: 'kim', team: 'none', qos: 'normal', submittedAt: NOW, eligibleAt: NOW },
  ...{ isHeld: false, nice: 0, walltimeMs: HOUR, predictedMs: null, nearNodes: [], preemptions: 0 },
  resources: { nodes: 1, cpus: 1, memoryMib: 512, gpus: { kind: 'whole', model: null, count: 1 } },
};
const [a, b] = ['a', 'b'].map((name) =>
  aNode(name, { model: 'H100-80GB', mode: 'whole', count: 2, cpus: 64 }),
) as [GpuNode, GpuNode];
const startsOn = (nodes: readonly GpuNode[]): string[] =>
  plan(
    [job],
    [],
    { nodes, isHeld: false },
    { asOf: NOW, accounts: [], users: [] },
    GPU_POLICY,
    NOW,
  ).start.flatMap(({ allocations }) => allocations.map(({ node }) => node));

it('a node that its cluster had no room on comes behind all others, and is taken when there is no other', () => {
  expect(startsOn([a, b])).toEqual(['a']);
  expect(startsOn([{ ...a, hadNoRoom: true }, b])).toEqual(['b']);
  expect(startsOn([{ ...a, hadNoRoom: true }])).toEqual(['a']);
});
