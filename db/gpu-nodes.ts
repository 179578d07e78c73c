/** Queries on gpu_nodes, gpu_devices and mig_instances: what is registered, drained and retired. Triggers keep the history. */
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type {
  GpuDeviceFacts,
  GpuDeviceState,
  GpuDeviceView,
  GpuInstanceFacts,
  GpuInstanceView,
  GpuNodeFacts,
  GpuNodeState,
} from '../contracts/gpu.ts';
import { appendAudit } from './audit.ts';
import { lockGpu } from './gpu-position.ts';

export type DeviceRow = GpuDeviceFacts & {
  readonly slices: number;
  readonly inServiceOn: string;
  readonly node: string;
  readonly state: GpuDeviceView;
  readonly reason: string | null;
  /** Cells that are held now. */
  readonly heldSlices: number;
  /** Of MIG instances that the cluster gives to no run. */
  readonly withheldSlices: number;
  /** What it is cut into, from its first slice on. */
  readonly instances: readonly GpuInstanceView[];
};

export type NodeRow = GpuNodeFacts & {
  readonly state: GpuNodeState;
  readonly reason: string | null;
  readonly changedBy: string;
  readonly changedAt: Date;
  readonly heldCpuMillis: number;
  readonly heldMemoryMib: number;
  readonly devices: readonly DeviceRow[];
};

/**
 * Enters a node, or brings it in line; its state stays, but a retired one is open again. Safe to repeat: what is the same
 * is no change and leaves no history.
 */
export async function registerNode(tx: TransactionSql, by: Actor, node: GpuNodeFacts): Promise<void> {
  await tx`
    insert into gpu_nodes (node, cpu_millis, memory_mib, changed_by, changed_role)
    values (${node.node}, ${node.cpuMillis}, ${node.memoryMib}, ${by.actor}, ${by.role})
    on conflict (node) do update set
      cpu_millis = excluded.cpu_millis, memory_mib = excluded.memory_mib, changed_by = excluded.changed_by,
      changed_role = excluded.changed_role, changed_at = clock_timestamp(),
      state = case gpu_nodes.state when 'retired' then 'open' else gpu_nodes.state end,
      reason = case gpu_nodes.state when 'retired' then null else gpu_nodes.reason end,
      -- What a cluster said that it was of counts no more.
      withheld = case when gpu_nodes.in_cluster then gpu_nodes.withheld end
    where (gpu_nodes.cpu_millis, gpu_nodes.memory_mib) is distinct from (excluded.cpu_millis, excluded.memory_mib)
      or gpu_nodes.state = 'retired' or (gpu_nodes.withheld is not null and not gpu_nodes.in_cluster)`;
}

/**
 * Enters a device of a node, or brings it in line. Safe to repeat.
 * @throws TainError gpu.device-held when its shape would change while it is held; gpu.device-unfit when its model cannot
 *   be cut like that, or is not known
 */
export async function registerDevice(
  tx: TransactionSql,
  by: Actor,
  node: string,
  card: GpuDeviceFacts,
): Promise<void> {
  const { device, index, model, sharing, slices, inServiceOn } = card;
  await tx`
    insert into gpu_devices as card
      (device, node, device_index, model, sharing, slices, in_service_on, changed_by, changed_role)
    values (${device}, ${node}, ${index}, ${model}, ${sharing},
            coalesce(${slices}::int, (select nullif(memory_slices, 0) from gpu_models where model = ${model} and ${sharing} = 'mig'), 1),
            coalesce(${inServiceOn}::date, current_date), ${by.actor}, ${by.role})
    on conflict (device) do update set
      node = excluded.node, device_index = excluded.device_index, model = excluded.model, sharing = excluded.sharing,
      slices = excluded.slices, in_service_on = coalesce(${inServiceOn}::date, card.in_service_on), drained = null,
      state = case card.state when 'retired' then 'ready' else card.state end,
      reason = case card.state when 'retired' then null else card.reason end,
      changed_by = excluded.changed_by, changed_role = excluded.changed_role, changed_at = clock_timestamp()
    where (card.node, card.device_index, card.model, card.sharing, card.slices)
            is distinct from (excluded.node, excluded.device_index, excluded.model, excluded.sharing, excluded.slices)
      or card.in_service_on is distinct from coalesce(${inServiceOn}::date, card.in_service_on)
      or card.state = 'retired'`.catch((error: unknown) => asDeviceError(error, card));
}

/**
 * Says what a card is cut into: instances that are not named are there no more. Safe to repeat: what is the same is no change.
 * @throws TainError gpu.device-unfit; gpu.device-held when something runs on the card
 */
