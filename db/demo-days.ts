/** Taking the days, messages and reports of the demonstration out again. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_COMMAND_LINE, BY_DAY_OPENER } from '../contracts/audit.ts';
import { numberArray, textArray } from './arrays.ts';
import { appendAudit } from './audit.ts';
import { auditDay } from './days.ts';
import { countRealFeeds, countRealFiles } from './demo.ts';

const REASON = 'the demonstration was cleared';

export type ClearedDays = {
  /** Business dates. */
  readonly days: readonly string[];
  readonly messages: number;
  /** Files of send/ that belong to nobody now, relative to the data directory. */
  readonly paths: readonly string[];
};

/**
 * Removes the days of the demonstration: those whose cut has nothing but its files and its feed, and that report nothing else; with their messages,
 * files, deliveries and answers, and what of it left at once. A day in which anything else was cut stays whole. A date
 * that would be opened again stays as one that was closed without anything to report. To be called before the files and
 * the feed are cleared, which tell what is the demonstration's; safe to repeat.
 */
export async function clearDemoDays(sql: Sql, demoFeed: string): Promise<ClearedDays> {
  return sql.begin(async (tx) => {
    const sources = await findDemoSources(tx, demoFeed);
    const days = await findDemoDays(tx, demoFeed, sources);
    const dates = textArray(days);
    const files = await tx<{ name: string; path: string }[]>`
      delete from outbox_file where business_date = any (${dates}::date[]) returning name, path`;
    await tx`delete from delivery where business_date = any (${dates}::date[])`;
    const messages = await tx<{ id: string }[]>`
      delete from outbound_message
      where business_date = any (${dates}::date[])
        or (business_date is null and source_id = any (${numberArray(sources)}::bigint[]))
      returning message_id as id`;
    const subjects = [...messages.map(({ id }) => id), ...files.map(({ name }) => name)];
    await tx`delete from outbound_answer where subject = any (${textArray(subjects)}::text[])`;
    await tx`
      delete from cftc_carried
      where source_id = any (${numberArray(sources)}::bigint[]) and business_date = any (${dates}::date[])`;
    for (const table of ['cftc_cut_file', 'cftc_cut_feed', 'cftc_day_input', 'cftc_day_version'])
      await tx`delete from ${tx(table)} where business_date = any (${dates}::date[])`;
    for (const date of days) await removeDay(tx, date);
    return { days, messages: messages.length, paths: files.map(({ path }) => path) };
  });
}

async function findDemoDays(
  tx: TransactionSql,
  demoFeed: string,
  sources: readonly number[],
): Promise<string[]> {
  const rows = await tx<{ date: string }[]>`
    with part as (
      select business_date as date, exists (
        select from tb_bat_file_mst as file join demo_file using (folder_date, sha256)
        where file.file_id = cut.file_id) as is_demo
      from cftc_cut_file as cut
      union all
      select business_date, feed = ${demoFeed} from cftc_cut_feed
    )
    select business_date::text as date from cftc_day as day
    where business_date in (select date from part group by date having bool_and(is_demo))
      -- What waited in earlier days is reported with a later one.
      and not exists (
        select from outbound_message as message where message.business_date = day.business_date
          and source_id <> all (${numberArray(sources)}::bigint[]))
    order by 1 for update`;
  return rows.map(({ date }) => date);
}

async function findDemoSources(tx: TransactionSql, demoFeed: string): Promise<number[]> {
  const rows = await tx<{ id: number }[]>`
    select source_id as id from ledger_source
    where feed = ${demoFeed} or file_id in (
      select file_id from tb_bat_file_mst join demo_file using (folder_date, sha256))`;
  return rows.map(({ id }) => id);
}

/** The opener opens every date since its first that is not there. */
async function removeDay(tx: TransactionSql, date: string): Promise<void> {
  const [before] = await tx<{ state: string; version: number }[]>`
    select state, version from cftc_day where business_date = ${date}`;
  const kept = await tx`
    update cftc_day set state = 'nil', closed_by = ${BY_COMMAND_LINE.actor}, closed_at = now(),
      closed_reason = ${REASON}, problem_code = null, problem_params = null
    where business_date = ${date} and exists (
      select from cftc_day as opened where opened.opened_by = ${BY_DAY_OPENER.actor} and opened.business_date <= ${date})`;
  if (kept.count === 0) await tx`delete from cftc_day where business_date = ${date}`;
  await auditDay(tx, 'day.removed', date, { by: BY_COMMAND_LINE, reason: REASON, before: before! });
}

/**
 * Removes all reports on demand that are made, where nothing but the demonstration is here: they can be about nothing
 * else. To be called before the files and the feed are cleared; safe to repeat.
 * @returns paths of files that belong to nobody now, relative to the data directory
 */
export async function clearDemoReports(sql: Sql, demoFeed: string): Promise<string[]> {
  if ((await countRealFiles(sql)) > 0 || (await countRealFeeds(sql, demoFeed)) > 0) return [];
  return sql.begin(async (tx) => {
    const rows = await tx<{ id: string; path: string | null; sha256: string | null }[]>`
      delete from report where state not in ('waiting', 'writing')
      returning report_id as id, path, sha256`;
    for (const { id, sha256 } of rows)
      await appendAudit(tx, {
        ...BY_COMMAND_LINE,
        action: 'report.removed',
        subject: id,
        before: { sha256 },
        reason: REASON,
      });
    return rows.flatMap(({ path }) => path ?? []);
  });
}
