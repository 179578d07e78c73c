/**
 * The order of the queue: priority, then submission, then id. Jobs that others were preempted for come first, in the order
 * in which room was made for them; behind them those that are overdue, the oldest first.
 */
import { decayed, accrued } from './decay.ts';
import { charge, fairShareOf, growShareTree, shareKey, type FairShare, type ShareTree } from './fairshare.ts';
import { roomOf } from './made-room.ts';
import type { Job, MadeRoom, PlannerInputs, UserShare } from './model.ts';
import type { GpuPolicy } from './policy.ts';
import { ownFactors, prioritise, type Factors, type Totals } from './priority.ts';
import { expectedEnd, expectedRuntime } from './runtime.ts';
import { billingRate } from './weigh-request.ts';

export type Ranked = {
  readonly job: Job;
  readonly priority: number;
  readonly factors: Factors;
  readonly isOverdue: boolean;
  /** Others were preempted for it; null: none were, or it may not have it any more. */
  readonly room: MadeRoom | null;
  readonly fairShare: FairShare;
};

export const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Can the job be thought of at all: neither held nor waiting for others? */
export const isEligible = (job: Job, now: number): boolean =>
  !job.isHeld && job.eligibleAt !== null && job.eligibleAt <= now;

/**
 * All jobs that can be thought of, in the order in which they are. It does not depend on the order they are given in.
 * With the entry charge each job is charged to its user before the next one of the same user is ranked, so that the
 * users of a burst take turns.
 * @param most of them, from the first on
 */
export function rankQueue(inputs: PlannerInputs, most = Infinity): Ranked[] {
  const { queue, policy, now } = inputs;
  const { dampening, hasEntryCharge } = policy.priority;
  const tree = growUse(inputs);
  const totals = totalsOf(inputs);
  const rank = ({ job, own, isOverdue, room }: Weighed): Ranked => {
    const fairShare = fairShareOf(tree, shareKey(job.user, job.team), dampening);
    const factors: Factors = { ...own, fairshare: fairShare.factor };
    const priority = prioritise(factors, job.nice, policy.priority);
    return { job, factors, isOverdue, room, fairShare, priority };
  };
  const lists = byUser(queue, now).map((jobs) =>
    jobs
      .map((job) => weighJob(job, totals, policy, now))
      .sort(
        (one, other) =>
          compareRooms(one, other) ||
          compareOverdue(one, other) ||
          other.weight - one.weight ||
          comparePlaces(one.job, other.job),
      ),
  );
  if (!hasEntryCharge)
    return lists
      .flatMap((jobs) => jobs.map(rank))
      .sort(compareRanked)
      .slice(0, most);

  const ranked: Ranked[] = [];
  /** The first job of each user that is not ranked yet, the first of them last. */
  const heads = lists.map((rest) => ({ rest, at: 0, head: rank(rest[0]!) }));
  heads.sort((one, other) => compareRanked(other.head, one.head));
  for (let next = heads.pop(); next && ranked.length < most; next = heads.pop()) {
    const { rest, at, head } = next;
    ranked.push(head);
    const { user, team, resources } = head.job;
    const seconds = (billingRate(resources, policy) * expectedRuntime(head.job, policy.backfill)) / 1000;
    charge(tree, shareKey(user, team), seconds);
    const following = rest[at + 1];
    if (!following) continue;
    const entry = { rest, at: at + 1, head: rank(following) };
    heads.splice(placeFor(heads, entry), 0, entry);
  }
  return ranked;
}

/** Where an entry goes among those that lie the last first. */
function placeFor(heads: readonly { readonly head: Ranked }[], entry: { readonly head: Ranked }): number {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareRanked(heads[middle]!.head, entry.head) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What of a job's priority does not depend on what its user used. */
type Weighed = {
  readonly job: Job;
  readonly own: Omit<Factors, 'fairshare'>;
  readonly weight: number;
  readonly isOverdue: boolean;
  readonly room: MadeRoom | null;
};

function weighJob(job: Job, totals: Totals, policy: GpuPolicy, now: number): Weighed {
  const own = ownFactors(job, totals, policy, now);
  const isOverdue = now - job.eligibleAt! >= policy.backfill.overdueMs;
  return { job, own, weight: ownWeight(own, job.nice, policy), isOverdue, room: roomOf(job, policy) };
}

type Waiting = { readonly job: Job; readonly isOverdue: boolean; readonly room: MadeRoom | null };

function compareRooms(one: Waiting, other: Waiting): number {
  const [order, otherOrder] = [one.room?.order ?? Infinity, other.room?.order ?? Infinity];
  return order === otherOrder ? 0 : order < otherOrder ? -1 : 1;
}

function compareOverdue(one: Waiting, other: Waiting): number {
  if (one.isOverdue !== other.isOverdue) return one.isOverdue ? -1 : 1;
  return one.isOverdue ? one.job.eligibleAt! - other.job.eligibleAt! : 0;
}

const compareRanked = (one: Ranked, other: Ranked): number =>
  compareRooms(one, other) || compareByPriority(one, other);

const compareByPriority = (one: Ranked, other: Ranked): number =>
  compareOverdue(one, other) || other.priority - one.priority || comparePlaces(one.job, other.job);

/** Would a job come before another one had no room been made for that? */
export const isPassedOver = (one: Ranked, other: Ranked): boolean =>
  one.room === null && other.room !== null && compareByPriority(one, other) < 0;

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

function byUser(queue: readonly Job[], now: number): Job[][] {
  const users = new Map<string, Job[]>();
  for (const job of queue) {
    if (!isEligible(job, now)) continue;
    const key = shareKey(job.user, job.team);
    const jobs = users.get(key);
    if (jobs) jobs.push(job);
    else users.set(key, [job]);
  }
  return [...users.values()];
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
