/** What the ledger knows before events are applied. Subjects are locked first, so that nothing of it changes meanwhile. */
import type { Sql, TransactionSql } from 'postgres';
import type { Part } from '../domain/cftc/action-events.ts';
import { placeOf, sourceName, type EventSource } from '../domain/swaps/event-source.ts';
import type { Account, Claim } from '../domain/swaps/ledger-account.ts';
import { readState } from '../domain/swaps/state-text.ts';
import { readStoredEvent, type Subject, type SwapEvent } from '../domain/swaps/swap-event.ts';
import { subjectId } from './ledger-subjects.ts';
import { hexArray, numberArray, textArray } from './arrays.ts';

/**
 * Lets one transaction at a time change a subject. A lock by name rather than on the row: a new swap has none, and a
 * row that is locked has to be written for it. Taken in one order by everybody, so that none waits for another in turn.
 */
export async function lockSubjects(tx: TransactionSql, subjects: readonly Subject[]): Promise<void> {
  await tx`
    select count(pg_advisory_xact_lock(id)) from (
      select distinct hashtextextended(key, 42) as id from unnest(${textArray(subjects.map(subjectId))}::text[]) as key order by id
    ) as ordered`;
}

/**
 * Takes those of some subjects that nobody changes now, without waiting for any.
 * @returns their names, as `subjectId` gives them
 */
export async function tryLockSubjects(
  tx: TransactionSql,
  subjects: readonly Subject[],
): Promise<ReadonlySet<string>> {
  const rows = await tx<{ id: string }[]>`
    select key as id from unnest(${textArray(subjects.map(subjectId))}::text[]) as key
    where pg_try_advisory_xact_lock(hashtextextended(key, 42))`;
  return new Set(rows.map(({ id }) => id));
}

/** The number of a source, which is entered when it is new. */
export async function enterSource(tx: TransactionSql, source: EventSource): Promise<number> {
  const name = sourceName(source);
  const [fileId, revision] = source.kind === 'file' ? [source.fileId, source.revision] : [null, null];
  const [feed, session] = source.kind === 'feed' ? [source.feed, source.session] : [null, null];
  // One statement, so that what follows can be sent without waiting for the answer.
  const find = () => tx<{ id: number }[]>`
    with known as (select source_id from ledger_source where name = ${name}), entered as (
      insert into ledger_source (name, file_id, revision, feed, session)
      select ${name}, ${fileId}::bigint, ${revision}::integer, ${feed}, ${session}
      where not exists (select from known)
      on conflict (name) do nothing returning source_id)
    select source_id as id from known union all select source_id from entered`;
  // Entered by somebody else meanwhile, it is seen by the next statement.
  return ((await find())[0] ?? (await find())[0]!).id;
}

// Rows are looked up one by one, whatever the planner knows of the size of a table: a plan that reads all of a table that
// is small is kept while it grows.

/** Content hashes, in hex, of the events of these positions that are in the history already. */
export async function readKnown(
  tx: TransactionSql,
  source: EventSource,
  positions: readonly number[],
): Promise<Map<number, string>> {
  const rows = await tx<{ position: number; hash: string }[]>`
    select known.position, encode(content_hash, 'hex') as hash
    from unnest(${numberArray(positions)}::bigint[]) as wanted (position)
    cross join lateral (
      select position, content_hash from tb_on_hist as hist
      where hist.source_id = (select source_id from ledger_source where name = ${sourceName(source)})
        and hist.position = wanted.position
      limit 1
    ) as known`;
  return new Map(rows.map(({ position, hash }) => [position, hash]));
}

/** What is kept of these subjects, by `subjectId`. */
export async function readAccounts(
  sql: Sql | TransactionSql,
  subjects: readonly Subject[],
): Promise<Map<string, Account>> {
  const rows = await sql<
    (Subject & { state: string; time: string; eventTime: string; rank: number; contentHash: string })[]
  >`
    select key, kind, known.* from ${wanted(sql, subjects)} as wanted (key, kind)
    cross join lateral (
      select state, fold_time as time, event_time as "eventTime", fold_rank as rank,
        encode(content_hash, 'hex') as "contentHash"
      from tb_on_mst where subject_key = key and subject_kind = kind limit 1
    ) as known`;
  return new Map(
    rows.map(({ kind, key, state, ...last }) => [
      subjectId({ kind, key }),
      { subject: readState(kind, state), last },
    ]),
  );
}

/** Who holds these event keys, by the hash of the key in hex. */
export async function readClaims(
  tx: TransactionSql,
  keyHashes: readonly string[],
): Promise<Map<string, Claim>> {
  const rows = await tx<{ key: string; hash: string; name: string; position: number }[]>`
    select encode(key_hash, 'hex') as key, encode(content_hash, 'hex') as hash, name, position
    from unnest(${hexArray(keyHashes)}::bytea[]) as wanted
    cross join lateral (select * from event_key where key_hash = wanted limit 1) as claim
    join ledger_source using (source_id)`;
  return new Map(
    rows.map(({ key, hash, name, position }) => [key, { contentHash: hash, place: placeOf(name, position) }]),
  );
}

/** An event of the history, and what became of it so far. */
export type StoredEvent = {
  readonly subject: Subject;
  readonly event: SwapEvent;
  readonly sourceId: number;
  readonly position: number;
  readonly revision: number;
  readonly outcome: string;
  /** JSON; null when nothing was said. */
  readonly issues: string | null;
};

type HistoryRow = Subject & {
  readonly sourceId: number;
  readonly position: number;
  readonly name: string;
  readonly part: Part | null;
  readonly hash: string;
  readonly elements: string;
  readonly revision: number;
  readonly outcome: string;
  readonly issues: string | null;
};

/** All events of these subjects, in no order. */
export async function readHistory(
  sql: Sql | TransactionSql,
  subjects: readonly Subject[],
): Promise<StoredEvent[]> {
  const rows = await sql<HistoryRow[]>`
    select key, kind, hist.source_id as "sourceId", hist.position, name, part,
      encode(content_hash, 'hex') as hash, elements, latest.*
    from ${wanted(sql, subjects)} as wanted (key, kind)
    cross join lateral (
      select * from tb_on_hist where subject_key = key and subject_kind = kind offset 0
    ) as hist
    join ledger_source using (source_id)
    cross join lateral (
      select revision, outcome, issues::text as issues from event_outcome as o
      where o.source_id = hist.source_id and o.position = hist.position order by o.revision desc limit 1
    ) as latest`;
  return rows.map(({ kind, key, name, part, hash, elements, ...row }) => {
    const place = placeOf(name, row.position);
    const event = readStoredEvent({ text: elements, place, part, contentHash: hash });
    return { subject: { kind, key }, event, ...row };
  });
}

const wanted = (sql: Sql | TransactionSql, subjects: readonly Subject[]) => sql`
  unnest(
    ${textArray(subjects.map(({ key }) => key))}::text[], ${textArray(subjects.map(({ kind }) => kind))}::text[])`;
