import { afterEach, describe, expect, it } from '@jest/globals';
import { BY_CLUSTER, BY_GPU_PLANNER } from '../../contracts/audit.ts';
import { listAudit } from '../../db/audit.ts';
import { applyClusterCapacity, leaveCluster } from '../../db/cluster-capacity.ts';
import { listNodes, registerNode, retireNode, setDeviceState, setNodeState } from '../../db/gpu-nodes.ts';
import { decideAgain, planNow } from '../../db/gpu-planner.ts';
import { lastGpuPosition } from '../../db/gpu-position.ts';
import type { CapacityChange, ClusterNode } from '../../domain/gpu/cluster-capacity.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, clearMachines, finish, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();
const sql = () => database.sql;

afterEach(async () => {
  await clearMachines(sql());
  await apply([]);
  // What a test has drained stays.
  for (const { node } of await listNodes(sql())) await retireNode(sql(), BY, node, 'a test');
});

let count = 0;
/** A node of a name of its own. */
function aNode(change: Partial<ClusterNode> = {}): ClusterNode {
  count += 1;
  return {
    ...{ node: `worker-${count}.example.com`, model: 'H100-80GB', modelMemoryGb: 80, cpuMillis: 64_000 },
    ...{ memoryMib: 512_000, cards: 4, usableCards: 4, illCards: 0, withheld: null },
    ...{ cutCards: [], instances: {}, ignored: null },
    ...change,
  };
}

const apply = (all: readonly ClusterNode[], gone: CapacityChange['gone'] = 'others') =>
  applyClusterCapacity(sql(), { nodes: all, gone });

/** Nodes as they are shown, cards by their number as `state: reason`. */
const shown = async () =>
  (await listNodes(sql())).map(({ node, state, reason, devices }) => ({
    ...{ node, state, reason },
    cards: devices.map((card) => [card.state, ...(card.reason === null ? [] : [card.reason])].join(': ')),
  }));

const place = (node: ClusterNode, at: number) => part(`${node.node}-gpu-${at}`);

/** A job that holds places of a node. */
async function hold(node: ClusterNode, ...places: number[]): Promise<string> {
  const jobId = await queueJob(sql(), { gpus: places.length });
  await start(
    sql(),
    jobId,
    node.node,
    places.map((at) => place(node, at)),
  );
  return jobId;
}

