/** Bringing nodes and cards in line with what a cluster has. Every statement is about all nodes of a change at once. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_CLUSTER } from '../contracts/audit.ts';
import { MOST_CARDS, type CapacityChange } from '../domain/gpu/cluster-capacity.ts';
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
  otherwise: 'the cards of its node are cut otherwise',
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
    await retireInstances(tx, wanted);
    await enterCards(tx, wanted);
    await enterInstances(tx, wanted);
    await withholdCards(tx, wanted);
    await withholdInstances(tx, wanted);
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
    "illCards" int, "cutCards" json, instances json, withheld text)`;

/** A node that gives out nothing at all for a while, as until its device plugin is there, keeps what it had. */
const hasPlaces = (tx: TransactionSql) => tx`wanted.cards + json_array_length("cutCards") > 0`;

/** Cards of a change as they are to be: whole ones from place 0 on, such as are cut from the last place down. */
const placesOf = (tx: TransactionSql, wanted: string) => tx`(
  select wanted.node, wanted.model, wanted.node || '-gpu-' || place as device, place as device_index, 'whole' as sharing,
         1::smallint as slices
  from ${nodesOf(tx, wanted)} cross join generate_series(0, cards - 1) as place
  union all
  select wanted.node, wanted.model, wanted.node || '-mig-' || place - 1, (${MOST_CARDS} - place)::int, 'mig',
         gpu_models.memory_slices::smallint
  from ${nodesOf(tx, wanted)} join gpu_models using (model)
    cross join json_array_elements("cutCards") with ordinality as cut (parts, place))`;

/** What those that are cut are to be cut into. */
const partsOf = (tx: TransactionSql, wanted: string) => tx`(
  select wanted.model, wanted.node || '-mig-' || place - 1 as device, part.profile, int4range(part.start, part.start + part.slices) as slices
  from ${nodesOf(tx, wanted)}
    cross join json_array_elements("cutCards") with ordinality as cut (parts, place)
    cross join json_to_recordset(parts) as part (profile text, start int, slices int))`;

const heldCards = (tx: TransactionSql) => tx`
  select distinct device from gpu_claims join gpu_allocations using (claim_id) where gpu_claims.released_at is null`;

const heldInstances = (tx: TransactionSql) => tx`
  select mig_instance as instance from gpu_claims join gpu_allocations using (claim_id)
  where gpu_claims.released_at is null and mig_instance is not null`;

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

/** Cards that are no place of their node, or not any more. */
async function retireCards(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    update gpu_devices as card set state = 'retired', withheld = null, reason = ${WORDS.fewer}, ${by(tx)}
    from ${nodesOf(tx, wanted)}
    where card.node = wanted.node and ${hasPlaces(tx)} and card.state <> 'retired'
      and (device, device_index) not in (select device, device_index from ${placesOf(tx, wanted)} as places)
      and device not in (${heldCards(tx)})`;
}

/** The same of instances. Such as lie on a card of which anything is held stay until that is given back. */
async function retireInstances(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    update mig_instances as part set state = 'gone', withheld = null, reason = ${WORDS.otherwise}, ${by(tx)}
    from ${nodesOf(tx, wanted)} join gpu_devices as card using (node)
    where part.device = card.device and ${hasPlaces(tx)} and part.state = 'there'
      and (part.device, part.profile, part.slices) not in (
        select device, profile, slices from ${partsOf(tx, wanted)} as parts)
      and part.device not in (${heldCards(tx)})`;
}

