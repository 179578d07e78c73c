import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Actor } from '../../contracts/audit.ts';
import { changeJob, enterJobs, type JobChange } from '../../db/gpu-job-changes.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, move, order, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();
const LEE: Actor = { actor: 'lee', role: 'user' };

const change = (jobId: string, by: Actor, wish: JobChange) =>
  changeJob(database.sql, by, jobId, wish, 'a test');

/** A job of lee that runs. */
async function runJob(walltimeS = 3600): Promise<string> {
  const { node, devices } = await addNode(database.sql, [{}]);
  const jobId = await queueJob(database.sql, { owner: 'lee', walltimeS });
  await start(database.sql, jobId, node, [part(devices[0]!)]);
  for (const to of ['starting', 'running'] as const) await move(database.sql, jobId, to);
  return jobId;
}

describe('what an operator holds', () => {
  it('its owner does not release, and what he holds himself he does', async () => {
    const jobId = await queueJob(database.sql, { owner: 'lee' });
    await change(jobId, LEE, { kind: 'hold' });
    expect((await change(jobId, LEE, { kind: 'release' })).is_held).toBe(false);
    await change(jobId, BY, { kind: 'hold' });
    await expect(change(jobId, LEE, { kind: 'release' })).rejects.toMatchObject({ code: 'gpu.job-moved' });
    expect((await change(jobId, BY, { kind: 'release' })).is_held).toBe(false);
  });

  it('its owner does not release either when he holds it too, before or behind it', async () => {
    const jobId = await queueJob(database.sql, { owner: 'lee' });
    for (const by of [LEE, BY, LEE]) await change(jobId, by, { kind: 'hold' });

    await expect(change(jobId, LEE, { kind: 'release' })).rejects.toMatchObject({
      ...{ code: 'gpu.job-moved', params: { problem: 'kim holds it' } },
    });
    await change(jobId, BY, { kind: 'release' });
    await change(jobId, LEE, { kind: 'hold' });
    expect((await change(jobId, LEE, { kind: 'release' })).is_held).toBe(false);
  });

  it.each([
    ['that was held when an operator submitted it', BY, true],
    ['that he submitted as held', LEE, false],
    ['that a service submitted as held for him', { actor: 'batch', role: 'service' } as const, false],
  ])('his job %s its owner releases: not %p', async (_what, by, isRefused) => {
    const [jobId] = await enterJobs(database.sql, by, [order({ isHeld: true, workdir: `held-${by.actor}` })]);
    const release = change(jobId!, LEE, { kind: 'release' }).then(
      ({ is_held: isHeld }) => isHeld,
      ({ code }: { code: string }) => code,
    );

    expect(await release).toBe(isRefused ? 'gpu.job-moved' : false);
  });
});

describe('what somebody wants of a job', () => {
  it('to cancel it is undone by nobody who wants it to run again or longer', async () => {
    const jobId = await runJob();
    await change(jobId, LEE, { kind: 'cancel' });

    for (const wish of [{ kind: 'requeue' }, { kind: 'extend', walltimeS: 7200 }] as const)
      await expect(change(jobId, BY, wish)).rejects.toMatchObject({ code: 'gpu.job-moved' });
    expect((await change(jobId, BY, { kind: 'cancel' })).wanted).toBe('cancel');
  });

  it.each(['collecting', 'cleaning'] as const)(
    'when its program has ended, and it is %s, can only be to cancel or hold it',
    async (state) => {
      const jobId = await runJob();
      await move(database.sql, jobId, state);

      for (const wish of [{ kind: 'requeue' }, { kind: 'extend', walltimeS: 7200 }] as const)
        await expect(change(jobId, BY, wish)).rejects.toMatchObject({ code: 'gpu.job-moved' });
      await change(jobId, BY, { kind: 'hold' });
      expect((await change(jobId, BY, { kind: 'cancel' })).wanted).toBe('cancel');
    },
  );

  it('is not more time when its time is over and it is told to end already', async () => {
    const [ends, runs] = [await runJob(1), await runJob()];
    await sleep(1100);

    await expect(change(ends, BY, { kind: 'extend', walltimeS: 7200 })).rejects.toMatchObject({
      ...{ code: 'gpu.job-moved', params: { problem: 'it has run for its walltime of 1 s and is ending' } },
    });
    expect((await change(runs, BY, { kind: 'extend', walltimeS: 7200 })).walltime_s).toBe(7200);
  });
});
