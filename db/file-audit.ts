/** What the audit log says of files. */
import type { JSONValue, PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import type { Actor, AuditAction } from '../contracts/audit.ts';
import { formatFolderDate } from '../contracts/folders.ts';
import { formatFileId } from '../contracts/lifecycles.ts';
import type { Difference } from '../contracts/verification.ts';
import { appendAudit } from './audit.ts';
import type { FileRow } from './files.ts';

/** The id of a file, as people and the API know it. */
export function fileIdOf(file: Pick<FileRow, 'folder_date' | 'sha256'>): string {
  return formatFileId(file.folder_date, file.sha256);
}

/** Notes a change of a file at the end of the change's transaction. */
export async function auditFile(
  tx: TransactionSql,
  by: Actor,
  action: AuditAction,
  file: Pick<FileRow, 'folder_date' | 'sha256'>,
  what: { before?: JSONValue; after?: JSONValue; reason?: string },
): Promise<void> {
  await appendAudit(tx, { ...by, action, subject: fileIdOf(file), ...what });
}

/** Figures of a published file, as the audit log keeps them and the file's row must still have them. */
export function publishedFigures(file: FileRow): Record<string, string | number | null> {
  return {
    compression: file.compression,
    contentBytes: file.content_bytes,
    contentSha256: file.content_sha256,
    format: file.format,
    ruleSetVersion: file.rule_set_version,
    revision: file.revision,
    read: file.read_count,
    accepted: file.accepted_count,
    rejected: file.rejected_count,
  };
}

/** Entries that say nothing of a file's state. */
const STATELESS: readonly AuditAction[] = ['file.downloaded', 'file.linked'];

type Entry = {
  readonly action: AuditAction;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly reason: string | null;
};

const NOWHERE = { record: null, line: null, bytes: null } as const;

/** Compares the row of a file with what the audit log says of its arrival and of its last change. */
export async function compareWithAudit(tx: TransactionSql, file: FileRow): Promise<Difference[]> {
  const find = async (which: PendingQuery<Row[]>): Promise<Entry | undefined> => {
    const [entry] = await tx<Entry[]>`
      select action, after, reason from audit_log
      where subject = ${fileIdOf(file)} and ${which} order by seq desc limit 1`;
    return entry;
  };
  const missing = (action: AuditAction): Difference[] => [
    { kind: 'unaudited', ...NOWHERE, expected: action, actual: file.state },
  ];
  const entered = await find(tx`action = 'file.entered'`);
  const last = await find(tx`action <> all(${STATELESS as string[]})`);
  const arrival = { name: file.file_name, sizeBytes: file.size_bytes, sha256: file.sha256 };
  return [
    ...(entered ? compareFigures(entered.after!, arrival) : missing('file.entered')),
    ...(file.state === 'published' && last?.action !== 'file.published'
      ? missing('file.published')
      : last
        ? compareFigures(...whatIsKnown(last, file))
        : []),
  ];
}

type Figures = Readonly<Record<string, unknown>>;

/** What the last entry says of a file, and the same of its row. That it is being read now is not noted. */
function whatIsKnown(last: Entry, file: FileRow): [expected: Figures, actual: Figures] {
  const { state } = last.after ?? {};
  if (last.action === 'file.published')
    return [last.after!, { state: file.state, ...publishedFigures(file) }];
  return [
    { state, problem: last.reason },
    { state: file.state === 'ingesting' ? 'waiting' : file.state, problem: file.problem_code },
  ];
}

function compareFigures(expected: Figures, actual: Figures): Difference[] {
  return Object.keys(actual)
    .filter((name) => expected[name] !== actual[name])
    .map((name) => ({
      kind: 'audit',
      ...NOWHERE,
      expected: `${name} ${String(expected[name])}`,
      actual: `${name} ${String(actual[name])}`,
    }));
}

/** Which files a person means, by what the audit log knows of them. */
export type Remembered = { readonly folderDate: string } | { readonly name: string };

/**
 * Files that the audit log knows and that are not there, although nobody is noted to have removed them.
 * @param which all of a folder date, or those of an id or a file name
 */
export async function findRemovedFiles(sql: Sql, which: Remembered): Promise<Difference[]> {
  const meant =
    'name' in which
      ? sql`subject in (
          select subject from audit_log
          where subject = ${which.name} or (action = 'file.entered' and after->>'name' = ${which.name}))`
      : sql`starts_with(subject, ${`${formatFolderDate(which.folderDate)}-`})`;
  const removed = await sql<{ subject: string; action: AuditAction }[]>`
    select subject, action from (
      select distinct on (subject) subject, action from audit_log
      where ${meant} and starts_with(action, 'file.') and action <> all(${STATELESS as string[]})
      order by subject, seq desc
    ) as last
    where action <> 'file.removed' and not exists (
      select from tb_bat_file_mst
      where to_char(folder_date, 'YYYYMMDD') = split_part(last.subject, '-', 1)
        and left(sha256, 32) = split_part(last.subject, '-', 2))
    order by subject`;
  return removed.map(({ subject, action }) => ({
    kind: 'removed',
    ...NOWHERE,
    expected: subject,
    actual: action,
  }));
}
