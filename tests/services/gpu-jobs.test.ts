import { describe, expect, it } from '@jest/globals';
import { GPU_CAUSES, GPU_JOB_STATES } from '../../contracts/gpu.ts';
import { releaseJob } from '../../db/gpu-allocations.ts';
import { listExpired } from '../../db/gpu-job-runs.ts';
import { listJobs } from '../../db/gpu-job-views.ts';
import { addNews, findDependants, listJobEvents, listOpenJobsAt, noteJob } from '../../db/gpu-jobs.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
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

  it('ends as somebody wants it who comes before its end does', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await start(database.sql, job, node, [part(devices[0]!)]);
    const ending = await database.sql.begin(async (tx) => {
      await lockGpu(tx);
      const release = releaseJob(database.sql, BY, job, ({ wanted }) => ({
        ...{ to: wanted === 'cancel' ? 'cancelled' : 'queued', keepsWork: true },
      }));
      await addNews(tx, BY, job, { kind: 'wanted', facts: { what: 'cancel' }, reason: 'no longer needed' });
      return { release };
    });

    expect((await ending.release).state).toBe('cancelled');
    expect((await listJobEvents(database.sql, job)).map(({ state }) => state).slice(-2)).toEqual([
      ...['cleaning', 'cancelled'],
    ]);
  });

  it('is given up when it waits for too long, but not when it has run and made way', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const expiresAt = new Date(0);
    const [waits, short, ran] = [
      await queueJob(database.sql, { expiresAt }),
      await queueJob(database.sql, { expiresAt }),
      await queueJob(database.sql, { expiresAt }),
    ];
    await start(database.sql, short, node, [part(devices[0]!)]);
    await releaseJob(database.sql, BY, short, { to: 'queued', cause: 'resource-short', keepsWork: false });
    await start(database.sql, ran, node, [part(devices[0]!)]);
    for (const to of ['starting', 'running', 'collecting', 'cleaning'] as const)
      await move(database.sql, ran, to);
    await releaseJob(database.sql, BY, ran, { to: 'queued', cause: 'preempted', keepsWork: true });

    expect((await listExpired(database.sql)).sort()).toEqual([waits, short].sort());
    for (const job of [waits, short]) await move(database.sql, job, 'expired');
  });

  it('shows of its checkpoints the last, however many there were, and all else that happened', async () => {
    const job = await queueJob(database.sql);
    await database.sql`
      insert into gpu_job_event (job_id, kind, actor, role, facts, after)
      select ${job}, 'checkpointed', 'kim', 'operator', jsonb_build_object('step', n), '{}' from generate_series(1, 50) as n`;
    const events = await listJobEvents(database.sql, job);

    expect(events.filter(({ kind }) => kind !== 'checkpointed')).toHaveLength(3);
    const steps = events.flatMap(({ kind, facts }) => (kind === 'checkpointed' ? [facts] : []));
    expect(steps).toEqual(Array.from({ length: 20 }, (_, at) => ({ step: 31 + at })));
  });

  it('is among the first of a queue that is cut when it holds devices, or waits for longest', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const owner = 'choi';
    const jobs: string[] = [];
    for (let at = 0; at < 4; at += 1) jobs.push(await queueJob(database.sql, { owner }));
    await start(database.sql, jobs[3]!, node, [part(devices[0]!)]);
    const shown = await listJobs(database.sql, { owner, isOpen: true, isByTurn: true, limit: 3 });

    expect(shown.map(({ jobId }) => jobId)).toEqual([jobs[3], jobs[0], jobs[1]]);
  });

  it('is on one page of a list that is read page by page, the newest first', async () => {
    const jobs: string[] = [];
    for (let at = 0; at < 5; at += 1) jobs.push(await queueJob(database.sql, { owner: 'page' }));
    await move(database.sql, jobs[2]!, 'cancelled');
    const pages: string[][] = [];
    for (let before: number | undefined; ;) {
      const page = await listJobs(database.sql, { owner: 'page', isOpen: false, before, limit: 2 });
      if (page.length === 0) break;
      pages.push(page.map(({ jobId }) => jobId));
      before = page.at(-1)!.position;
    }

    expect(pages).toEqual([[jobs[4], jobs[3]], [jobs[2], jobs[1]], [jobs[0]]]);
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
