/** The inbox at work, for tests of what arrives: its activities, and the files it made of what was dropped. */
import { createFileIngestActivities } from '../../activities/file-ingest.ts';
import { createInboxActivities } from '../../activities/inbox.ts';
import { listFiles, type FileRow } from '../../db/files.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import type { TestDatabase } from './database.ts';
import { goodRow, HEADER, type useDataDir } from './files.ts';
import type { TestTemporal } from './temporal.ts';
import { withWorker } from './worker.ts';
import { until } from './until.ts';

/** Folder that the tests drop into. */
export const FOLDER = '20261121';

export function createTestInbox(
  database: TestDatabase,
  temporal: TestTemporal,
  data: ReturnType<typeof useDataDir>,
) {
  const activities = (
    overrides: { settleMs?: number; maxOpen?: number; pollMs?: number; cycleMs?: number } = {},
  ) => ({
    ...createInboxActivities({
      sql: database.sql,
      client: temporal.client,
      dataDir: data.dataDir,
      settleMs: 200,
      pollMs: 100,
      cycleMs: 3_000,
      maxOpen: 4,
      ...overrides,
    }),
    ...createFileIngestActivities({
      sql: database.sql,
      dataDir: data.dataDir,
      chunkBytes: 64 * 1024,
      contentMaxBytes: 1024 ** 3,
    }),
  });

  const withInbox = (own: object, run: () => Promise<void>) =>
    withWorker(temporal, own, async () => {
      await startLifecycle(temporal.client, 'inbox', { workflowId: 'inbox', args: [], summary: 'test' });
      await run();
    });

  const files = async (name: string): Promise<FileRow[]> =>
    (await listFiles(database.sql, { limit: 500 })).filter((row) => row.file_name === name);

  /** The newest file of a name, once it is in a state. */
  const inState = (name: string, state: FileRow['state']): Promise<FileRow> =>
    until(async () => {
      const [file] = await files(name);
      if (file?.state !== state) throw new Error(`${name}: ${file?.state} ${file?.problem_code}`);
      return file;
    });

  const nextIsTaken = async (name: string): Promise<void> => {
    await data.drop(FOLDER, name, `${HEADER}\n${goodRow(1, name)}\n`);
    await data.drop(FOLDER, `${name}.done`, '');
    await inState(name, 'published');
  };

  return { activities, withInbox, files, inState, nextIsTaken };
}
