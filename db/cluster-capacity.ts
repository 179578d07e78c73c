/** Bringing the books in line with what a cluster has. Every statement is about all nodes of a step at once. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_CLUSTER } from '../contracts/audit.ts';
import type { CapacityChange, ClusterNode } from '../domain/gpu/cluster-capacity.ts';
import { appendAudit } from './audit.ts';
import {
  areCardsInLine,
  bringCardsInLine,
  byCluster as by,
  nodesOf,
  wantedCards,
  type WantedCards,
} from './cluster-cards.ts';
import { lastGpuPosition, lockGpu } from './gpu-position.ts';

type AppliedCapacity = {
  readonly isChanged: boolean;
  /** False: something waits for runs to give back what they hold; the same again in a while brings it in line. */
  readonly isSettled: boolean;
  /** Nodes that the books cannot have as they are, and why; they stay as they were, and all others are in line. */
  readonly refused: readonly { readonly node: string; readonly error: unknown }[];
};

const GONE = 'the cluster has it no more for training';

/** So many nodes are named in the audit log. */
const NAMED = 20;
/** So many are brought in line at a time, so that nobody waits long for the lock of GPU facts. */
const NODES_A_STEP = 100;

/**
 * Brings the books in line, step by step, each of them all or nothing. Cards are places of their node, as nobody is told which
 * card a pod gets; as many of them as others use are given to no run, from the last on, and never one that is held. What is held
 * stays until it is given back. Safe to repeat and to race: what is the same is no change, and leaves no history.
 */
export async function applyClusterCapacity(
  sql: Sql,
  { nodes, gone }: CapacityChange,
): Promise<AppliedCapacity> {
  const first = gone === 'others' ? { othersThan: nodes.map(({ node }) => node) } : { nodes: gone };
  const steps: AppliedCapacity[] = [await applyStep(sql, nodes.slice(0, NODES_A_STEP), first)];
  for (let at = NODES_A_STEP; at < nodes.length; at += NODES_A_STEP)
    steps.push(await applyStep(sql, nodes.slice(at, at + NODES_A_STEP), NONE_GONE));
  return together(steps);
}

const together = (steps: readonly AppliedCapacity[]): AppliedCapacity => ({
  isChanged: steps.some(({ isChanged }) => isChanged),
  isSettled: steps.every(({ isSettled }) => isSettled),
  refused: steps.flatMap(({ refused }) => refused),
});

type Gone = { readonly nodes: readonly string[] } | { readonly othersThan: readonly string[] };
const NONE_GONE: Gone = { nodes: [] };

/** What the books refuse, and not what keeps them from being asked: integrity and data of SQL. */
const isOfData = (error: unknown): boolean => /^2[23]/.test((error as { code?: string }).code ?? '');

/** One node that the books refuse is no reason for the others to be out of line. */
async function applyStep(sql: Sql, nodes: readonly ClusterNode[], gone: Gone): Promise<AppliedCapacity> {
  try {
    return await applyTogether(sql, nodes, gone);
  } catch (error) {
    if (!isOfData(error) || nodes.length === 0) throw error;
    const isLone = nodes.length === 1 && 'nodes' in gone && gone.nodes.length === 0;
    if (isLone) return { isChanged: false, isSettled: false, refused: [{ node: nodes[0]!.node, error }] };
    const half = nodes.length >> 1;
    return together([
      await applyStep(sql, [], gone),
      await applyStep(sql, nodes.slice(0, half), NONE_GONE),
      await applyStep(sql, nodes.slice(half), NONE_GONE),
    ]);
  }
}

async function applyTogether(sql: Sql, nodes: readonly ClusterNode[], gone: Gone): Promise<AppliedCapacity> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const before = await lastGpuPosition(tx);
    const wanted = wantedCards(nodes);
    await enterModels(tx, wanted);
    const moved = [...(await enterNodes(tx, wanted)), ...(await retireGone(tx, gone))];
    await bringCardsInLine(tx, wanted);
    const isSettled = !(await waitsForGone(tx)) && (await areCardsInLine(tx, wanted));
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
    return { isChanged, isSettled, refused: [] };
  });
}

/** Whether runs hold anything of nodes that are gone. */
async function waitsForGone(tx: TransactionSql): Promise<boolean> {
  const [row] = await tx<{ waits: boolean }[]>`
    select exists (
      select from gpu_nodes join gpu_claims using (node)
      where withheld = ${GONE} and state <> 'retired' and released_at is null) as waits`;
  return row!.waits;
}

/** Where there is no cluster any more: its nodes are retired; what is held of them drains, and is for people to retire. Safe to repeat. */
export async function leaveCluster(sql: Sql): Promise<void> {
  const left = await sql<{ node: string }[]>`select node from gpu_nodes where in_cluster order by node`;
  if (left.length > 0) await applyClusterCapacity(sql, { nodes: [], gone: left.map(({ node }) => node) });
}

type Moved = { readonly node: string; readonly what: 'came' | 'gone' | 'withheld' | 'given' };

/** What a model draws the cluster does not say: it stays open until the GPU file does. */
async function enterModels(tx: TransactionSql, wanted: WantedCards): Promise<void> {
  await tx`
    insert into gpu_models (model, memory_gb)
    select model, max("modelMemoryGb") from ${nodesOf(tx, wanted)} group by model order by model
    on conflict (model) do nothing`;
}

/** Rooms that are other than before are no news of a node, whose history has them. */
async function enterNodes(tx: TransactionSql, wanted: WantedCards): Promise<Moved[]> {
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
async function retireGone(tx: TransactionSql, gone: Gone): Promise<Moved[]> {
  const isGone =
    'othersThan' in gone
      ? tx`gone.node <> all(${[...gone.othersThan]}::text[])`
      : tx`gone.node = any(${[...gone.nodes]}::text[])`;
  // What an operator has said of a node, or of its cards, is true of it still when it is back.
  const isKept = tx`(
    exists (select from gpu_claims where gpu_claims.node = gone.node and released_at is null)
    or (gone.in_cluster or gone.withheld is not null)
       and (gone.state = 'draining'
            or exists (select from gpu_devices as ill where ill.node = gone.node and ill.state = 'unhealthy')))`;
  const kept = await tx<Moved[]>`
    update gpu_nodes as gone set withheld = ${GONE}, in_cluster = false, ${by(tx)}
    where ${isGone} and state <> 'retired' and withheld is distinct from ${GONE} and ${isKept}
    returning node, 'withheld' as what`;
  await tx`
    update gpu_devices as card set state = 'retired', withheld = null, reason = ${GONE}, ${by(tx)}
    from gpu_nodes as gone
    where card.node = gone.node and card.state <> 'retired' and ${isGone} and gone.state <> 'retired'
      and not ${isKept}`;
  const retired = await tx<Moved[]>`
    update gpu_nodes as gone set state = 'retired', withheld = null, in_cluster = false, reason = ${GONE}, ${by(tx)}
    where ${isGone} and state <> 'retired' and not ${isKept}
    returning node, 'gone' as what`;
  return [...kept, ...retired].sort((one, other) => (one.node < other.node ? -1 : 1));
}
