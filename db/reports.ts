/** Queries on report: one row per report that somebody asked for. Its workflow enters it, its activity moves it on. */
import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { BY_MAINTENANCE, type Actor } from '../contracts/audit.ts';
import type { ErrorFacts, ErrorParams } from '../contracts/errors.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import type {
  AcceptedOrder,
  ReportFormat,
  ReportKind,
  ReportOrder,
  ReportState,
} from '../contracts/on-demand-report.ts';
import { appendAudit } from './audit.ts';

export type ReportRow = {
  readonly report_id: string;
  readonly request_hash: string;
  readonly kind: ReportKind;
  readonly format: ReportFormat;
  readonly from_date: string | null;
  readonly to_date: string | null;
  readonly as_of: string | null;
  readonly known_at: string | null;
  readonly filters: ReportOrder['filters'];
  readonly owner: string;
  readonly state: ReportState;
  readonly attempt: number;
  readonly epoch: number;
  readonly looked_at: number;
  readonly of_total: number | null;
  readonly rows_written: number;
  /** Relative to the data directory; null unless it is ready. */
  readonly path: string | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly expires_at: Date | null;
};

/** What it was asked as. */
export const orderOf = (row: ReportRow): ReportOrder => ({
  kind: row.kind,
  format: row.format,
  from: row.from_date,
  to: row.to_date,
  asOf: row.as_of,
  knownAt: row.known_at,
  filters: row.filters,
});

const hashJson = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

/** Hash of what is asked and by whom; equal orders have equal hashes, in whatever order their filters stand. */
export function hashRequest(order: ReportOrder, owner: string): string {
  const { kind, format, from, to, asOf, knownAt, filters } = order;
  const narrowed = Object.entries(filters).sort(([left], [right]) => (left < right ? -1 : 1));
  return hashJson([kind, format, from, to, asOf, knownAt, narrowed, owner]);
}

/** The id of a report: what is asked, and of which state of what is known. */
export const reportIdOf = (requestHash: string, known: string): string => hashJson([requestHash, known]);

/**
 * A mark of all that reports are made of: equal as long as nothing came in, was applied, was cut, was sent or answered,
 * and no message has become overdue. Rows of the small tables alone, and of the large one of messages those that are open.
 */
export async function markKnown(sql: Sql): Promise<string> {
  const [row] = await sql<{ mark: string }[]>`
    select json_build_array(
      (select json_build_array(count(*), sum(read_count), sum(rejected_count), sum(applied_no), sum(revision))
       from tb_bat_file_mst where state = 'published'),
      (select json_agg(json_build_array(feed, session, generation, next_sequence) order by feed) from feed),
      (select count(*) from feed_gap where filled_at is null),
      (select max(source_id) from ledger_source),
      (select json_agg(json_build_array(business_date, version, state) order by business_date) from cftc_day),
      (select json_agg(json_build_array(target, session, next_answer) order by target) from outbound_session),
      (select json_build_array(count(*), sum(next_record), sum(epoch)) from delivery),
      (select json_agg(json_build_array(part, state, messages, overdue) order by part, state) from (
        select part, state, count(*) as messages, count(*) filter (where due_at < now()) as overdue
        from outbound_message where state in ('held', 'pending', 'sent', 'refused') group by part, state
      ) as open)
    )::text as mark`;
  return row!.mark;
}

/** A mark of what was known at the cut of a day: the versions of the days until then, and nothing that came later. */
export async function markKnownAt(sql: Sql, knownAt: string): Promise<string> {
  const [row] = await sql<{ mark: string }[]>`
    select json_agg(json_build_array(business_date, version) order by business_date)::text as mark
    from cftc_day where business_date <= ${knownAt}`;
  return row!.mark;
}

/** The report that is being made of a request, if there is one. */
export async function findOpenReport(sql: Sql, requestHash: string): Promise<ReportRow | null> {
  const [row] = await sql<ReportRow[]>`
    select * from report where request_hash = ${requestHash} and state in ('waiting', 'writing')
    order by created_at, report_id limit 1`;
  return row ?? null;
}

