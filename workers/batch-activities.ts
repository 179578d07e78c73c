/** What the batch role can do, made of its settings and its connections. */
import type { Client } from '@temporalio/client';
import { openAtOnce } from '../activities/at-once.ts';
import { createBatchPace } from '../activities/batch-pace.ts';
import { createDeliveryActivities } from '../activities/delivery.ts';
import { createExceptionWatchActivities } from '../activities/exception-watch.ts';
import { createFeedBackfillActivities } from '../activities/feed-backfill.ts';
import { createFileIngestActivities } from '../activities/file-ingest.ts';
import { createInboxActivities } from '../activities/inbox.ts';
import { createMaintenanceActivities } from '../activities/maintenance.ts';
import type { Config } from '../platform/config.ts';
import { alertTargetOf } from '../platform/post-alert.ts';
import type { Sql } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';
import { createDayActivities } from './days.ts';
import { atOnceSettings } from './outbound.ts';

export type BatchResources = { readonly sql: Sql; readonly paceSql: Sql; readonly client: Client };

/** @throws TainError of the outbound file and of the tables */
export async function createBatchActivities(config: Config, { sql, paceSql, client }: BatchResources) {
  const { TAIN_REGISTER_DIR: registerDir, TAIN_DATA_DIR: dataDir } = config;
  const atOnce = await openAtOnce(atOnceSettings(config));
  return {
    ...createInboxActivities({
      sql,
      client,
      dataDir,
      settleMs: config.TAIN_SETTLE_MS,
      pollMs: config.TAIN_INBOX_POLL_MS,
      cycleMs: config.TAIN_INBOX_CYCLE_MS,
      maxOpen: config.TAIN_MAX_OPEN_INGESTS,
    }),
    ...createFileIngestActivities({
      sql,
      dataDir,
      chunkBytes: config.TAIN_CHUNK_BYTES,
      contentMaxBytes: config.TAIN_CONTENT_MAX_BYTES,
      registerDir,
      pace: createBatchPace(paceSql),
      atOnce,
    }),
    ...createFeedBackfillActivities({
      sql,
      feedsFile: config.TAIN_FEEDS_FILE,
      timeZone: config.TAIN_TIME_ZONE,
      registerDir,
      pace: createBatchPace(paceSql, 'background'),
      atOnce,
    }),
    ...createDayActivities(config, sql, client),
    ...createDeliveryActivities({ sql, outboundFile: config.TAIN_OUTBOUND_FILE, dataDir }),
    ...createExceptionWatchActivities({
      sql,
      tables: await openTables(config.TAIN_TABLE_DIR),
      target: alertTargetOf(config),
    }),
    ...createMaintenanceActivities({
      sql,
      monthsAhead: config.TAIN_PARTITIONS_AHEAD,
      gpuKeepDays: config.TAIN_GPU_KEEP_DAYS,
      gpuDecisionKeepDays: config.TAIN_GPU_DECISION_KEEP_DAYS,
      dataDir,
    }),
  };
}
