/** Bringing nodes and cards in line with what a cluster has. Every statement is about all nodes of a change at once. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_CLUSTER } from '../contracts/audit.ts';
import type { CapacityChange } from '../domain/gpu/cluster-capacity.ts';
import { appendAudit } from './audit.ts';
import { lastGpuPosition, lockGpu } from './gpu-position.ts';

type AppliedCapacity = {
  readonly isChanged: boolean;
  /** False: something waits for runs to give back what they hold; the same again in a while brings it in line. */
  readonly isSettled: boolean;
};

const WORDS = {
  gone: 'the cluster has it no more for training',
  ill: 'its node does not give it out',
  taken: 'it is in use by other pods',
  fewer: 'its node has fewer cards',
} as const;

/** So many nodes are named in the audit log. */
const NAMED = 20;

/**
 * Brings the books in line: all of it or nothing. Cards are places of their node, as nobody is told which card a pod gets; as
 * many of them as others use are given to no run, from the last on, and never one that is held. What is held stays until it is
 * given back. Safe to repeat and to race: what is the same is no change, and leaves no history.
 */
export async function applyClusterCapacity(sql: Sql, change: CapacityChange): Promise<AppliedCapacity> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const before = await lastGpuPosition(tx);
    const wanted = JSON.stringify(change.nodes);
    await enterModels(tx, wanted);
    const moved = [...(await enterNodes(tx, wanted)), ...(await retireGone(tx, change))];
    await retireCards(tx, wanted);
    await enterCards(tx, wanted);
    await withholdCards(tx, wanted);
    const isSettled = await isInLine(tx, wanted);
    const isChanged = (await lastGpuPosition(tx)) !== before;
    if (moved.length > 0) {
      const names = (what: Moved['what']): string[] =>
        moved.filter((one) => one.what === what).map(({ node }) => node);
      const told = (['came', 'gone', 'withheld', 'given'] as const).map((what) => {
        const all = names(what);
        return [what, { count: all.length, nodes: all.slice(0, NAMED) }] as const;
      });
      await appendAudit(tx, {
        ...{ ...BY_CLUSTER, action: 'gpu.configured', subject: 'gpu' },
        after: Object.fromEntries(told.filter(([, { count }]) => count > 0)),
      });
    }
    return { isChanged, isSettled };
  });
}

/** Where there is no cluster any more: its nodes are retired; what is held of them drains, and is for people to retire. Safe to repeat. */
export async function leaveCluster(sql: Sql): Promise<void> {
  const left = await sql<{ node: string }[]>`select node from gpu_nodes where in_cluster order by node`;
  if (left.length > 0) await applyClusterCapacity(sql, { nodes: [], gone: left.map(({ node }) => node) });
}

type Moved = { readonly node: string; readonly what: 'came' | 'gone' | 'withheld' | 'given' };

const by = (tx: TransactionSql) => tx`
  changed_by = ${BY_CLUSTER.actor}, changed_role = ${BY_CLUSTER.role}, changed_at = clock_timestamp()`;

/** The nodes of a change, as a table. */
const nodesOf = (tx: TransactionSql, wanted: string) => tx`
  json_to_recordset(${wanted}::text::json) as wanted (
    node text, model text, "modelMemoryGb" int, "cpuMillis" int, "memoryMib" bigint, cards int, "usableCards" int,
    "illCards" int, withheld text)`;

const heldCards = (tx: TransactionSql) => tx`
  select distinct device from gpu_claims join gpu_allocations using (claim_id) where gpu_claims.released_at is null`;

