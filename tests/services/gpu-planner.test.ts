import { describe, expect, it } from '@jest/globals';
import { createMaintenanceActivities } from '../../activities/maintenance.ts';
import { listHeldAt, releaseJob } from '../../db/gpu-allocations.ts';
import { enterJobs } from '../../db/gpu-job-changes.ts';
import { readCostFacts } from '../../db/gpu-cost.ts';
import { readBill } from '../../db/gpu-job-runs.ts';
import { listOpenJobsAt, noteJob, type JobOrder } from '../../db/gpu-jobs.ts';
import { decideAgain, planNow } from '../../db/gpu-planner.ts';
import { setPolicy } from '../../db/gpu-policy.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { registerDevice, setNodeState } from '../../db/gpu-nodes.ts';
import { NO_GPU_POLICY, type GpuDeviceFacts, type GpuPolicyDocument } from '../../contracts/gpu.ts';
import { useDatabase } from '../support/database.ts';
import {
  addNode,
  BY,
  clearMachines,
  cutInto,
  finish,
  holdTraining,
  move,
  order,
  queueJob,
} from '../support/gpu.ts';

const database = useDatabase();

const plan = () => planNow(database.sql, BY);
const stateOf = async (jobId: string) => {
  const { sql } = database;
  const jobs = await listOpenJobsAt(sql, await lastGpuPosition(sql));
  return jobs.find((job) => job.jobId === jobId)?.now.state;
};
const enter = async (one: JobOrder): Promise<string> => (await enterJobs(database.sql, BY, [one]))[0]!;
const setGpuPolicy = (change: Partial<GpuPolicyDocument>) =>
  database.sql.begin(async (tx) => {
    await lockGpu(tx);
    await setPolicy(tx, BY, { ...NO_GPU_POLICY, ...change }, 'a test');
  });

/** Has a card given out otherwise than before. */
const cutCard = (node: string, device: string, shape: Pick<GpuDeviceFacts, 'sharing' | 'slices'>) =>
  database.sql.begin(async (tx) => {
    await lockGpu(tx);
    const card = { device, index: 0, model: 'H100-80GB', inServiceOn: null };
    await registerDevice(tx, BY, node, { ...card, ...shape });
  });

