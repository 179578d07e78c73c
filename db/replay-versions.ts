/** The cuts that a replay goes through, as they were made, and what others have decided about their messages since. */
import type { Sql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import { findVersion, requireDay, type DayVersionRow } from './days.ts';

/**
 * The version of a day that is to be made again.
 * @param number null: the current one
 * @throws TainError day.not-found, day.version-unknown, day.not-written
 */
export async function requireWritten(sql: Sql, date: string, number: number | null): Promise<DayVersionRow> {
  const day = await requireDay(sql, date);
  const wanted = number ?? day.version;
  const version = await findVersion(sql, { business_date: date, version: wanted });
  if (number !== null && version === null && number !== day.version)
    throw new TainError('day.version-unknown', { date, version: number, last: day.version });
  const [written] = await sql<[{ files: number }]>`
    select count(*) as files from outbox_file where business_date = ${date} and version = ${wanted}`;
  if (version === null || written.files === 0) {
    const state = wanted === day.version ? day.state : 'given up';
    throw new TainError('day.not-written', { date, version: wanted, state });
  }
  return version;
}

/** All that was cut up to a version, itself the last, in the order of the cuts. */
export async function listCutsUpTo(sql: Sql, { cut_at }: DayVersionRow): Promise<DayVersionRow[]> {
  return sql<DayVersionRow[]>`
    select * from stored_cftc_day_version where cut_at <= ${cut_at} order by cut_at, business_date, version`;
}

/** Enters days and their versions as they were before any message was made. */
export async function enterCuts(sql: Sql, versions: readonly DayVersionRow[]): Promise<void> {
  await sql`
    insert into cftc_day (business_date, version, state, opened_by, opened_at)
    select business_date, version, 'cut', opened_by, opened_at from stored_cftc_day`;
  for (const { business_date, version } of versions)
    await sql`
      insert into cftc_day_version (business_date, version, cut_at, cut_by, submitter, rule_set_version,
        register_version, catalogue_hash)
      select business_date, version, cut_at, cut_by, submitter, rule_set_version, register_version, catalogue_hash
      from stored_cftc_day_version where business_date = ${business_date} and version = ${version}`;
}

/** Takes back the messages of earlier versions of a day, as whoever opened it again did. */
export async function takeBackEarlier(
  sql: Sql,
  { business_date: date, version }: DayVersionRow,
): Promise<void> {
  if (version === 1) return;
  await sql`delete from outbound_message where business_date = ${date} and day_version < ${version}`;
  await sql`delete from cftc_carried where business_date = ${date}`;
  await sql`update cftc_carried set settled_on = null, outcome = null where settled_on = ${date}`;
}

/**
 * Lets leave with a version what left with it: others decided what is refused, held, let go and sent again. Of its own
 * messages all but those that waited, when they were made, for a NEWT of another day; of earlier ones what was let go or
 * sent again by then. What those say is computed, but for the terms that a NEWT took over when it was sent again.
 */
export async function followDecisions(
  sql: Sql,
  { business_date: date, version }: DayVersionRow,
): Promise<void> {
  await sql`
    update outbound_message as own set leaves_on = null, leaves_version = null
    from stored_outbound_message as known
    where known.message_id = own.message_id and own.business_date = ${date} and own.day_version = ${version}
      and (known.leaves_on, known.leaves_version) is distinct from (${date}::date, ${version}::integer)
      and (known.leaves_on is null and known.state = 'held' or exists (
        select from stored_outbound_message as refused
        where refused.subject_key = known.subject_key and refused.subject_kind = known.subject_kind
          and refused.part = 45 and refused.action = 'NEWT' and refused.business_date <> ${date}
          and refused.state in ('refused', 'resubmitted', 'withdrawn') and refused.reported_at < known.reported_at
          and refused.answered_at <= (
            select max(written_at) from stored_outbox_file where business_date = ${date} and version = ${version})))`;
  await sql`
    update outbound_message as earlier set leaves_on = ${date}, leaves_version = ${version}
    from stored_outbound_message as known
    where known.message_id = earlier.message_id and known.leaves_on = ${date} and known.leaves_version = ${version}
      and (earlier.business_date, earlier.day_version) <> (${date}::date, ${version}::integer)`;
  await sql`
    insert into outbound_message (message_id, part, kind, asset_class, source_id, position, attempt, subject_key,
      subject_kind, action, business_date, day_version, leaves_on, leaves_version, ordinal, submitter, reported_at,
      elements, resubmits)
    select known.message_id, 45, first.kind, first.asset_class, first.source_id, first.position, known.attempt,
      first.subject_key, first.subject_kind, first.action, first.business_date, first.day_version, ${date}, ${version},
      first.ordinal, first.submitter, first.reported_at, known.elements, known.resubmits
    from stored_outbound_message as known
    join stored_ledger_source as named on named.source_id = known.source_id
    join ledger_source as source on source.name = named.name
    join outbound_message as first on first.source_id = source.source_id and first.position = known.position
      and first.part = 45 and first.attempt = 1
    where known.part = 45 and known.attempt > 1 and known.leaves_on = ${date}
      and known.leaves_version = ${version}`;
}
