/**
 * Cards and MIG instances of nodes of a cluster: places that are entered, retired and withheld as their nodes say. What is held
 * stays until it is given back.
 */
import type { TransactionSql } from 'postgres';
import { BY_CLUSTER } from '../contracts/audit.ts';
import { MOST_CARDS, type ClusterNode } from '../domain/gpu/cluster-capacity.ts';
import { MIG_CARDS } from '../domain/gpu/mig-profiles.ts';

const WORDS = {
  ill: 'its node does not give it out',
  taken: 'it is in use by other pods',
  otherwise: 'its node has other cards, or cuts them otherwise',
} as const;

export const byCluster = (tx: TransactionSql) => tx`
  changed_by = ${BY_CLUSTER.actor}, changed_role = ${BY_CLUSTER.role}, changed_at = clock_timestamp()`;

/** What nodes are to have, each part as the JSON of a table. */
export type WantedCards = { readonly nodes: string; readonly places: string; readonly parts: string };

/** Whole cards lie from place 0 on, such as are cut from the last place down. */
export function wantedCards(nodes: readonly ClusterNode[]): WantedCards {
  const cutPlaces = nodes.flatMap(({ node, model, cutCards }) =>
    cutCards.map((parts, at) => ({
      node,
      model,
      parts,
      device: `${node}-mig-${at}`,
      at: MOST_CARDS - 1 - at,
    })),
  );
  const places = [
    ...nodes.flatMap(({ node, model, cards }) =>
      Array.from({ length: cards }, (_, at) => ({
        ...{
          node,
          model,
          device: `${node}-gpu-${at}`,
          device_index: at,
          sharing: 'whole',
          slices: 1,
          parts: 0,
        },
      })),
    ),
    ...cutPlaces.map(({ node, model, parts, device, at }) => ({
      ...{ node, model, device, device_index: at, sharing: 'mig', parts: parts.length },
      slices: MIG_CARDS.get(model)!.memorySlices,
    })),
  ];
  const parts = cutPlaces.flatMap(({ device, parts: cut }) =>
    cut.map(({ profile, start, slices }) => ({ device, profile, slices: `[${start},${start + slices})` })),
  );
  const rows = nodes.map(({ cutCards, ...node }) => ({ ...node, places: node.cards + cutCards.length }));
  return { nodes: JSON.stringify(rows), places: JSON.stringify(places), parts: JSON.stringify(parts) };
}

export const nodesOf = (tx: TransactionSql, { nodes }: WantedCards) => tx`
  json_to_recordset(${nodes}::text::json) as wanted (
    node text, model text, "modelMemoryGb" int, "cpuMillis" int, "memoryMib" bigint, "usableCards" int, "illCards" int,
    instances json, places int, withheld text)`;

/** A node that gives out nothing at all for a while, as until its device plugin is there, keeps what it had. */
const hasPlaces = (tx: TransactionSql) => tx`wanted.places > 0`;

const placesOf = (tx: TransactionSql, { places }: WantedCards) => tx`
  json_to_recordset(${places}::text::json) as place (
    node text, model text, device text, device_index int, sharing text, slices smallint, parts int)`;

/** What cards that are cut are cut into. */
const partsOf = (tx: TransactionSql, { parts }: WantedCards) => tx`
  json_to_recordset(${parts}::text::json) as parts (device text, profile text, slices int4range)`;

/** A card is just as it is to be. */
const isPlaceOf = (tx: TransactionSql) => tx`
  place.device = card.device and place.node = card.node and place.device_index = card.device_index
  and place.model = card.model and place.sharing = card.sharing and place.slices = card.slices`;

const isPartOf = (tx: TransactionSql) => tx`
  parts.device = part.device and parts.profile = part.profile and parts.slices = part.slices`;

const heldCards = (tx: TransactionSql) =>
  tx`select distinct device from gpu_allocations where released_at is null`;

const heldInstances = (tx: TransactionSql) => tx`
  select mig_instance as instance from gpu_allocations where released_at is null and mig_instance is not null`;

