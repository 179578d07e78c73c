/** Quotas as room over time: how many GPUs a team or a user will have in use, and when another job fits. */
import { compareText } from './rank-queue.ts';
import type { Job, RunningJob } from './model.ts';
import type { GpuPolicy } from './policy.ts';
import { expectedEnd } from './runtime.ts';
import { allGpusOf } from './weigh-request.ts';

/** Uses that add up to a quota by rounding alone are within it. */
const ROUNDING = 1e-9;

type Account = { readonly limit: number; readonly times: number[]; readonly used: number[] };

const NONE: Account[] = [];

export type QuotaState = {
  readonly scope: 'team' | 'user';
  readonly name: string;
  readonly limit: number;
  /** In use now. */
  readonly used: number;
};

export type Quotas = {
  /** The first instant, not before `from`, from which the job is within all its quotas; Infinity: never. */
  readonly firstFit: (job: Job, from: number, durationMs: number) => number;
  readonly take: (job: Job, from: number, until: number) => void;
  readonly release: (job: Job, from: number, until: number) => void;
  readonly statesOf: (job: Job) => QuotaState[];
};

/** Quotas with what runs taken from them. */
export function openQuotas(running: readonly RunningJob[], policy: GpuPolicy, now: number): Quotas {
  const accountsOf = (limits: Readonly<Record<string, number>>) =>
    new Map(
      Object.entries(limits).map(([name, limit]): [string, Account] => [
        name,
        { limit, times: [now], used: [0] },
      ]),
    );
  const teams = accountsOf(policy.quotas.teams);
  const users = accountsOf(policy.quotas.users);
  const of = (job: Job): Account[] => {
    const team = teams.get(job.team);
    const user = users.get(job.user);
    return team ? (user ? [team, user] : [team]) : user ? [user] : NONE;
  };
  const add = (job: Job, from: number, until: number, sign: 1 | -1): void => {
    for (const account of of(job)) change(account, sign * allGpusOf(job.resources), from, until);
  };
  for (const one of [...running].sort((left, right) => compareText(left.job.id, right.job.id)))
    add(one.job, now, expectedEnd(one, policy, now), 1);

  return {
    firstFit(job, from, durationMs) {
      const bound = of(job);
      if (bound.length === 0) return from;
      const gpus = allGpusOf(job.resources);
      let at = from;
      for (;;) {
        const next = bound.reduce(
          (latest, account) => Math.max(latest, fit(account, gpus, at, durationMs)),
          at,
        );
        if (next === at || next === Infinity) return next;
        at = next;
      }
    },
    take: (job, from, until) => add(job, from, until, 1),
    release: (job, from, until) => add(job, from, until, -1),
    statesOf: (job) =>
      (['team', 'user'] as const).flatMap((scope) => {
        const account = (scope === 'team' ? teams : users).get(job[scope]);
        return account ? [{ scope, name: job[scope], limit: account.limit, used: account.used[0]! }] : [];
      }),
  };
}

function fit({ limit, times, used }: Account, gpus: number, from: number, durationMs: number): number {
  let start = from;
  for (let at = 0; at < times.length; at += 1) {
    const end = times[at + 1] ?? Infinity;
    if (end <= start) continue;
    if (times[at]! >= start + durationMs) return start;
    if (used[at]! + gpus > limit + ROUNDING) start = end;
  }
  return start;
}

function change(account: Account, gpus: number, from: number, until: number): void {
  if (until <= from) return;
  const first = cut(account, from);
  const end = until === Infinity ? account.times.length : cut(account, until);
  for (let at = first; at < end; at += 1) account.used[at]! += gpus;
}

function cut({ times, used }: Account, at: number): number {
  let segment = times.length - 1;
  while (segment > 0 && times[segment]! > at) segment -= 1;
  if (times[segment]! >= at) return segment;
  times.splice(segment + 1, 0, at);
  used.splice(segment + 1, 0, used[segment]!);
  return segment + 1;
}