describe('nodes of a cluster', () => {
  it('are entered with their cards and a model that nobody has described, and the same again changes nothing', async () => {
    const [known, other] = [
      aNode(),
      aNode({ model: 'NVIDIA-L40S', modelMemoryGb: 45, cards: 2, usableCards: 2 }),
    ];
    expect(await apply([known, other])).toMatchObject({ isChanged: true, isSettled: true });
    const position = await lastGpuPosition(sql());
    const answers = await Promise.all([1, 2, 3].map(() => apply([other, known])));

    expect(answers).toEqual(answers.map(() => ({ isChanged: false, isSettled: true, refused: [] })));
    expect(await lastGpuPosition(sql())).toBe(position);
    expect(await shown()).toEqual([
      { node: known.node, state: 'open', reason: null, cards: ['ready', 'ready', 'ready', 'ready'] },
      { node: other.node, state: 'open', reason: null, cards: ['ready', 'ready'] },
    ]);
    expect(await sql()`select memory_gb, tdp_watts from gpu_models where model = 'NVIDIA-L40S'`).toEqual([
      { memory_gb: 45, tdp_watts: null },
    ]);
  });

  it('are noted in the audit log once for a change of many, and not for room that others take', async () => {
    const entries = async () =>
      (await listAudit(sql(), { subject: 'gpu', timeZone: 'UTC', limit: 100 })).filter(
        ({ actor }) => actor === BY_CLUSTER.actor,
      );
    const before = (await entries()).length;
    const many = Array.from({ length: 30 }, () => aNode());
    await apply(many);
    await apply(many.map((node) => ({ ...node, cpuMillis: 1000, usableCards: 1 })));
    const found = await entries();

    expect(found).toHaveLength(before + 1);
    const newest = found.sort((one, other) => other.seq - one.seq)[0]!;
    expect(newest.after).toMatchObject({ came: { count: 30 } });
    const history = await sql()`
      select from gpu_capacity_event where kind = 'node' and subject = ${many[0]!.node} and actor = ${BY_CLUSTER.actor}`;
    expect(history).toHaveLength(2);
  });

  it('that the cluster withholds start nothing, say why, and are open again when it does not any more', async () => {
    const node = aNode();
    await apply([{ ...node, withheld: 'it is cordoned' }]);
    const jobId = await queueJob(sql());
    expect((await planNow(sql(), BY_GPU_PLANNER)).started).toEqual([]);
    expect(await shown()).toMatchObject([{ node: node.node, state: 'drained', reason: 'it is cordoned' }]);
    await expect(start(sql(), jobId, node.node, [place(node, 0)])).rejects.toMatchObject({
      code: 'gpu.node-short',
    });

    await apply([node], []);
    expect((await planNow(sql(), BY_GPU_PLANNER)).started).toEqual([jobId]);
    expect(await shown()).toMatchObject([{ state: 'open', reason: null }]);
  });

  it('that an operator has drained stay so, whatever the cluster says; he opens none that the cluster withholds', async () => {
    const node = aNode();
    await apply([node]);
    await setNodeState(sql(), BY, { node: node.node, state: 'draining', reason: 'new fans' });
    await apply([{ ...node, withheld: 'it is cordoned' }]);
    expect(await shown()).toMatchObject([{ state: 'drained', reason: 'new fans; it is cordoned' }]);
    await apply([{ ...node, cpuMillis: 3000 }]);
    expect(await shown()).toMatchObject([{ state: 'drained', reason: 'new fans' }]);

    await apply([{ ...node, withheld: 'it is cordoned' }]);
    await setNodeState(sql(), BY, { node: node.node, state: 'open', reason: 'they turn' });
    expect(await shown()).toMatchObject([{ state: 'drained', reason: 'it is cordoned' }]);
    await expect(
      setNodeState(sql(), BY, { node: node.node, state: 'open', reason: 'they turn' }),
    ).rejects.toMatchObject({ code: 'gpu.node-withheld', params: { reason: 'it is cordoned' } });
    await apply([node]);
    expect(await shown()).toMatchObject([{ state: 'open' }]);
  });

  it('that are drained, or have a card that is, are so still when they were away for a moment', async () => {
    const [drained, ill, well] = [aNode(), aNode(), aNode()];
    const all = [drained, ill, well];
    await apply(all);
    await setNodeState(sql(), BY, { node: drained.node, state: 'draining', reason: 'new fans' });
    const card = { device: `${ill.node}-gpu-3`, reason: 'XID 79' };
    await setDeviceState(sql(), BY, { ...card, state: 'unhealthy' });
    const none = { cards: 0, usableCards: 0, withheld: 'it gives out no cards' };
    await apply(all.map((node) => ({ ...node, ...none })));
    expect(await shown()).toMatchObject(all.map(() => ({ state: 'drained' })));
    await apply(all);
    const gone = all.map(({ node }) => node);
    expect(await apply([], gone)).toMatchObject({ isChanged: true, isSettled: true });
    expect((await shown()).map(({ node }) => node)).toEqual([drained.node, ill.node]);
    await apply(all);

    expect(await shown()).toMatchObject([
      { state: 'drained', reason: 'new fans' },
      { state: 'open', cards: ['ready', 'ready', 'ready', 'unhealthy: XID 79'] },
      { state: 'open', cards: ['ready', 'ready', 'ready', 'ready'] },
    ]);
    await setNodeState(sql(), BY, { node: drained.node, state: 'open', reason: 'they turn' });
    await setDeviceState(sql(), BY, { ...card, state: 'ready' });
  });

  it('that left while something was held of them open again when people retire them and the GPU file names them', async () => {
    const node = aNode();
    await apply([node]);
    const jobId = await hold(node, 0);
    await leaveCluster(sql());
    await finish(sql(), jobId);
    await retireNode(sql(), BY, node.node, 'no cluster any more');
    await sql().begin((tx) => registerNode(tx, BY, { node: node.node, cpuMillis: 8000, memoryMib: 4096 }));

    expect(await shown()).toMatchObject([{ node: node.node, state: 'open', reason: null }]);
  });

  it('are retired when they are gone, with what is held of them first drained, and come back under their name', async () => {
    const [held, idle] = [aNode(), aNode()];
    await apply([held, idle]);
    const jobId = await hold(held, 0);
    expect(await apply([], [held.node, idle.node])).toMatchObject({ isChanged: true, isSettled: false });
    expect(await shown()).toMatchObject([
      { node: held.node, state: 'draining', reason: 'the cluster has it no more for training' },
    ]);
    await finish(sql(), jobId);
    expect(await apply([])).toMatchObject({ isChanged: true, isSettled: true });
    expect(await shown()).toEqual([]);

    await apply([held], []);
    expect(await shown()).toMatchObject([
      { node: held.node, state: 'open', cards: ['ready', 'ready', 'ready', 'ready'] },
    ]);
  });

  it('take the place of those that the GPU file named', async () => {
    const { node: name } = await addNode(sql(), [{}, {}]);
    const node = aNode({ node: name, cards: 3, usableCards: 3 });
    await apply([node]);

    expect(await shown()).toMatchObject([{ node: name, state: 'open', cards: ['ready', 'ready', 'ready'] }]);
    const left =
      await sql()`select device from gpu_devices where node = ${name} and state <> 'retired' order by device`;
    expect(left.map(({ device }) => device as string)).toEqual([0, 1, 2].map((at) => `${name}-gpu-${at}`));
  });

  it('are retired where there is no cluster any more, and others are left alone', async () => {
    const [held, idle] = [aNode(), aNode()];
    await apply([held, idle]);
    const { node: machine } = await addNode(sql(), [{}]);
    const jobId = await hold(held, 0);
    await leaveCluster(sql());
    expect((await shown()).map(({ node, state }) => [node, state])).toEqual([
      [machine, 'open'],
      [held.node, 'draining'],
    ]);
    await finish(sql(), jobId);
    await retireNode(sql(), BY, held.node, 'the cluster is gone');
    expect((await shown()).map(({ node }) => node)).toEqual([machine]);
  });

  it('are not retired by people: they would be back at once', async () => {
    const node = aNode();
    await apply([node]);
    await expect(retireNode(sql(), BY, node.node, 'sold')).rejects.toMatchObject({
      code: 'gpu.node-in-cluster',
    });
    const device = `${node.node}-gpu-0`;
    await expect(
      setDeviceState(sql(), BY, { device, state: 'retired', reason: 'sold' }),
    ).rejects.toMatchObject({ code: 'gpu.node-in-cluster' });
    await apply([]);
    await expect(retireNode(sql(), BY, node.node, 'sold')).rejects.toMatchObject({ code: 'gpu.node-state' });
  });
});