export async function bringCardsInLine(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  // Of what comes as JSON nobody knows how much it is: a nested loop would look through all of it for each card.
  await tx`set local enable_nestloop = off`;
  await retireCards(tx, wanted);
  await retireInstances(tx, wanted);
  await enterCards(tx, wanted);
  await enterInstances(tx, wanted);
  await withholdCards(tx, wanted);
  await withholdInstances(tx, wanted);
}

/**
 * Cards that are no place of their node, or not like that: one of another model is another one, whose time in service begins
 * anew. That an operator has drained it is true of it still when it is back.
 */
async function retireCards(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    update gpu_devices as card set
      state = 'retired', withheld = null, reason = ${WORDS.otherwise},
      drained = case card.state when 'unhealthy' then card.reason end, ${byCluster(tx)}
    from ${nodesOf(tx, wanted)}
    where card.node = wanted.node and ${hasPlaces(tx)} and card.state <> 'retired'
      and not exists (select from ${placesOf(tx, wanted)} where ${isPlaceOf(tx)})
      and not exists (select from (${heldCards(tx)}) as held where held.device = card.device)`;
}

/** The same of instances. Such as lie on a card of which anything is held stay until that is given back. */
async function retireInstances(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    update mig_instances as part set state = 'gone', withheld = null, reason = ${WORDS.otherwise}, ${byCluster(tx)}
    from ${nodesOf(tx, wanted)} join gpu_devices as card using (node)
    where part.device = card.device and ${hasPlaces(tx)} and part.state = 'there'
      and not exists (select from ${partsOf(tx, wanted)} where ${isPartOf(tx)})
      and not exists (select from (${heldCards(tx)}) as held where held.device = part.device)`;
}

/** A place that a card of before still has is entered when that is given back. */
async function enterCards(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    insert into gpu_devices as card (device, node, device_index, model, sharing, slices, changed_by, changed_role)
    select device, node, device_index, model, sharing, slices, ${BY_CLUSTER.actor}, ${BY_CLUSTER.role}
    from ${placesOf(tx, wanted)}
    where not exists (
      select from gpu_devices as other
      where other.node = place.node and other.device_index = place.device_index and state <> 'retired'
        and other.device <> place.device)
    order by node, device_index
    on conflict (device) do update set
      node = excluded.node, device_index = excluded.device_index, model = excluded.model, sharing = excluded.sharing,
      slices = excluded.slices, drained = null, reason = card.drained,
      state = case when card.drained is null then 'ready' else 'unhealthy' end, ${byCluster(tx)}
    where card.state = 'retired'`;
}

/** What cards are cut into that are there as they are to be. */
async function enterInstances(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    insert into mig_instances as old (instance, device, profile, slices, changed_by, changed_role)
    select parts.device || '-' || lower(parts.slices), parts.device, profile, parts.slices, ${BY_CLUSTER.actor}, ${BY_CLUSTER.role}
    from ${partsOf(tx, wanted)} join ${placesOf(tx, wanted)} using (device)
      join gpu_devices as card on ${isPlaceOf(tx)}
    where card.state <> 'retired'
      and not exists (
        select from mig_instances as part
        where part.device = card.device and part.state = 'there' and part.slices && parts.slices)
      and not exists (select from (${heldCards(tx)}) as held where held.device = card.device)
    order by parts.device, lower(parts.slices)
    on conflict (instance) do update set
      profile = excluded.profile, slices = excluded.slices, state = 'there', reason = null, withheld = null, ${byCluster(tx)}`;
}

/**
 * Those that are withheld stay it, so that nothing changes to and fro; cards that an operator has drained come last. Of a card
 * that is cut and is no place any more, as long as anything of it is held, nothing else is given.
 */
