import { writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { GpuJobState } from '../../contracts/gpu.ts';
import { enterJobs } from '../../db/gpu-job-changes.ts';
import { readJobState } from '../../db/gpu-jobs.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, order } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const training = useTraining(database, temporal);

const TICK_MS = 20;

/** A machine whose processors are all at work, of swaps or of training. */
function beBusy() {
  const ticks = { user: 0, nice: 0 };
  let whose: keyof typeof ticks = 'user';
  const timer = setInterval(() => {
    ticks[whose] += 4;
    writeFileSync(training.at('proc', 'stat'), `cpu  ${ticks.user} ${ticks.nice} 0 100 0 0 0 0 0 0\n`);
  }, TICK_MS);
  return { with: (who: keyof typeof ticks) => (whose = who), stop: () => clearInterval(timer) };
}

const reaches = (jobId: string, state: GpuJobState, attempt: number) =>
  until(async () => {
    const now = await readJobState(database.sql, jobId);
    if (now.state !== state || now.attempt < attempt) throw new Error(`It is ${now.state}.`);
    return now;
  }, 40_000);

it('a job waits for a machine that is short as often as it takes, and for no training on it', async () => {
  const { sql } = database;
  await addNode(sql, [{ model: 'RTX-4090-24GB' }, { model: 'RTX-4090-24GB' }]);
  const orders = ['often', 'once'].map((name) => {
    const { config, workdir } = training.folders(name);
    const wish = { template: 'proto-gcn', params: { steps: 5 }, configPath: config, workdir, memoryMib: 512 };
    return order(wish);
  });
  const [often, once] = await enterJobs(sql, BY, orders);
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`update gpu_job_state set short_count = 5000, pause_count = 5000 where job_id = ${often!}`;
  });
  await training.withWorkers(async () => {
    const machine = beBusy();
    try {
      await hintPlanner(temporal.client);
      const [long, first] = [await reaches(often!, 'queued', 1), await reaches(once!, 'queued', 1)];
      machine.with('nice');
      const done = await reaches(once!, 'completed', 2);

      expect(long).toMatchObject({ cause: 'resource-short', short_count: 5001 });
      expect(first).toMatchObject({ cause: 'resource-short', short_count: 1 });
      expect(done).toMatchObject({ attempt: 2, short_count: 1, infra_count: 0 });
      expect(await readJobState(sql, often!)).toMatchObject({ state: 'queued', attempt: 1 });
    } finally {
      machine.stop();
    }
  });
}, 120_000);
