/** What nodes and cards there were at a position, by the history of their changes. */
import type { Sql, TransactionSql } from 'postgres';
import type { GpuDeviceState, GpuSharing } from '../contracts/gpu.ts';
import type { Device, GpuNode, MigInstance } from '../domain/gpu/model.ts';
import { compareText } from '../domain/gpu/rank-queue.ts';

/** By the cluster, and why; facts of before there was one do not have it. */
type Withheld = { readonly withheld?: string | null };

type NodeFact = {
  readonly node: string;
  readonly cpu_millis: number;
  readonly memory_mib: number;
  readonly state: 'open' | 'draining' | 'retired';
} & Withheld;

type DeviceFact = {
  readonly device: string;
  readonly node: string;
  readonly device_index: number;
  readonly model: string;
  readonly sharing: GpuSharing;
  readonly state: GpuDeviceState;
} & Withheld;

type InstanceFact = {
  readonly device: string;
  readonly profile: string;
  readonly state: 'there' | 'gone';
  /** A range as Postgres writes it: "[0,2)". */
  readonly slices: string;
} & Withheld;

type Fact =
  | { readonly kind: 'node'; readonly after: NodeFact }
  | { readonly kind: 'device'; readonly after: DeviceFact }
  | { readonly kind: 'instance'; readonly after: InstanceFact };

/**
 * Nodes that were not retired, as the planner takes them, by name; their cards by number.
 * @param avoided ids of cards that others are taken before
 */
export async function readNodesAt(
  sql: Sql | TransactionSql,
  asOf: number,
  avoided: ReadonlySet<string>,
): Promise<GpuNode[]> {
  // A row is what its last event says. So the history is asked only of what has changed since: a plan is not the slower, the
  // longer the history of a cluster is.
  const facts = await sql<Fact[]>`
    with changed as (select distinct kind, subject from gpu_capacity_event where position > ${asOf})
    select kind, after from (
      select 'node' as kind, node as subject, to_jsonb(one) as after from gpu_nodes as one
      union all select 'device', device, to_jsonb(one) from gpu_devices as one
      union all
      -- What is read of an instance, of which there may be many.
      select 'instance', instance, jsonb_build_object(
        'device', device, 'profile', profile, 'state', state, 'slices', slices::text, 'withheld', withheld)
      from mig_instances where state = 'there'
    ) as now
    where (kind, subject) not in (select kind, subject from changed)
    union all
    select kind, last.after from changed cross join lateral (
      select after from gpu_capacity_event as event
      where event.kind = changed.kind and event.subject = changed.subject and position <= ${asOf}
      order by position desc limit 1) as last`;
  const devices = facts.flatMap((fact) =>
    fact.kind === 'device' && fact.after.state !== 'retired' ? [fact.after] : [],
  );
  const nodes = facts
    .flatMap((fact) => (fact.kind === 'node' && fact.after.state !== 'retired' ? [fact.after] : []))
    .sort((one, other) => compareText(one.node, other.node));
  const parts = Map.groupBy(
    facts.flatMap((fact) => (fact.kind === 'instance' && fact.after.state === 'there' ? [fact.after] : [])),
    ({ device }) => device,
  );
  const cards = Map.groupBy(
    devices.sort((one, other) => one.device_index - other.device_index),
    ({ node }) => node,
  );
  return nodes.map(({ node, cpu_millis, memory_mib, state, withheld = null }) => ({
    name: node,
    cpus: cpu_millis / 1000,
    memoryMib: memory_mib,
    devices: (cards.get(node) ?? []).map((card): Device => ({
      id: card.device,
      model: card.model,
      mode: card.sharing,
      isHealthy: card.state === 'ready' && (card.withheld ?? null) === null,
      ...(avoided.has(card.device) && { isAvoided: true }),
      ...(card.sharing === 'mig' && parts.has(card.device) && { instances: cutOf(parts.get(card.device)!) }),
    })),
    isDrained: state !== 'open' || withheld !== null,
  }));
}

/** What a card is cut into, from its first slice on. */
const cutOf = (parts: readonly InstanceFact[]): MigInstance[] =>
  parts
    .map(({ profile, slices, withheld = null }): MigInstance => {
      const [start, end] = slices.match(/\d+/g)!.map(Number) as [number, number];
      return { profile, start, slices: end - start, ...(withheld !== null && { isWithheld: true }) };
    })
    .sort((one, other) => one.start - other.start);
