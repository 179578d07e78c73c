/** Rows of feeds as stream ingest leaves them. */
import type { FeedState, FeedWanted } from '../../contracts/feeds.ts';
import type { Issue } from '../../contracts/issues.ts';
import { NO_LATENCIES } from '../../domain/feeds/latency.ts';
import type { Sql } from '../../platform/postgres.ts';

export type StoredMessage = {
  readonly raw: Uint8Array | string;
  readonly verdict?: 'accepted' | 'rejected';
  readonly issues?: readonly Issue[];
};

/** Enters a feed whose session has these messages, from number 1 on; null: a number that did not come. */
export async function storeFeed(
  sql: Sql,
  feed: string,
  messages: readonly (StoredMessage | null)[] = [],
  {
    wanted = 'running',
    session = 'S1',
    generation = 1,
  }: { wanted?: FeedWanted; session?: string; generation?: number } = {},
): Promise<void> {
  await sql`
    insert into feed (feed, settings, wanted, wanted_reason, wanted_by, session, generation, next_sequence)
    values (${feed}, ${sql.json({ port: 1 })}, ${wanted}, ${wanted === 'running' ? null : 'a reason'}, 'somebody',
      ${session}, ${generation}, ${messages.length + 1})`;
  const [basis] = await sql<{ id: number }[]>`
    insert into feed_basis (rule_set_version, register_version, submitted_on)
    values ('3.2', ${feed}, '2026-11-21') returning basis_id as id`;
  const label = generation === 1 ? session : `${session}#${generation}`;
  for (const [at, message] of messages.entries()) {
    if (message === null) {
      await sql`
        insert into feed_gap (feed, session, from_sequence, to_sequence) values (${feed}, ${label}, ${at + 1}, ${at + 2})`;
      continue;
    }
    const { raw, verdict = 'accepted', issues } = message;
    await sql`
      insert into feed_journal (feed, session, sequence, received_at, raw, verdict, issues, basis_id)
      values (${feed}, ${label}, ${at + 1}, now(), ${Buffer.from(raw)}, ${verdict},
        ${issues ? JSON.stringify(issues) : null}::text::json, ${basis!.id})`;
  }
}

/** Says how a feed is doing, as its reader does. */
export async function storeStatus(
  sql: Sql,
  feed: string,
  state: FeedState,
  { ageSeconds = 0, problem = null as { code: string; params: Record<string, string> } | null } = {},
): Promise<void> {
  await sql`
    insert into feed_status
      (feed, epoch, state, problem_code, problem_params, lag_messages, lag_ms, p50_ms, p99_ms, rate, seen_at)
    values (${feed}, 1, ${state}, ${problem?.code ?? null}, ${problem ? sql.json(problem.params) : null}, 7, 1500, 2, 9,
      20, now() - make_interval(secs => ${ageSeconds}))
    on conflict (feed) do update set
      state = excluded.state, problem_code = excluded.problem_code, problem_params = excluded.problem_params,
      seen_at = excluded.seen_at`;
}

/** Keeps the latencies of this minute or the one before: how many messages were at most as slow as the first bounds. */
export async function storeLatencies(
  sql: Sql,
  feed: string,
  minute: Date,
  ...first: number[]
): Promise<void> {
  const counts = NO_LATENCIES.counts.map((_, at) => first[at] ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  await sql`
    insert into feed_latency (feed, minute, counts, sum_ms, max_ms)
    values (${feed}, date_trunc('minute', ${minute}::timestamptz), ${counts}::bigint[], ${total}, 1)
    on conflict (feed, minute) do update set counts = excluded.counts, sum_ms = excluded.sum_ms`;
}
