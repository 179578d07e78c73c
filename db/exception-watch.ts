/** When causes came and went, and what was told of them. */
import type { Sql, TransactionSql } from 'postgres';
import { TOLD_AGAIN, type AlertEvent } from '../contracts/exception-watch.ts';
import type { ExceptionCause, ExceptionKind } from '../contracts/exceptions.ts';
import { joinTexts, SEPARATOR, textArray } from './arrays.ts';

/**
 * Notes what is there now. What was not there before has come once more; what is gone has gone, and is told of where its
 * coming was, or may have been.
 * @param settled keys of causes that somebody's word settled: they are gone, but not by themselves
 * @param cut kinds of which not all are in `causes`: none of them is held to be gone
 */
export async function recordSight(
  sql: Sql,
  causes: readonly ExceptionCause[],
  { settled, cut }: { readonly settled: ReadonlySet<string>; readonly cut: readonly ExceptionKind[] },
): Promise<void> {
  const present = causes.filter(({ key }) => !settled.has(key));
  await sql.begin(async (tx) => {
    await recordPresent(tx, present);
    await tx`
      update exception_note set cleared_at = now(), attempts = 0, next_try_at = now(), problem = null,
        told_come = appearance,
        told_gone = case
          when key = any (${textArray([...settled])}::text[]) or (told_come < appearance and attempts = 0)
          then appearance else told_gone end
      where cleared_at is null and appearance > 0
        and key <> all (${textArray(present.map(({ key }) => key))}::text[])
        and kind <> all (${textArray(cut)}::text[])`;
  });
}

/** What has not changed is written once a minute: nobody needs to know it closer. */
async function recordPresent(tx: TransactionSql, causes: readonly ExceptionCause[]): Promise<void> {
  if (causes.length === 0) return;
  await tx`
    insert into exception_note as note
      (key, kind, first_seen_at, last_seen_at, appearance, facts, next_try_at)
    select key, kind, now(), now(), 1, facts::json, now()
    from unnest(
      ${textArray(causes.map(({ key }) => key))}::text[], ${textArray(causes.map(({ kind }) => kind))}::text[],
      string_to_array(${joinTexts(causes.map((cause) => JSON.stringify(cause)))}, ${SEPARATOR})
    ) as seen (key, kind, facts)
    order by key
    on conflict (key) do update set
      last_seen_at = now(), facts = excluded.facts, kind = excluded.kind, cleared_at = null,
      first_seen_at = case when ${isNew(tx)} then now() else note.first_seen_at end,
      appearance = case when ${isNew(tx)} then note.appearance + 1 else note.appearance end,
      attempts = case when ${isNew(tx)} then 0 else note.attempts end,
      next_try_at = case when ${isNew(tx)} then now() else note.next_try_at end,
      owner = case when note.cleared_at is null then note.owner end,
      owner_role = case when note.cleared_at is null then note.owner_role end,
      taken_at = case when note.cleared_at is null then note.taken_at end
    where ${isNew(tx)} or note.last_seen_at < now() - interval '1 minute'
      or note.facts::text is distinct from excluded.facts::text`;
}

const isNew = (tx: TransactionSql) => tx`(note.cleared_at is not null or note.appearance = 0)`;

export type DueAlert = {
  readonly key: string;
  readonly appearance: number;
  readonly event: AlertEvent;
  /** Which one of "more" it is of this appearance, from 1. */
  readonly telling: number;
  /** As it was seen last. */
  readonly cause: ExceptionCause;
  readonly at: Date;
  /** This one included. */
  readonly attempts: number;
};

/**
 * Takes the alert that has waited longest: nobody else gets it before its time has come again. A taker that dies leaves it
 * to the next.
 * @param pauseMs how long until it is tried again when this try fails, doubled with every try, up to `maxPauseMs`
 * @returns null when none is due
 */
export async function takeAlert(
  sql: Sql,
  { pauseMs, maxPauseMs }: { readonly pauseMs: number; readonly maxPauseMs: number },
): Promise<DueAlert | null> {
  const [row] = await sql<DueAlert[]>`
    update exception_note as note set
      attempts = attempts + 1,
      next_try_at = clock_timestamp()
        + least(${maxPauseMs}::float8, ${pauseMs}::float8 * 2 ^ least(attempts, 20)) * interval '1 millisecond'
    where key = (
      select key from exception_note
      where next_try_at <= clock_timestamp() and facts is not null and ${isUntold(sql)}
      order by next_try_at, key limit 1 for update skip locked)
    returning key, appearance, told_more + 1 as telling, facts as cause, attempts,
      case when cleared_at is not null then 'gone' when told_come < appearance then 'come' else 'more' end as event,
      case when cleared_at is not null then cleared_at when told_come < appearance then first_seen_at
        else last_seen_at end as at`;
  return row ?? null;
}

/** The count is read from the text: words of others among the facts may hold U+0000, which `->>` does not stand. */
const isUntold = (sql: Sql) => sql`
  case when cleared_at is not null then told_gone < appearance
    when told_come < appearance then true
    else substring(facts::text from '"count":([0-9]+)')::bigint >= ${TOLD_AGAIN.times}::integer * told_count
      and told_at < clock_timestamp() - ${TOLD_AGAIN.afterMs}::float8 * interval '1 millisecond' end`;

/** Notes that an alert was taken by the other side: it is never sent again. */
export async function recordTold(
  sql: Sql,
  { key, appearance, event, telling, cause }: DueAlert,
): Promise<void> {
  await (event === 'gone'
    ? sql`
        update exception_note set told_gone = greatest(told_gone, ${appearance}), problem = null, attempts = 0
        where key = ${key}`
    : sql`
        update exception_note set told_come = greatest(told_come, ${appearance}), problem = null,
          told_count = ${cause.count}, told_at = clock_timestamp(), told_more = ${event === 'more' ? telling : 0},
          attempts = case when appearance = ${appearance} and cleared_at is null then 0 else attempts end
        where key = ${key}`);
}

/** Notes why an alert could not be sent; it is tried again in its time. */
export async function recordUntold(sql: Sql, { key }: DueAlert, problem: string): Promise<void> {
  await sql`update exception_note set problem = ${problem} where key = ${key}`;
}
