import { describe, expect, it } from '@jest/globals';
import { GPU_CAUSES, GPU_JOB_STATES } from '../../contracts/gpu.ts';
import { releaseJob } from '../../db/gpu-allocations.ts';
import { findDependants, listJobEvents, listOpenJobsAt, noteJob } from '../../db/gpu-jobs.ts';
import { lastGpuPosition } from '../../db/gpu-position.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, finish, move, part, queueJob, start, submit } from '../support/gpu.ts';

const database = useDatabase();

const stateOf = async (jobId: string) => (await listJobEvents(database.sql, jobId)).at(-1)!.after;

describe('a job', () => {
  it('goes through its lifecycle, each step with who and when, and its row follows', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await start(database.sql, job, node, [part(devices[0]!)]);
    await finish(database.sql, job);

    const events = await listJobEvents(database.sql, job);
    expect(events.map(({ state }) => state)).toEqual([
      ...[
        'requested',
        'validated',
        'queued',
        'reserved',
        'starting',
        'running',
        'collecting',
        'cleaning',
        'completed',
      ],
    ]);
    for (const { actor, role } of events) expect({ actor, role }).toEqual(BY);
    const [row] = await database.sql<{ row: unknown }[]>`
      select to_jsonb(now) as row from gpu_job_state as now where job_id = ${job}`;
    expect(row!.row).toEqual(events.at(-1)!.after);
    expect(events.at(-1)!.after).toMatchObject({ state: 'completed', attempt: 1, frozen_ms: 0 });
  });

  it('moves only as the lifecycle has it', async () => {
    const job = await submit(database.sql);

    await expect(move(database.sql, job, 'running')).rejects.toMatchObject({ code: 'gpu.job-moved' });
    await move(database.sql, job, 'cancelled');
    await expect(move(database.sql, job, 'queued')).rejects.toMatchObject({ code: 'gpu.job-moved' });
    await expect(noteJob(database.sql, BY, job, { kind: 'held' })).rejects.toMatchObject({
      code: 'gpu.job-moved',
    });
    // Asked for again, what is the case is no change.
    expect((await move(database.sql, job, 'cancelled')).state).toBe('cancelled');
    expect(await listJobEvents(database.sql, job)).toHaveLength(2);
  });

  it('neither ends while it holds devices nor runs without any', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await expect(move(database.sql, job, 'reserved')).rejects.toMatchObject({ code: 'gpu.job-moved' });
    await start(database.sql, job, node, [part(devices[0]!)]);
    await move(database.sql, job, 'cleaning');

    for (const end of ['completed', 'failed', 'cancelled', 'queued'] as const)
      await expect(move(database.sql, job, end)).rejects.toMatchObject({ code: 'gpu.job-moved' });
    expect((await releaseJob(database.sql, BY, job, { to: 'failed', keepsWork: true })).state).toBe('failed');
  });

  it('is the same one when its submission is repeated, also by many at once', async () => {
    const four = [1, 2, 3, 4].map(() => submit(database.sql, { requestKey: 'once' }));

    const ids = await Promise.all(four);

    expect(new Set(ids).size).toBe(1);
  });

  it('keeps its age over retries, which are counted by their causes', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    const { eligible_at: since } = await stateOf(job);
    for (const cause of [
      'resource-short',
      'preempted',
      'infrastructure',
      'user-error',
      'preempted',
    ] as const) {
      await start(database.sql, job, node, [part(devices[0]!)]);
      await move(database.sql, job, 'cleaning');
      await releaseJob(database.sql, BY, job, { to: 'queued', cause, keepsWork: false });
    }

    expect(since).not.toBeNull();
    expect(await stateOf(job)).toMatchObject({
      ...{
        attempt: 5,
        short_count: 1,
        preempted_count: 2,
        infra_count: 1,
        user_count: 1,
        eligible_at: since,
      },
    });
  });

  it('does not age while it is held or waits for others', async () => {
    const held = await queueJob(database.sql, { isHeld: true });
    const waiting = await queueJob(database.sql, { dependsOn: [{ jobId: held, condition: 'any' }] });
    expect([(await stateOf(held)).eligible_at, (await stateOf(waiting)).eligible_at]).toEqual([null, null]);

    await noteJob(database.sql, BY, held, { kind: 'released', reason: 'the data is there' });
    expect((await stateOf(held)).eligible_at).not.toBeNull();
    expect(await findDependants(database.sql)).toEqual([]);
    await move(database.sql, held, 'cancelled');
    expect(await findDependants(database.sql)).toEqual([{ jobId: waiting, isHopeless: false }]);
    const ready = await noteJob(database.sql, BY, waiting, { kind: 'ready' });
    expect(ready.eligible_at).not.toBeNull();
    expect(await findDependants(database.sql)).toEqual([]);
  });

  it('that waits for a success past hope is found', async () => {
    const first = await queueJob(database.sql);
    const second = await queueJob(database.sql, { dependsOn: [{ jobId: first, condition: 'success' }] });
    await move(database.sql, first, 'cancelled');

    expect(await findDependants(database.sql)).toContainEqual({ jobId: second, isHopeless: true });
  });

  it('takes what people change of it: priority, walltime, and what they want', async () => {
    const job = await queueJob(database.sql);
    await noteJob(database.sql, BY, job, { kind: 'reprioritised', facts: { qos: 'high' } });
    await noteJob(database.sql, BY, job, {
      kind: 'reprioritised',
      facts: { nice: -5 },
      reason: 'the desk waits',
    });
    await noteJob(database.sql, BY, job, { kind: 'extended', facts: { walltimeS: 7200 } });
    const state = await noteJob(database.sql, BY, job, { kind: 'wanted', facts: { what: 'cancel' } });

    expect(state).toMatchObject({ qos: 'high', nice: -5, walltime_s: 7200, wanted: 'cancel' });
  });

  it('cannot wait for itself, for a younger one, or for one that is not there', async () => {
    const jobId = 'j-itself';
    const dependsOn = (other: string) => [{ jobId: other, condition: 'any' as const }];

    for (const other of [jobId, 'j-nowhere'])
      await expect(submit(database.sql, { jobId, dependsOn: dependsOn(other) })).rejects.toMatchObject({
        code: 'gpu.job-not-found',
      });
    const old = await queueJob(database.sql);
    const young = await queueJob(database.sql);
    await expect(
      database.sql`insert into gpu_job_dependency values (${old}, ${young}, 'any')`,
    ).rejects.toThrow(/not older/);
  });

  it('is shown as it was at a position', async () => {
    const job = await queueJob(database.sql);
    const waiting = await lastGpuPosition(database.sql);
    await move(database.sql, job, 'cancelled');
    const ended = await lastGpuPosition(database.sql);

    const at = async (asOf: number) =>
      (await listOpenJobsAt(database.sql, asOf)).find(({ jobId }) => jobId === job)?.now.state;
    expect([await at(waiting - 1), await at(waiting), await at(ended)]).toEqual([
      'validated',
      'queued',
      undefined,
    ]);
  });

  it('cannot be altered behind the back of its events', async () => {
    const job = await queueJob(database.sql);

    await expect(database.sql`update gpu_job set owner = 'kim' where job_id = ${job}`).rejects.toThrow(
      /append only/,
    );
    await expect(database.sql`delete from gpu_job_event where job_id = ${job}`).rejects.toThrow(
      /append only/,
    );
    await expect(
      database.sql`update gpu_job_state set state = 'completed' where job_id = ${job}`,
    ).rejects.toThrow(/append only/);
  });
});

describe('the names of the lifecycle', () => {
  it('are those that the database knows', async () => {
    const rows = await database.sql<{ state: string }[]>`
      select from_state as state from gpu_job_move union select to_state from gpu_job_move`;
    const [check] = await database.sql<{ text: string }[]>`
      select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'gpu_job_event_cause_check'`;

    expect(rows.map(({ state }) => state).sort()).toEqual([...GPU_JOB_STATES].sort());
    expect([...check!.text.matchAll(/'([a-z-]+)'/g)].map(([, cause]) => cause).sort()).toEqual(
      [...GPU_CAUSES].sort(),
    );
  });
});
