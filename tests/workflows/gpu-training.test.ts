import { describe, expect, it } from '@jest/globals';
import { useDatabase } from '../support/database.ts';
import { holdTraining } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { describeTraining, LONG, useTrainingDesk } from '../support/training-course.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const training = useTraining(database, temporal);
const desk = useTrainingDesk(database, temporal, training);
const { detail, submit, reaches, hasStarted } = desk;

describeTraining('as processes of this machine', desk, {
  streams: ['stdout', 'stderr'],
  locks: () => training.lockEvents(desk.device()),
});

describe('a training job', () => {
  it('stands still while the governor freezes training, with walltime and bill', async () => {
    await training.withWorkers(async () => {
      const jobId = await submit(LONG);
      await hasStarted(jobId);
      await holdTraining(database.sql, 'freeze');
      await until(async () => {
        if (!(await detail(jobId)).job.isFrozen) throw new Error('It runs.');
      });
      await holdTraining(database.sql, 'none');
      const done = await reaches(jobId, 'completed');

      expect(done.billed.frozenGpuSeconds).toBeGreaterThan(0);
      expect(done.timeline.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['frozen', 'thawed']));
    });
  });
});
