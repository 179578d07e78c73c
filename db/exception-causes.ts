/**
 * What needs a person, asked of the tables that it is in: files and their records, days and their inputs, feeds. Each
 * cause is one row, however much there is of it; each query gives one more than are listed.
 */
import type { Sql } from 'postgres';
import { MAX_CAUSES_PER_KIND, REJECTED_DAYS, type ExceptionCause } from '../contracts/exceptions.ts';
import type { ErrorParams } from '../contracts/errors.ts';
import { fileIdOf } from './file-audit.ts';

export const CAUSE_LIMIT = MAX_CAUSES_PER_KIND + 1;

/** Rejected records of one file that are looked at. */
const EXAMINED_RECORDS = 10_000;

/** @param at null where nothing says */
export const instantOf = (at: Date | null): number | null => at?.getTime() ?? null;

type FileColumns = { readonly folder_date: string; readonly sha256: string; readonly name: string };

/** Rejected records by file and rule that no accepted record has taken the place of. */
export async function findRejectedRecords(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<(FileColumns & { rule: string; count: number; since: Date | null })[]>`
    select folder_date, sha256, file_name as name, rule, count(*) as count, min(finished_at) as since
    from tb_bat_file_mst as file
    cross join lateral (
      select record_no, issues from tb_bat_file_hist as record
      where record.folder_date = file.folder_date and record.file_id = file.file_id
        and record.revision = file.revision and record.verdict = 'rejected'
        and not exists (
          select from record_correction as link
          join tb_bat_file_mst as mending on mending.file_id = link.file_id
          join tb_bat_file_hist as mended on mended.folder_date = mending.folder_date
            and mended.file_id = link.file_id and mended.revision = link.revision and mended.record_no = link.record_no
          where link.corrected_file_id = file.file_id and link.corrected_revision = file.revision
            and link.corrected_record_no = record.record_no and mended.verdict = 'accepted')
      limit ${EXAMINED_RECORDS}
    ) as rejected
    cross join lateral (
      select distinct issue ->> 'ruleId' as rule from jsonb_array_elements(rejected.issues) as issue
      where issue ->> 'severity' = 'error'
    ) as broken
    where file.state = 'published' and file.rejected_count > 0
      and file.folder_date >= current_date - ${REJECTED_DAYS}::integer
    group by folder_date, sha256, file_name, rule
    order by since desc nulls last, sha256, rule limit ${CAUSE_LIMIT}`;
  return rows.map(({ rule, count, since, ...file }) => {
    const id = fileIdOf(file);
    return {
      kind: 'rejected-records',
      key: `rejected:${id}:${rule}`,
      count,
      since: instantOf(since),
      deadline: null,
      params: { file: file.name, id, rule },
      links: [
        `/v1/files/${id}/records?verdict=rejected`,
        `/v1/files/${id}/rejections.csv`,
        `/v1/rules/${rule}`,
      ],
    };
  });
}

/** Files that were refused or are held, or whose records do not reach the ledger. */
export async function findFileProblems(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<(FileColumns & { code: string; params: ErrorParams | null; since: Date | null })[]>`
    select folder_date, sha256, file_name as name, problem_code as code, problem_params as params,
      coalesce(finished_at, started_at, received_at) as since
    from tb_bat_file_mst
    where problem_code is not null and folder_date >= current_date - ${REJECTED_DAYS}::integer
    order by file_id desc limit ${CAUSE_LIMIT}`;
  return rows.map(({ code, params, since, ...file }) => {
    const id = fileIdOf(file);
    return {
      kind: 'file-problem',
      key: `file:${id}`,
      count: 1,
      since: instantOf(since),
      deadline: null,
      params: { ...params, file: file.name, id, code },
      links: [`/v1/files/${id}`],
    };
  });
}

/** Inputs that a day waits for after their time, or has given up on. */
export async function findMissingInputs(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<
    { date: string; name: string; kind: string; expected: string; due: Date | null; since: Date }[]
  >`
    select day.business_date::text as date, name, input.kind, expected, due_at as due,
      coalesce(due_at, opened_at) as since
    from cftc_day as day join cftc_day_input as input using (business_date)
    where day.state in ('open', 'incomplete')
      and (input.state = 'missing' or (input.state = 'waiting' and due_at < now()))
    order by date, name limit ${CAUSE_LIMIT}`;
  return rows.map(({ date, name, kind, expected, due, since }) => ({
    kind: 'day-input-missing',
    key: `input:${date}:${name}`,
    count: 1,
    since: since.getTime(),
    deadline: instantOf(due),
    params: { date, name, input: kind, expected },
    links: [`/v1/days/${date}`],
  }));
}

/** Days that cannot go on without somebody. */
export async function findStuckDays(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<
    { date: string; state: string; code: string | null; params: ErrorParams | null; since: Date }[]
  >`
    select business_date::text as date, state, problem_code as code, problem_params as params, opened_at as since
    from cftc_day where state = 'incomplete' or (problem_code is not null and state not in ('closed', 'nil'))
    order by date limit ${CAUSE_LIMIT}`;
  return rows.map(({ date, state, code, params, since }) => ({
    kind: 'day-stuck',
    key: `day:${date}`,
    count: 1,
    since: since.getTime(),
    deadline: null,
    params: { ...params, date, state, code: code ?? '' },
    links: [`/v1/days/${date}`],
  }));
}

/** Feeds with messages that did not come. */
export async function findFeedGaps(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<{ feed: string; gaps: number; missing: number; since: Date }[]>`
    select feed, count(*) as gaps, sum(to_sequence - from_sequence)::bigint as missing, min(found_at) as since
    from feed_gap where filled_at is null group by feed order by feed limit ${CAUSE_LIMIT}`;
  return rows.map(({ feed, gaps, missing, since }) => ({
    kind: 'feed-gap',
    key: `gap:${feed}`,
    count: missing,
    since: since.getTime(),
    deadline: null,
    params: { feed, gaps },
    links: [`/v1/feeds/${feed}`],
  }));
}