export async function findReport(sql: Sql | TransactionSql, reportId: string): Promise<ReportRow | null> {
  const [row] = await sql<ReportRow[]>`select * from report where report_id = ${reportId}`;
  return row ?? null;
}

/** Newest first. @param owner null: of everybody; `before`: id of the last one of the page before */
export async function listReports(
  sql: Sql,
  { owner, before, limit }: { owner: string | null; before?: string | undefined; limit: number },
): Promise<ReportRow[]> {
  return sql<ReportRow[]>`
    select * from report
    where true
      ${owner === null ? sql`` : sql`and owner = ${owner}`}
      ${before ? sql`and (created_at, report_id) < (select created_at, report_id from report where report_id = ${before})` : sql``}
    order by created_at desc, report_id desc
    limit ${limit}`;
}

const audit = (
  tx: TransactionSql,
  by: Actor,
  action: 'report.requested' | 'report.cancelled' | 'report.removed' | 'report.downloaded',
  reportId: string,
  after: Readonly<Record<string, string | number | null>>,
): Promise<number> =>
  appendAudit(tx, {
    ...by,
    action,
    subject: LIFECYCLES.onDemandReport.workflowId(reportId),
    after: { ...after },
  });

/**
 * Enters a report, or opens one again that had ended without a file, with its audit row.
 * Safe to repeat: a report of this attempt, or of a later one, is left as it is.
 */
export async function enterReport(sql: Sql, accepted: AcceptedOrder): Promise<ReportRow> {
  const { reportId, requestHash, attempt, order, owner, role } = accepted;
  return sql.begin(async (tx) => {
    const [entered] = await tx<ReportRow[]>`
      insert into report as known
        (report_id, request_hash, kind, format, from_date, to_date, as_of, known_at, filters, owner, attempt)
      values (${reportId}, ${requestHash}, ${order.kind}, ${order.format}, ${order.from}, ${order.to}, ${order.asOf},
        ${order.knownAt}, ${tx.json(order.filters)}, ${owner}, ${attempt})
      on conflict (report_id) do update set
        attempt = excluded.attempt, state = 'waiting', looked_at = 0, of_total = null, rows_written = 0,
        problem_code = null, problem_params = null, created_at = now(), finished_at = null
      where known.attempt < excluded.attempt and known.state in ('failed', 'cancelled', 'expired')
      returning *`;
    if (entered === undefined) return (await findReport(tx, reportId))!;
    const { filters, ...asked } = order;
    await audit(tx, { actor: owner, role }, 'report.requested', reportId, {
      ...asked,
      filters: JSON.stringify(filters),
    });
    return entered;
  });
}

/**
 * Makes this try of the activity the newest.
 * @param attempt of the report
 * @returns null when that is not to be written any more
 */
export async function claimReport(sql: Sql, reportId: string, attempt: number): Promise<ReportRow | null> {
  const [row] = await sql<ReportRow[]>`
    update report set state = 'writing', epoch = epoch + 1, looked_at = 0, of_total = null, rows_written = 0
    where report_id = ${reportId} and attempt = ${attempt} and state in ('waiting', 'writing')
    returning *`;
  return row ?? null;
}

export type ReportProgress = {
  readonly looked: number;
  /** Null where it is not known. */
  readonly total: number | null;
  readonly rows: number;
};

/** @returns whether this attempt is still the newest, and the report still to be written */
export async function showProgress(
  sql: Sql,
  { report_id, epoch }: Pick<ReportRow, 'report_id' | 'epoch'>,
  { looked, total, rows }: ReportProgress,
): Promise<boolean> {
  const shown = await sql`
    update report set looked_at = ${looked}, of_total = ${total}, rows_written = ${rows}
    where report_id = ${report_id} and epoch = ${epoch} and state = 'writing'`;
  return shown.count === 1;
}

