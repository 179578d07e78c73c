import { describe, expect, it } from '@jest/globals';
import { listHeldAt, listSharedCards, releaseJob } from '../../db/gpu-allocations.ts';
import { noteJob } from '../../db/gpu-jobs.ts';
import { listNodes, setDeviceState, setNodeState } from '../../db/gpu-nodes.ts';
import { lastGpuPosition } from '../../db/gpu-position.ts';
import { listSpans } from '../../db/gpu-spans.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, cutInto, finish, move, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();

/** How each of several went: null, or the code of its error. */
const outcomes = async (attempts: readonly Promise<unknown>[]): Promise<(string | null)[]> =>
  (await Promise.allSettled(attempts)).map((one) =>
    one.status === 'fulfilled' ? null : ((one.reason as { code?: string }).code ?? String(one.reason)),
  );

const queue = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => queueJob(database.sql)));

describe('a card', () => {
  it('is given to one of two that want it at the same time', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [first, second] = await queue(2);

    const results = await outcomes(
      [first!, second!].map((job) => start(database.sql, job, node, [part(devices[0]!)])),
    );

    expect(results.filter((result) => result === null)).toHaveLength(1);
    expect(results.filter((result) => result === 'gpu.slice-held')).toHaveLength(1);
  });

  it('is given to one of two even where both go past what Tain asks', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [first, second] = await queue(2);
    await start(database.sql, first!, node, [part(devices[0]!)]);

    await expect(database.sql`
      insert into gpu_allocations (claim_id, job_id, device, slices, cells)
      select claim_id, ${second!}, ${devices[0]!}, int4range(0, 1), 'empty' from gpu_claims where job_id = ${first!}`).rejects.toMatchObject(
      { constraint_name: 'gpu_allocations_once' },
    );
  });

  it('is free again when it was released, and not before', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [first, second] = await queue(2);
    await start(database.sql, first!, node, [part(devices[0]!)]);
    const held = await outcomes([start(database.sql, second!, node, [part(devices[0]!)])]);
    await finish(database.sql, first!);
    const freed = await outcomes([start(database.sql, second!, node, [part(devices[0]!)])]);

    expect([...held, ...freed]).toEqual(['gpu.slice-held', null]);
  });

  it('that is shared is given out in shares that do not overlap, of many that want them at once', async () => {
    const { node, devices } = await addNode(database.sql, [{ sharing: 'shared', slices: 10 }]);
    const jobs = await queue(6);

    const results = await outcomes(
      jobs.map((job, at) =>
        start(database.sql, job, node, [part(devices[0]!, { start: 2 * at, slices: 3 })]),
      ),
    );

    // 0–2, 2–4, 4–6, 6–8 overlap their neighbours; 8–10 and 10–12 do not lie on it.
    expect(results.slice(4)).toEqual(['gpu.device-unfit', 'gpu.device-unfit']);
    const cells = await database.sql<{ cells: number }[]>`
      select sum(upper(slices) - lower(slices))::int as cells from gpu_allocations where device = ${devices[0]!}`;
    expect(cells[0]!.cells).toBe(3 * results.filter((result) => result === null).length);
    expect(results.filter((result) => result === null).length).toBeGreaterThan(0);
  });

  it('that is shared is known as such to each of those that share it, while they do', async () => {
    const { node, devices } = await addNode(database.sql, [{ sharing: 'shared', slices: 10 }]);
    const [first, second] = await queue(2);
    await start(database.sql, first!, node, [part(devices[0]!, { slices: 5 })]);
    const alone = await listSharedCards(database.sql, first!);
    await start(database.sql, second!, node, [part(devices[0]!, { start: 5, slices: 5 })]);
    const both = [await listSharedCards(database.sql, first!), await listSharedCards(database.sql, second!)];
    await finish(database.sql, second!);

    expect([alone, ...both]).toEqual([[], [devices[0]], [devices[0]]]);
    expect(await listSharedCards(database.sql, first!)).toEqual([]);
  });

  it('has a node that gives no more CPU and memory than it has, and nothing while it is drained', async () => {
    const { node, devices } = await addNode(database.sql, [{}, {}, {}], { cpuMillis: 1500, memoryMib: 4096 });
    const jobs = await queue(3);

    const both = await outcomes(
      jobs.slice(0, 2).map((job, at) => start(database.sql, job, node, [part(devices[at]!)])),
    );
    expect(both.sort()).toEqual(['gpu.node-short', null].sort());
    await setNodeState(database.sql, BY, { node, state: 'draining', reason: 'new fans' });
    const drained = await outcomes([
      start(database.sql, jobs[2]!, node, [part(devices[2]!)], { cpuMillis: 1 }),
    ]);
    expect(drained).toEqual(['gpu.node-short']);
  });

  it('starts nothing while it is unhealthy', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [job] = await queue(1);
    await setDeviceState(database.sql, BY, { device: devices[0]!, state: 'unhealthy', reason: 'XID 79' });

    expect(await outcomes([start(database.sql, job!, node, [part(devices[0]!)])])).toEqual([
      'gpu.device-unfit',
    ]);
  });

  it('keeps its shape and its place while it is held', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [job] = await queue(1);
    await start(database.sql, job!, node, [part(devices[0]!)]);

    await expect(
      setDeviceState(database.sql, BY, { device: devices[0]!, state: 'retired', reason: 'sold' }),
    ).rejects.toMatchObject({ code: 'gpu.device-held' });
    await finish(database.sql, job!);
    await setDeviceState(database.sql, BY, { device: devices[0]!, state: 'retired', reason: 'sold' });
    const shown = (await listNodes(database.sql)).find((one) => one.node === node);
    expect(shown?.devices).toEqual([]);
  });
});

