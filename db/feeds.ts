/** Queries on feed: what feeds are to do, and up to where they are journalled. */
import { isDeepStrictEqual } from 'node:util';
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import { BY_STREAM_INGEST, type Actor, type AuditAction } from '../contracts/audit.ts';
import type { FeedIntent, FeedWanted } from '../contracts/feeds.ts';
import { sessionLabel } from '../domain/feeds/session.ts';
import { appendAudit } from './audit.ts';

export type FeedRow = {
  readonly feed: string;
  readonly settings: JSONValue;
  readonly wanted: FeedWanted;
  readonly wanted_reason: string | null;
  readonly wanted_by: string;
  readonly wanted_at: Date;
  readonly epoch: number;
  readonly session: string | null;
  readonly generation: number;
  readonly session_ended: boolean;
  /** The next login takes whatever session is on, although this one has not ended. */
  readonly takes_any: boolean;
  readonly next_sequence: number;
  readonly next_answer: number;
  /** Of a feed that was paused when it was removed. */
  readonly kept_pause: KeptPause | null;
};

/** `at`: ISO 8601, UTC. */
type KeptPause = { readonly by: string; readonly reason: string; readonly at: string };

/** A feed and what is to be known of it; secrets are no part of it. */
export type ConfiguredFeed = { readonly feed: string; readonly settings: JSONValue };

/** The session's name in the journal; null before the first. */
export const labelOf = ({ session, generation }: FeedRow): string | null =>
  session === null ? null : sessionLabel(session, generation);

export async function findFeed(sql: Sql | TransactionSql, feed: string): Promise<FeedRow | null> {
  const [row] = await sql<FeedRow[]>`select * from feed where feed = ${feed}`;
  return row ?? null;
}

/** Feeds that are not removed. */
export async function listWantedFeeds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ feed: string }[]>`select feed from feed where wanted <> 'removed' order by feed`;
  return rows.map(({ feed }) => feed);
}

export const intentOf = (row: FeedRow): FeedIntent => ({
  wanted: row.wanted,
  reason: row.wanted_reason,
  by: row.wanted_by,
  since: row.wanted_at.toISOString(),
});

/**
 * Brings the feeds in line with the configuration: new ones are entered, changed ones have their settings kept, those
 * that are gone are removed, which loses nothing of theirs. A pause stays, also that of a feed which comes back. Safe to
 * repeat.
 * @returns the feeds that are gone
 */
