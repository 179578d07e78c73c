/** The ledger of what accounts used of cards that they gave back (migration 0026_gpu-use). */
import type { TransactionSql } from 'postgres';
import { policyOf } from '../domain/gpu/policy-of.ts';
import { readPolicyAt } from './gpu-policy.ts';
import { lastGpuPosition } from './gpu-position.ts';

type UseRow = {
  readonly owner: string;
  readonly team: string;
  readonly model: string;
  /** When the account gave something back last, in ms since 1970. */
  readonly atMs: number;
  /** Seconds of whole cards that counted then, unweighted. */
  readonly usedS: number;
};

type Instant = { readonly asOf: number; readonly clockMs: number };

/** Use that lies so many half-lives back is less than a millionth of what it was: it is not carried over. */
const FORGOTTEN = 20;

/**
 * What each account has used up to a position, by model. Where the ledger is kept in this half-life, as it is for whatever
 * is decided, it is the last line of each: the same bytes each time, and not more to read the more has ended. In another
 * half-life it is summed up from all lines.
 */
export async function listUse(tx: TransactionSql, at: Instant, halfLifeMs: number): Promise<UseRow[]> {
  if ((await readHalfLife(tx, at.asOf)) !== halfLifeMs)
    return tx<UseRow[]>`
      select owner, team, model, last_ms as "atMs", used_s as "usedS" from (${sumUse(tx, at, halfLifeMs)}) as sums`;
  return tx<UseRow[]>`
    with recursive account as (
      (select owner, team, model from gpu_use order by owner, team, model limit 1)
      union all
      select later.* from account cross join lateral (
        select owner, team, model from gpu_use as line
        where (line.owner, line.team, line.model) > (account.owner, account.team, account.model)
        order by owner, team, model limit 1) as later)
    select owner, team, model, at_ms as "atMs", used_s as "usedS"
    from account cross join lateral (
      select at_ms, half_life_ms, used_s from gpu_use as line
      where line.owner = account.owner and line.team = account.team and line.model = account.model
        and line.position <= ${at.asOf}
      order by line.position desc limit 1) as last
    where half_life_ms = ${halfLifeMs}
    order by owner, team, model`;
}

/**
 * Has the ledger kept in the half-life that holds now, behind lockGpu and before the position of a plan is read. Under
 * another one each account is carried over, once. Safe to repeat.
 */
export async function keepUse(tx: TransactionSql, clockMs: number): Promise<void> {
  const asOf = await lastGpuPosition(tx);
  const { policy } = await readPolicyAt(tx, asOf);
  const { halfLifeMs } = policyOf(policy).priority;
  if ((await readHalfLife(tx, asOf)) === halfLifeMs) return;
  await tx`
    insert into gpu_use (owner, team, model, at_ms, half_life_ms, used_s)
    select owner, team, model, last_ms, ${halfLifeMs}, used_s
    from (${sumUse(tx, { asOf, clockMs }, halfLifeMs)}) as sums`;
}

/** In which half-life the ledger was kept; null: in none yet. */
async function readHalfLife(tx: TransactionSql, asOf: number): Promise<number | null> {
  const [row] = await tx<{ halfLifeMs: number | null }[]>`
    select half_life_ms as "halfLifeMs" from gpu_use where position <= ${asOf} order by position desc limit 1`;
  return row?.halfLifeMs ?? null;
}

/** Of each account, from all that it gave back: what counts now, and as it counted when it gave something back last. */
const sumUse = (tx: TransactionSql, { asOf, clockMs }: Instant, halfLifeMs: number) => tx`
  select owner, team, model, last_ms, left_s / gpu_use_fade(${clockMs} - last_ms, ${halfLifeMs}) as used_s
  from (
    select owner, team, model, max(at_ms) as last_ms,
           sum(gpu_use_made(part, held_ms, ${halfLifeMs}) * gpu_use_fade(${clockMs} - at_ms, ${halfLifeMs})) as left_s
    from gpu_use
    where position <= ${asOf} and part is not null
      and at_ms > ${clockMs}::double precision - ${FORGOTTEN} * ${halfLifeMs}::double precision
    group by owner, team, model) as account
  order by owner, team, model`;
