/** The inbox and file ingest at work, for a test that is about what comes behind them. */
import { createFileIngestActivities } from '../../activities/file-ingest.ts';
import { createInboxActivities } from '../../activities/inbox.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import type { TestDatabase } from './database.ts';
import type { TestTemporal } from './temporal.ts';
import { withWorker } from './worker.ts';

export function withIngest<Result>(
  database: TestDatabase,
  temporal: TestTemporal,
  dataDir: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const { sql } = database;
  const { client } = temporal;
  const inbox = { sql, client, dataDir, settleMs: 100, pollMs: 50, cycleMs: 2000, maxOpen: 4 };
  const ingest = { sql, dataDir, contentMaxBytes: 1024 ** 3, chunkBytes: 1 << 20 };
  return withWorker(
    temporal,
    { ...createInboxActivities(inbox), ...createFileIngestActivities(ingest) },
    async () => {
      await startLifecycle(client, 'inbox', { workflowId: 'inbox', args: [], summary: 'test' });
      return run();
    },
  );
}
