import { expect, it } from '@jest/globals';
import { changeArray, enterJobs } from '../../db/gpu-job-changes.ts';
import { planNow } from '../../db/gpu-planner.ts';
import { lockGpu } from '../../db/gpu-position.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, order } from '../support/gpu.ts';

const database = useDatabase();
const JOBS = 10_000;
const TASKS = 100;

/** Jobs of 200 users and 20 teams, as their submissions would have left them. */
const fillQueue = () =>
  database.sql.begin(async (tx) => {
    await lockGpu(tx);
    await tx`select set_config('transaction_timeout', '0', true)`;
    await tx`
      insert into gpu_job (job_id, owner, team, submitted_by, submitted_role, template, config_path, workdir, gpus,
        cpu_millis, memory_mib, walltime_s, grace_s, is_preemptible, qos, max_infra, max_user)
      select 'j-' || n, 'user-' || n % 200, 'team-' || n % 20, 'kim', 'operator', 'demo', 'config', 'work-' || n,
             1 + n % 4, 1000 * (1 + n % 8), 1024 * (1 + n % 16), 600 * (1 + n % 100), 30, true, 'normal', 3, 0
      from generate_series(1, ${JOBS}) as n`;
    for (const state of ['requested', 'validated', 'queued'])
      await tx`
        insert into gpu_job_event (job_id, kind, state, actor, role, after)
        select job_id, ${state === 'requested' ? 'submitted' : 'moved'}, ${state}, 'kim', 'operator', '{}'
        from gpu_job order by position`;
  });

it('a queue of ten thousand is planned, added to and changed within what a transaction may last', async () => {
  const { sql } = database;
  for (let node = 0; node < 8; node += 1)
    await addNode(
      sql,
      Array.from({ length: 8 }, () => ({})),
      { cpuMillis: 128_000, memoryMib: 1_000_000 },
    );
  await fillQueue();
  const made = await planNow(sql, BY);
  const orders = Array.from({ length: TASKS }, (_, index) =>
    order({ jobId: `a-1-${index}`, workdir: `task-${index}`, array: { id: 'a-1', index, limit: 5 } }),
  );
  const entered = await enterJobs(sql, BY, orders);
  const changed = await changeArray(sql, BY, 'a-1', { kind: 'cancel' }, 'a test');

  expect(made.started.length).toBeGreaterThan(8);
  expect(entered).toHaveLength(TASKS);
  expect(changed.filter(({ problem }) => problem === null)).toHaveLength(TASKS);
});