describe('a card that is cut by MIG', () => {
  const mig = { sharing: 'mig' as const };

  it('takes 3g twice, and no third of anything', async () => {
    const { node, devices } = await addNode(database.sql, [mig]);
    const jobs = await queue(3);
    const at = (first: number) => part(devices[0]!, { start: first, slices: 4, migProfile: '3g.40gb' });

    expect(await outcomes([start(database.sql, jobs[0]!, node, [at(0), at(4)])])).toEqual([null]);
    const small = part(devices[0]!, { start: 5, migProfile: '1g.10gb' });
    expect(await outcomes([start(database.sql, jobs[1]!, node, [small])])).toEqual(['gpu.slice-held']);
  });

  it('gives overlapping memory slices to one of two that want them at the same time', async () => {
    const { node, devices } = await addNode(database.sql, [mig]);
    const jobs = await queue(2);
    const parts = [
      part(devices[0]!, { start: 2, slices: 2, migProfile: '2g.20gb' }),
      part(devices[0]!, { start: 0, slices: 4, migProfile: '3g.40gb' }),
    ];

    const results = await outcomes(jobs.map((job, at) => start(database.sql, job, node, [parts[at]!])));

    expect(results.filter((result) => result === null)).toHaveLength(1);
    expect(results).toContain('gpu.slice-held');
  });

  it.each([
    ['at a slice where the profile cannot begin', { start: 1, slices: 2, migProfile: '2g.20gb' }],
    ['of another size than the profile', { start: 0, slices: 3, migProfile: '3g.40gb' }],
    ['of a profile of another card', { start: 0, slices: 1, migProfile: '1g.5gb' }],
    ['without a profile', { start: 0, slices: 8, migProfile: null }],
    ['behind its last slice', { start: 7, slices: 1, migProfile: '1g.10gb' }],
  ])('gives nothing %s', async (_what, change) => {
    const { node, devices } = await addNode(database.sql, [mig]);
    const [job] = await queue(1);

    expect(await outcomes([start(database.sql, job!, node, [part(devices[0]!, change)])])).toEqual([
      'gpu.device-unfit',
    ]);
  });

  it('has one set of media engines', async () => {
    const { node, devices } = await addNode(database.sql, [mig]);
    const jobs = await queue(2);
    const media = (first: number) => part(devices[0]!, { start: first, migProfile: '1g.10gb+me' });

    expect(await outcomes([start(database.sql, jobs[0]!, node, [media(0)])])).toEqual([null]);
    expect(await outcomes([start(database.sql, jobs[1]!, node, [media(1)])])).toEqual(['gpu.slice-held']);
  });

  it('that is cut already gives out what it is cut into, and says which instance', async () => {
    const { node, devices } = await addNode(database.sql, [mig]);
    const jobs = await queue(2);
    const [instance] = await cutInto(database.sql, devices[0]!, [['2g.20gb', 2]]);

    const other = part(devices[0]!, { start: 4, slices: 2, migProfile: '2g.20gb' });
    expect(await outcomes([start(database.sql, jobs[0]!, node, [other])])).toEqual(['gpu.device-unfit']);
    await start(database.sql, jobs[1]!, node, [{ ...other, start: 2 }]);
    const held = await listHeldAt(database.sql, await lastGpuPosition(database.sql));
    expect(held.find(({ jobId }) => jobId === jobs[1])).toMatchObject({ migInstance: instance, start: 2 });
    for (const parts of [[['1g.10gb', 6]], []] as [string, number][][])
      await expect(cutInto(database.sql, devices[0]!, parts)).rejects.toMatchObject({
        code: 'gpu.device-held',
      });
    await finish(database.sql, jobs[1]!);
    await cutInto(database.sql, devices[0]!, []);
    expect(await outcomes([start(database.sql, jobs[0]!, node, [other])])).toEqual([null]);
  });

  it('of a model without MIG there is none', async () => {
    await expect(addNode(database.sql, [{ ...mig, model: 'RTX-4090-24GB' }])).rejects.toMatchObject({
      code: 'gpu.device-unfit',
    });
  });
});

