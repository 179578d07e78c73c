/** Who has which share, and what of it was used by jobs that have ended, as it was known at a position. */
import type { TransactionSql } from 'postgres';
import type { GpuPolicyDocument } from '../contracts/gpu.ts';
import { accrued, decayed } from '../domain/gpu/decay.ts';
import type { Account, Usage, UserShare } from '../domain/gpu/model.ts';
import type { GpuPolicy } from '../domain/gpu/policy.ts';
import { priceOf } from '../domain/gpu/weigh-request.ts';
import { listSpans, type SpanRow } from './gpu-spans.ts';

/** Use that lies so many half-lives back counts for less than a thousandth. */
const HALF_LIVES = 10;

/** In whose account somebody's jobs are who is in no team. */
export const NO_TEAM = 'none';

export const teamOf = ({ users }: GpuPolicyDocument, user: string): string =>
  users.find((one) => one.user === user)?.team ?? NO_TEAM;

/**
 * @param clockMs the instant that use is decayed to
 * @param teams of the jobs that are planned, which all have an account
 */
export async function readUsageAt(
  tx: TransactionSql,
  { asOf, clockMs }: { readonly asOf: number; readonly clockMs: number },
  document: GpuPolicyDocument,
  policy: GpuPolicy,
  teams: readonly string[],
): Promise<Usage> {
  const { halfLifeMs } = policy.priority;
  const spans = await listSpans(tx, { asOf, since: new Date(clockMs - HALF_LIVES * halfLifeMs) });
  const shares = new Map<string, UserShare>();
  const keyOf = (user: string, team: string): string => JSON.stringify([user, team]);
  for (const { user, team, shares: own } of document.users)
    shares.set(keyOf(user, team), { user, team, shares: own, usedSeconds: 0 });
  for (const span of spans) {
    // What is held still is counted by the planner.
    if (span.to === null) continue;
    const { owner: user, team } = span;
    const known = shares.get(keyOf(user, team)) ?? { user, team, shares: 1, usedSeconds: 0 };
    const usedSeconds = known.usedSeconds + useOf(span, span.to.getTime(), clockMs, policy);
    shares.set(keyOf(user, team), { ...known, usedSeconds });
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
  return { asOf: clockMs, accounts, users };
}

/** Billable seconds of a span at an instant behind its end: what it held, without the time in which it stood still. */
function useOf(span: SpanRow, until: number, clockMs: number, { billing, priority }: GpuPolicy): number {
  const rate = (span.slices / span.ofSlices) * priceOf(billing, span.model);
  const stood = span.frozen.reduce((sum, [from, to]) => sum + Math.max(0, (to ?? until) - from), 0);
  const heldMs = Math.max(0, until - span.from.getTime() - stood);
  return decayed(accrued(rate, heldMs, priority.halfLifeMs), clockMs - until, priority.halfLifeMs);
}