/** A place that a card of before still has is entered when that is given back. */
async function enterCards(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    insert into gpu_devices as card (device, node, device_index, model, sharing, slices, changed_by, changed_role)
    select device, node, device_index, model, sharing, slices, ${BY_CLUSTER.actor}, ${BY_CLUSTER.role}
    from ${placesOf(tx, wanted)} as place
    where not exists (
      select from gpu_devices as other
      where other.node = place.node and other.device_index = place.device_index and state <> 'retired'
        and other.device <> place.device)
    order by node, device_index
    on conflict (device) do update set
      model = excluded.model, sharing = excluded.sharing, slices = excluded.slices,
      state = case card.state when 'retired' then 'ready' else card.state end,
      reason = case card.state when 'retired' then null else card.reason end, ${by(tx)}
    where ((card.model, card.sharing, card.slices) is distinct from (excluded.model, excluded.sharing, excluded.slices)
           and card.device not in (${heldCards(tx)}))
      or card.state = 'retired'`;
}

/** What cards are cut into that are there as they are to be. */
async function enterInstances(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    insert into mig_instances as old (instance, device, profile, slices, changed_by, changed_role)
    select device || '-' || lower(parts.slices), device, profile, parts.slices, ${BY_CLUSTER.actor}, ${BY_CLUSTER.role}
    from ${partsOf(tx, wanted)} as parts join gpu_devices as card using (device)
    where card.state <> 'retired' and card.sharing = 'mig' and card.model = parts.model
      and not exists (
        select from mig_instances as part
        where part.device = card.device and part.state = 'there' and part.slices && parts.slices)
      and device not in (${heldCards(tx)})
    order by device, lower(parts.slices)
    on conflict (instance) do update set
      profile = excluded.profile, slices = excluded.slices, state = 'there', reason = null, withheld = null, ${by(tx)}`;
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
      where card.state <> 'retired' and card.sharing <> 'mig' and ${hasPlaces(tx)}
    ), told as (
      select device, case when is_held or place > withheld_cards then null
                          when place <= ill then ${WORDS.ill} else ${WORDS.taken} end as withheld
      from places
    )
    update gpu_devices as card set withheld = told.withheld, ${by(tx)}
    from told where told.device = card.device and told.withheld is distinct from card.withheld`;
}

/** The same of instances, by profile. A card that is cut is there as long as one of them is. */
async function withholdInstances(tx: TransactionSql, wanted: string): Promise<void> {
  await tx`
    with held as (${heldInstances(tx)}),
    places as (
      select part.instance, held.instance is not null as is_held,
             count(*) over (partition by card.node, part.profile) - usable as withheld_parts, ill,
             row_number() over (
               partition by card.node, part.profile
               order by held.instance is not null, card.state <> 'ready', part.withheld is null, device_index, lower(part.slices) desc
             ) as place
      from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) join mig_instances as part using (device)
        left join held using (instance)
        cross join lateral json_to_record(coalesce(instances -> part.profile, '{"usable": 0, "ill": 0}'))
          as told (usable int, ill int)
      where card.state <> 'retired' and part.state = 'there' and ${hasPlaces(tx)}
    ), told as (
      select instance, case when is_held or place > withheld_parts then null
                            when place <= ill then ${WORDS.ill} else ${WORDS.taken} end as withheld
      from places
    )
    update mig_instances as part set withheld = told.withheld, ${by(tx)}
    from told where told.instance = part.instance and told.withheld is distinct from part.withheld`;
}

/** Whether nothing is held any more that the cluster does not give: nodes that are gone, cards that others use, other cards. */
async function isInLine(tx: TransactionSql, wanted: string): Promise<boolean> {
  const [row] = await tx<{ late: boolean }[]>`
    with held as (${heldCards(tx)}), held_parts as (${heldInstances(tx)})
    select exists (
          select from gpu_nodes join gpu_claims using (node)
          where withheld = ${WORDS.gone} and state <> 'retired' and released_at is null)
        or exists (
          select from ${nodesOf(tx, wanted)} left join gpu_devices as card
            on card.node = wanted.node and card.state <> 'retired'
          left join held using (device)
          where ${hasPlaces(tx)}
          group by wanted.node, cards, "usableCards", wanted.model, json_array_length("cutCards")
          having count(held.device) filter (where card.sharing <> 'mig') > "usableCards"
            or count(card.device) <> cards + json_array_length("cutCards")
            or bool_or(card.model <> wanted.model))
        or exists (
          select from ${placesOf(tx, wanted)} as place left join gpu_devices as card using (device, device_index, sharing)
          where card.device is null or card.state = 'retired')
        or exists (
          select from ${partsOf(tx, wanted)} as parts left join mig_instances as part using (device, profile, slices)
          where part.state is distinct from 'there')
        or exists (
          select from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) join mig_instances as part using (device)
            join held_parts using (instance)
          where ${hasPlaces(tx)}
          group by wanted.node, part.profile, instances -> part.profile ->> 'usable'
          having count(*) > coalesce((instances -> part.profile ->> 'usable')::int, 0)) as late`;
  return !row!.late;
}
