import { expect, it } from '@jest/globals';
import { NO_GPU_POLICY } from '../../contracts/gpu.ts';
import { decideAgain, planNow, readClock } from '../../db/gpu-planner.ts';
import { readPlannerInputs } from '../../db/gpu-planner-input.ts';
import { setPolicy } from '../../db/gpu-policy.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { allGpusOf } from '../../domain/gpu/weigh-request.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, cutInto, queueJob } from '../support/gpu.ts';

const database = useDatabase();

it('a quota of half a card lets four eighths of it start, though the profile is two eighths of another model', async () => {
  const { sql } = database;
  const { devices } = await addNode(sql, [{ sharing: 'mig' }]);
  await cutInto(
    sql,
    devices[0]!,
    [0, 1, 2, 3, 4].map((start) => ['1g.10gb', start]),
  );
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    await setPolicy(tx, BY, { ...NO_GPU_POLICY, quotas: { teams: {}, users: { lee: 0.5 } } }, 'a test');
  });
  for (let count = 0; count < 5; count += 1)
    await queueJob(sql, { migProfile: '1g.10gb', workdir: `w${count}` });

  const { started, decision } = await planNow(sql, BY);

  expect(started).toHaveLength(4);
  expect(await decideAgain(sql, decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  const usedBy = (version?: number) =>
    sql.begin(async (tx) => {
      const [asOf, clockMs] = [await lastGpuPosition(tx), await readClock(tx)];
      const { running } = await readPlannerInputs(tx, { asOf, clockMs, ...(version && { version }) });
      return running.reduce((sum, { job }) => sum + allGpusOf(job.resources), 0);
    });
  expect(await usedBy()).toBe(0.5);
  // As planners saw it until plan 5.
  expect(await usedBy(5)).toBe(1);
});