describe('a decision', () => {
  it('that cannot start one of its jobs starts none', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [job] = await queue(1);
    const twice = [part(devices[0]!), part(devices[0]!)];

    expect(await outcomes([start(database.sql, job!, node, twice)])).toEqual(['gpu.slice-held']);
    const left = await database.sql`select from gpu_claims where job_id = ${job!}`;
    expect(left).toHaveLength(0);
  });

  it('leaves a history that says what was held at any position', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [job] = await queue(1);
    const before = await lastGpuPosition(database.sql);
    await start(database.sql, job!, node, [part(devices[0]!)]);
    const between = await lastGpuPosition(database.sql);
    await finish(database.sql, job!);
    const after = await lastGpuPosition(database.sql);

    const held = await Promise.all([before, between, after].map((asOf) => listHeldAt(database.sql, asOf)));
    expect(held.map((parts) => parts.filter(({ jobId }) => jobId === job).length)).toEqual([0, 1, 0]);
  });

  it('cannot be changed, nor can what was released be taken back', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [job] = await queue(1);
    const position = await start(database.sql, job!, node, [part(devices[0]!)]);
    await finish(database.sql, job!);

    await expect(
      database.sql`update gpu_decision set plan = '' where position = ${position}`,
    ).rejects.toThrow(/append only/);
    await expect(database.sql`delete from allocation_history`).rejects.toThrow(/append only/);
    await expect(
      database.sql`update gpu_claims set released_at = null where job_id = ${job!}`,
    ).rejects.toThrow(/only be released/);
    await expect(database.sql`delete from gpu_allocations where job_id = ${job!}`).rejects.toThrow(
      /only be released/,
    );
  });
});

describe('what is billed', () => {
  it('knows when a job stood still, and what preemption has undone', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const [job] = await queue(1);
    await start(database.sql, job!, node, [part(devices[0]!)]);
    await move(database.sql, job!, 'starting');
    await move(database.sql, job!, 'running');
    await noteJob(database.sql, BY, job!, { kind: 'checkpointed', facts: { step: 40 } });
    await noteJob(database.sql, BY, job!, { kind: 'frozen' });
    await noteJob(database.sql, BY, job!, { kind: 'thawed' });
    await noteJob(database.sql, BY, job!, { kind: 'frozen' });
    await move(database.sql, job!, 'cleaning');
    const state = await releaseJob(database.sql, BY, job!, {
      ...{ to: 'queued', cause: 'preempted', keepsWork: false },
    });

    expect(state).toMatchObject({ state: 'queued', preempted_count: 1, user_count: 0, frozen_at: null });
    const asOf = await lastGpuPosition(database.sql);
    const [span] = (await listSpans(database.sql, { asOf, since: new Date(0) })).filter(
      ({ jobId }) => jobId === job,
    );
    expect(span).toMatchObject({ owner: 'lee', team: 'quant', slices: 1, ofSlices: 1, attempt: 1 });
    expect(span!.frozen).toHaveLength(2);
    for (const [from, to] of span!.frozen) expect(to).toBeGreaterThanOrEqual(from);
    expect(span!.keptUntil!.toISOString()).toBe(new Date(state.checkpoint_at!).toISOString());
    expect(span!.keptUntil!.getTime()).toBeLessThanOrEqual(span!.to!.getTime());
  });
});