export async function reconcileFeeds(sql: Sql, configured: readonly ConfiguredFeed[]): Promise<string[]> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('feed.reconcile'))`;
    const known = await tx<FeedRow[]>`select * from feed order by feed for update`;
    const gone = known.filter(({ feed }) => !configured.some((one) => one.feed === feed));
    for (const { feed, settings } of configured) {
      const before = known.find((row) => row.feed === feed);
      if (!before || before.wanted === 'removed') await enterFeed(tx, feed, settings);
      else await keepSettings(tx, before, settings, BY_STREAM_INGEST, 'the configuration has changed');
    }
    const reason = 'it is not in the configuration any more';
    for (const row of gone)
      if (row.wanted !== 'removed')
        await want(tx, row, 'removed', { by: BY_STREAM_INGEST, reason, action: 'feed.removed' });
    return gone.map(({ feed }) => feed);
  });
}

async function enterFeed(tx: TransactionSql, feed: string, settings: JSONValue): Promise<void> {
  const by = BY_STREAM_INGEST;
  await tx`
    insert into feed (feed, settings, wanted_by) values (${feed}, ${tx.json(settings)}, ${by.actor})
    on conflict (feed) do update set
      settings = excluded.settings, kept_pause = null,
      wanted = case when feed.kept_pause is null then 'running' else 'paused' end,
      wanted_reason = feed.kept_pause ->> 'reason',
      wanted_by = coalesce(feed.kept_pause ->> 'by', excluded.wanted_by),
      wanted_at = coalesce((feed.kept_pause ->> 'at')::timestamptz, now())`;
  await appendAudit(tx, { ...by, action: 'feed.entered', subject: feed, after: settings });
}

/** Keeps the settings of a feed, and says so when they are others. */
async function keepSettings(
  tx: TransactionSql,
  { feed, settings: before }: FeedRow,
  settings: JSONValue,
  by: Actor,
  reason: string,
): Promise<void> {
  // Not their texts: the database has an order of its own for keys.
  if (isDeepStrictEqual(before, settings)) return;
  await tx`update feed set settings = ${tx.json(settings)} where feed = ${feed}`;
  await appendAudit(tx, {
    ...by,
    action: 'feed.reconfigured',
    subject: feed,
    before,
    after: settings,
    reason,
  });
}

/** Keeps settings on an operator's word. @returns null when there is no such feed */
export async function reconfigureFeed(
  sql: Sql,
  { feed, settings }: ConfiguredFeed,
  by: Actor,
  reason: string,
): Promise<FeedRow | null> {
  return sql.begin(async (tx) => {
    const [before] = await tx<FeedRow[]>`select * from feed where feed = ${feed} for no key update`;
    if (before) await keepSettings(tx, before, settings, by, reason);
    return findFeed(tx, feed);
  });
}

type Wish = { readonly by: Actor; readonly reason: string; readonly action: AuditAction };

async function want(tx: TransactionSql, row: FeedRow, wanted: FeedWanted, wish: Wish): Promise<void> {
  const isKept = wanted === 'removed' && row.wanted === 'paused';
  await tx`
    update feed set
      kept_pause = case when ${isKept} then json_build_object('by', wanted_by, 'reason', wanted_reason, 'at', wanted_at) end,
      wanted = ${wanted}, wanted_reason = ${wish.reason}, wanted_by = ${wish.by.actor}, wanted_at = now()
    where feed = ${row.feed}`;
  await appendAudit(tx, {
    ...wish.by,
    action: wish.action,
    subject: row.feed,
    before: { wanted: row.wanted },
    after: { wanted },
    reason: wish.reason,
  });
}

/** Pauses a feed. Safe to repeat: a feed that is paused stays so for its first reason. @returns null: no such feed */
export async function pauseFeed(sql: Sql, feed: string, by: Actor, reason: string): Promise<FeedRow | null> {
  return sql.begin(async (tx) => {
    const [row] = await tx<FeedRow[]>`select * from feed where feed = ${feed} for no key update`;
    if (row?.wanted === 'running') await want(tx, row, 'paused', { by, reason, action: 'feed.paused' });
    return findFeed(tx, feed);
  });
}

export type FeedResumption = {
  readonly by: Actor;
  readonly reason: string;
  /**
   * What the next login takes: the session that is read; whatever session is on, and if that is the one that is read, it
   * goes on; or the one of the same name, which is kept beside what had the name before, where the one that was read
   * began anew or has ended.
   */
  readonly session: 'same' | 'any' | 'restarted' | 'again';
};

/** Lets a feed run, paused or stopped. @returns null: no such feed */
export async function resumeFeed(
  sql: Sql,
  feed: string,
  { by, reason, session }: FeedResumption,
): Promise<FeedRow | null> {
  return sql.begin(async (tx) => {
    const [row] = await tx<FeedRow[]>`select * from feed where feed = ${feed} for no key update`;
    if (!row || row.wanted === 'removed') return row ?? null;
    await tx`update feed set takes_any = ${session === 'any'} where feed = ${feed}`;
    if (session === 'restarted')
      // Once: behind it, nothing of the new one has been read.
      await tx`
        update feed set generation = generation + 1, next_sequence = 1, next_answer = 1, session_ended = false
        where feed = ${feed} and next_sequence > 1`;
    if (session === 'again')
      await tx`
        update feed set generation = generation + 1, next_sequence = 1, next_answer = 1, session_ended = false
        where feed = ${feed} and session_ended and session is not null`;
    await want(tx, row, 'running', { by, reason, action: 'feed.resumed' });
    return findFeed(tx, feed);
  });
}

/** Makes the caller the only attempt that may write for a feed. @returns null when the feed is not to be read */
export async function claimFeed(sql: Sql, feed: string): Promise<FeedRow | null> {
  const [row] = await sql<FeedRow[]>`
    update feed set epoch = epoch + 1 where feed = ${feed} and wanted = 'running' returning *`;
  return row ?? null;
}

/** An attempt at reading a feed: the newest epoch is the only one that may write. */
export type FeedAttempt = { readonly feed: string; readonly epoch: number };

/**
 * Begins a session behind another one. A name that was used before (a sender may call its sessions by the days of the
 * week) gets a generation of its own.
 * @returns the session's name in the journal; null when another attempt owns the feed
 */
export async function beginSession(
  sql: Sql,
  { feed, epoch }: FeedAttempt,
  session: string,
): Promise<string | null> {
  return sql.begin(async (tx) => {
    const owned = await tx`select from feed where feed = ${feed} and epoch = ${epoch} for no key update`;
    if (owned.length === 0) return null;
    let generation = 1;
    while (await isSessionKnown(tx, feed, sessionLabel(session, generation))) generation += 1;
    await tx`
      update feed set session = ${session}, generation = ${generation}, session_ended = false, takes_any = false,
        next_sequence = 1, next_answer = 1
      where feed = ${feed}`;
    const label = sessionLabel(session, generation);
    await appendAudit(tx, {
      ...BY_STREAM_INGEST,
      action: 'feed.session-began',
      subject: feed,
      after: { session: label },
    });
    return label;
  });
}

async function isSessionKnown(tx: TransactionSql, feed: string, label: string): Promise<boolean> {
  const [row] = await tx<[{ isKnown: boolean }]>`
    select exists (select from feed_journal where feed = ${feed} and session = ${label})
      or exists (select from feed_gap where feed = ${feed} and session = ${label}) as "isKnown"`;
  return row.isKnown;
}

/** The session that is on is the one that is read: it goes on. @returns false when another attempt owns the feed */
export async function keepSession(sql: Sql, { feed, epoch }: FeedAttempt): Promise<boolean> {
  const updated = await sql`update feed set takes_any = false where feed = ${feed} and epoch = ${epoch}`;
  return updated.count === 1;
}

/** Notes that nothing follows in the session that is read. @returns false when another attempt owns the feed */
export async function endSession(sql: Sql, { feed, epoch }: FeedAttempt, next: number): Promise<boolean> {
  const updated = await sql`
    update feed set session_ended = true where feed = ${feed} and epoch = ${epoch} and next_sequence = ${next}`;
  return updated.count === 1;
}

export type FeedProgress = {
  /** Journalled from here, to there (not included). */
  readonly from: number;
  readonly to: number;
  /** The next message whose sender is to be told. */
  readonly nextAnswer: number;
};

/**
 * Moves the checkpoint of a feed in the transaction of its messages.
 * @returns false when another attempt owns the feed or the place is not the expected one: abort the transaction
 */
export async function advanceFeed(
  tx: TransactionSql,
  { feed, epoch }: FeedAttempt,
  { from, to, nextAnswer }: FeedProgress,
): Promise<boolean> {
  const updated = await tx`
    update feed set next_sequence = ${to}, next_answer = ${nextAnswer}
    where feed = ${feed} and epoch = ${epoch} and next_sequence = ${from}`;
  return updated.count === 1;
}
