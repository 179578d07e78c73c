/** The file of a report, whole or a range of its bytes, while it is read. Source: RFC 9110, sections 13 and 14. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TainError } from '../contracts/errors.ts';
import type { ReportFormat } from '../contracts/on-demand-report.ts';
import { auditReportDownload, type ReportRow } from '../db/reports.ts';
import { readByteRange } from '../domain/reports/byte-range.ts';
import { hashFile } from '../platform/file-hash.ts';
import type { Sql } from '../platform/postgres.ts';

const TYPES: Readonly<Record<ReportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/**
 * Answers with the file of a report that is ready. Every answer with bytes of it is noted.
 * @throws TainError `report.not-ready`, `report.file-lost`, `report.range-unsatisfiable`
 */
export async function sendReport(
  { sql, dataDir }: { sql: Sql; dataDir: string },
  row: ReportRow,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { path: place, size_bytes: size, sha256 } = row;
  if (place === null || size === null || sha256 === null)
    throw new TainError('report.not-ready', { report: row.report_id, state: row.state });
  const etag = `"${sha256}"`;
  reply.header('etag', etag).header('accept-ranges', 'bytes').header('cache-control', 'private, no-cache');
  if (namesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();

  const location = path.join(dataDir, place);
  const isThere = await stat(location).then(
    (found) => found.size === size,
    () => false,
  );
  if (!isThere) throw new TainError('report.file-lost', { path: place });
  // A range of what the client has another version of makes no whole: it gets all of this one.
  const ifRange = request.headers['if-range'];
  const asked = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const range = readByteRange(asked, size);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new TainError('report.range-unsatisfiable', { size, range: String(asked) });
  }
  // What goes out whole is what was written. A part of it is not worth reading all of it for.
  if (range === null && (await hashFile(location).catch(() => null)) !== sha256)
    throw new TainError('report.file-lost', { path: place });
  const by = { actor: request.user.sub, role: request.user.role };
  await auditReportDownload(sql, by, row, range && `${range.first}-${range.last}`);
  const { first, last } = range ?? { first: 0, last: size - 1 };
  const days = row.as_of ?? `${row.from_date}_${row.to_date}`;
  reply
    .code(range === null ? 200 : 206)
    .type(TYPES[row.format])
    .header('content-length', last - first + 1)
    .header('content-disposition', `attachment; filename="${row.kind}-${days}.${row.format}"`)
    .header('x-content-type-options', 'nosniff');
  if (range !== null) reply.header('content-range', `bytes ${first}-${last}/${size}`);
  // Read with back-pressure: no faster than the client takes it.
  return reply.send(createReadStream(location, { start: first, end: last }));
}

const namesEtag = (header: string | undefined, etag: string): boolean =>
  header !== undefined && header.split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
