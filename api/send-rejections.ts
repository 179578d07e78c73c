/** The rejected records of a file as CSV, written while they are read. */
import path from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { formatFolderDate } from '../contracts/folders.ts';
import { formatFileId } from '../contracts/lifecycles.ts';
import { formatRecordReference } from '../contracts/record-reference.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { headerOf, type FileRow } from '../db/files.ts';
import { readRejections, type RejectedRow } from '../db/rejections.ts';
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import { createRejectionEncoder, type RejectedRecord } from '../domain/swaps/rejections.ts';
import { readStoredHeader, textOfSlice } from '../domain/swaps/values.ts';
import type { Sql } from '../platform/postgres.ts';

/** Answers with the list; it is a download, so that no browser takes it for anything else. */
export function sendRejections(
  sql: Sql,
  file: FileRow,
  language: Language,
  reply: FastifyReply,
): FastifyReply {
  const stem = path.parse(file.file_name).name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${stem}-rejections.csv"`)
    .header('x-content-type-options', 'nosniff')
    .send(Readable.from(formatRejections(sql, file, language), { objectMode: false }));
}

async function* formatRejections(sql: Sql, file: FileRow, language: Language): AsyncGenerator<string> {
  const layout = readStoredHeader(headerOf(file));
  const encoder = createRejectionEncoder(layout, (issue) => explainIssue(issue, language));
  const fileId = formatFileId(formatFolderDate(file.folder_date), file.sha256);
  yield encoder.header;
  for await (const rows of readRejections(sql, file)) {
    for (const row of rows) {
      yield encoder.encode({ reference: formatRecordReference(fileId, row.record_no), ...contentOf(row) });
    }
  }
}

function contentOf(row: RejectedRow): Omit<RejectedRecord, 'reference'> {
  const { issues, raw, raw_bytes: bytes, raw_sha256: sha256 } = row;
  if (sha256 !== null) return { text: null, notKept: { bytes: row.byte_length, sha256 }, issues };
  return { text: textOfSlice((bytes ?? Buffer.from(raw ?? '', 'utf8')).toString('latin1')), issues };
}
