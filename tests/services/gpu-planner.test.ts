import { describe, expect, it } from '@jest/globals';
import { enterJob } from '../../db/gpu-job-changes.ts';
import { readBill } from '../../db/gpu-job-runs.ts';
import { listOpenJobsAt, noteJob } from '../../db/gpu-jobs.ts';
import { decideAgain, planNow } from '../../db/gpu-planner.ts';
import { setPolicy } from '../../db/gpu-policy.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { setNodeState } from '../../db/gpu-nodes.ts';
import { NO_GPU_POLICY, type GpuPolicyDocument } from '../../contracts/gpu.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, finish, holdTraining, move, order, queueJob } from '../support/gpu.ts';

const database = useDatabase();

const plan = () => planNow(database.sql, BY);
const stateOf = async (jobId: string) => {
  const { sql } = database;
  const jobs = await listOpenJobsAt(sql, await lastGpuPosition(sql));
  return jobs.find((job) => job.jobId === jobId)?.now.state;
};
const setGpuPolicy = (change: Partial<GpuPolicyDocument>) =>
  database.sql.begin(async (tx) => {
    await lockGpu(tx);
    await setPolicy(tx, BY, { ...NO_GPU_POLICY, ...change }, 'a test');
  });

/** Ends whatever is there, so that each test has the machines for itself. */
async function clear(): Promise<void> {
  const { sql } = database;
  for (const { jobId, now } of await listOpenJobsAt(sql, await lastGpuPosition(sql)))
    if (now.state === 'reserved') await finish(sql, jobId);
    else await move(sql, jobId, 'cancelled');
  const nodes = await sql<{ node: string }[]>`select node from gpu_nodes where state = 'open'`;
  for (const { node } of nodes) await setNodeState(sql, BY, { node, state: 'draining', reason: 'a test' });
}

describe('a plan', () => {
  it('gives what starts its devices, and nothing to what has no room', async () => {
    await clear();
    await addNode(database.sql, [{}, { sharing: 'shared', slices: 10, model: 'RTX-4090-24GB' }]);
    const first = await queueJob(database.sql, { model: 'H100-80GB' });
    const second = await queueJob(database.sql, { model: 'H100-80GB' });
    const third = await queueJob(database.sql, { shares: 4 });
    const fourth = await queueJob(database.sql, { shares: 6 });

    const made = await plan();

    expect([...made.started].sort()).toEqual([first, third, fourth].sort());
    expect(await stateOf(second)).toBe('queued');
    expect((await plan()).decision).toBeNull();
    await finish(database.sql, first);
    expect((await plan()).started).toEqual([second]);
  });

  it('is made by many at once as by one', async () => {
    await clear();
    await addNode(database.sql, [{}, {}]);
    const jobs = [];
    for (let at = 0; at < 5; at += 1) jobs.push(await queueJob(database.sql));

    const all = await Promise.all([plan(), plan(), plan(), plan()]);

    expect(all.flatMap(({ started }) => started)).toHaveLength(2);
    const held = await database.sql`
      select device from gpu_allocations where released_at is null and job_id = any(${jobs}) group by device`;
    expect(held).toHaveLength(2);
  });

  it('starts nothing of a job that is held, waits for another, or whose node is drained', async () => {
    await clear();
    const { node } = await addNode(database.sql, [{}]);
    const held = await queueJob(database.sql, { isHeld: true });
    const waiting = await queueJob(database.sql, { dependsOn: [{ jobId: held, condition: 'success' }] });
    expect((await plan()).started).toEqual([]);
    await setNodeState(database.sql, BY, { node, state: 'draining', reason: 'new fans' });
    await noteJob(database.sql, BY, held, { kind: 'released' });
    expect((await plan()).started).toEqual([]);
    await setNodeState(database.sql, BY, { node, state: 'open', reason: 'they turn' });

    expect((await plan()).started).toEqual([held]);
    expect(await stateOf(waiting)).toBe('queued');
  });

  it('starts nothing while training is held, and at the last level tells all that runs to make way', async () => {
    await clear();
    await addNode(database.sql, [{}, {}]);
    const running = await queueJob(database.sql);
    await plan();
    const waiting = await queueJob(database.sql);
    await holdTraining(database.sql, 'hold');
    const held = await plan();
    await holdTraining(database.sql, 'preempt');
    const last = await plan();
    const again = await plan();
    await holdTraining(database.sql, 'none');

    expect(held).toMatchObject({ started: [], preempted: [], level: 'hold' });
    expect(last.preempted).toEqual([running]);
    expect(again.preempted).toEqual([]);
    expect((await plan()).started).toEqual([waiting]);
  });

  it('has a job of a lower quality of service make way for one of a higher', async () => {
    await clear();
    await addNode(database.sql, [{}]);
    const low = await queueJob(database.sql, { qos: 'low' });
    await plan();
    // The planner lets nobody be preempted who has just begun.
    await database.sql`alter table gpu_job_event disable trigger user`;
    await database.sql`
      update gpu_job_event set after = jsonb_set(after, '{state_at}', to_jsonb(now() - interval '40 minutes'))
      where job_id = ${low} and state = 'reserved'`;
    await database.sql`alter table gpu_job_event enable trigger user`;
    const high = await queueJob(database.sql, { qos: 'high' });

    const made = await plan();

    expect(made).toMatchObject({ started: [], preempted: [low] });
    const again = await plan();
    expect(again.preempted).toEqual([]);
    expect(await stateOf(high)).toBe('queued');
  });
});

