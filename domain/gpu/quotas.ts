/** Quotas as room over time: how many GPUs a team or a user will have in use, and when another job fits. */
import { compareText } from './rank-queue.ts';
import type { Job, RunningJob } from './model.ts';
import { quotasOf, type GpuPolicy } from './policy.ts';
import { expectedEnd } from './runtime.ts';
import { allGpusOf } from './weigh-request.ts';

/** Uses that add up to a quota by rounding alone are within it. */
const ROUNDING = 1e-9;

/** Is it more than a quota has? */
export const isAbove = (gpus: number, limit: number): boolean => gpus > limit + ROUNDING;

type Account = { readonly limit: number; readonly times: number[]; readonly used: number[] };

/** A quota that jobs count against. */
type Bound = { readonly scope: 'team' | 'user'; readonly name: string; readonly account: Account };

export type QuotaState = {
  readonly scope: 'team' | 'user';
  readonly name: string;
  readonly limit: number;
  /** In use now. */
  readonly used: number;
  /** The most in use at any time of the job, were it to start now. */
  readonly most: number;
};

export type Quotas = {
  /** The first instant, not before `from`, from which the job is within all its quotas; Infinity: never. */
  readonly firstFit: (job: Job, from: number, durationMs: number) => number;
  readonly take: (job: Job, from: number, until: number) => void;
  readonly release: (job: Job, from: number, until: number) => void;
  readonly statesOf: (job: Job, durationMs: number) => QuotaState[];
};

/** Quotas with what runs taken from them. */
export function openQuotas(running: readonly RunningJob[], policy: GpuPolicy, now: number): Quotas {
  const accounts = new Map<string, Account>();
  const bound = new Map<string, readonly Bound[]>();
  /** A job's, by whose it is. */
  const of = ({ team, user }: Job): readonly Bound[] => {
    const whose = `${team}\n${user}`;
    const known = bound.get(whose);
    if (known) return known;
    const found = quotasOf(policy, { team, user }).map(({ scope, name, limit }) => {
      const key = `${scope} ${name}`;
      const account = accounts.get(key) ?? { limit, times: [now], used: [0] };
      accounts.set(key, account);
      return { scope, name, account };
    });
    bound.set(whose, found);
    return found;
  };
  const add = (job: Job, from: number, until: number, sign: 1 | -1): void => {
    for (const { account } of of(job)) change(account, sign * allGpusOf(job.resources), from, until);
  };
  for (const one of [...running].sort((left, right) => compareText(left.job.id, right.job.id)))
    add(one.job, now, expectedEnd(one, policy, now), 1);

  return {
    firstFit(job, from, durationMs) {
      const quotas = of(job);
      if (quotas.length === 0) return from;
      const gpus = allGpusOf(job.resources);
      let at = from;
      for (;;) {
        const next = quotas.reduce(
          (latest, { account }) => Math.max(latest, fit(account, gpus, at, durationMs)),
          at,
        );
        if (next === at || next === Infinity) return next;
        at = next;
      }
    },
    take: (job, from, until) => add(job, from, until, 1),
    release: (job, from, until) => add(job, from, until, -1),
    statesOf: (job, durationMs) =>
      of(job).map(({ scope, name, account: { limit, times, used } }) => ({
        ...{ scope, name, limit, used: used[0]! },
        most: used.reduce((most, of, at) => (times[at]! < now + durationMs ? Math.max(most, of) : most)),
      })),
  };
}

function fit({ limit, times, used }: Account, gpus: number, from: number, durationMs: number): number {
  let start = from;
  for (let at = 0; at < times.length; at += 1) {
    const end = times[at + 1] ?? Infinity;
    if (end <= start) continue;
    if (times[at]! >= start + durationMs) return start;
    if (isAbove(used[at]! + gpus, limit)) start = end;
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
