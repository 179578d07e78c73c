import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rankQueue } from '../../domain/gpu/rank-queue.ts';
import { MINUTE, planOf } from '../support/gpu-jobs.ts';
import { startSlurm, type Slurm } from '../support/slurm.ts';
import { findSlurm, type SlurmPrograms } from '../support/slurm-programs.ts';
import {
  aRandomSet,
  aSetJob,
  idOf,
  isComparable,
  plannedOf,
  plannerInputs,
  someNodes,
  type JobSet,
} from '../support/slurm-sets.ts';

const found = findSlurm();
if ('problem' in found) process.stderr.write(`SKIPPED: real Slurm is not compared with. ${found.problem}\n`);
const describeSlurm = 'problem' in found ? describe.skip : describe;

const FAVOUR: Record<JobSet['favour'], readonly string[]> = {
  large: ['PriorityFavorSmall=NO'],
  small: ['PriorityFavorSmall=YES'],
  'small-relative-to-time': ['PriorityFavorSmall=YES', 'PriorityFlags=SMALL_RELATIVE_TO_TIME'],
};

const set = (jobs: JobSet['jobs'], changed: Partial<JobSet> = {}): JobSet => ({
  nodes: someNodes(2),
  jobSizeWeight: 0,
  favour: 'large',
  jobs,
  ...changed,
});

const wide = { cpus: 8 };

/** By hand. GPUs are told to Slurm as its memory: without its database it does not take GPUs that are only claimed. */
const SETS: Record<string, JobSet> = {
  'the four cases of backfill on whole nodes': set(
    [
      aSetJob(3, { ...wide, nodes: 2 }),
      aSetJob(5, { ...wide, nodes: 4, nice: 1 }),
      aSetJob(1, { ...wide, nice: 2 }),
      aSetJob(10, { ...wide, nice: 3 }),
    ],
    { nodes: someNodes(4) },
  ),
  'the four cases of backfill with jobs of one node': set([
    aSetJob(6, { cpus: 5 }),
    aSetJob(20, { cpus: 5 }),
    aSetJob(9, { cpus: 8, nice: 1 }),
    aSetJob(4, { cpus: 3, nice: 2 }),
    aSetJob(40, { cpus: 3, nice: 3 }),
  ]),
  'a large job that smaller ones may not pass for ever': set(
    [
      aSetJob(30, { cpus: 2 }),
      aSetJob(12, { cpus: 3 }),
      aSetJob(50, { ...wide, nice: 5 }),
      aSetJob(25, { cpus: 1, nice: 6 }),
      aSetJob(60, { cpus: 2, nice: 7 }),
    ],
    { nodes: someNodes(1) },
  ),
  'jobs that memory keeps apart': set([
    aSetJob(11, { memoryMib: 5000 }),
    aSetJob(17, { memoryMib: 4500 }),
    aSetJob(23, { memoryMib: 6000 }),
    aSetJob(31, { memoryMib: 7500 }),
    aSetJob(5, { cpus: 2, memoryMib: 3500 }),
  ]),
  'jobs that GPUs keep apart': set(
    [
      aSetJob(14, { gpus: 3 }),
      aSetJob(45, { gpus: 2 }),
      aSetJob(20, { gpus: 4 }),
      aSetJob(9, { gpus: 1, nice: 1 }),
      aSetJob(60, { gpus: 3, nice: 1 }),
    ],
    { nodes: someNodes(2, { gpus: 4 }) },
  ),
  'nice that turns the order round': set(
    [10, 20, 30, 40].map((minutes, at) => aSetJob(minutes, { ...wide, nice: 40 - at * 10 })),
    { nodes: someNodes(1), jobSizeWeight: 1000 },
  ),
  'size that decides, the largest first': set(
    [5, 6, 8, 7].map((cpus, at) => aSetJob(10 + at * 7, { cpus })),
    { nodes: someNodes(1), jobSizeWeight: 1000 },
  ),
  'size that decides, the smallest first': set(
    [8, 5, 6, 7, 5].map((cpus, at) => aSetJob(10 + at * 7, { cpus })),
    { nodes: someNodes(1), jobSizeWeight: 1000, favour: 'small' },
  ),
  'size against time, the least first': set(
    [8, 5, 6, 7, 5].map((cpus, at) => aSetJob(40 - at * 9, { cpus })),
    { nodes: someNodes(1), jobSizeWeight: 100_000, favour: 'small-relative-to-time' },
  ),
};

