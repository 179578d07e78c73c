/** GPUs, their use and their cost, as the API shows them. */
import type {
  GpuAllocationList,
  GpuCapacityView,
  GpuCostView,
  GpuNodeView,
  GpuPolicyView,
  GpuUsageView,
} from '../../contracts/gpu.schema.ts';
import type { HeldPart } from '../../db/gpu-allocations.ts';
import type { CostFacts } from '../../db/gpu-cost.ts';
import type { NodeRow } from '../../db/gpu-nodes.ts';
import type { PolicyRow } from '../../db/gpu-policy.ts';
import type { UsageRow } from '../../db/gpu-usage.ts';
import { costOfPeriod, type JobCost } from '../../domain/gpu-cost/cost-of-period.ts';
import { formatMicros } from '../../domain/gpu-cost/money.ts';

const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

export function viewNode(row: NodeRow): GpuNodeView {
  const { cpuMillis, heldCpuMillis, changedAt, devices, ...node } = row;
  return {
    ...node,
    changedAt: changedAt.toISOString(),
    cpus: cpuMillis / 1000,
    heldCpus: heldCpuMillis / 1000,
    devices: devices.map(({ node: _node, instances, ...device }) => ({
      ...device,
      instances: [...instances],
    })),
  };
}

export function viewCapacity(nodes: readonly NodeRow[]): GpuCapacityView {
  const open = nodes.filter(({ state }) => state === 'open');
  const count = (state: NodeRow['state']): number => nodes.filter((node) => node.state === state).length;
  const cards = nodes.flatMap(({ devices, state }) =>
    devices.map((card) => ({ ...card, isUsable: state === 'open' && card.state === 'ready' })),
  );
  const groups = Map.groupBy(cards, ({ model, sharing }) => `${model} ${sharing}`);
  return {
    nodes: { open: count('open'), draining: count('draining'), drained: count('drained') },
    cpus: sum(nodes, ({ cpuMillis }) => cpuMillis) / 1000,
    freeCpus: sum(open, ({ cpuMillis, heldCpuMillis }) => cpuMillis - heldCpuMillis) / 1000,
    memoryMib: sum(nodes, ({ memoryMib }) => memoryMib),
    freeMemoryMib: sum(open, ({ memoryMib, heldMemoryMib }) => memoryMib - heldMemoryMib),
    models: [...groups.keys()].sort().map((key) => {
      const all = groups.get(key)!;
      const usable = all.filter(({ isUsable }) => isUsable);
      return {
        model: all[0]!.model,
        sharing: all[0]!.sharing,
        cards: all.length,
        usableCards: usable.length,
        emptyCards: usable.filter(({ heldSlices, withheldSlices }) => heldSlices + withheldSlices === 0)
          .length,
        slices: sum(all, ({ slices }) => slices),
        freeSlices: sum(
          usable,
          ({ slices, heldSlices, withheldSlices }) => slices - heldSlices - withheldSlices,
        ),
      };
    }),
  };
}

export const viewAllocations = (held: readonly HeldPart[]): GpuAllocationList => ({
  allocations: held.map(
    ({ allocatedAt, allocationId: _id, cpuMillis: _cpu, memoryMib: _memory, cause: _cause, ...part }) => ({
      ...part,
      since: allocatedAt.toISOString(),
    }),
  ),
});

export const viewUsage = (rows: readonly UsageRow[]): GpuUsageView['usage'] =>
  rows.map(({ from, instance, jobId, ...row }) => ({
    ...row,
    at: from.toISOString(),
    instance: instance || null,
    jobId: jobId || null,
  }));

const MONEY = ['kept', 'wasted', 'frozen'] as const;

/** What stood still cost something too, but is not billed. */
const viewShares = ({ kept, wasted, frozen }: Pick<JobCost, (typeof MONEY)[number]>) => ({
  ...{ kept: formatMicros(kept), wasted: formatMicros(wasted), frozen: formatMicros(frozen) },
  total: formatMicros(kept + wasted),
});

/** @param owner whose alone; null: all, with what is idle */
export function viewCost(
  { input, jobs, currency }: CostFacts,
  owner: string | null,
  seesAll: boolean,
): Omit<GpuCostView, 'from' | 'to' | 'until'> {
  const cost = costOfPeriod(input);
  const shown = cost.jobs.flatMap((job) => {
    const whose = jobs.get(job.jobId)!;
    return owner === null || whose.owner === owner ? [{ ...job, ...whose }] : [];
  });
  const byUser = Map.groupBy(shown, (job) => JSON.stringify([job.owner, job.team]));
  const { total, ...parts } = cost.parts;
  const all = {
    ...{ total: formatMicros(total), idle: formatMicros(cost.idleMicros) },
    ...{ depreciation: formatMicros(parts.depreciation), electricity: formatMicros(parts.electricity) },
    ...{ maintenance: formatMicros(parts.maintenance), labour: formatMicros(parts.labour) },
    ...{ infrastructure: formatMicros(parts.infrastructure), unpricedHours: cost.unpricedHours },
  };
  return {
    currency,
    all: seesAll ? all : null,
    users: [...byUser.keys()].sort().map((key) => {
      const theirs = byUser.get(key)!;
      const [kept, wasted, frozen] = MONEY.map((kind) => sum(theirs, (job) => job[kind])) as [
        number,
        number,
        number,
      ];
      return {
        owner: theirs[0]!.owner,
        team: theirs[0]!.team,
        ...viewShares({ kept, wasted, frozen }),
      };
    }),
    jobs: shown.map((job) => ({ jobId: job.jobId, owner: job.owner, team: job.team, ...viewShares(job) })),
  };
}

export function viewPolicy({ position, at, actor, reason, policy }: PolicyRow): GpuPolicyView {
  const { qos, teams, users } = policy;
  return {
    ...{ position, at: at?.toISOString() ?? null, by: actor, reason },
    policy: {
      ...policy,
      qos: Object.fromEntries(
        Object.entries(qos).map(([name, one]) => [name, { ...one, preempts: [...one.preempts] }]),
      ),
      teams: [...teams],
      users: [...users],
    },
  };
}
