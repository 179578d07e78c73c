/** Writing a file of the outbox again, from its messages, when it is gone or is not what was written. */
import { rename, rm } from 'node:fs/promises';
import { BY_DELIVERY } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { appendAudit } from '../db/audit.ts';
import type { DeliveryFile, DeliveryRow } from '../db/deliveries.ts';
import { readFileMessages } from '../db/outbox-lines.ts';
import { encodeLine } from '../domain/csv/encode.ts';
import { createMessageRows } from '../domain/reports/message-rows.ts';
import type { Sql } from '../platform/postgres.ts';
import { writeReportFile } from '../platform/report-file.ts';

/**
 * Puts a file back as it was written; one that has been changed is kept beside it as "<name>.changed". Safe to repeat.
 * @param written its path is absolute
 * @throws TainError outbox.not-rebuilt when its messages do not give the bytes that were written; the system's error
 */
export async function rebuildOutboxFile(
  sql: Sql,
  { delivery_id: deliveryId, business_date: date, version }: DeliveryRow,
  written: DeliveryFile,
  signal: AbortSignal,
): Promise<void> {
  const { name: file, path: location, kind, assetClass, sha256: expected } = written;
  const rows = createMessageRows(kind);
  async function* lines(): AsyncGenerator<string[]> {
    for await (const page of readFileMessages(sql, { date, version, kind, assetClass })) {
      signal.throwIfAborted();
      yield page.map((message) => encodeLine(rows.row(message)));
    }
  }
  const rebuilt = await writeReportFile(`${location}.rebuilt`, encodeLine(rows.header), lines());
  if (rebuilt.sha256 !== expected) {
    await rm(rebuilt.path);
    throw new TainError('outbox.not-rebuilt', { file, expected, actual: rebuilt.sha256 });
  }
  await rename(location, `${location}.changed`).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rename(rebuilt.path, location);
  await sql.begin(async (tx) => {
    const after = { file, sha256: expected };
    await appendAudit(tx, { ...BY_DELIVERY, action: 'delivery.file-rebuilt', subject: deliveryId, after });
  });
}