export async function setInstances(
  tx: TransactionSql,
  by: Actor,
  device: string,
  instances: readonly GpuInstanceFacts[],
): Promise<void> {
  const wanted = JSON.stringify(instances);
  await tx`
    update mig_instances set state = 'gone', reason = 'the card is cut otherwise',
      changed_by = ${by.actor}, changed_role = ${by.role}, changed_at = clock_timestamp()
    where device = ${device} and state = 'there'
      and (instance, profile, lower(slices)) not in (
        select one.instance, one.profile, one.start
        from json_to_recordset(${wanted}::text::json) as one (instance text, profile text, start int))`.catch(
    (error: unknown) => asDeviceError(error, { device, model: '' }),
  );
  for (const { instance, profile, start } of instances)
    await tx`
      insert into mig_instances (instance, device, profile, slices, changed_by, changed_role)
      select ${instance}, device, ${profile},
             int4range(${start}, ${start} + coalesce(
               (select memory_slices from mig_profiles where model = card.model and profile = ${profile}), 1)),
             ${by.actor}, ${by.role}
      from gpu_devices as card
      where device = ${device} and not exists (
        select from mig_instances as old
        where old.instance = ${instance} and old.device = card.device and old.state = 'there')
      on conflict (instance) do update set
        device = excluded.device, profile = excluded.profile, slices = excluded.slices, state = 'there', reason = null,
        changed_by = excluded.changed_by, changed_role = excluded.changed_role, changed_at = clock_timestamp()`.catch(
      (error: unknown) => asDeviceError(error, { device, model: `${profile} at ${start}` }),
    );
}

/**
 * Says how a device is: retired, unhealthy, or ready again. Safe to repeat.
 * @throws TainError gpu.device-not-found, also for one that is retired and shall be something else; gpu.device-held when it
 *   is to be retired while something runs on it; gpu.node-in-cluster when it is to be retired and the cluster has it
 */
export async function setDeviceState(
  sql: Sql,
  by: Actor,
  { device, state, reason }: { device: string; state: GpuDeviceState; reason: string },
): Promise<void> {
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    const [before] = await tx<{ state: GpuDeviceState; model: string; node: string; isInCluster: boolean }[]>`
      select card.state, model, node, in_cluster as "isInCluster"
      from gpu_devices as card join gpu_nodes using (node) where device = ${device} for update of card`;
    if (!before) throw new TainError('gpu.device-not-found', { device });
    if (before.state === state) return;
    if (before.state === 'retired') throw new TainError('gpu.device-not-found', { device });
    const { node, isInCluster } = before;
    if (state === 'retired' && isInCluster) throw new TainError('gpu.node-in-cluster', { node });
    await tx`
      update gpu_devices set state = ${state}, reason = ${state === 'ready' ? null : reason}, changed_by = ${by.actor}, changed_role = ${by.role},
        changed_at = clock_timestamp()
      where device = ${device}`.catch((error: unknown) =>
      asDeviceError(error, { device, model: before.model }),
    );
    await appendAudit(tx, {
      ...{ ...by, action: 'gpu.device-changed', subject: `gpu/${device}`, reason },
      ...{ before: { state: before.state }, after: { state } },
    });
  });
}

/**
 * Drains a node, or opens it again. What runs on it goes on. What the cluster says of it is another matter.
 * @throws TainError gpu.node-not-found; gpu.node-state when it is so already, or retired; gpu.node-withheld when the cluster
 *   alone keeps it from being open
 */
export async function setNodeState(
  sql: Sql,
  by: Actor,
  { node, state, reason }: { node: string; state: 'open' | 'draining'; reason: string },
): Promise<void> {
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    const [found] = await tx<{ state: string; reason: string | null; withheld: string | null }[]>`
      select state, reason, withheld from gpu_nodes where node = ${node} for update`;
    if (!found) throw new TainError('gpu.node-not-found', { node });
    const { withheld, ...before } = found;
    if (before.state === 'open' && state === 'open' && withheld !== null)
      throw new TainError('gpu.node-withheld', { node, reason: withheld });
    if (before.state === state || before.state === 'retired')
      throw new TainError('gpu.node-state', { node, state: before.state });
    await tx`
      update gpu_nodes set state = ${state}, reason = ${reason}, changed_by = ${by.actor}, changed_role = ${by.role},
        changed_at = clock_timestamp()
      where node = ${node}`;
    await appendAudit(tx, {
      ...{
        ...by,
        action: state === 'open' ? 'gpu.node-resumed' : 'gpu.node-drained',
        subject: `gpu/${node}`,
      },
      ...{ before, after: { state }, reason },
    });
  });
}

