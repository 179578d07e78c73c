/** What nodes and cards there were at a position, by the history of their changes. */
import type { Sql, TransactionSql } from 'postgres';
import type { GpuDeviceState, GpuSharing } from '../contracts/gpu.ts';
import type { Device, GpuNode, MigInstance } from '../domain/gpu/model.ts';

type NodeFact = {
  readonly node: string;
  readonly cpu_millis: number;
  readonly memory_mib: number;
  readonly state: 'open' | 'draining' | 'retired';
};

type DeviceFact = {
  readonly device: string;
  readonly node: string;
  readonly device_index: number;
  readonly model: string;
  readonly sharing: GpuSharing;
  readonly state: GpuDeviceState;
};

type InstanceFact = {
  readonly device: string;
  readonly profile: string;
  readonly state: 'there' | 'gone';
  /** A range as Postgres writes it: "[0,2)". */
  readonly slices: string;
};

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
  const facts = await sql<Fact[]>`
    select distinct on (kind, subject) kind, after from gpu_capacity_event
    where position <= ${asOf}
    order by kind, subject, position desc`;
  const devices = facts.flatMap((fact) =>
    fact.kind === 'device' && fact.after.state !== 'retired' ? [fact.after] : [],
  );
  const nodes = facts.flatMap((fact) =>
    fact.kind === 'node' && fact.after.state !== 'retired' ? [fact.after] : [],
  );
  const parts = Map.groupBy(
    facts.flatMap((fact) => (fact.kind === 'instance' && fact.after.state === 'there' ? [fact.after] : [])),
    ({ device }) => device,
  );
  const cards = Map.groupBy(
    devices.sort((one, other) => one.device_index - other.device_index),
    ({ node }) => node,
  );
  return nodes.map(({ node, cpu_millis, memory_mib, state }) => ({
    name: node,
    cpus: cpu_millis / 1000,
    memoryMib: memory_mib,
    devices: (cards.get(node) ?? []).map((card): Device => ({
      id: card.device,
      model: card.model,
      mode: card.sharing,
      isHealthy: card.state === 'ready',
      ...(avoided.has(card.device) && { isAvoided: true }),
      ...(card.sharing === 'mig' && parts.has(card.device) && { instances: cutOf(parts.get(card.device)!) }),
    })),
    isDrained: state !== 'open',
  }));
}

/** What a card is cut into, from its first slice on. */
const cutOf = (parts: readonly InstanceFact[]): MigInstance[] =>
  parts
    .map(({ profile, slices }): MigInstance => {
      const [start, end] = slices.match(/\d+/g)!.map(Number) as [number, number];
      return { profile, start, slices: end - start };
    })
    .sort((one, other) => one.start - other.start);