const FAVOURS = Object.keys(FAVOUR) as JobSet['favour'][];
for (let at = 1; at <= 9; at += 1)
  SETS[`random set ${at}`] = aRandomSet(`slurm-${at}`, FAVOURS[at % FAVOURS.length]!);

/** Starts a Slurm with the nodes and weights of a set, and queues its jobs. */
async function queueAtSlurm({ nodes, jobs, jobSizeWeight, favour }: JobSet) {
  const onGpus = nodes.some(({ gpus }) => gpus > 0);
  const theirs = nodes.map((node) => ({ ...node, memoryMib: onGpus ? node.gpus : node.memoryMib }));
  const weights = [`PriorityWeightJobSize=${jobSizeWeight}`, ...FAVOUR[favour]];
  const slurm = await startSlurm(found as SlurmPrograms, theirs, weights);
  try {
    const ids = new Map<number, string>();
    for (const [at, one] of jobs.entries())
      ids.set(await slurm.submit({ ...one, memoryMib: onGpus ? one.gpus : one.memoryMib || 1 }), idOf(at));
    return { slurm, ids };
  } catch (error) {
    await slurm.stop();
    throw error;
  }
}

/** Names of `n1`, `n[1-2,4]`. */
const namesOf = (list: string): string[] => {
  const [, inner] = /^n\[(.*)\]$/.exec(list) ?? [];
  if (inner === undefined) return list === '' ? [] : [list];
  return inner.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => `n${from + at}`);
  });
};

describeSlurm.each(Object.entries(SETS))('real Slurm and our planner, given %s,', (_name, given) => {
  const inputs = plannerInputs(given);
  const ranked = rankQueue(inputs);
  let slurm: Slurm | null = null;
  let ids: ReadonlyMap<number, string> = new Map();
  beforeAll(async () => {
    ({ slurm, ids } = await queueAtSlurm(given));
  });
  afterAll(() => slurm?.stop());

  it('are given nothing that they do differently on purpose', () => {
    expect(isComparable(given)).toBe(true);
  });

  it('agree on every size and priority, and on the order', async () => {
    const says = await slurm!.look();
    const theirs = [...says].map(([id, { priority }]) => ({ id: ids.get(id)!, priority }));

    theirs.sort((one, other) => other.priority - one.priority || (one.id < other.id ? -1 : 1));
    expect(theirs).toEqual(ranked.map(({ job: { id }, priority }) => ({ id, priority })));
    const sizes = given.jobSizeWeight > 0 ? await slurm!.sizes() : new Map<number, number>();
    for (const [id, size] of sizes)
      expect(size).toBeCloseTo(ranked.find(({ job }) => job.id === ids.get(id))!.factors.jobSize, 6);
    expect(sizes.size).toBe(given.jobSizeWeight > 0 ? given.jobs.length : 0);
  });

  it('start the same jobs now, and on the same nodes, and plan the others for the same minute', async () => {
    await slurm!.open();
    const says = [...(await slurm!.look())];
    const opened = Math.min(...says.map(([, { startAt }]) => startAt!));

    const theirs = says.map(([id, { startAt, nodes, state }]) => ({
      id: ids.get(id)!,
      inMinutes: Math.round((startAt! - opened) / MINUTE),
      nodes: state === 'RUNNING' ? namesOf(nodes) : [],
    }));
    const ours = plannedOf(planOf(inputs));
    expect(theirs).toEqual(ours.map((one) => ({ ...one, nodes: one.inMinutes === 0 ? one.nodes : [] })));
  });
});
