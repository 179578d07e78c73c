/** Reports as files: rows are read no faster than the disk takes them, and never all at once. */
import type { ReportFormat } from '../contracts/on-demand-report.ts';
import { encodeLine } from '../domain/csv/encode.ts';
import type { ReportDefinition } from '../domain/reports/definitions.ts';
import { writeParquetFile } from '../platform/parquet-file.ts';
import { writeReportFile, type WrittenFile } from '../platform/report-file.ts';
import type { ReportBatch } from './report-rows.ts';

export type ReportToWrite = {
  readonly location: string;
  readonly format: ReportFormat;
  readonly definition: Pick<ReportDefinition, 'columns' | 'counts'>;
  readonly batches: AsyncIterable<ReportBatch>;
  /** Called behind every batch; what it throws ends the report. */
  readonly onBatch: (progress: { readonly looked: number; readonly rows: number }) => Promise<void>;
};

/**
 * Writes a report. Equal rows make equal bytes, whatever the batches.
 * @throws what reading, `onBatch` or the disk throws; no file is left then
 */
export function writeReport({
  location,
  format,
  definition,
  ...report
}: ReportToWrite): Promise<WrittenFile> {
  const { columns } = definition;
  const rows = followRows(report);
  if (format === 'parquet') return writeParquetFile(location, definition, rows);
  return writeReportFile(location, encodeLine(columns), toLines(rows));
}

type Rows = readonly (readonly string[])[];

async function* followRows({
  batches,
  onBatch,
}: Pick<ReportToWrite, 'batches' | 'onBatch'>): AsyncGenerator<Rows> {
  let [looked, rows] = [0, 0];
  for await (const batch of batches) {
    yield batch.rows;
    looked += batch.looked;
    rows += batch.rows.length;
    await onBatch({ looked, rows });
  }
}

async function* toLines(batches: AsyncIterable<Rows>): AsyncGenerator<string[]> {
  for await (const rows of batches) yield rows.map(encodeLine);
}
