import { expect, it } from '@jest/globals';
import { LIFECYCLES, PROGRESS_QUERY } from '../../contracts/lifecycles.ts';
import { GPU_POOL } from '../../contracts/gpu-job.ts';
import type { GpuJobState } from '../../contracts/gpu.ts';
import { enterJobs } from '../../db/gpu-job-changes.ts';
import { moveJob, readJobState, type JobOrder } from '../../db/gpu-jobs.ts';
import { lockGpu } from '../../db/gpu-position.ts';
import { hintJob, hintPlanner } from '../../platform/gpu-hints.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, move, order, queueJob } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const training = useTraining(database, temporal);

async function submit(parameters: Record<string, number>, change: Partial<JobOrder> = {}): Promise<string> {
  const { config, workdir } = training.folders();
  const needs = { template: 'proto-gcn', params: parameters, configPath: config, workdir, memoryMib: 512 };
  const [jobId] = await enterJobs(database.sql, BY, [order({ ...needs, ...change })]);
  await Promise.all([hintPlanner(temporal.client), hintJob(temporal.client, jobId!)]);
  return jobId!;
}

const reaches = (jobId: string, ...states: GpuJobState[]) =>
  until(async () => {
    const now = await readJobState(database.sql, jobId);
    if (!states.includes(now.state)) throw new Error(`It is ${now.state}.`);
    return now;
  }, 40_000);

const planner = () => temporal.client.workflow.getHandle(LIFECYCLES.gpuPlanner.workflowId(GPU_POOL));

// The first of all: its planner has never run elsewhere, whose queue would be asked in vain for ten seconds.
it('a job that is cancelled while the planner is about to end it stops nobody', async () => {
  const { sql } = database;
  await addNode(sql, [{ model: 'RTX-4090-24GB' }]);
  const first = await queueJob(sql, { isHeld: true });
  const second = await queueJob(sql, { dependsOn: [{ jobId: first, condition: 'success' }] });
  await move(sql, first, 'cancelled');
  await training.withWorkers(async () => {
    await sql.begin(async (tx) => {
      await lockGpu(tx);
      // It lasts until the planner has come, however long that takes.
      await tx`select set_config('transaction_timeout', '0', true)`;
      await moveJob(tx, BY, second, { to: 'cancelled' });
      await hintPlanner(temporal.client);
      await until(async () => {
        const [row] = await sql<{ waiting: number }[]>`
          select count(*)::int as waiting from pg_locks join pg_database on oid = database
          where datname = current_database() and locktype = 'advisory' and not granted`;
        expect(row!.waiting).toBeGreaterThan(0);
      });
    });
    // Nobody gives the planner a hint of it.
    const { config, workdir } = training.folders();
    const next = order({
      template: 'proto-gcn',
      params: { steps: 5 },
      configPath: config,
      workdir,
      memoryMib: 512,
    });
    await enterJobs(sql, BY, [next]);

    await reaches(next.jobId, 'reserved', 'starting', 'running', 'collecting', 'cleaning', 'completed');
  });
}, 60_000);

it('a run whose workflow is gone comes to its end all the same', async () => {
  await addNode(database.sql, [{ model: 'RTX-4090-24GB' }]);
  const jobId = await training.withWorkers(async () => {
    const id = await submit({ steps: 400, 'pace-ms': 10 });
    await reaches(id, 'running');
    return id;
  });
  await temporal.client.workflow.getHandle(LIFECYCLES.gpuJob.workflowId(jobId)).terminate('by somebody');
  await training.withWorkers(async () => {
    expect(await reaches(jobId, 'completed')).toMatchObject({ attempt: 1, infra_count: 0 });
  });
}, 120_000);

it('the planner looks again when a look has failed for good', async () => {
  const { sql } = database;
  await addNode(sql, [{ sharing: 'mig' }]);
  const profile = { model: 'H100-80GB', profile: '1g.10gb' };
  // Planner and database differ in what a card can be cut into: a decision that is refused.
  await sql`update mig_profiles set starts = '{}' where model = ${profile.model} and profile = ${profile.profile}`;
  await training.withWorkers(async () => {
    const jobId = await submit({ steps: 5 }, { model: profile.model, migProfile: profile.profile });
    await until(async () => {
      expect((await planner().describe()).historyLength).toBeGreaterThan(10);
      expect(await planner().query(PROGRESS_QUERY)).toBeNull();
    }, 40_000);
    await sql`
      update mig_profiles set starts = '{0,1,2,3,4,5,6}'
      where model = ${profile.model} and profile = ${profile.profile}`;

    expect((await planner().describe()).status.name).toBe('RUNNING');
    await reaches(jobId, 'reserved', 'starting', 'running', 'collecting', 'cleaning', 'completed');
  });
}, 120_000);
