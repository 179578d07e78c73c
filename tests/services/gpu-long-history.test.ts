import { expect, it } from '@jest/globals';
import { readRunJob } from '../../db/gpu-job-runs.ts';
import { readClock } from '../../db/gpu-planner.ts';
import { readPlannerInputs } from '../../db/gpu-planner-input.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, move, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();
const ENDED = 1500;
const CHECKPOINTS = 4000;

/** Jobs that were cancelled long ago, and checkpoints of one that runs. */
const fillHistory = (running: string) =>
  database.sql.begin(async (tx) => {
    await lockGpu(tx);
    await tx`select set_config('transaction_timeout', '0', true)`;
    await tx`
      insert into gpu_job (job_id, owner, team, submitted_by, submitted_role, template, config_path, workdir, gpus,
        cpu_millis, memory_mib, walltime_s, grace_s, is_preemptible, qos, max_infra, max_user)
      select 'old-' || n, 'user-' || n % 20, 'none', 'kim', 'operator', 'demo', 'config', 'old-' || n,
             1, 1000, 1024, 600, 30, true, 'normal', 3, 0
      from generate_series(1, ${ENDED}) as n`;
    for (const state of ['requested', 'validated', 'queued', 'cancelled'])
      await tx`
        insert into gpu_job_event (job_id, kind, state, actor, role, after)
        select job_id, ${state === 'requested' ? 'submitted' : 'moved'}, ${state}, 'kim', 'operator', '{}'
        from gpu_job where job_id like 'old-%' order by position`;
    await tx`
      insert into gpu_job_event (job_id, kind, actor, role, facts, after)
      select ${running}, 'checkpointed', 'kim', 'operator', jsonb_build_object('step', n), '{}'
      from generate_series(1, ${CHECKPOINTS}) as n`;
  });

it('what is read for a plan, and each second for a run, does not grow with jobs that have ended and checkpoints', async () => {
  const { sql } = database;
  const { node, devices } = await addNode(sql, [{}]);
  const running = await queueJob(sql);
  await start(sql, running, node, [part(devices[0]!)]);
  for (const to of ['starting', 'running'] as const) await move(sql, running, to);
  await queueJob(sql, { workdir: 'another' });
  await fillHistory(running);
  for (const table of ['gpu_job', 'gpu_job_state', 'gpu_job_event']) await sql`analyze ${sql(table)}`;

  const read = await sql.begin(async (tx) => {
    const rows = async (): Promise<number> => {
      const [row] = await tx<{ rows: number }[]>`
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
        from pg_stat_xact_user_tables where relname like 'gpu_%'`;
      return row!.rows;
    };
    const before = await rows();
    const { queue, running: held } = await readPlannerInputs(tx, {
      ...{ asOf: await lastGpuPosition(tx), clockMs: await readClock(tx) },
    });
    await readRunJob(tx, running);
    return { rows: (await rows()) - before, jobs: queue.length + held.length };
  });

  expect(read.jobs).toBe(2);
  expect(read.rows).toBeLessThan(300);
});
