import { describe, expect, it } from '@jest/globals';
import { releaseJob, type Release } from '../../db/gpu-allocations.ts';
import { noteJob, readJobState } from '../../db/gpu-jobs.ts';
import { decideAgain, planNow, readClock } from '../../db/gpu-planner.ts';
import { readPlannerInputs } from '../../db/gpu-planner-input.ts';
import { lastGpuPosition } from '../../db/gpu-position.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, clearMachines, finish, move, queueJob } from '../support/gpu.ts';

const MINUTE = 60_000;

const database = useDatabase();

const plan = () => planNow(database.sql, BY);

/** What the planner is told so many milliseconds from now. */
const inputsIn = (ms: number, version?: number) =>
  database.sql.begin(async (tx) => {
    const clockMs = (await readClock(tx)) + ms;
    return readPlannerInputs(tx, { asOf: await lastGpuPosition(tx), clockMs, ...(version && { version }) });
  });

async function waiting(jobId: string, ms = 0, version?: number) {
  const { queue, now } = await inputsIn(ms, version);
  const { eligibleAt } = queue.find(({ id }) => id === jobId)!;
  return { eligibleAt, isPausing: eligibleAt !== null && eligibleAt > now };
}

const eligibleSince = async (jobId: string) =>
  Date.parse((await readJobState(database.sql, jobId)).eligible_at!);

/** Has what a job did lie so long ago. */
const shift = (jobId: string, ms: number) =>
  database.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    const back = `-${ms} milliseconds`;
    await tx`update gpu_claims set claimed_at = claimed_at + ${back}::interval where job_id = ${jobId}`;
    await tx`
      update gpu_job_state set
        started_at = started_at + ${back}::interval, eligible_at = eligible_at + ${back}::interval,
        frozen_at = frozen_at + ${back}::interval where job_id = ${jobId}`;
  });

/** One that runs since so long. */
async function runFor(jobId: string, ms: number): Promise<void> {
  await plan();
  for (const to of ['starting', 'running'] as const) await move(database.sql, jobId, to);
  await shift(jobId, ms);
}

async function comeBack(jobId: string, cause: NonNullable<Release['cause']>): Promise<void> {
  for (const to of ['collecting', 'cleaning'] as const) await move(database.sql, jobId, to);
  await releaseJob(database.sql, BY, jobId, { to: 'queued', cause, keepsWork: false });
}

/** As one whose machine was short of something when it was to start. */
async function beShort(jobId: string): Promise<void> {
  await releaseJob(database.sql, BY, jobId, { to: 'queued', cause: 'resource-short', keepsWork: false });
}

describe('a job that came back into the queue', () => {
  it('waited as long as it did, without what it ran', async () => {
    await clearMachines(database.sql);
    await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await runFor(job, 50 * MINUTE);
    await comeBack(job, 'preempted');

    const since = await eligibleSince(job);
    const { eligibleAt } = await waiting(job);
    expect(eligibleAt! - since).toBeGreaterThanOrEqual(50 * MINUTE);
    expect(eligibleAt! - since).toBeLessThan(51 * MINUTE);
    // As planners saw it until plan 5.
    expect((await waiting(job, 0, 5)).eligibleAt).toBe(since);

    const { decision } = await plan();
    expect(await decideAgain(database.sql, decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it('begins to wait anew when it was held, whatever it ran before', async () => {
    await clearMachines(database.sql);
    await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await runFor(job, 50 * MINUTE);
    await comeBack(job, 'requeued');
    for (const kind of ['held', 'released'] as const)
      await noteJob(database.sql, BY, job, { kind, reason: 'a test' });

    expect((await waiting(job)).eligibleAt).toBe(await eligibleSince(job));
  });

  it('pauses when the machine was to blame, longer each time in a row', async () => {
    await clearMachines(database.sql);
    await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await runFor(job, MINUTE);
    await comeBack(job, 'infrastructure');

    expect(await waiting(job)).toMatchObject({ isPausing: true });
    expect((await waiting(job, 0, 5)).isPausing).toBe(false);
    expect((await plan()).started).toEqual([]);
    expect((await waiting(job, 10_001)).isPausing).toBe(false);
    await runAfterPause(job, 10_001);
    await comeBack(job, 'infrastructure');
    expect((await waiting(job, 15_000)).isPausing).toBe(true);
    expect((await waiting(job, 20_001)).isPausing).toBe(false);
  });

  it('is not kept waiting for what its machines were short of long ago', async () => {
    await clearMachines(database.sql);
    await addNode(database.sql, [{}]);
    const job = await queueJob(database.sql);
    await plan();
    await beShort(job);
    for (let times = 1; times < 7; times += 1) {
      await endPause(job);
      await plan();
      await beShort(job);
    }
    expect((await waiting(job, 500_000)).isPausing).toBe(true);
    await endPause(job);
    await runFor(job, 20 * MINUTE);
    await comeBack(job, 'preempted');
    expect((await waiting(job)).isPausing).toBe(false);
    await plan();
    await beShort(job);

    expect((await waiting(job, 5_000)).isPausing).toBe(true);
    expect((await waiting(job, 10_001)).isPausing).toBe(false);
    expect(await readJobState(database.sql, job)).toMatchObject({ short_count: 8, pause_count: 1 });
  });
});

/** Has the pause of a job be over. */
const endPause = (jobId: string) =>
  database.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`
      update gpu_job_event set after = jsonb_set(after, '{state_at}', to_jsonb(now() - interval '1 hour'))
      where position = (select max(position) from gpu_job_event where job_id = ${jobId})`;
  });

async function runAfterPause(jobId: string, ms: number): Promise<void> {
  await endPause(jobId);
  await runFor(jobId, ms);
}

describe('a task of an array with a limit', () => {
  it('waits since its array let it, not since it was submitted', async () => {
    const { sql } = database;
    await clearMachines(sql);
    await addNode(sql, [{}]);
    const task = (index: number) => queueJob(sql, { array: { id: 'a-turns', index, limit: 1 } });
    const [first, second, third] = [await task(0), await task(1), await task(2)];
    await plan();
    await finish(sql, first);
    const ended = Date.parse((await readJobState(sql, first)).finished_at!);

    expect((await waiting(second)).eligibleAt).toBe(ended);
    expect((await waiting(second, 0, 5)).eligibleAt).toBe(await eligibleSince(second));
    expect((await waiting(third)).eligibleAt).toBeNull();
  });
});

describe('a job that runs', () => {
  it('is protected for as long as it said that it runs, not stands still', async () => {
    const { sql } = database;
    await clearMachines(sql);
    await addNode(sql, [{}]);
    const job = await queueJob(sql, { minRunS: 600 });
    await runFor(job, 700_000);
    await noteJob(sql, BY, job, { kind: 'frozen' });
    const preemptionsOf = async (version?: number) =>
      (await inputsIn(700_000, version)).running.find((one) => one.job.id === job)!.job.preemptions;

    // It ran for 700 s, and then stood still as long.
    expect(await preemptionsOf()).toBe(0);
    await noteJob(sql, BY, job, { kind: 'thawed' });
    await comeBack(job, 'preempted');
    await plan();
    for (const to of ['starting', 'running'] as const) await move(sql, job, to);
    await noteJob(sql, BY, job, { kind: 'frozen' });
    expect(await preemptionsOf()).toBe(Number.MAX_SAFE_INTEGER);
    expect(await preemptionsOf(5)).toBe(1);
  });
});
