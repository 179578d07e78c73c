/**
 * How well a job is told when it will start: a simulated month of a published workload (`training-month.ts`) on 12
 * nodes of 8 GPUs, 85 % loaded. Each job is told by the plan at its submission, as a band that earlier starts
 * correct. Beside it what the first design had: place in the queue times mean time of a run. Ours over theirs by median
 * absolute error, among the jobs that had to wait. `--rows` is the number of nodes.
 */
import { plannedStarts } from '../../../domain/gpu/explain.ts';
import { GPU_POLICY } from '../../../domain/gpu/policy.ts';
import { startBand, type PastStart } from '../../../domain/gpu/start-band.ts';
import { aNode, DAY } from '../../support/gpu-cluster.ts';
import { MINUTE, NOW } from '../../support/gpu-jobs.ts';
import { simulate } from '../../support/gpu-simulation.ts';
import { median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';
import { trainingMonth } from '../training-month.ts';

const GPUS = 8;
const LOAD = 0.85;
/** Starts that a band is made from, the newest. */
const REMEMBERED = 1000;
/** The first days fill the cluster and the memory. */
const FIRST_DAYS = 3;
/** Waits below this are none. */
const WAITED_MS = MINUTE;

type Told = {
  readonly at: number;
  readonly plannedMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly seedMs: number;
};

export async function benchGpuEta({ rows, say }: BenchRequest): Promise<BenchResult> {
  const nodes = Array.from({ length: rows }, (_, at) =>
    aNode(`node-${String(at).padStart(3, '0')}`, {
      model: 'H100-80GB',
      mode: 'whole',
      count: GPUS,
      cpus: 128,
    }),
  );
  const jobs = trainingMonth(rows * GPUS, LOAD, 'month');
  const runs = new Map(jobs.map(({ job, runMs }) => [job.id, Math.min(runMs, job.walltimeMs)]));
  const told = new Map<string, Told>();
  const past: PastStart[] = [];
  const judged: { readonly told: Told; readonly waitedMs: number }[] = [];
  let ranMs = 0;
  let ran = 0;
  simulate({
    jobs,
    capacity: { nodes, isHeld: false },
    policy: GPU_POLICY,
    accounts: [],
    onArrival(job, inputs) {
      const plannedMs = plannedStarts(inputs, ({ id }) => id === job.id).get(job.id)! - inputs.now;
      const meanMs = ran === 0 ? 0 : ranMs / ran;
      told.set(job.id, {
        at: inputs.now,
        plannedMs,
        ...startBand(past, plannedMs),
        // Place 0 starts at once: what the first design calls position counts the jobs before it.
        seedMs: (inputs.queue.length - 1) * meanMs,
      });
      if (told.size % 2000 === 0) say(`${told.size} of ${jobs.length} jobs, ${inputs.queue.length} waiting`);
    },
    onStart(job, at) {
      const known = told.get(job.id)!;
      const waitedMs = at - known.at;
      past.push({ plannedMs: known.plannedMs, waitedMs });
      if (past.length > REMEMBERED) past.shift();
      ranMs += runs.get(job.id)!;
      ran += 1;
      if (known.at >= NOW + FIRST_DAYS * DAY) judged.push({ told: known, waitedMs });
    },
  });

  const waited = judged.filter(({ waitedMs }) => waitedMs >= WAITED_MS);
  const errors = (of: (told: Told) => number) => waited.map(({ told: one, waitedMs }) => of(one) - waitedMs);
  const middle = (values: readonly number[]) => round3(median(values) / MINUTE);
  const absolute = (values: readonly number[]) => middle(values.map(Math.abs));
  const mean = (values: readonly number[]) =>
    round3(values.reduce((sum, value) => sum + value, 0) / values.length / MINUTE);
  const share = (of: readonly (typeof judged)[number][]) =>
    round3(of.filter(({ told: one, waitedMs }) => waitedMs <= one.p90Ms).length / of.length);
  const ours = errors(({ p50Ms }) => p50Ms);
  const theirs = errors(({ seedMs }) => seedMs);
  return {
    ratio: round3(absolute(ours) / absolute(theirs)),
    target: 1,
    better: 'lower',
    figures: {
      jobs: jobs.length,
      judged: judged.length,
      waited: waited.length,
      medianWaitMinutes: middle(waited.map(({ waitedMs }) => waitedMs)),
      medianErrorMinutes: absolute(ours),
      planErrorMinutes: absolute(errors(({ plannedMs }) => plannedMs)),
      seedErrorMinutes: absolute(theirs),
      biasMinutes: middle(ours),
      meanBiasMinutes: mean(ours),
      seedBiasMinutes: middle(theirs),
      beforeP90: share(judged),
      waitedBeforeP90: share(waited),
    },
  };
}
