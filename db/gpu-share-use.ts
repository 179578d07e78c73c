/** Who has which share, and what of it was used by jobs that have ended, as it was known at a position. */
import type { TransactionSql } from 'postgres';
import type { GpuPolicyDocument } from '../contracts/gpu.ts';
import { accrued, decayed } from '../domain/gpu/decay.ts';
import type { Account, Usage, UserShare } from '../domain/gpu/model.ts';
import type { GpuPolicy } from '../domain/gpu/policy.ts';
import { priceOf } from '../domain/gpu/weigh-request.ts';
import { listSpans, type SpanRow } from './gpu-spans.ts';
import { listUse } from './gpu-use.ts';

/** Use that lies so many half-lives back counts for less than a thousandth; who used nothing since has no share of his own. */
const HALF_LIVES = 10;

/** In whose account somebody's jobs are who is in no team. */
export const NO_TEAM = 'none';

export const teamOf = ({ users }: GpuPolicyDocument, user: string): string =>
  users.find((one) => one.user === user)?.team ?? NO_TEAM;

/** The planner's input at an instant of its clock, as of a position. */
export type PlanInstant = {
  readonly asOf: number;
  /** What use is decayed to, in ms. */
  readonly clockMs: number;
  /**
   * By whose rules it is read, to the same bytes as then: that of the planner who decided; absent: today's. Until `plan 3`
   * use is added up anew from all that was held, and no team is bound by those above it.
   */
  readonly version?: number;
};

/** Is it read by the rules of a version, or of one before it? */
export const isUntil = ({ version = Infinity }: PlanInstant, last: number): boolean => version <= last;

type Used = { readonly owner: string; readonly team: string; readonly usedSeconds: number };

/** @param teams of the jobs that are planned, which all have an account */
export async function readUsageAt(
  tx: TransactionSql,
  at: PlanInstant,
  document: GpuPolicyDocument,
  policy: GpuPolicy,
  teams: readonly string[],
): Promise<Usage> {
  const used = await (isUntil(at, 3) ? addUpSpans : readUsed)(tx, at, policy);
  const shares = new Map<string, UserShare>();
  const keyOf = (user: string, team: string): string => JSON.stringify([user, team]);
  for (const { user, team, shares: own } of document.users)
    shares.set(keyOf(user, team), { user, team, shares: own, usedSeconds: 0 });
  for (const { owner: user, team, usedSeconds } of used) {
    const known = shares.get(keyOf(user, team)) ?? { user, team, shares: 1, usedSeconds: 0 };
    shares.set(keyOf(user, team), { ...known, usedSeconds: known.usedSeconds + usedSeconds });
  }
  const accounts: Account[] = document.teams.map(({ name, parent, shares: own }) => ({
    name,
    parent,
    shares: own,
  }));
  const users = [...shares.values()].sort((one, other) =>
    keyOf(one.user, one.team) < keyOf(other.user, other.team) ? -1 : 1,
  );
  const missing = new Set([...users.map(({ team }) => team), ...teams]);
  for (const { name } of accounts) missing.delete(name);
  for (const name of [...missing].sort()) accounts.push({ name, parent: null, shares: 1 });
  return { asOf: at.clockMs, accounts, users };
}

/** Billable seconds of who has given something back in the last half-lives, by model, in whole milliseconds. */
async function readUsed(
  tx: TransactionSql,
  at: PlanInstant,
  { billing, priority }: GpuPolicy,
): Promise<Used[]> {
  const { halfLifeMs } = priority;
  const rows = await listUse(tx, at, halfLifeMs);
  return rows
    .filter(({ atMs }) => atMs > at.clockMs - HALF_LIVES * halfLifeMs)
    .map(({ owner, team, model, atMs, usedS }) => {
      const seconds = priceOf(billing, model) * decayed(usedS, at.clockMs - atMs, halfLifeMs);
      return { owner, team, usedSeconds: Math.round(seconds * 1000) / 1000 };
    });
}

/** What is held still is counted by the planner. */
async function addUpSpans(
  tx: TransactionSql,
  { asOf, clockMs }: PlanInstant,
  policy: GpuPolicy,
): Promise<Used[]> {
  const since = new Date(clockMs - HALF_LIVES * policy.priority.halfLifeMs);
  return (await listSpans(tx, { asOf, since })).flatMap((span) => {
    if (span.to === null) return [];
    const usedSeconds = useOf(span, span.to.getTime(), clockMs, policy);
    return [{ owner: span.owner, team: span.team, usedSeconds }];
  });
}

/** Billable seconds of a span at an instant behind its end: what it held, without the time in which it stood still. */
function useOf(span: SpanRow, until: number, clockMs: number, { billing, priority }: GpuPolicy): number {
  const rate = (span.slices / span.ofSlices) * priceOf(billing, span.model);
  const stood = span.frozen.reduce((sum, [from, to]) => sum + Math.max(0, (to ?? until) - from), 0);
  const heldMs = Math.max(0, until - span.from.getTime() - stood);
  return decayed(accrued(rate, heldMs, priority.halfLifeMs), clockMs - until, priority.halfLifeMs);
}