export type FinishedFile = {
  readonly path: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
  readonly sha256: string;
};

/** @returns whether this attempt was still the newest */
export async function finishReport(
  sql: Sql,
  { report_id, epoch }: Pick<ReportRow, 'report_id' | 'epoch'>,
  file: FinishedFile,
  keepDays: number,
): Promise<boolean> {
  const finished = await sql`
    update report set state = 'ready', path = ${file.path}, size_bytes = ${file.sizeBytes}, sha256 = ${file.sha256},
      rows_written = ${file.rowCount}, finished_at = now(), expires_at = now() + make_interval(days => ${keepDays})
    where report_id = ${report_id} and epoch = ${epoch} and state = 'writing'`;
  return finished.count === 1;
}

/** Ends this attempt of a report without a file. Safe to repeat. A newer epoch than it has: it cannot finish any more. */
export async function endReport(
  sql: Sql,
  reportId: string,
  problem: ErrorFacts | null,
  by: Actor | null,
  attempt: number,
): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx<ReportRow[]>`
      update report set state = ${problem === null ? 'cancelled' : 'failed'}, epoch = epoch + 1, finished_at = now(),
        problem_code = ${problem?.code ?? null}, problem_params = ${problem && tx.json(problem.params)}
      where report_id = ${reportId} and attempt = ${attempt} and state in ('waiting', 'writing')
      returning *`;
    if (row && by) await audit(tx, by, 'report.cancelled', reportId, { rows: row.rows_written });
  });
}

/**
 * Ends every report that is not written yet, as when what wrote them is gone: who asked for one asks again.
 * @returns how many there were
 */
export async function endOpenReports(tx: TransactionSql, by: Actor): Promise<number> {
  const rows = await tx<ReportRow[]>`
    update report set state = 'cancelled', epoch = epoch + 1, finished_at = now()
    where state in ('waiting', 'writing') returning *`;
  for (const row of rows) await audit(tx, by, 'report.cancelled', row.report_id, { rows: row.rows_written });
  return rows.length;
}

/** Takes the file of a report away from those who may fetch it; null when it has none. The caller then removes it. */
export async function expireReport(sql: Sql, reportId: string, by: Actor): Promise<string | null> {
  return sql.begin(async (tx) => {
    const [row] = await tx<{ path: string; sha256: string }[]>`
      with ready as (
        select report_id, path, sha256 from report where report_id = ${reportId} and state = 'ready' for update)
      update report set state = 'expired', path = null, size_bytes = null, sha256 = null, expires_at = null
      from ready where report.report_id = ready.report_id
      returning ready.path, ready.sha256`;
    if (row === undefined) return null;
    await audit(tx, by, 'report.removed', reportId, { sha256: row.sha256 });
    return row.path;
  });
}

/** Takes away what has been kept long enough, a few at a time. */
export async function expireOldReports(sql: Sql): Promise<string[]> {
  const due = await sql<{ id: string }[]>`
    select report_id as id from report where state = 'ready' and expires_at <= now()
    order by expires_at limit 1000`;
  const paths: string[] = [];
  for (const { id } of due) {
    const path = await expireReport(sql, id, BY_MAINTENANCE);
    if (path !== null) paths.push(path);
  }
  return paths;
}

/** Paths of files that may be fetched, or that may be being written. */
export async function listReportFiles(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql<{ path: string }[]>`select path from report where state = 'ready'`;
  return new Set(rows.map(({ path }) => path));
}

/** Notes a download before its first byte is sent: what cannot be noted is not handed out. */
export async function auditReportDownload(
  sql: Sql,
  by: Actor,
  row: Pick<ReportRow, 'report_id' | 'kind' | 'sha256'>,
  range: string | null,
): Promise<void> {
  await sql.begin((tx) =>
    audit(tx, by, 'report.downloaded', row.report_id, { kind: row.kind, sha256: row.sha256, range }),
  );
}
