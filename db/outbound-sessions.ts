/** Queries on outbound_session: who speaks with a target over a session, and up to where its answers are stored. */
import type { Sql, TransactionSql } from 'postgres';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';

/** An attempt at speaking over a session: the newest epoch is the only one that may store anything. */
export type SessionAttempt = { readonly target: string; readonly session: string; readonly epoch: number };

export type ClaimedSession = SessionAttempt & {
  /** The next answer that is wanted, from 1. */
  readonly nextAnswer: number;
};

export type SessionRow = {
  readonly target: string;
  readonly session: string;
  readonly next_answer: number;
  readonly problem_code: string | null;
  readonly problem_params: ErrorFacts['params'] | null;
  readonly seen_at: Date | null;
};

/** Makes the caller the only attempt that may store what comes over a session. */
export async function claimSession(
  sql: Sql | TransactionSql,
  target: string,
  session: string,
): Promise<ClaimedSession> {
  const [row] = await sql<ClaimedSession[]>`
    insert into outbound_session as known (target, session, epoch) values (${target}, ${session}, 1)
    on conflict (target, session) do update set epoch = known.epoch + 1
    returning target, session, epoch, next_answer as "nextAnswer"`;
  return row!;
}

/**
 * Locks a session for the caller's transaction.
 * @throws TainError outbound.superseded when another attempt has it
 */
export async function holdSession(tx: TransactionSql, attempt: SessionAttempt): Promise<void> {
  const { target, session, epoch } = attempt;
  const held = await tx`
    select from outbound_session where target = ${target} and session = ${session} and epoch = ${epoch}
    for no key update`;
  if (held.length === 0) throw new TainError('outbound.superseded', attempt);
}

/** Notes how a session is doing. @returns false when another attempt has it: then nothing is kept */
export async function noteSession(
  sql: Sql,
  { target, session, epoch }: SessionAttempt,
  problem: ErrorFacts | null,
): Promise<boolean> {
  const code = problem?.code ?? null;
  const noted = await sql`
    update outbound_session set
      problem_since = case when ${code}::text is null then null
        when problem_code = ${code} then coalesce(problem_since, now()) else now() end,
      problem_code = ${code}, problem_params = ${problem && sql.json(problem.params)}, seen_at = now()
    where target = ${target} and session = ${session} and epoch = ${epoch}`;
  return noted.count === 1;
}

/** Sessions in the order of their targets. */
export async function listSessions(sql: Sql): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    select target, session, next_answer, problem_code, problem_params, seen_at from outbound_session
    order by target, session`;
}
