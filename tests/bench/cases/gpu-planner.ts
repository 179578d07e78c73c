/**
 * One plan of the whole queue: 10,000 jobs of 240 shapes before 1,000 nodes of which 90 % are in use, conservative
 * backfill that keeps room for each of the first 1,000 jobs, preemption included. Against 100 ms. How it grows is the
 * exponent between a quarter of it all and all of it. `--rows` is the number of jobs.
 */
import { plan } from '../../../domain/gpu/plan.ts';
import { GPU_POLICY } from '../../../domain/gpu/policy.ts';
import { aBusyCluster } from '../../support/gpu-cluster.ts';
import { median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET_MS = 100;
const SHAPES = 240;
const JOBS_PER_NODE = 10;
const OCCUPIED = 0.9;
const ROUNDS = 15;
/** Rounds before those that count: the compiler needs them. */
const WARM = 10;

export async function benchGpuPlanner({ rows, say }: BenchRequest): Promise<BenchResult> {
  const small = measure(Math.round(rows / 4), say);
  const large = measure(rows, say);
  const easy = measure(rows, say, 'easy');
  const medianMs = median(large.times);
  return {
    ratio: round3(medianMs / TARGET_MS),
    target: 1,
    better: 'lower',
    figures: {
      jobs: rows,
      nodes: rows / JOBS_PER_NODE,
      shapes: large.shapes,
      running: large.running,
      depth: large.looked,
      started: large.started,
      reserved: large.reserved,
      preempted: large.preempted,
      medianMs: round3(medianMs),
      easyMs: round3(median(easy.times)),
      quarterMs: round3(median(small.times)),
      exponent: round3(Math.log(medianMs / median(small.times)) / Math.log(4)),
      processorMs: round3(median(large.processor)),
      planMs: large.times.map(round3),
    },
  };
}

function measure(jobs: number, say: (line: string) => void, kind: 'conservative' | 'easy' = 'conservative') {
  const depth = Math.round(jobs / JOBS_PER_NODE);
  const policy = { ...GPU_POLICY, backfill: { ...GPU_POLICY.backfill, kind, depth } };
  const nodes = jobs / JOBS_PER_NODE;
  const inputs = aBusyCluster({ jobs, nodes, shapes: SHAPES, occupied: OCCUPIED, seed: 'bench', policy });
  const { queue, running, capacity, usage, now } = inputs;
  const decide = () => plan(queue, running, capacity, usage, policy, now);
  for (let round = 0; round < WARM; round += 1) decide();
  const times: number[] = [];
  /** On one core: what the plan takes where nobody else wants it. */
  const processor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const used = process.threadCpuUsage();
    const began = performance.now();
    decide();
    times.push(performance.now() - began);
    const { user, system } = process.threadCpuUsage(used);
    processor.push((user + system) / 1000);
  }
  const { start, reserve, preempt } = decide();
  say(`${kind}: ${jobs} jobs, ${nodes} nodes: ${round3(median(times))} ms`);
  return {
    times,
    processor,
    shapes: new Set(queue.map(({ resources }) => JSON.stringify(resources))).size,
    running: running.length,
    looked: Math.min(depth, queue.length),
    started: start.length,
    reserved: reserve.length,
    preempted: preempt.length,
  };
}
