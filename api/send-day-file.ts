/** A file of a day as it was written, or a word that it is not what was written. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { FastifyReply } from 'fastify';
import { TainError } from '../contracts/errors.ts';
import type { OutboxFileRow } from '../db/outbox-files.ts';
import { hashFile } from '../platform/file-hash.ts';

/**
 * Sees that a file is what was written.
 * @returns its place
 * @throws TainError day.file-lost
 */
export async function proveDayFile(dataDir: string, file: OutboxFileRow): Promise<string> {
  const place = path.join(dataDir, file.path);
  const fail = (reason: string): never => {
    throw new TainError('day.file-lost', { date: file.business_date, path: place, reason });
  };
  const sha256 = await hashFile(place, ({ size }) => size === file.size_bytes).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    return fail(code ?? 'unreadable');
  });
  return sha256 === file.sha256 ? place : fail('other content');
}

const TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json',
  '.parquet': 'application/vnd.apache.parquet',
};

/** Answers with the file; it is a download, so that no browser takes it for anything else. */
export const sendDayFile = (place: string, file: OutboxFileRow, reply: FastifyReply): FastifyReply =>
  reply
    .type(TYPES[path.extname(file.name)] ?? 'application/octet-stream')
    .header('content-length', file.size_bytes)
    .header('content-disposition', `attachment; filename="${file.name}"`)
    .header('x-content-type-options', 'nosniff')
    .send(createReadStream(place));