describe('cards of a cluster', () => {
  const USED = 'withheld: it is in use by other pods';

  it('that others use are given to no run, from the last on, and never one that is held', async () => {
    const node = aNode();
    await apply([node]);
    const jobId = await hold(node, 3);
    expect(await apply([{ ...node, usableCards: 2 }])).toMatchObject({ isChanged: true, isSettled: true });
    expect(await shown()).toMatchObject([{ cards: ['ready', USED, USED, 'ready'] }]);
    const waiting = await queueJob(sql(), { gpus: 2 });
    expect((await planNow(sql(), BY_GPU_PLANNER)).started).toEqual([]);
    await expect(start(sql(), waiting, node.node, [place(node, 1)])).rejects.toMatchObject({
      code: 'gpu.device-unfit',
    });

    // What is given back is not exchanged for what is withheld already.
    await finish(sql(), jobId);
    expect((await apply([{ ...node, usableCards: 2 }])).isChanged).toBe(false);
    await apply([{ ...node, usableCards: 4 }]);
    expect(await shown()).toMatchObject([{ cards: ['ready', 'ready', 'ready', 'ready'] }]);
    expect((await planNow(sql(), BY_GPU_PLANNER)).started).toEqual([waiting]);
  });

  it('that runs hold stay theirs when others ask for more than is left, until they are given back', async () => {
    const node = aNode();
    await apply([node]);
    const jobId = await hold(node, 0, 1, 2);
    expect((await apply([{ ...node, usableCards: 2 }])).isSettled).toBe(false);
    expect(await shown()).toMatchObject([{ cards: ['ready', 'ready', 'ready', USED] }]);
    await finish(sql(), jobId);
    expect((await apply([{ ...node, usableCards: 2 }])).isSettled).toBe(true);
    expect(await shown()).toMatchObject([{ cards: ['ready', 'ready', USED, USED] }]);
  });

  it('that their node does not give out are told apart, and one that an operator drained stays so', async () => {
    const node = aNode();
    await apply([node]);
    await setDeviceState(sql(), BY, { device: `${node.node}-gpu-3`, state: 'unhealthy', reason: 'XID 79' });
    await apply([{ ...node, usableCards: 2, illCards: 1 }]);
    const ILL = 'withheld: its node does not give it out';
    expect(await shown()).toMatchObject([{ cards: ['ready', USED, ILL, 'unhealthy: XID 79'] }]);
    await apply([node]);
    expect(await shown()).toMatchObject([{ cards: ['ready', 'ready', 'ready', 'unhealthy: XID 79'] }]);
  });

  it('are offered once when they become fewer while runs hold the last of them', async () => {
    const node = aNode();
    await apply([node]);
    const jobId = await hold(node, 2, 3);
    await apply([{ ...node, cards: 2, usableCards: 2 }]);
    expect(await shown()).toMatchObject([{ cards: [USED, USED, 'ready', 'ready'] }]);
    await finish(sql(), jobId);
    await apply([{ ...node, cards: 2, usableCards: 2 }]);
    expect(await shown()).toMatchObject([{ cards: ['ready', 'ready'] }]);
  });

  it('become fewer, more, and of another model; what is held waits for that', async () => {
    const node = aNode();
    await apply([node]);
    const jobId = await hold(node, 3);
    const other = { ...node, cards: 2, usableCards: 2, model: 'A100-80GB' };
    expect((await apply([other])).isSettled).toBe(false);
    expect((await shown())[0]!.cards).toHaveLength(3);
    await finish(sql(), jobId);
    expect((await apply([other])).isSettled).toBe(true);
    const [found] = await listNodes(sql());
    expect(found!.devices.map(({ model }) => model)).toEqual(['A100-80GB', 'A100-80GB']);
    await apply([node]);
    expect((await listNodes(sql()))[0]!.devices.map(({ model }) => model)).toEqual(
      Array(4).fill('H100-80GB'),
    );
  });

  it('that changed since change no decision that is made again', async () => {
    const [node, beside] = [aNode(), aNode({ withheld: 'it is cordoned' })];
    await apply([{ ...node, usableCards: 1 }, beside]);
    const [first] = [await queueJob(sql()), await queueJob(sql())];
    const { decision, started } = await planNow(sql(), BY_GPU_PLANNER);
    await apply([node, { ...beside, withheld: null }]);
    await planNow(sql(), BY_GPU_PLANNER);
    await apply([{ ...node, cpuMillis: 10_000 }]);

    expect(started).toEqual([first]);
    expect(await decideAgain(sql(), decision!)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });
});
