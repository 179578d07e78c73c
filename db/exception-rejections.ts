/**
 * Rejected records, gathered by the kind of mistake: a day can break two hundred rules, and one person mends what is
 * missing, misspelt or unreadable. Which rules, files and records stands behind each cause.
 */
import type { Sql } from 'postgres';
import { MAX_ITEMS, REJECTED_DAYS, type ExceptionItem, type Found } from '../contracts/exceptions.ts';
import { isMended } from './corrections.ts';
import { fileIdOf } from './file-audit.ts';

/** Rejected records of one file or feed that are looked at; of more, that many are counted, and it is said. */
const EXAMINED_RECORDS = 10_000;
/** Rules that a cause names. */
const NAMED_RULES = 3;

/**
 * A row for each rule that a record breaks. Of files: published in the last days, where no accepted record has taken the
 * place of the rejected one. Of feeds: journalled in the last days.
 */
const brokenRules = (sql: Sql) => sql`
  select folder_date as date, 'file' as kind, file_name as name, sha256, null::text as session, line_no as line,
    rejected.record_no as record, finished_at as since, rule
  from tb_bat_file_mst as file
  cross join lateral (
    select record_no, line_no, issues from tb_bat_file_hist as record
    where record.folder_date = file.folder_date and record.file_id = file.file_id
      and record.revision = file.revision and record.verdict = 'rejected'
      and not ${isMended(sql)}
    limit ${EXAMINED_RECORDS}
  ) as rejected
  cross join lateral (
    select distinct issue ->> 'ruleId' as rule from jsonb_array_elements(rejected.issues) as issue
    where issue ->> 'severity' = 'error'
  ) as broken
  where file.state = 'published' and file.rejected_count > 0
    and file.folder_date >= current_date - ${REJECTED_DAYS}::integer
  union all
  select (received_at at time zone 'UTC')::date, 'feed', feed, null, session, null, sequence, received_at, rule
  from (
    select feed, session, sequence, received_at, issues from feed_journal
    where verdict = 'rejected' and received_at >= current_date - ${REJECTED_DAYS}::integer
    order by received_at desc limit ${EXAMINED_RECORDS}
  ) as journal
  cross join lateral (
    select distinct issue ->> 'ruleId' as rule from json_array_elements(journal.issues) as issue
    where issue ->> 'severity' = 'error'
  ) as broken`;

const FAMILY = "split_part(rule, '.', 1)";

type RejectedRow = {
  readonly family: string;
  /** Null: of all rules of the family. */
  readonly rule: string | null;
  readonly count: number;
  readonly sources: number;
  readonly date: string;
  readonly since: Date | null;
  readonly newest: Date | null;
  readonly example: string;
};

/**
 * What was rejected, one cause per kind of mistake.
 * @param dueOf the earliest time at which a record of a day is owed, an instant; null where none of ours owes anything
 */
export async function findRejectedRecords(sql: Sql, dueOf: (date: string) => number | null): Promise<Found> {
  const rows = await sql<RejectedRow[]>`
    select ${sql.unsafe(FAMILY)} as family, rule, count(distinct (kind, name, sha256, session, record)) as count,
      count(distinct (kind, name, sha256)) as sources, min(date)::text as date, min(since) as since,
      max(since) as newest, (array_agg(case when kind = 'file' then name || ':' || line else name || '@' || session || '/' || record end
        order by since, name, record))[1] as example
    from (${brokenRules(sql)}) as broken
    group by grouping sets ((${sql.unsafe(FAMILY)}), (${sql.unsafe(FAMILY)}, rule))
    order by count desc, rule`;
  const causes = rows
    .filter(({ rule }) => rule === null)
    .map(({ family, count, sources, date, since, newest, example }) => {
      const rules = rows.filter((row) => row.family === family && row.rule !== null);
      const named = rules.slice(0, NAMED_RULES).map((row) => `${row.rule} (${row.count})`);
      return {
        kind: 'rejected-records' as const,
        key: `rejected:${family}`,
        count,
        since: since?.getTime() ?? null,
        newest: newest?.getTime() ?? null,
        deadline: dueOf(date),
        params: {
          ...{ family, sources, example, rules: named.join(', '), otherRules: rules.length - named.length },
          atLeast: count >= EXAMINED_RECORDS ? 1 : 0,
        },
        links: [`/v1/exceptions/rejected%3A${family}/items`, '/v1/files'],
      };
    });
  return { causes, total: causes.length };
}

/** The rules of one kind of mistake by file or feed, the most frequent first. */
export async function listRejected(sql: Sql, family: string): Promise<ExceptionItem[]> {
  const rows = await sql<
    {
      rule: string;
      kind: 'file' | 'feed';
      name: string;
      date: string;
      sha256: string | null;
      line: number | null;
      record: number;
      session: string | null;
      count: number;
      since: Date | null;
    }[]
  >`
    select rule, kind, name, date::text as date, sha256, (array_agg(session order by since, record))[1] as session,
      min(line) as line, min(record) as record, count(*) as count, min(since) as since
    from (${brokenRules(sql)}) as broken where ${sql.unsafe(FAMILY)} = ${family}
    group by rule, kind, name, date, sha256 order by count desc, rule, date, name limit ${MAX_ITEMS + 1}`;
  return rows.map(({ rule, kind, name, date, sha256, session, line, record, count, since }) => ({
    name: rule,
    about: kind === 'file' ? `${name}:${line}` : `${name}@${session}/${record}`,
    count,
    since: since?.toISOString() ?? null,
    deadline: null,
    link:
      kind === 'file'
        ? `/v1/files/${fileIdOf({ folder_date: date, sha256: sha256! })}/rejections.csv`
        : `/v1/trace/${encodeURIComponent(`${name}@${session}/${record}`)}`,
  }));
}