describe('a decision', () => {
  it('is made again from the facts, later, to the same bytes', async () => {
    await clear();
    const team = { name: 'quant', parent: null, shares: 2 };
    await setGpuPolicy({
      teams: [team],
      users: [{ user: 'lee', team: 'quant', shares: 1 }],
      quotas: { teams: { quant: 3 }, users: {} },
    });
    await addNode(database.sql, [{}, {}, { sharing: 'mig' }]);
    const decisions: number[] = [];
    const started: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (const owner of ['kim', 'lee']) await queueJob(database.sql, { owner, gpus: 1 });
      await queueJob(database.sql, { gpus: 2, migProfile: '1g.10gb', model: 'H100-80GB' });
      const made = await plan();
      decisions.push(made.decision!);
      started.push(...made.started);
      for (const job of made.started.slice(0, 2)) await finish(database.sql, job);
    }
    // All that comes behind: other rules, other machines, other jobs.
    await clear();
    await setGpuPolicy({ priority: { weights: { age: 1 } } });

    for (const decision of decisions)
      expect(await decideAgain(database.sql, decision)).toMatchObject({
        isSameInput: true,
        isSamePlan: true,
      });
    const [first] = decisions;
    expect(JSON.parse((await decideAgain(database.sql, first!)).plan)).toMatchObject({
      start: expect.arrayContaining([expect.objectContaining({ job: started[0] })]) as unknown,
    });
    await expect(decideAgain(database.sql, 1)).rejects.toMatchObject({ code: 'gpu.decision-not-found' });
  });
});

describe('a submission', () => {
  it('is in the queue with how long it is to wait, and once however often it is sent', async () => {
    await clear();
    await addNode(database.sql, [{}]);
    const [one, other] = [order({ requestKey: 'k', workdir: 'a' }), order({ requestKey: 'k', workdir: 'b' })];

    const ids = await Promise.all([enterJob(database.sql, BY, one), enterJob(database.sql, BY, other)]);

    expect(new Set(ids).size).toBe(1);
    const [event] = await database.sql<{ facts: unknown }[]>`
      select facts from gpu_job_event where job_id = ${ids[0]} and state = 'queued'`;
    expect(event!.facts).toEqual({ plannedMs: 0 });
  });

  it('of a job in a folder that another one works in is refused until that has ended', async () => {
    const first = await enterJob(database.sql, BY, order({ workdir: 'mine' }));

    const again = () => enterJob(database.sql, BY, order({ workdir: 'mine' }));
    await expect(again()).rejects.toMatchObject({ code: 'gpu.workdir-busy', params: { job: first } });
    await move(database.sql, first, 'cancelled');
    await again();
  });
});

describe('a bill', () => {
  it('is what was held, a part of a card by its part, without what stood still', async () => {
    await clear();
    await addNode(database.sql, [{ sharing: 'shared', slices: 10, model: 'RTX-4090-24GB' }]);
    const job = await queueJob(database.sql, { shares: 5 });
    await plan();
    await finish(database.sql, job);
    await database.sql`alter table gpu_allocations disable trigger user`;
    await database.sql`
      update gpu_allocations set allocated_at = released_at - interval '100 seconds' where job_id = ${job}`;
    await database.sql`alter table gpu_allocations enable trigger user`;

    const bill = await readBill(database.sql, job);

    expect(bill.gpuSeconds).toBeCloseTo(50);
    expect(bill).toMatchObject({ keptGpuSeconds: bill.gpuSeconds, frozenGpuSeconds: 0 });
  });
});