async function withholdCards(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    with held as (${heldCards(tx)}),
    places as (
      select card.device, card.sharing = 'mig' as is_cut, held.device is not null as is_held, place.device is not null as is_place,
             count(*) over (partition by card.node, card.sharing = 'mig') - "usableCards" as withheld_cards, "illCards" as ill,
             row_number() over (
               partition by card.node, card.sharing = 'mig'
               order by held.device is not null, card.state <> 'ready', card.withheld is null, card.device_index desc) as at
      from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) left join held using (device)
        left join ${placesOf(tx, wanted)} on ${isPlaceOf(tx)}
      where card.state <> 'retired' and ${hasPlaces(tx)}
    ), told as (
      select device, case when is_cut then case when not is_place then ${WORDS.otherwise} end
                          when is_held or at > withheld_cards then null
                          when at <= ill then ${WORDS.ill} else ${WORDS.taken} end as withheld
      from places
    )
    update gpu_devices as card set withheld = told.withheld, ${byCluster(tx)}
    from told where told.device = card.device and told.withheld is distinct from card.withheld`;
}

/** The same of instances, by profile. Of a card that is to be cut otherwise none is given: it would never be empty. */
async function withholdInstances(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    with held as (${heldInstances(tx)}),
    places as (
      select part.instance, part.withheld, card.node, part.profile, card.state, card.device_index, lower(part.slices) as start,
             held.instance is not null as is_held,
             bool_and(parts.device is not null) over (partition by part.device)
               and count(*) over (partition by part.device) = coalesce(place.parts, 0) as is_wanted,
             coalesce((instances -> part.profile ->> 'usable')::int, 0) as usable,
             coalesce((instances -> part.profile ->> 'ill')::int, 0) as ill
      from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) join mig_instances as part using (device)
        left join held using (instance)
        left join ${placesOf(tx, wanted)} on ${isPlaceOf(tx)}
        left join ${partsOf(tx, wanted)} on ${isPartOf(tx)}
      where card.state <> 'retired' and part.state = 'there' and ${hasPlaces(tx)}
    ), ranked as (
      select *,
             count(*) filter (where is_held) over (partition by node, profile) as held_parts,
             count(*) filter (where is_wanted and not is_held) over (partition by node, profile) as free_parts,
             row_number() over (
               partition by node, profile, is_held, is_wanted
               order by state <> 'ready', withheld is null, device_index, start desc) as at
      from places
    ), told as (
      select instance, case when is_held then null
                            when not is_wanted then ${WORDS.otherwise}
                            when at > free_parts - greatest(0, usable - held_parts) then null
                            when at <= ill then ${WORDS.ill} else ${WORDS.taken} end as withheld
      from ranked
    )
    update mig_instances as part set withheld = told.withheld, ${byCluster(tx)}
    from told where told.instance = part.instance and told.withheld is distinct from part.withheld`;
}

/** Whether nothing of these nodes is held any more that they do not give, and all that they have is there. */
export async function areCardsInLine(tx: TransactionSql, wanted: WantedCards): Promise<boolean> {
  const [row] = await tx<{ late: boolean }[]>`
    with held as (${heldCards(tx)}), held_parts as (${heldInstances(tx)})
    select exists (
          select from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) join held using (device)
          where ${hasPlaces(tx)} and card.sharing <> 'mig'
          group by wanted.node, "usableCards" having count(*) > "usableCards")
        or exists (
          select from ${nodesOf(tx, wanted)} join gpu_devices as card using (node)
            left join ${placesOf(tx, wanted)} on ${isPlaceOf(tx)}
          where ${hasPlaces(tx)} and card.state <> 'retired' and place.device is null)
        or exists (
          select from ${placesOf(tx, wanted)} left join gpu_devices as card on ${isPlaceOf(tx)}
          where card.device is null or card.state = 'retired')
        or exists (
          select from ${partsOf(tx, wanted)} left join mig_instances as part on ${isPartOf(tx)}
          where part.state is distinct from 'there')
        or exists (
          select from ${nodesOf(tx, wanted)} join gpu_devices as card using (node) join mig_instances as part using (device)
            join held_parts using (instance)
          where ${hasPlaces(tx)}
          group by wanted.node, part.profile, instances -> part.profile ->> 'usable'
          having count(*) > coalesce((instances -> part.profile ->> 'usable')::int, 0)) as late`;
  return !row!.late;
}
