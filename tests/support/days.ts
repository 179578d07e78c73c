/** Days for tests, step by step and without a workflow. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDayFiles } from '../../activities/cftc-day-files.ts';
import { cutMessages } from '../../activities/cftc-day-messages.ts';
import { BY_DAY_OPENER } from '../../contracts/audit.ts';
import { cutDay, type CutBasis } from '../../db/cut.ts';
import { countsOf, findVersion, openDay, requireDay, type DayVersionRow } from '../../db/days.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { listOutboxFiles, type OutboxFileRow } from '../../db/outbox-files.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { createMessageChoice } from '../../domain/cftc-day/message-choice.ts';
import type { EventSource } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import type { Sql } from '../../platform/postgres.ts';
import { clearLedger, sourced } from './ledger.ts';
import { storeFeed } from './stored-feeds.ts';
import { REPORTER } from './swap-events.ts';

export const BASIS: CutBasis = {
  submitter: REPORTER,
  rule_set_version: '3.2',
  register_version: BUILT_IN_REGISTERS.version,
  catalogue_hash: 'c'.repeat(64),
};

export type DayOverrides = {
  readonly submitter?: string | null;
  readonly eventsPerBatch?: number;
  readonly signal?: AbortSignal;
  readonly parquet?: boolean;
  readonly onProgress?: (messages: number) => void;
};

/** Opens a day and cuts it. @param now ISO 8601 */
export async function cutOn(
  sql: Sql,
  date: string,
  now: string,
  { submitter = BASIS.submitter }: DayOverrides = {},
): Promise<DayVersionRow> {
  await openDay(sql, date, BY_DAY_OPENER, { inputs: [] });
  const result = await cutDay(sql, date, { ...BASIS, submitter }, Date.parse(now));
  if (result.kind !== 'cut') throw new Error(`The day was not cut: ${result.kind}`);
  return result.version;
}

const choose = createMessageChoice(BUILT_IN_TABLES, BUILT_IN_REGISTERS);

/** Makes the messages of a day that is cut. */
export function makeMessages(
  sql: Sql,
  version: DayVersionRow,
  {
    signal = new AbortController().signal,
    onProgress = () => undefined,
    eventsPerBatch = 50,
  }: DayOverrides = {},
): Promise<DayVersionRow> {
  return cutMessages({ sql, version, choose, signal, onProgress, eventsPerBatch });
}

/** Cuts a day and makes its messages. */
export async function reportOn(sql: Sql, date: string, now: string, overrides: DayOverrides = {}) {
  const version = await makeMessages(sql, await cutOn(sql, date, now, overrides), overrides);
  return { version, counts: countsOf(version) };
}

/** Writes the files of a day. */
export async function writeFilesOf(
  sql: Sql,
  dataDir: string,
  date: string,
  { signal = new AbortController().signal, onProgress = () => undefined, parquet = false }: DayOverrides = {},
): Promise<OutboxFileRow[]> {
  const day = await requireDay(sql, date);
  const version = (await findVersion(sql, day))!;
  await writeDayFiles({ sql, dataDir, version, signal, parquet, onProgress });
  return listOutboxFiles(sql, date, version.version);
}

/** What the files of a day hold, by name. */
export async function readFilesOf(
  dataDir: string,
  files: readonly OutboxFileRow[],
): Promise<Map<string, Buffer>> {
  const read = files.map(
    async ({ name, path: place }) => [name, await readFile(path.join(dataDir, place))] as const,
  );
  return new Map(await Promise.all(read));
}

/** Takes out all days with what they left, all feeds, and the ledger. */
export async function clearDays(sql: Sql): Promise<void> {
  await clearLedger(sql);
  await sql`
    truncate cftc_day, cftc_day_version, cftc_day_input, cftc_cut_file, cftc_cut_feed, cftc_carried, outbound_message,
      outbound_answer, outbound_session, outbox_file, delivery, feed, feed_journal, feed_gap, feed_basis cascade`;
}

/** Messages of a session of their own, and of a feed called like it, reach journal and ledger. */
export async function tellSession(
  sql: Sql,
  session: string,
  records: readonly RecordValues[],
): Promise<void> {
  const feed = session.toLowerCase();
  await storeFeed(
    sql,
    feed,
    records.map((values) => ({ raw: JSON.stringify(values) })),
    { session },
  );
  const source: EventSource = { kind: 'feed', feed, session };
  await applyInBatches(
    sql,
    records.map((values, at) => sourced(values, source, at + 1)),
    source,
  );
}