/** What a model draws the cluster does not say: it stays open until the GPU file does. */
async function enterModels(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    insert into gpu_models (model, memory_gb)
    select model, max("modelMemoryGb") from ${nodesOf(tx, wanted)} group by model order by model
    on conflict (model) do nothing`;
}

/** Rooms that are other than before are no news of a node, whose history has them. */
async function enterNodes(tx: TransactionSql, wanted: string): Promise<Moved[]> {
  return tx<Moved[]>`
    with entered as (
      insert into gpu_nodes as old (node, cpu_millis, memory_mib, withheld, in_cluster, changed_by, changed_role)
      select node, "cpuMillis", "memoryMib", withheld, true, ${BY_CLUSTER.actor}, ${BY_CLUSTER.role}
      from ${nodesOf(tx, wanted)} order by node
      on conflict (node) do update set
        cpu_millis = excluded.cpu_millis, memory_mib = excluded.memory_mib, withheld = excluded.withheld, in_cluster = true,
        state = case old.state when 'retired' then 'open' else old.state end,
        reason = case old.state when 'retired' then null else old.reason end, ${by(tx)}
      where (old.cpu_millis, old.memory_mib, old.withheld, old.in_cluster)
              is distinct from (excluded.cpu_millis, excluded.memory_mib, excluded.withheld, true)
        or old.state = 'retired'
      returning node, withheld
    )
    select node, case when old.node is null or old.state = 'retired' then 'came'
                      when entered.withheld is null then 'given' else 'withheld' end as what
    from entered left join gpu_nodes as old using (node)
    where old.node is null or old.state = 'retired' or old.withheld is distinct from entered.withheld
    order by node`;
}

/** What something is held of is given out no more, and retired when that has ended; what an operator has drained stays. */
async function retireGone(tx: TransactionSql, { nodes, gone }: CapacityChange): Promise<Moved[]> {
  const isGone =
    gone === 'others'
      ? tx`gone.node <> all(${nodes.map(({ node }) => node)}::text[])`
      : tx`gone.node = any(${[...gone]}::text[])`;
  // What an operator has said of a node, or of its cards, is true of it still when it is back.
  const isKept = tx`(
    exists (select from gpu_claims where gpu_claims.node = gone.node and released_at is null)
    or (gone.in_cluster or gone.withheld is not null)
       and (gone.state = 'draining'
            or exists (select from gpu_devices as ill where ill.node = gone.node and ill.state = 'unhealthy')))`;
  const kept = await tx<Moved[]>`
    update gpu_nodes as gone set withheld = ${WORDS.gone}, in_cluster = false, ${by(tx)}
    where ${isGone} and state <> 'retired' and withheld is distinct from ${WORDS.gone} and ${isKept}
    returning node, 'withheld' as what`;
  await tx`
    update gpu_devices as card set state = 'retired', withheld = null, reason = ${WORDS.gone}, ${by(tx)}
    from gpu_nodes as gone
    where card.node = gone.node and card.state <> 'retired' and ${isGone} and gone.state <> 'retired'
      and not ${isKept}`;
  const retired = await tx<Moved[]>`
    update gpu_nodes as gone set state = 'retired', withheld = null, in_cluster = false, reason = ${WORDS.gone}, ${by(tx)}
    where ${isGone} and state <> 'retired' and not ${isKept}
    returning node, 'gone' as what`;
  return [...kept, ...retired].sort((one, other) => (one.node < other.node ? -1 : 1));
}

/** Cards that are no place of their node, or not any more. A node that gives out none at all for a while keeps those that it had. */
async function retireCards(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    update gpu_devices as card set state = 'retired', withheld = null, reason = ${WORDS.fewer}, ${by(tx)}
    from ${nodesOf(tx, wanted)}
    where card.node = wanted.node and cards > 0 and card.state <> 'retired'
      and (device_index >= cards or device <> wanted.node || '-gpu-' || device_index)
      and device not in (${heldCards(tx)})`;
}

/** A place that a card of before still has is entered when that is given back. */
async function enterCards(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    insert into gpu_devices as card (device, node, device_index, model, changed_by, changed_role)
    select wanted.node || '-gpu-' || place, wanted.node, place, model, ${BY_CLUSTER.actor}, ${BY_CLUSTER.role}
    from ${nodesOf(tx, wanted)} cross join generate_series(0, cards - 1) as place
    where not exists (
      select from gpu_devices as other
      where other.node = wanted.node and device_index = place and state <> 'retired'
        and device <> wanted.node || '-gpu-' || place)
    order by wanted.node, place
    on conflict (device) do update set
      model = excluded.model, sharing = 'whole', slices = 1,
      state = case card.state when 'retired' then 'ready' else card.state end,
      reason = case card.state when 'retired' then null else card.reason end, ${by(tx)}
    where ((card.model, card.sharing, card.slices) is distinct from (excluded.model, 'whole', 1::smallint)
           and card.device not in (${heldCards(tx)}))
      or card.state = 'retired'`;
}

/** Those that are withheld stay it, so that nothing changes to and fro; cards that an operator has drained come last. */
async function withholdCards(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    with held as (${heldCards(tx)}),
    places as (
      select card.device, held.device is not null as is_held,
             count(*) over (partition by card.node) - "usableCards" as withheld_cards, "illCards" as ill,
             row_number() over (
               partition by card.node
               order by held.device is not null, card.state <> 'ready', card.withheld is null, device_index desc) as place
      from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) left join held using (device)
      where card.state <> 'retired' and cards > 0
    ), told as (
      select device, case when is_held or place > withheld_cards then null
                          when place <= ill then ${WORDS.ill} else ${WORDS.taken} end as withheld
      from places
    )
    update gpu_devices as card set withheld = told.withheld, ${by(tx)}
    from told where told.device = card.device and told.withheld is distinct from card.withheld`;
}

/** Whether nothing is held any more that the cluster does not give: nodes that are gone, cards that others use, other cards. */
async function isInLine(tx: TransactionSql, wanted: string): Promise<boolean> {
  const [row] = await tx<{ late: boolean }[]>`
    with held as (${heldCards(tx)})
    select exists (
          select from gpu_nodes join gpu_claims using (node)
          where withheld = ${WORDS.gone} and state <> 'retired' and released_at is null)
        or exists (
          select from ${nodesOf(tx, wanted)} left join gpu_devices as card
            on card.node = wanted.node and card.state <> 'retired'
          left join held using (device)
          where cards > 0
          group by wanted.node, cards, "usableCards", wanted.model
          having count(held.device) > "usableCards" or count(card.device) <> cards
            or bool_or(card.model <> wanted.model or card.device <> wanted.node || '-gpu-' || device_index)) as late`;
  return !row!.late;
}
