/** Queries on feed_gap: ranges of sequence numbers that did not come, and what filled them. */
import { isDeepStrictEqual } from 'node:util';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import type { ErrorFacts } from '../contracts/errors.ts';
import { generationOf, sessionLabel, wireNameOf } from '../domain/feeds/session.ts';
import type { FeedSession } from './feed-journal.ts';

/** Sequence numbers from `from` up to, not including, `to`. */
export type SequenceRange = { readonly from: number; readonly to: number };

export async function recordGaps(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  gaps: readonly SequenceRange[],
  problem: ErrorFacts | null,
): Promise<void> {
  for (const { from, to } of gaps)
    await tx`
      insert into feed_gap (feed, session, from_sequence, to_sequence, problem_code, problem_params)
      values (${feed}, ${session}, ${from}, ${to}, ${problem?.code ?? null}, ${problem && tx.json(problem.params)})`;
}

export type OpenGap = SequenceRange & { readonly session: string };

/** Gaps of a feed that are not filled, oldest first. */
export async function listOpenGaps(sql: Sql, feed: string): Promise<OpenGap[]> {
  return sql<OpenGap[]>`
    select session, from_sequence as from, to_sequence as to from feed_gap
    where feed = ${feed} and filled_at is null order by found_at, session, from_sequence`;
}

/**
 * Open gaps of a session that a range touches, for the caller alone until its transaction ends: of two that fill the
 * same gap, the second finds what the first has left of it. Who waits for a row that is taken away does not see the rows
 * in its place in the same statement, so that it looks again.
 */
export async function lockGaps(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  { from, to }: SequenceRange,
): Promise<SequenceRange[]> {
  const read = async (lock: PendingQuery<Row[]>): Promise<SequenceRange[]> => tx<SequenceRange[]>`
    select from_sequence as from, to_sequence as to from feed_gap
    where feed = ${feed} and session = ${session} and filled_at is null
      and from_sequence < ${to} and to_sequence > ${from}
    order by from_sequence ${lock}`;
  for (;;) {
    const open = await read(tx``);
    const locked = await read(tx`for update`);
    if (isDeepStrictEqual([...open], [...locked])) return locked;
  }
}

/** Fills a part of an open gap that the caller has locked: what remains of it, on either side, stays open for its reason. */
export async function fillGap(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  gap: SequenceRange,
  filled: SequenceRange,
): Promise<void> {
  const insert = (range: SequenceRange, isFilled: boolean) => tx`
    insert into feed_gap
      (feed, session, from_sequence, to_sequence, found_at, filled_at, problem_code, problem_params)
    select ${feed}, ${session}, ${range.from}, ${range.to}, ${removed!.found_at},
      case when ${isFilled} then clock_timestamp() end,
      ${isFilled ? null : removed!.problem_code}, ${isFilled ? null : removed!.problem_params}::text::json`;
  const [removed] = await tx<
    { found_at: Date; problem_code: string | null; problem_params: string | null }[]
  >`
    delete from feed_gap where feed = ${feed} and session = ${session} and from_sequence = ${gap.from}
    returning found_at, problem_code, problem_params::text as problem_params`;
  if (gap.from < filled.from) await insert({ from: gap.from, to: filled.from }, false);
  await insert(filled, true);
  if (filled.to < gap.to) await insert({ from: filled.to, to: gap.to }, false);
}

/** Notes why the open gaps of a feed cannot be filled for now. */
export async function recordGapProblem(
  sql: Sql,
  feed: string,
  gap: OpenGap,
  problem: ErrorFacts,
): Promise<void> {
  await sql`
    update feed_gap set problem_code = ${problem.code}, problem_params = ${sql.json(problem.params)}
    where feed = ${feed} and session = ${gap.session} and filled_at is null
      and from_sequence >= ${gap.from} and to_sequence <= ${gap.to}`;
}

/** Has another session begun under the name of this one, so that the sender means that one by it? */
export async function isNameTaken(sql: Sql, { feed, session }: FeedSession): Promise<boolean> {
  const name = wireNameOf(session);
  const generation = generationOf(session);
  const later = sessionLabel(name, generation + 1);
  const [row] = await sql<[{ isTaken: boolean }]>`
    select exists (select from feed where feed = ${feed} and session = ${name} and generation > ${generation})
      or exists (select from feed_journal where feed = ${feed} and session = ${later})
      or exists (select from feed_gap where feed = ${feed} and session = ${later}) as "isTaken"`;
  return row.isTaken;
}
