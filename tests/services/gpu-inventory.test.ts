import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listAudit } from '../../db/audit.ts';
import { applyInventory } from '../../db/gpu-inventory.ts';
import { listNodes, setNodeState } from '../../db/gpu-nodes.ts';
import { listRates, readPolicyAt } from '../../db/gpu-policy.ts';
import { lastGpuPosition } from '../../db/gpu-position.ts';
import { loadGpuInventory } from '../../platform/gpu-config.ts';
import { openGpuInventory } from '../../workers/gpu-inventory.ts';
import { useDatabase } from '../support/database.ts';
import { BY } from '../support/gpu.ts';

const database = useDatabase();
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function write(content: unknown): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tain-gpu-'));
  folders.push(folder);
  const file = path.join(folder, 'gpu.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const CARD = { device: 'GPU-1', index: 0, model: 'H100-80GB' };
const MIG_CARD = {
  ...{ ...CARD, device: 'GPU-2', index: 1, sharing: 'mig' },
  instances: [
    { instance: 'MIG-a', profile: '4g.40gb', start: 0 },
    { instance: 'MIG-b', profile: '3g.40gb', start: 4 },
  ],
};
const NODE = {
  node: 'gpu-1',
  cpus: 8,
  memoryMib: 65_536,
  gpus: [CARD, MIG_CARD],
};
const RATE = { model: 'H100-80GB', from: '2026-01-01', purchase: '30000.50', lifeYears: 5 };
const FILE = {
  nodes: [NODE],
  rates: [RATE],
  siteRates: [{ from: '2026-01-01', currency: 'USD', pue: 1.2, kwh: '0.08' }],
  qos: { high: { priority: 2, preempts: ['low'] }, low: { priority: 1 } },
  teams: [{ team: 'quant', gpus: 8, users: [{ user: 'kim', gpus: 4 }] }],
};

describe('the GPU file', () => {
  it('says what there is: nodes, cards, prices, quotas; taken again it changes nothing', async () => {
    const inventory = await loadGpuInventory(await write(FILE));
    const changes = await Promise.all([1, 2, 3].map(() => applyInventory(database.sql, inventory)));

    expect(changes.filter(Boolean)).toHaveLength(1);
    const [node] = await listNodes(database.sql);
    expect(node).toMatchObject({ node: 'gpu-1', cpuMillis: 8000, state: 'open' });
    expect(node!.devices.map(({ device, slices }) => [device, slices])).toEqual([
      ['GPU-1', 1],
      ['GPU-2', 8],
    ]);
    expect(await listRates(database.sql)).toMatchObject([{ purchaseMicros: 30_000_500_000 }]);
    const { policy } = await readPolicyAt(database.sql, await lastGpuPosition(database.sql));
    expect(policy).toMatchObject({
      quotas: { teams: { quant: 8 }, users: { kim: 4 } },
      users: [{ user: 'kim', team: 'quant', shares: 1 }],
    });
    const entries = await listAudit(database.sql, { subject: 'gpu', timeZone: 'UTC', limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(['gpu.configured']);
  });

  it('keeps what it does not name, a drain above all, and adds to the history what changes', async () => {
    await setNodeState(database.sql, BY, { node: 'gpu-1', state: 'draining', reason: 'new fans' });
    const grown = { ...FILE, nodes: [{ ...NODE, cpus: 16, gpus: [CARD] }] };
    await applyInventory(database.sql, await loadGpuInventory(await write(grown)));

    const [node] = await listNodes(database.sql);
    expect(node).toMatchObject({ cpuMillis: 16_000, state: 'drained', reason: 'new fans' });
    expect(node!.devices).toHaveLength(2);
    const history = await database.sql<{ actor: string; reason: string | null }[]>`
      select actor, reason from gpu_capacity_event where kind = 'node' and subject = 'gpu-1' order by position`;
    expect(history).toEqual([
      { actor: 'gpu-file', reason: null },
      { actor: 'kim', reason: 'new fans' },
      { actor: 'gpu-file', reason: 'new fans' },
    ]);
    await expect(database.sql`delete from gpu_capacity_event`).rejects.toThrow(/append only/);
    await expect(database.sql`delete from gpu_nodes`).rejects.toThrow();
  });

  it('says what a card is cut into, anew where that has changed', async () => {
    const cut = async (...instances: object[]): Promise<boolean> =>
      applyInventory(
        database.sql,
        await loadGpuInventory(
          await write({ ...FILE, nodes: [{ ...NODE, gpus: [{ ...MIG_CARD, instances }] }] }),
        ),
      );
    const [four, three] = MIG_CARD.instances;
    const small = { instance: 'MIG-c', profile: '1g.10gb', start: 4 };
    const there = () => database.sql`
      select instance, profile, lower(slices) as start from mig_instances where state = 'there' order by instance`;

    await cut(four!, three!);
    expect(await there()).toEqual([four, three]);
    expect(await cut(three!, four!)).toBe(false);
    await cut(four!, small);
    expect(await there()).toEqual([four, small]);
    await cut({ ...four!, profile: '3g.40gb' }, three!);
    expect(await there()).toEqual([{ ...four!, profile: '3g.40gb' }, three]);
    await cut(four!, three!);
    for (const wrong of [small, { ...small, profile: '9g.90gb' }, { ...small, start: 7 }])
      await expect(cut(four!, three!, wrong)).rejects.toMatchObject({
        code: 'gpu.device-unfit',
        params: { device: 'GPU-2', model: `${wrong.profile} at ${wrong.start}` },
      });
    expect(await there()).toEqual([four, three]);
    const other = { ...MIG_CARD, model: 'A100-40GB', instances: [{ ...small, profile: '1g.5gb' }] };
    await applyInventory(
      database.sql,
      await loadGpuInventory(await write({ ...FILE, nodes: [{ ...NODE, gpus: [other] }] })),
    );
    expect(await there()).toEqual([{ ...small, profile: '1g.5gb' }]);
    await cut(four!, three!);
    expect(await there()).toEqual([four, three]);
  });

  it.each([
    ['nodes.0.gpus.0.index', { nodes: [{ ...NODE, gpus: [{ ...CARD, index: 30 }] }] }],
    ['nodes.0.cpus', { nodes: [{ ...NODE, cpus: -1 }] }],
    ['nodes', { nodes: [NODE, { ...NODE, node: 'gpu-2', gpus: [] }] }],
    ['nodes', { nodes: [{ ...NODE, gpus: [CARD, { ...CARD, index: 1 }] }] }],
    ['nodes', { nodes: [{ ...NODE, gpus: [MIG_CARD, { ...MIG_CARD, device: 'GPU-3', index: 2 }] }] }],
    ['nodes.0.gpus.0.instances', { nodes: [{ ...NODE, gpus: [{ ...MIG_CARD, instances: [] }] }] }],
    ['nodes.0.gpus.0.instances', { nodes: [{ ...NODE, gpus: [{ ...MIG_CARD, sharing: 'whole' }] }] }],
    ['nodes.0.color', { nodes: [{ ...NODE, color: 'red' }] }],
    ['rates.0.purchase', { rates: [{ ...RATE, purchase: 30000 }] }],
    ['rates.0.purchase', { rates: [{ ...RATE, purchase: '1e9' }] }],
    ['rates.0.salvage', { rates: [{ ...RATE, salvage: '30000.51' }] }],
    ['rates', { rates: [RATE, RATE] }],
    ['siteRates.0.currency', { siteRates: [{ from: '2026-01-01', currency: 'usd', pue: 1, kwh: '0.08' }] }],
    ['qos.high.preempts', { qos: { high: { priority: 1, preempts: ['nobody'] } } }],
    ['teams.0.parent', { teams: [{ team: 'quant', parent: 'nowhere' }] }],
    [
      'teams.0.parent',
      {
        teams: [
          { team: 'a', parent: 'b' },
          { team: 'b', parent: 'a' },
        ],
      },
    ],
    [
      'teams',
      {
        teams: [
          { team: 'a', users: [{ user: 'kim' }] },
          { team: 'b', users: [{ user: 'kim' }] },
        ],
      },
    ],
    ['the file', '{ "nodes": ['],
  ])('that is wrong at %s is refused with its place', async (place, content) => {
    const file = await write(content);

    const refusal = loadGpuInventory(file);

    await expect(refusal).rejects.toMatchObject({ code: 'gpu-file.invalid', params: { file } });
    const { params } = (await refusal.catch((error: unknown) => error)) as {
      params: { place: string; problem: string };
    };
    expect(`${params.place} ${params.problem}`).toContain(place.split('.').at(-1));
    expect(place.startsWith(params.place)).toBe(true);
  });

  it('names no nodes where a cluster has them, but prices and quotas as ever', async () => {
    const problem: unknown = expect.stringContaining('TAIN_KUBERNETES_FILE');
    await expect(loadGpuInventory(await write(FILE), true)).rejects.toMatchObject({
      ...{ code: 'gpu-file.invalid', params: { place: 'nodes', problem } },
    });
    const rest = await loadGpuInventory(await write({ ...FILE, nodes: [] }), true);
    expect(rest).toMatchObject({ nodes: [], rates: [{ model: 'H100-80GB' }] });
  });

  it('that names a model that cannot be cut, or is not known, changes nothing', async () => {
    const before = await lastGpuPosition(database.sql);
    for (const card of [
      {
        ...CARD,
        device: 'GPU-9',
        index: 5,
        model: 'RTX-4090-24GB',
        sharing: 'mig',
        instances: MIG_CARD.instances,
      },
      { ...CARD, device: 'GPU-9', index: 5, model: 'Z9000' },
    ]) {
      const file = await write({ nodes: [{ ...NODE, node: 'gpu-9', gpus: [card] }] });
      await expect(
        loadGpuInventory(file).then((one) => applyInventory(database.sql, one)),
      ).rejects.toMatchObject({
        code: 'gpu.device-unfit',
        params: { device: 'GPU-9' },
      });
    }

    expect(await lastGpuPosition(database.sql)).toBe(before);
  });

  it('that cannot be used does not stop a worker from starting', async () => {
    await openGpuInventory({ TAIN_GPU_FILE: await write('{}x') }, database.sql);
    await openGpuInventory({ TAIN_GPU_FILE: '/nowhere/gpu.json' }, database.sql);
    await openGpuInventory({ TAIN_GPU_FILE: undefined }, database.sql);
  });
});
