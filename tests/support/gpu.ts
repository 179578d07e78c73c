/** Nodes, jobs and grants of GPU training for tests. */
import { randomUUID } from 'node:crypto';
import type { GpuDeviceFacts } from '../../contracts/gpu.ts';
import type { Actor } from '../../contracts/audit.ts';
import type { HoldLevel } from '../../contracts/priority.ts';
import { recordDecision, releaseJob, type Grant, type Part } from '../../db/gpu-allocations.ts';
import { listOpenJobsAt, moveJob, readJobState, submitJob, type JobOrder } from '../../db/gpu-jobs.ts';
import { registerDevice, registerNode, setInstances, setNodeState } from '../../db/gpu-nodes.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import type { Sql } from '../../platform/postgres.ts';

export const BY: Actor = { actor: 'kim', role: 'operator' };

/** A node with cards, and their ids by the order that they were given in. */
export async function addNode(
  sql: Sql,
  cards: readonly Partial<GpuDeviceFacts>[],
  { node = `node-${randomUUID().slice(0, 8)}`, cpuMillis = 64_000, memoryMib = 512_000 } = {},
): Promise<{ node: string; devices: string[] }> {
  const devices = cards.map(() => `GPU-${randomUUID()}`);
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    await registerNode(tx, BY, { node, cpuMillis, memoryMib });
    for (const [index, card] of cards.entries())
      await registerDevice(tx, BY, node, {
        ...{ device: devices[index]!, index, model: 'H100-80GB', sharing: 'whole', slices: null },
        ...{ inServiceOn: null, ...card },
      });
  });
  return { node, devices };
}

/** Cuts a card into instances, and says which they are. */
export async function cutInto(
  sql: Sql,
  device: string,
  parts: readonly (readonly [profile: string, start: number])[],
): Promise<string[]> {
  const instances = parts.map(([profile, start]) => ({ instance: `MIG-${randomUUID()}`, profile, start }));
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    await setInstances(tx, BY, device, instances);
  });
  return instances.map(({ instance }) => instance);
}

export const order = (change: Partial<JobOrder> = {}): JobOrder => ({
  ...{ jobId: `j-${randomUUID().slice(0, 12)}`, owner: 'lee', team: 'quant', array: null },
  ...{ requestKey: null, request: null },
  ...{ template: 'demo', params: {}, configPath: 'config.json', workdir: 'work' },
  ...{ nodes: 1, gpus: 1, model: null, migProfile: null, shares: null, cpuMillis: 1000, memoryMib: 1024 },
  ...{
    walltimeS: 3600,
    graceS: 30,
    checkpointS: 60,
    minRunS: 0,
    isPreemptible: true,
    qos: 'normal',
    nice: 0,
  },
  ...{ isHeld: false, expiresAt: null, retries: { infra: 3, user: 0 }, dependsOn: [] },
  ...change,
});

/** Submits a job. */
export const submit = (sql: Sql, change: Partial<JobOrder> = {}): Promise<string> =>
  sql.begin(async (tx) => {
    await lockGpu(tx);
    return submitJob(tx, BY, order(change));
  });

/** Submits a job and brings it into the queue. */
export async function queueJob(sql: Sql, change: Partial<JobOrder> = {}): Promise<string> {
  const jobId = await submit(sql, change);
  for (const to of ['validated', 'queued'] as const) await move(sql, jobId, to);
  return jobId;
}

export const move = (sql: Sql, jobId: string, to: Parameters<typeof moveJob>[3]['to']) =>
  sql.begin(async (tx) => {
    await lockGpu(tx);
    return moveJob(tx, BY, jobId, { to });
  });

export const part = (device: string, change: Partial<Part> = {}): Part => ({
  ...{ device, start: 0, slices: 1, migProfile: null },
  ...change,
});

/** Decides that a job starts with these parts of a node's cards. */
export async function start(
  sql: Sql,
  jobId: string,
  node: string,
  parts: readonly Part[],
  change: Partial<Grant> = {},
): Promise<number> {
  const grants = [{ node, cpuMillis: 1000, memoryMib: 1024, parts, ...change }];
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    return recordDecision(tx, BY, {
      ...{
        asOf: await lastGpuPosition(tx),
        clockMs: 0,
        planner: 'test 1',
        input: '{}',
        plan: '{"start":[]}',
      },
      starts: [{ jobId, grants }],
    });
  });
}

/** Ends whatever is there, so that each test has the machines for itself. */
export async function clearMachines(sql: Sql): Promise<void> {
  for (const { jobId, now } of await listOpenJobsAt(sql, await lastGpuPosition(sql)))
    if (now.state === 'reserved' || now.state === 'starting') await finish(sql, jobId);
    else await move(sql, jobId, 'cancelled');
  const nodes = await sql<{ node: string }[]>`select node from gpu_nodes where state = 'open'`;
  for (const { node } of nodes) await setNodeState(sql, BY, { node, state: 'draining', reason: 'a test' });
}

/** Brings a job that was given its devices to an end. */
export async function finish(sql: Sql, jobId: string): Promise<void> {
  const { state } = await readJobState(sql, jobId);
  const ways = ['starting', 'running', 'collecting', 'cleaning'] as const;
  for (const to of state === 'starting' ? ways.slice(1) : ways) await move(sql, jobId, to);
  await releaseJob(sql, BY, jobId, { to: 'completed', keepsWork: true });
}

/** Holds training as the governor does, where none governs. */
export async function holdTraining(sql: Sql, level: HoldLevel): Promise<void> {
  const isHeld = level !== 'none';
  await sql`
    update governor_state set
      level = ${level}, reason_code = ${isHeld ? 'feed-lag' : null}, reason_params = ${isHeld ? sql.json({}) : null},
      since = clock_timestamp()`;
}
