/** What the audit log says of files. */
import type { JSONValue, Sql, TransactionSql } from 'postgres';
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
    contentSha256: file.content_sha256,
    format: file.format,
    ruleSetVersion: file.rule_set_version,
    revision: file.revision,
    read: file.read_count,
    accepted: file.accepted_count,
    rejected: file.rejected_count,
  };
}

type LastChange = {
  readonly subject: string;
  readonly action: string;
  readonly after: Record<string, unknown>;
};

/** Compares the row of a file with what the audit log says of its last change; files older than the log have none. */
export async function compareWithAudit(tx: TransactionSql, file: FileRow): Promise<Difference[]> {
  const [last] = await tx<LastChange[]>`
    select subject, action, after from audit_log
    where subject = ${fileIdOf(file)} and action <> 'file.downloaded' order by seq desc limit 1`;
  if (!last) return [];
  const isPublished = last.action === 'file.published';
  if (!isPublished && file.state !== 'published') return [];
  const expected: Record<string, unknown> = isPublished ? last.after : { state: 'not published' };
  const actual: Record<string, unknown> = { state: file.state, ...publishedFigures(file) };
  return Object.keys(expected)
    .filter((name) => name in actual && expected[name] !== actual[name])
    .map((name) => ({
      kind: 'audit',
      record: null,
      line: null,
      bytes: null,
      expected: `${name} ${String(expected[name])}`,
      actual: `${name} ${String(actual[name])}`,
    }));
}

/** Files of a folder date that were published and are not there, although nobody is noted to have removed them. */
export async function findRemovedFiles(sql: Sql, folderDate: string): Promise<Difference[]> {
  const removed = await sql<{ subject: string }[]>`
    select subject from (
      select distinct on (subject) subject, action from audit_log
      where starts_with(subject, ${`${formatFolderDate(folderDate)}-`}) and action <> 'file.downloaded'
      order by subject, seq desc
    ) as last
    where action = 'file.published' and not exists (
      select from tb_bat_file_mst
      where folder_date = ${folderDate} and left(sha256, 32) = split_part(last.subject, '-', 2))
    order by subject`;
  return removed.map(({ subject }) => ({
    kind: 'removed',
    record: null,
    line: null,
    bytes: null,
    expected: subject,
    actual: null,
  }));
}