const clear = () => clearMachines(database.sql);

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

  it('gives out of a card that is cut into instances what it is cut into, and nothing else', async () => {
    const { sql } = database;
    await clear();
    const { node, devices } = await addNode(sql, [{ sharing: 'mig' }]);
    const card = devices[0]!;
    const [first, second] = await cutInto(sql, card, [
      ['1g.10gb', 2],
      ['2g.20gb', 4],
    ]);
    const wanted = { gpus: 1, model: 'H100-80GB' };
    const small = await queueJob(sql, { ...wanted, migProfile: '1g.10gb' });
    const another = await queueJob(sql, { ...wanted, migProfile: '1g.10gb' });
    const large = await queueJob(sql, { ...wanted, migProfile: '2g.20gb' });
    await queueJob(sql, { ...wanted, migProfile: '3g.40gb' });

    const made = await plan();

    expect([...made.started].sort()).toEqual([small, large].sort());
    const held = await listHeldAt(sql, await lastGpuPosition(sql));
    const instances = held.filter((part) => part.node === node).map((part) => [part.jobId, part.migInstance]);
    expect(new Map(instances as [string, string][])).toEqual(
      new Map([
        [small, first],
        [large, second],
      ]),
    );
    expect((await decideAgain(sql, made.decision!)).isSamePlan).toBe(true);
    await finish(sql, small);
    expect((await plan()).started).toEqual([another]);
    await finish(sql, another);
    await finish(sql, large);
    await cutInto(sql, card, []);
    expect((await plan()).started).toHaveLength(1);
  });

  it('starts no more tasks of an array at once than it says, those that are held left aside', async () => {
    await clear();
    await addNode(database.sql, [{}, {}, {}]);
    const tasks: string[] = [];
    for (let index = 0; index < 4; index += 1)
      tasks.push(
        await queueJob(database.sql, { array: { id: 'a-sweep', index, limit: 2 }, isHeld: index === 0 }),
      );

    const first = (await plan()).started;
    await finish(database.sql, tasks[1]!);

    expect([...first].sort()).toEqual([tasks[1], tasks[2]].sort());
    expect((await plan()).started).toEqual([tasks[3]]);
  });

  it('takes a card that something else was on a while ago only where there is no other', async () => {
    const { sql } = database;
    await clear();
    const { devices } = await addNode(sql, [{}, {}]);
    const heldBy = async (jobId: string) =>
      (await listHeldAt(sql, await lastGpuPosition(sql))).flatMap((held) =>
        held.jobId === jobId ? [held.device] : [],
      );
    const short = await queueJob(sql);
    await plan();
    const tried = await heldBy(short);
    const shortOf = { cause: 'resource-short', keepsWork: false, facts: { shortOf: tried } } as const;
    await releaseJob(sql, BY, short, { to: 'queued', ...shortOf });
    const [first, second] = [await queueJob(sql), await queueJob(sql)];
    const made = await plan();

    expect(tried).toEqual([devices[0]]);
    expect([await heldBy(first), await heldBy(second)]).toEqual([[devices[1]], [devices[0]]]);
    expect(await decideAgain(sql, made.decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
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
    await move(database.sql, running, 'starting');
    const waiting = await queueJob(database.sql);
    await holdTraining(database.sql, 'hold');
    const held = await plan();
    await holdTraining(database.sql, 'preempt');
    const last = await plan();
    expect((await plan()).preempted).toEqual([]);
    await holdTraining(database.sql, 'none');

    expect(held).toMatchObject({ started: [], preempted: [], level: 'hold' });
    expect(last.preempted).toEqual([running]);
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

describe('a decision', () => {
  it('is made again to the same bytes when a card was cut otherwise since', async () => {
    const { sql } = database;
    await clear();
    const { node, devices } = await addNode(sql, [{ sharing: 'shared', slices: 10 }]);
    const used = await queueJob(sql, { owner: 'kim', shares: 3 });
    await plan();
    await finish(sql, used);
    await queueJob(sql, { owner: 'kim', shares: 3 });
    const { decision } = await plan();
    await clear();
    await cutCard(node, devices[0]!, { sharing: 'mig', slices: null });
    await cutInto(sql, devices[0]!, [['1g.10gb', 2]]);
    const cut = await decideAgain(sql, decision!);
    await cutInto(sql, devices[0]!, []);
    await cutCard(node, devices[0]!, { sharing: 'whole', slices: 1 });
    const whole = await decideAgain(sql, decision!);

    for (const again of [cut, whole]) expect(again).toMatchObject({ isSameInput: true, isSamePlan: true });
  });
});

describe('a decision', () => {
  it('is dropped when it was kept long enough; its number stays with what it gave, and younger ones stay', async () => {
    const { sql } = database;
    await clear();
    await addNode(sql, [{}, {}]);
    const [first, second] = [await queueJob(sql), await queueJob(sql, { workdir: 'another' })];
    const { decision } = await plan();
    await finish(sql, first);
    await queueJob(sql, { workdir: 'third' });
    const { decision: younger } = await plan();
    await finish(sql, second);
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      for (const [position, days] of [[decision, 50] as const, [younger, 20] as const])
        await tx`update gpu_decision set at = now() - ${days} * interval '1 day' where position = ${position}`;
    });
    const keeping = (gpuDecisionKeepDays: number) =>
      createMaintenanceActivities({
        sql,
        monthsAhead: 1,
        gpuKeepDays: 90,
        gpuDecisionKeepDays,
        dataDir: '/nowhere',
      });

    await keeping(51).keepGpuUsage();
    expect((await decideAgain(sql, decision!)).isSamePlan).toBe(true);
    await keeping(49).keepGpuUsage();

    await expect(decideAgain(sql, decision!)).rejects.toMatchObject({ code: 'gpu.decision-not-found' });
    expect((await decideAgain(sql, younger!)).isSamePlan).toBe(true);
    const [claim] = await sql`select decision from gpu_claims where job_id = ${first}`;
    expect(claim).toEqual({ decision });
    await expect(sql`delete from gpu_decision where position = ${younger}`).rejects.toThrow(/append only/);
  });
});

describe('a submission', () => {
  it('is in the queue with how long it is to wait, and once however often it is sent', async () => {
    await clear();
    await addNode(database.sql, [{}]);
    const [one, other] = [order({ requestKey: 'k', workdir: 'a' }), order({ requestKey: 'k', workdir: 'b' })];

    const ids = await Promise.all([enter(one), enter(other)]);

    expect(new Set(ids).size).toBe(1);
    const [event] = await database.sql<{ facts: unknown }[]>`
      select facts from gpu_job_event where job_id = ${ids[0]} and state = 'queued'`;
    expect(event!.facts).toEqual({ plannedMs: 0 });
  });

  it('of a job in a folder that another one works in is refused until that has ended', async () => {
    const first = await enter(order({ workdir: 'mine' }));

    const again = () => enter(order({ workdir: 'mine' }));
    await expect(again()).rejects.toMatchObject({ code: 'gpu.workdir-busy', params: { job: first } });
    for (const workdir of ['mine/below', 'mine/a/b'])
      await expect(enter(order({ workdir }))).rejects.toMatchObject({ params: { job: first, workdir } });
    for (const workdir of ['mine/results', 'mine/results/x'])
      await expect(enter(order({ workdir, owner: 'park' }))).rejects.toMatchObject({
        params: { job: first },
      });
    await enter(order({ workdir: 'mine/of-another', owner: 'park' }));
    const deep = await enter(order({ workdir: 'mine-too/a' }));
    await expect(enter(order({ workdir: 'mine-too', owner: 'park' }))).rejects.toMatchObject({
      params: { job: deep, workdir: 'mine-too' },
    });
    const taken = order({ workdir: 'mine-too/a', owner: 'park' });
    const hidden = enterJobs(database.sql, { actor: 'park', role: 'user' }, [taken]);
    await expect(hidden).rejects.toMatchObject({ params: { job: '', workdir: 'mine-too/a' } });
    const waiting = await database.sql<{ job: string }[]>`
      select job_id as job from gpu_job where workdir = 'mine/of-another'`;
    await move(database.sql, waiting[0]!.job, 'cancelled');
    await move(database.sql, first, 'cancelled');
    await again();
    const [above, below] = [order({ workdir: 'array/1' }), order({ workdir: 'array/1/x' })];
    await expect(enterJobs(database.sql, BY, [above, below])).rejects.toMatchObject({
      code: 'gpu.workdir-busy',
      params: { job: above.jobId },
    });
  });
});

describe('a bill', () => {
  it('is what was held, a part of a card by its part, without what stood still', async () => {
    await clear();
    const { node, devices } = await addNode(database.sql, [{ sharing: 'shared', slices: 10 }]);
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
    await cutCard(node, devices[0]!, { sharing: 'whole', slices: 1 });
    expect(await readBill(database.sql, job)).toEqual(bill);
    const { cards } = (await readCostFacts(database.sql, { fromMs: 0, toMs: Date.now() })).input;
    const { slices, holdings } = cards.find((card) => card.device === devices[0])!;
    expect(holdings.map((held) => held.slices / slices)).toEqual([0.5]);
  });

  it('keeps what was worked before the last checkpoint, without what stood still before it', async () => {
    await clear();
    const { sql } = database;
    await addNode(sql, [{}]);
    const job = await queueJob(sql);
    await plan();
    for (const to of ['starting', 'running'] as const) await move(sql, job, to);
    await noteJob(sql, BY, job, { kind: 'frozen' });
    await noteJob(sql, BY, job, { kind: 'thawed' });
    await noteJob(sql, BY, job, { kind: 'checkpointed', facts: { step: 1 } });
    for (const to of ['collecting', 'cleaning'] as const) await move(sql, job, to);
    await releaseJob(sql, BY, job, { to: 'queued', cause: 'infrastructure', keepsWork: false });
    // It was held for 100 s, stood still from the 10th to the 60th, and wrote its checkpoint at the 70th.
    const at = (seconds: number) => sql`timestamptz '2026-01-01' + ${seconds} * interval '1 second'`;
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`update gpu_allocations set allocated_at = ${at(0)}, released_at = ${at(100)} where job_id = ${job}`;
      await tx`update gpu_claims set kept_until = ${at(70)} where job_id = ${job}`;
      await tx`update gpu_job_event set at = ${at(10)} where job_id = ${job} and kind = 'frozen'`;
      await tx`update gpu_job_event set at = ${at(60)} where job_id = ${job} and kind = 'thawed'`;
    });

    expect(await readBill(sql, job)).toEqual({ gpuSeconds: 50, keptGpuSeconds: 20, frozenGpuSeconds: 50 });
  });
});