/**
 * Retires a node with its devices.
 * @throws TainError gpu.node-not-found; gpu.node-state when it is retired; gpu.device-held while something runs on it;
 *   gpu.node-in-cluster when the cluster has it
 */
export async function retireNode(sql: Sql, by: Actor, node: string, reason: string): Promise<void> {
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    const [found] = await tx<{ state: string; reason: string | null; isInCluster: boolean }[]>`
      select state, reason, in_cluster as "isInCluster" from gpu_nodes where node = ${node} for update`;
    if (!found) throw new TainError('gpu.node-not-found', { node });
    const { isInCluster, ...before } = found;
    if (before.state === 'retired') throw new TainError('gpu.node-state', { node, state: before.state });
    if (isInCluster) throw new TainError('gpu.node-in-cluster', { node });
    const change = tx`
      state = 'retired', withheld = null, reason = ${reason}, changed_by = ${by.actor}, changed_role = ${by.role},
      changed_at = clock_timestamp()`;
    const [held] = await tx`select from gpu_claims where node = ${node} and released_at is null limit 1`;
    if (held) throw new TainError('gpu.device-held', { device: node });
    await tx`update gpu_devices set ${change} where node = ${node} and state <> 'retired'`;
    await tx`update gpu_nodes set ${change} where node = ${node}`;
    await appendAudit(tx, {
      ...{
        ...by,
        action: 'gpu.node-retired',
        subject: `gpu/${node}`,
        before,
        after: { state: 'retired' },
        reason,
      },
    });
  });
}

/** All nodes that are not retired, with their devices, by their names and numbers. What the cluster withholds counts as drained. */
export async function listNodes(sql: Sql | TransactionSql): Promise<NodeRow[]> {
  const nodes = await sql<Omit<NodeRow, 'devices'>[]>`
    select node, cpu_millis as "cpuMillis", memory_mib as "memoryMib",
           case state when 'open' then coalesce(withheld, reason) else concat_ws('; ', reason, withheld) end as reason,
           changed_by as "changedBy",
           changed_at as "changedAt", coalesce(held.cpu, 0)::bigint as "heldCpuMillis",
           coalesce(held.memory, 0)::bigint as "heldMemoryMib",
           case when state = 'open' and withheld is null then 'open'
                when held.cpu is null then 'drained' else 'draining' end as state
    from gpu_nodes
    left join (select node, sum(cpu_millis) as cpu, sum(memory_mib) as memory from gpu_claims
               where released_at is null group by node) as held using (node)
    where state <> 'retired' order by node`;
  const devices = await sql<DeviceRow[]>`
    select device, node, device_index as index, model, sharing, slices, in_service_on as "inServiceOn",
           case when state = 'ready' and withheld is not null then 'withheld' else state end as state,
           nullif(concat_ws('; ', reason, withheld), '') as reason,
           coalesce((select sum(upper(held.slices) - lower(held.slices)) from gpu_allocations as held
                     where held.device = card.device and released_at is null), 0)::int as "heldSlices",
           coalesce(cut.withheld_slices, 0)::int as "withheldSlices", coalesce(cut.instances, '[]') as instances
    from gpu_devices as card
    -- All of them at once: asked for card by card, the table is read as often as there are cards.
    left join (
      select part.device,
             sum(upper(part.slices) - lower(part.slices)) filter (where part.withheld is not null) as withheld_slices,
             json_agg(json_build_object(
               'instance', instance, 'profile', profile, 'start', lower(part.slices),
               'state', case when part.withheld is null then 'ready' else 'withheld' end, 'reason', part.withheld)
               order by lower(part.slices), instance) as instances
      from mig_instances as part where part.state = 'there' group by part.device) as cut using (device)
    where state <> 'retired' order by node, device_index`;
  const byNode = Map.groupBy(devices, ({ node }) => node);
  return nodes.map((node) => ({ ...node, devices: byNode.get(node.node) ?? [] }));
}

/** The constraints of devices, as errors that say what to do. */
function asDeviceError(error: unknown, { device, model }: { device: string; model: string }): never {
  const { constraint_name: constraint } = error as { constraint_name?: string };
  if (constraint === 'gpu_device_held') throw new TainError('gpu.device-held', { device }, { cause: error });
  const unfit = ['gpu_mig_profile', 'gpu_mig_place', 'gpu_devices_model_fkey', 'gpu_devices_whole'];
  const taken = ['gpu_devices_place', 'mig_instances_apart', 'mig_instances_media'];
  if (constraint !== undefined && [...unfit, ...taken].includes(constraint))
    throw new TainError('gpu.device-unfit', { device, model, rule: constraint }, { cause: error });
  throw error;
}
