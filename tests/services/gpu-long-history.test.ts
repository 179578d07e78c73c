import { expect, it } from '@jest/globals';
import { readRunJob } from '../../db/gpu-job-runs.ts';
import { planNow, readClock } from '../../db/gpu-planner.ts';
import { readPlannerInputs } from '../../db/gpu-planner-input.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { useDatabase } from '../support/database.ts';
import { fillRuns } from '../support/gpu-history.ts';
import { addNode, BY, move, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();
const ENDED = 1500;
const CHECKPOINTS = 4000;
const COMPLETED = 1200;
const DAY_MS = 24 * 3_600_000;

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

/** So many runs that were completed in the last weeks, of twenty people. */
const fillCompleted = (of: { node: string; device: string }, name: string, clockMs: number) =>
  fillRuns(
    database.sql,
    Array.from({ length: COMPLETED }, (_, at) => {
      const toMs = clockMs - 30 * DAY_MS + at * 1000;
      return {
        ...{ ...of, jobId: `${name}-${at}`, owner: at % 20 === 0 ? 'lee' : `user-${at % 20}`, team: 'quant' },
        ...{ start: 0, slices: 1, fromMs: toMs - 600_000, toMs, frozen: [] },
      };
    }),
  );

/** Rows that are read for a plan, and for a second of a run. */
const readAll = (running: string) =>
  database.sql.begin(async (tx) => {
    const rows = async (): Promise<number> => {
      const [row] = await tx<{ rows: number }[]>`
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
        from pg_stat_xact_user_tables where relname like 'gpu_%' or relname = 'allocation_history'`;
      return row!.rows;
    };
    const before = await rows();
    const inputs = await readPlannerInputs(tx, {
      ...{ asOf: await lastGpuPosition(tx), clockMs: await readClock(tx) },
    });
    await readRunJob(tx, running);
    return { rows: (await rows()) - before, inputs };
  });

it('what is read for a plan, and each second for a run, does not grow with jobs that have ended and checkpoints', async () => {
  const { sql } = database;
  const { node, devices } = await addNode(sql, [{}]);
  const of = { node, device: devices[0]! };
  const running = await queueJob(sql);
  await start(sql, running, node, [part(of.device)]);
  for (const to of ['starting', 'running'] as const) await move(sql, running, to);
  await queueJob(sql, { workdir: 'another' });
  await fillHistory(running);
  const clockMs = await readClock(sql);
  await fillCompleted(of, 'first', clockMs);
  const tables = ['gpu_job', 'gpu_job_state', 'gpu_job_event', 'gpu_use', 'gpu_run', 'gpu_allocations'];
  const analyse = async () => {
    for (const table of [...tables, 'allocation_history']) await sql`analyze ${sql(table)}`;
  };
  await analyse();
  // The first plan carries use over to the half-life that holds.
  expect((await planNow(sql, BY)).decision).toBeNull();

  const once = await readAll(running);
  await fillCompleted(of, 'second', clockMs + 3_600_000);
  await analyse();
  const twice = await readAll(running);

  const { queue, running: held, usage } = twice.inputs;
  expect([queue.length, held.length]).toEqual([1, 1]);
  expect(queue[0]!.predictedMs).toBe(600_000);
  expect(usage.users.map(({ usedSeconds }) => usedSeconds > 0)).toEqual(Array(20).fill(true));
  expect(once.rows).toBeLessThan(300);
  expect(twice.rows).toBeLessThan(once.rows + 20);
});
