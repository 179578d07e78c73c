import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TransactionSql } from 'postgres';
import { releaseJob } from '../../db/gpu-allocations.ts';
import { changeJob, type JobChange } from '../../db/gpu-job-changes.ts';
import type { JobOrder } from '../../db/gpu-jobs.ts';
import { setNodeState } from '../../db/gpu-nodes.ts';
import { decideAgain, planNow } from '../../db/gpu-planner.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, clearMachines, finish, move, queueJob } from '../support/gpu.ts';

const database = useDatabase();

let node: string;
let card: string;

/** A card for each test. */
beforeEach(async () => {
  await clearMachines(database.sql);
  const added = await addNode(database.sql, [{}]);
  node = added.node;
  card = added.devices[0]!;
});

const plan = () => planNow(database.sql, BY);

/** Changes what is never changed, as only a test may. */
const amendEvents = (change: (tx: TransactionSql) => Promise<void>) =>
  database.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await change(tx);
  });

/** Starts a job, some time ago: the planner lets nobody be preempted who has just begun. */
async function runLong(wish: Partial<JobOrder>): Promise<string> {
  const jobId = await queueJob(database.sql, wish);
  expect((await plan()).started).toEqual([jobId]);
  await putBack(jobId, 'reserved');
  return jobId;
}

/** Has a job be in a state for some time already. */
const putBack = (jobId: string, state: 'reserved' | 'queued') =>
  amendEvents(async (tx) => {
    await tx`
      update gpu_job_event set after = jsonb_set(after, '{state_at}', to_jsonb(now() - interval '40 minutes'))
      where job_id = ${jobId} and state = ${state}`;
  });

/** Has the machine of a job be short of its card: it pauses. */
const fallShort = (jobId: string) =>
  releaseJob(database.sql, BY, jobId, {
    ...{ to: 'queued', cause: 'resource-short', keepsWork: false, facts: { shortOf: [card] } },
  });

/** Has a job for which another one was preempted start and fall short. */
async function pauseAfterPreempting(): Promise<{ readonly low: string; readonly high: string }> {
  const low = await runLong({ qos: 'low' });
  const high = await queueJob(database.sql, { qos: 'high', nice: 5000 });
  expect((await plan()).preempted).toEqual([low]);
  await makeWay(low);
  expect((await plan()).started).toEqual([high]);
  await fallShort(high);
  return { low, high };
}

/** Brings a job that was told to make way back into the queue. */
const makeWay = (jobId: string) =>
  releaseJob(database.sql, BY, jobId, { to: 'queued', cause: 'preempted', keepsWork: false });

const change = (jobId: string, what: JobChange) => changeJob(database.sql, BY, jobId, what, 'a test');

describe('room that was made for a job', () => {
  it('is given to it, before one that comes first by priority', async () => {
    const { sql } = database;
    const low = await runLong({ qos: 'low' });
    const high = await queueJob(sql, { qos: 'high', nice: 5000 });
    const first = await plan();
    const other = await queueJob(sql, { nice: -10_000 });
    await makeWay(low);
    const second = await plan();
    await finish(sql, high);
    const third = await plan();

    expect([first.preempted, second.started, third.started]).toEqual([[low], [high], [other]]);
    expect(third.preempted).toEqual([]);
    for (const { decision } of [first, second, third])
      expect(await decideAgain(sql, decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it.each<[string, (jobId: string) => Promise<unknown>]>([
    ['was held', (jobId) => change(jobId, { kind: 'hold' }).then(() => change(jobId, { kind: 'release' }))],
    ['was cancelled', (jobId) => change(jobId, { kind: 'cancel' })],
    ['may not preempt any more', (jobId) => change(jobId, { kind: 'reprioritise', qos: 'normal' })],
  ])('is given to the first of the queue when it %s since', async (_, happen) => {
    const { sql } = database;
    const low = await runLong({ qos: 'low' });
    const high = await queueJob(sql, { qos: 'high', nice: 5000 });
    await plan();
    const other = await queueJob(sql, { nice: -10_000 });
    await makeWay(low);
    await happen(high);
    const made = await plan();

    expect(made.started).toEqual([other]);
    expect(await decideAgain(sql, made.decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it('is for one start: when it waits again it has no more right to it than others', async () => {
    const { sql } = database;
    const low = await runLong({ qos: 'low' });
    const high = await queueJob(sql, { qos: 'high', nice: 5000 });
    await plan();
    await makeWay(low);
    await plan();
    const other = await queueJob(sql, { nice: -10_000 });
    const again = { to: 'queued', cause: 'requeued', keepsWork: false } as const;
    await releaseJob(sql, BY, high, again);
    // It was reserved, and had not begun.
    const second = await plan();
    for (const to of ['starting', 'running', 'cleaning'] as const) await move(sql, high, to);
    await releaseJob(sql, BY, high, again);
    const third = await plan();

    expect([second.started, third.started]).toEqual([[high], [other]]);
    for (const { decision } of [second, third])
      expect(await decideAgain(sql, decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it('is kept while it pauses because its machine was short, and it starts in it then', async () => {
    const { sql } = database;
    const { high } = await pauseAfterPreempting();
    await queueJob(sql, { nice: -10_000 });
    expect((await plan()).started).toEqual([]);
    await putBack(high, 'queued');
    const second = await plan();

    expect(second.started).toEqual([high]);
    expect(await decideAgain(sql, second.decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it('is made anew by the same one when it was lost meanwhile', async () => {
    const { sql } = database;
    const { low, high } = await pauseAfterPreempting();
    await setNodeState(sql, BY, { node, state: 'draining', reason: 'new fans' });
    await addNode(sql, [{}]);
    expect((await plan()).started).toEqual([low]);
    await putBack(low, 'reserved');
    await putBack(high, 'queued');
    const again = await plan();
    await makeWay(low);

    expect([again.preempted, (await plan()).started]).toEqual([[low], [high]]);
    expect(await decideAgain(sql, again.decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it('before it was noted for whom is given as it was then', async () => {
    const { sql } = database;
    const low = await runLong({ qos: 'low' });
    await queueJob(sql, { qos: 'high', nice: 5000 });
    await plan();
    await amendEvents(async (tx) => {
      await tx`
        update gpu_job_event set facts = '{"what": "preempt"}' where job_id = ${low} and kind = 'wanted'`;
    });
    const other = await queueJob(sql, { nice: -10_000 });
    await makeWay(low);
    const made = await plan();

    expect(made.started).toEqual([other]);
    expect(await decideAgain(sql, made.decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });
});
