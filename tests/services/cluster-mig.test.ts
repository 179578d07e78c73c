import { afterEach, expect, it } from '@jest/globals';
import { BY_GPU_PLANNER } from '../../contracts/audit.ts';
import { applyClusterCapacity } from '../../db/cluster-capacity.ts';
import { readJobState } from '../../db/gpu-jobs.ts';
import { listNodes, registerDevice, registerNode, retireNode, setDeviceState } from '../../db/gpu-nodes.ts';
import { decideAgain, planNow } from '../../db/gpu-planner.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { MOST_CARDS, type ClusterNode } from '../../domain/gpu/cluster-capacity.ts';
import { layOut } from '../../domain/gpu/mig-resources.ts';
import { useDatabase } from '../support/database.ts';
import { BY, clearMachines, finish, move, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();
const sql = () => database.sql;

afterEach(async () => {
  await clearMachines(sql());
  await apply();
  for (const { node } of await listNodes(sql())) await retireNode(sql(), BY, node, 'a test');
});

const SMALL = '1g.10gb';
const apply = (...nodes: readonly ClusterNode[]) => applyClusterCapacity(sql(), { nodes, gone: 'others' });

let count = 0;
const name = (): string => `cut-${(count += 1)}.example.com`;

/** A node of which all cards are cut into so many instances by profile, all of them usable, and of whole cards. */
const cutNode = (node: string, parts: Readonly<Record<string, number>>, cards = 0): ClusterNode => ({
  ...{ node, model: 'H100-80GB', modelMemoryGb: 80, cpuMillis: 64_000, memoryMib: 512_000, withheld: null },
  ...{ cards, usableCards: cards, illCards: 0, ignored: null },
  cutCards: layOut('H100-80GB', new Map(Object.entries(parts)), MOST_CARDS - cards)!,
  instances: Object.fromEntries(
    Object.entries(parts).map(([profile, usable]) => [profile, { usable, ill: 0 }]),
  ),
});

/** With fewer instances of a profile, as others use them or the node does not give them out. */
const less = (node: ClusterNode, profile: string, usable: number, ill = 0): ClusterNode => ({
  ...node,
  instances: { ...node.instances, [profile]: { usable, ill } },
});

/** Instances that are there, by the name of their node's place, with why they are withheld. */
const parts = async (node: string): Promise<string[]> =>
  (
    await sql()<{ text: string }[]>`
      select instance || ' ' || profile || coalesce(': ' || part.withheld, '') as text
      from mig_instances as part join gpu_devices as card using (device)
      where node = ${node} and part.state = 'there' and card.state <> 'retired' order by device, lower(part.slices)`
  ).map(({ text }) => text.slice(node.length + 1));

const waiting = (gpus: number, profile = SMALL): Promise<string> =>
  queueJob(sql(), { gpus, migProfile: profile });
const started = async (): Promise<readonly string[]> => (await planNow(sql(), BY_GPU_PLANNER)).started;

it('MIG instances of a cluster are entered as places of cards, beside whole ones, and the same again is no change', async () => {
  const node = cutNode(name(), { [SMALL]: 3, '3g.40gb': 1 }, 2);
  expect(await apply(node)).toMatchObject({ isChanged: true, isSettled: true });
  const position = await lastGpuPosition(sql());
  expect(await Promise.all([apply(node), apply(node)])).toEqual(
    Array(2).fill({ isChanged: false, isSettled: true, refused: [] }),
  );

  expect(await lastGpuPosition(sql())).toBe(position);
  const [found] = await listNodes(sql());
  expect(
    found!.devices.map(({ device, index, sharing, slices }) => [device, index, sharing, slices]),
  ).toEqual([
    [`${node.node}-gpu-0`, 0, 'whole', 1],
    [`${node.node}-gpu-1`, 1, 'whole', 1],
    [`${node.node}-mig-0`, 29, 'mig', 8],
  ]);
  const found3g = node.cutCards[0]!.map(({ profile, start: at }) => `mig-0-${at} ${profile}`);
  expect((await parts(node.node)).sort()).toEqual(found3g.sort());
});

it('jobs get instances of their profile and whole cards their own, until all are held', async () => {
  const node = cutNode(name(), { [SMALL]: 7 }, 1);
  await apply(node);
  const jobs = [await waiting(4), await waiting(3), await waiting(1), await queueJob(sql(), { gpus: 1 })];
  expect([...(await started())].sort()).toEqual([jobs[0]!, jobs[1]!, jobs[3]!].sort());
  expect((await apply(node)).isSettled).toBe(true);
  await finish(sql(), jobs[1]!);
  expect(await started()).toEqual([jobs[2]]);
});

it('instances that others have, or the node does not give out, are given to no run, and are again when they are free', async () => {
  const node = cutNode(name(), { [SMALL]: 7 });
  await apply(node);
  const first = await waiting(2);
  expect(await started()).toEqual([first]);
  const short = less(node, SMALL, 3, 1);
  expect(await apply(short)).toMatchObject({ isChanged: true, isSettled: true });
  const told = (await parts(node.node)).map((text) => text.split(': ')[1] ?? 'free');
  expect(told.filter((why) => why === 'it is in use by other pods')).toHaveLength(3);
  expect(told.filter((why) => why === 'its node does not give it out')).toHaveLength(1);
  expect((await apply(short)).isChanged).toBe(false);
  const [shown] = await listNodes(sql());
  expect(shown!.devices).toMatchObject([{ state: 'ready', heldSlices: 2, withheldSlices: 4, slices: 8 }]);
  expect(shown!.devices[0]!.instances.map(({ state, reason }) => (reason === null ? state : reason))).toEqual(
    told.map((why) => (why === 'free' ? 'ready' : why)),
  );

  const [large, small] = [await waiting(2), await waiting(1)];
  const { decision, started: begun } = await planNow(sql(), BY_GPU_PLANNER);
  expect(begun).toEqual([small]);
  const closed = (await parts(node.node)).find((text) => text.includes(': '))!;
  const at = Number(/-(\d) /.exec(closed)![1]);
  await expect(
    start(sql(), large, node.node, [part(`${node.node}-mig-0`, { start: at, migProfile: SMALL })]),
  ).rejects.toMatchObject({ code: 'gpu.device-unfit' });
  await apply(node);
  expect(await started()).toEqual([large]);
  expect(await decideAgain(sql(), decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
});

it('instances that runs hold stay theirs when others ask for more than is left', async () => {
  const node = cutNode(name(), { [SMALL]: 7 });
  await apply(node);
  const job = await waiting(5);
  expect(await started()).toEqual([job]);
  expect((await apply(less(node, SMALL, 4))).isSettled).toBe(false);
  expect((await parts(node.node)).filter((text) => text.includes(': '))).toHaveLength(2);
  await finish(sql(), job);
  expect((await apply(less(node, SMALL, 4))).isSettled).toBe(true);
  expect((await parts(node.node)).filter((text) => text.includes(': '))).toHaveLength(3);
});

it('cards that are cut otherwise are when nothing of them is held, and cards that are whole again are whole', async () => {
  const at = name();
  const before = cutNode(at, { [SMALL]: 14 });
  await apply(before);
  const job = await waiting(1);
  expect(await started()).toEqual([job]);
  const after = cutNode(at, { '3g.40gb': 4 });
  expect((await apply(after)).isSettled).toBe(false);
  // The card that nothing runs on is cut otherwise already, and gives out what it has.
  const large = await waiting(2, '3g.40gb');
  expect(await started()).toEqual([large]);
  for (const one of [job, large]) await finish(sql(), one);
  expect((await apply(after)).isSettled).toBe(true);
  expect((await parts(at)).map((text) => text.split(' ')[1])).toEqual(Array(4).fill('3g.40gb'));

  expect(await apply(cutNode(at, {}, 2))).toMatchObject({ isChanged: true, isSettled: true });
  const [found] = await listNodes(sql());
  expect(found!.devices.map(({ device, sharing }) => [device.slice(at.length + 1), sharing])).toEqual([
    ['gpu-0', 'whole'],
    ['gpu-1', 'whole'],
  ]);
  await apply(before);
  expect(await parts(at)).toHaveLength(14);
});

it('a node that gives out nothing for a while keeps what it was cut into', async () => {
  const node = cutNode(name(), { [SMALL]: 7 });
  await apply(node);
  const none = { ...cutNode(node.node, {}), withheld: 'it gives out no cards' };
  await apply(none);
  expect(await parts(node.node)).toHaveLength(7);
  expect((await listNodes(sql()))[0]).toMatchObject({ state: 'drained', reason: 'it gives out no cards' });
  const position = await lastGpuPosition(sql());
  await apply(node);
  expect(await lastGpuPosition(sql())).toBe(position + 1);
});

it('an operator drains a card for good: it is drained still when its node had fewer, or other ones, meanwhile', async () => {
  const node = cutNode(name(), { [SMALL]: 7 }, 2);
  await apply(node);
  const drained = [`${node.node}-gpu-1`, `${node.node}-mig-0`];
  for (const device of drained)
    await setDeviceState(sql(), BY, { device, state: 'unhealthy', reason: 'XID 79' });
  await apply(cutNode(node.node, {}, 1));
  expect((await listNodes(sql()))[0]!.devices.map(({ device }) => device)).toEqual([`${node.node}-gpu-0`]);
  await apply(node);
  const [found] = await listNodes(sql());
  expect(found!.devices.map(({ state, reason }) => [state, reason])).toEqual([
    ['ready', null],
    ['unhealthy', 'XID 79'],
    ['unhealthy', 'XID 79'],
  ]);
});

it('a card that is to be cut otherwise is given to nobody else while it is held, so that it can be', async () => {
  const at = name();
  await apply(cutNode(at, { [SMALL]: 14 }));
  const job = await waiting(1);
  expect(await started()).toEqual([job]);
  const after = cutNode(at, { [SMALL]: 7, '3g.40gb': 2 });
  for (let round = 0; round < 3; round += 1) {
    await apply(after);
    const small = await waiting(1);
    const large = await waiting(1, '3g.40gb');
    await started();
    const held = await sql()<{ device: string }[]>`
      select device from gpu_allocations join gpu_claims using (claim_id)
      where gpu_claims.released_at is null and gpu_allocations.job_id in ${sql()([small, large])}`;
    const first = await sql()<{ device: string }[]>`
      select device from gpu_allocations join gpu_claims using (claim_id)
      where gpu_claims.released_at is null and gpu_allocations.job_id = ${job}`;
    expect(held.map(({ device }) => device)).not.toContain(first[0]!.device);
    for (const one of [small, large]) {
      const { state } = await readJobState(sql(), one);
      if (state === 'reserved') await finish(sql(), one);
      else await move(sql(), one, 'cancelled');
    }
  }
  await finish(sql(), job);
  expect((await apply(after)).isSettled).toBe(true);
});

it('a card of another model is another card: what the one of before has cost stays as it was', async () => {
  const node = cutNode(name(), {}, 1);
  await apply(node);
  await apply({ ...node, model: 'A100-80GB' });
  const history = await sql()<{ state: string; model: string }[]>`
    select after ->> 'state' as state, after ->> 'model' as model from gpu_capacity_event
    where subject = ${`${node.node}-gpu-0`} order by position`;
  expect(history.map(({ state, model }) => `${state} ${model}`)).toEqual([
    ...['ready H100-80GB', 'retired H100-80GB', 'ready A100-80GB'],
  ]);
});

it('cards that a GPU file called like places of the node take their places when it becomes one of the cluster', async () => {
  const at = name();
  await sql().begin(async (tx) => {
    await lockGpu(tx);
    await registerNode(tx, BY, { node: at, cpuMillis: 8000, memoryMib: 8192 });
    for (const [index, place] of [1, 0].entries())
      await registerDevice(tx, BY, at, {
        ...{ device: `${at}-gpu-${place}`, index, model: 'H100-80GB', sharing: 'whole', slices: null },
        inServiceOn: null,
      });
  });
  const node = cutNode(at, {}, 3);
  expect(await apply(node)).toMatchObject({ isChanged: true, isSettled: true });
  expect(await apply(node)).toMatchObject({ isChanged: false, isSettled: true });
  expect((await listNodes(sql()))[0]!.devices.map(({ device, index }) => [device, index])).toEqual(
    [0, 1, 2].map((place) => [`${at}-gpu-${place}`, place]),
  );
});

it('a node that the books cannot have keeps no other one out of them, and is told by its name', async () => {
  const [good, odd, other] = [
    cutNode(name(), {}, 1),
    cutNode('Not A Name', {}, 1),
    cutNode(name(), { [SMALL]: 7 }),
  ];
  const { isSettled, refused } = await apply(good, odd, other);
  expect(isSettled).toBe(false);
  expect(refused.map(({ node }) => node)).toEqual(['Not A Name']);
  expect((await listNodes(sql())).map(({ node }) => node).sort()).toEqual([good.node, other.node].sort());
});

it('many nodes that are cut are brought in line in proportion to their number', async () => {
  const cards = (count: number): ClusterNode[] =>
    Array.from({ length: count }, () => cutNode(name(), { [SMALL]: 56 }));
  const timed = async (nodes: readonly ClusterNode[]): Promise<number> => {
    await apply(...nodes);
    const began = performance.now();
    expect(await apply(...nodes)).toMatchObject({ isChanged: false, isSettled: true });
    return performance.now() - began;
  };
  const few = await timed(cards(10));
  const many = await timed(cards(60));
  // Six times as many; it was thirty-six times as long.
  expect(many / few).toBeLessThan(18);
});
