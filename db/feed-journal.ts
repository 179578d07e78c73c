/** Queries on feed_journal: every message of a feed as it came, with its verdict. Rows are only ever added. */
import { isUtf8 } from 'node:buffer';
import type { Sql, TransactionSql } from 'postgres';
import type { Issue, Verdict } from '../contracts/issues.ts';
import { joinTexts, numberArray, SEPARATOR, textArray } from './arrays.ts';

/** What a verdict depends on beside the message. */
export type JudgementBasis = {
  readonly ruleSetVersion: string;
  readonly registerVersion: string;
  /** Day of submission, YYYY-MM-DD. */
  readonly submittedOn: string;
};

/** The number of a basis, which is entered when it is new. */
export async function enterBasis(sql: Sql, basis: JudgementBasis): Promise<number> {
  const { ruleSetVersion, registerVersion, submittedOn } = basis;
  const find = () => sql<{ id: number }[]>`
    select basis_id as id from feed_basis
    where rule_set_version = ${ruleSetVersion} and register_version = ${registerVersion}
      and submitted_on = ${submittedOn}`;
  const [known] = await find();
  if (known) return known.id;
  await sql`
    insert into feed_basis (rule_set_version, register_version, submitted_on)
    values (${ruleSetVersion}, ${registerVersion}, ${submittedOn}) on conflict do nothing`;
  return (await find())[0]!.id;
}

/** A message that is to be journalled. */
export type JournalEntry = {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly bytes: Uint8Array;
  readonly verdict: Verdict;
  readonly basisId: number;
};

/** A session of a feed, by its name in the journal. */
export type FeedSession = { readonly feed: string; readonly session: string };

const MS_PER_S = 1000;

/**
 * Adds messages to the journal, in one statement.
 * @throws PostgresError 23505 when one is journalled already
 */
export async function appendJournal(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  entries: readonly JournalEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  // One value for all bytes, and where each message begins in it: an array of byte strings costs more to write down.
  let at = 1;
  const offsets = entries.map(({ bytes }) => {
    const offset = at;
    at += bytes.length;
    return offset;
  });
  const issues = entries.map(({ verdict }) =>
    verdict.issues.length === 0 ? null : JSON.stringify(verdict.issues),
  );
  await tx`
    with sent as materialized (select ${bytesOf(tx, Buffer.concat(entries.map(({ bytes }) => bytes)))} as bytes)
    insert into feed_journal
      (feed, session, sequence, received_at, raw, verdict, record_key, issues, basis_id)
    select ${feed}, ${session}, sequence, to_timestamp(received_at),
      substring((select bytes from sent) from start for length),
      verdict, record_key, issues::json, basis_id
    from unnest(
      ${numberArray(entries.map(({ sequence }) => sequence))}::bigint[],
      ${numberArray(entries.map(({ receivedAt }) => receivedAt / MS_PER_S))}::float8[],
      ${numberArray(offsets)}::integer[],
      ${numberArray(entries.map(({ bytes }) => bytes.length))}::integer[],
      ${textArray(entries.map(({ verdict }) => (verdict.accepted ? 'accepted' : 'rejected')))}::text[],
      ${textArray(entries.map(({ verdict }) => journalledKey(verdict.key)))}::text[],
      string_to_array(${joinTexts(issues)}, ${SEPARATOR}, ''),
      ${numberArray(entries.map(({ basisId }) => basisId))}::integer[]
    ) as new (sequence, received_at, start, length, verdict, record_key, issues, basis_id)`;
}

/** Bytes as a value: as text where they are some, because the driver would write two characters for each byte. */
const bytesOf = (tx: TransactionSql, bytes: Buffer) =>
  isUtf8(bytes) && !bytes.includes(0)
    ? tx`convert_to(${bytes.toString('utf8')}, 'UTF8')`
    : tx`${bytes}::bytea`;

/** A key is there to be looked for: what the database cannot hold is found by the bytes alone. */
export const journalledKey = (key: string | null): string | null =>
  key === null || key.includes('\0') ? null : key.toWellFormed();

export type JournalRow = {
  readonly sequence: number;
  readonly received_at: Date;
  readonly raw: Buffer;
  readonly verdict: 'accepted' | 'rejected';
  readonly record_key: string | null;
  readonly issues: Issue[] | null;
  readonly basis_id: number;
};

/** Messages of these numbers that are journalled, in their order. */
export async function readJournal(
  sql: Sql | TransactionSql,
  { feed, session }: FeedSession,
  sequences: readonly number[],
): Promise<JournalRow[]> {
  return sql<JournalRow[]>`
    select sequence, received_at, raw, verdict, record_key, issues, basis_id from feed_journal
    where feed = ${feed} and session = ${session} and sequence = any(${sequences as number[]}::bigint[])
    order by sequence`;
}

/** Up to `limit` messages from a number on, in their order. */
export async function readJournalFrom(
  sql: Sql | TransactionSql,
  { feed, session }: FeedSession,
  from: number,
  limit: number,
): Promise<JournalRow[]> {
  return sql<JournalRow[]>`
    select sequence, received_at, raw, verdict, record_key, issues, basis_id from feed_journal
    where feed = ${feed} and session = ${session} and sequence >= ${from} order by sequence limit ${limit}`;
}

/** A message that came again under its number with other content: kept beside the one that stands. */
export async function keepAltered(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  message: Pick<JournalEntry, 'sequence' | 'receivedAt' | 'bytes'>,
): Promise<boolean> {
  const { sequence, receivedAt, bytes } = message;
  const raw = Buffer.from(bytes);
  const added = await tx`
    insert into feed_altered (feed, session, sequence, received_at, raw)
    select ${feed}, ${session}, ${sequence}, to_timestamp(${receivedAt / MS_PER_S}), ${raw}
    where not exists (
      select from feed_altered as known
      where known.feed = ${feed} and known.session = ${session} and known.sequence = ${sequence} and known.raw = ${raw})`;
  return added.count === 1;
}
