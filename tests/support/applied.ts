/** Files on their way into the ledger for tests, without a workflow. */
import { applyFile } from '../../activities/file-apply.ts';
import type { LedgerCounts } from '../../contracts/file-ingest.ts';
import { claimForApplying, sourceOf } from '../../db/file-events.ts';
import { findFile, type FileRow } from '../../db/files.ts';
import { headerOf } from '../../db/files.ts';
import { readStoredRecords } from '../../db/verify-records.ts';
import { DEMO_HEADER, generateDay } from '../../demo/day.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import type { Sql } from '../../platform/postgres.ts';
import { sourced, type Arrival } from './ledger.ts';

/** A generated day in files that each have some of its records: whose turn a record is says `turnOf`. */
export function makeDay(
  seed: string,
  rows: number,
  files: number,
  turnOf: (record: number) => number = (record) => record % files,
): Buffer[] {
  const texts = Array.from({ length: files }, () => DEMO_HEADER);
  for (const { bytes, expected } of generateDay({ seed, rows, date: '2026-11-21' }))
    texts[turnOf(expected.record)] += bytes;
  return texts.map((text) => Buffer.from(text, 'latin1'));
}

export type ApplyOverrides = {
  readonly sliceRows?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
};

/** Applies a published file, as the activity does. */
export async function applyPublished(
  sql: Sql,
  { file_id }: FileRow,
  {
    signal = new AbortController().signal,
    onProgress = () => undefined,
    sliceRows = 100,
  }: ApplyOverrides = {},
): Promise<LedgerCounts> {
  const file = await claimForApplying(sql, file_id);
  if (!file) throw new Error('The file is not open for the ledger.');
  return applyFile({ sql, file, sliceRows, signal, onProgress });
}

/** The events of a published file as they should reach the ledger. */
export async function arrivalOf(sql: Sql, { file_id }: FileRow): Promise<Arrival> {
  const file = (await findFile(sql, file_id))!;
  const layout = readStoredHeader(headerOf(file));
  const source = sourceOf(file);
  return sql.begin(async (tx) => {
    const events: Arrival['events'][number][] = [];
    for await (const batch of readStoredRecords(tx, file)) {
      for (const { record, verdict, slice } of batch)
        if (verdict === 'accepted') events.push(sourced(readRecordValues(slice!, layout)!, source, record));
    }
    return { source, events };
  });
}
