/** The order of the queue: priority, then submission, then id. Jobs that are overdue come first, the oldest first. */
import { decayed, accrued } from './decay.ts';
import { fairShareOf, growShareTree, shareKey, type FairShare, type ShareTree } from './fairshare.ts';
import type { Job, PlannerInputs, UserShare } from './model.ts';
import type { GpuPolicy } from './policy.ts';
import { ownFactors, prioritise, type Factors, type Totals } from './priority.ts';
import { expectedEnd, expectedRuntime } from './runtime.ts';
import { billingRate } from './weigh-request.ts';

export type Ranked = {
  readonly job: Job;
  readonly priority: number;
  readonly factors: Factors;
  readonly isOverdue: boolean;
  readonly fairShare: FairShare;
};

export const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Can the job be thought of at all: neither held nor waiting for others? */
export const isEligible = (job: Job, now: number): boolean =>
  !job.isHeld && job.eligibleAt !== null && job.eligibleAt <= now;

/** All jobs that can be thought of, in the order in which they are. It does not depend on the order they are given in. */
export function rankQueue(inputs: PlannerInputs): Ranked[] {
  const { queue, policy, now } = inputs;
  const tree = growUse(inputs);
  const totals = totalsOf(inputs);
  const { overdueMs } = policy.backfill;
  const ranked: Ranked[] = [];
  for (const jobs of byUser(queue, now).values()) {
    // The user's later jobs are ranked as if the earlier ones had been charged: a burst does not look unused.
    let charged = 0;
    const weighed = jobs.map((job) => ({ job, own: ownFactors(job, totals, policy, now) }));
    const ownOrder = weighed
      .map(({ job, own }) => ({ job, own, weight: ownWeight(own, job.nice, policy) }))
      .sort((one, other) => other.weight - one.weight || comparePlaces(one.job, other.job));
    const key = shareKey(jobs[0]!.user, jobs[0]!.team);
    for (const { job, own } of ownOrder) {
      const fairShare = fairShareOf(tree, key, policy.priority.dampening, charged);
      const factors: Factors = { ...own, fairshare: fairShare.factor };
      const priority = prioritise(factors, job.nice, policy.priority);
      ranked.push({ job, priority, factors, isOverdue: now - job.eligibleAt! >= overdueMs, fairShare });
      if (policy.priority.hasEntryCharge)
        charged += (billingRate(job.resources, policy) * expectedRuntime(job, policy.backfill)) / 1000;
    }
  }
  return ranked.sort(compareRanked);
}

function compareRanked(one: Ranked, other: Ranked): number {
  if (one.isOverdue !== other.isOverdue) return one.isOverdue ? -1 : 1;
  if (one.isOverdue) {
    const older = one.job.eligibleAt! - other.job.eligibleAt!;
    if (older !== 0) return older;
  }
  return other.priority - one.priority || comparePlaces(one.job, other.job);
}

const comparePlaces = (one: Job, other: Job): number =>
  one.submittedAt - other.submittedAt || compareText(one.id, other.id);

const ownWeight = (
  own: Omit<Factors, 'fairshare'>,
  nice: number,
  { priority: { weights } }: GpuPolicy,
): number =>
  own.age * weights.age +
  own.jobSize * weights.jobSize +
  own.qos * weights.qos +
  own.gpus * weights.gpus -
  nice;

function byUser(queue: readonly Job[], now: number): Map<string, Job[]> {
  const users = new Map<string, Job[]>();
  for (const job of queue) {
    if (!isEligible(job, now)) continue;
    const key = shareKey(job.user, job.team);
    const jobs = users.get(key);
    if (jobs) jobs.push(job);
    else users.set(key, [job]);
  }
  return users;
}

/** Nodes, processors and GPUs of all nodes, those that are drained included. */
function totalsOf({ capacity }: PlannerInputs): Totals {
  const { nodes } = capacity;
  return {
    nodes: nodes.length,
    cpus: nodes.reduce((sum, { cpus }) => sum + cpus, 0),
    gpus: nodes.reduce((sum, { devices }) => sum + devices.length, 0),
  };
}

/** The tree of shares with what was used until now, decayed, and what runs; with the entry charge, what it will use. */
function growUse({ queue, running, usage, policy, now }: PlannerInputs): ShareTree {
  const { halfLifeMs, hasEntryCharge } = policy.priority;
  const users = new Map<string, { share: UserShare; used: number }>();
  for (const share of usage.users)
    users.set(shareKey(share.user, share.team), {
      share,
      used: decayed(share.usedSeconds, now - usage.asOf, halfLifeMs),
    });
  const reach = ({ user, team }: Job) => {
    const key = shareKey(user, team);
    const known = users.get(key) ?? { share: { user, team, shares: 1, usedSeconds: 0 }, used: 0 };
    users.set(key, known);
    return known;
  };
  for (const job of queue) reach(job);
  for (const one of [...running].sort((left, right) => compareText(left.job.id, right.job.id))) {
    const rate = billingRate(one.job.resources, policy);
    const entry = reach(one.job);
    entry.used += accrued(rate, now - one.startedAt - one.frozenMs, halfLifeMs);
    if (hasEntryCharge) entry.used += (rate * (expectedEnd(one, policy, now) - now)) / 1000;
  }
  const inOrder = [...users.entries()].sort(([left], [right]) => compareText(left, right));
  const accounts = [...usage.accounts].sort((left, right) => compareText(left.name, right.name));
  return growShareTree(
    accounts,
    inOrder.map(([, { share, used }]) => ({ ...share, usedSeconds: used })),
  );
}
