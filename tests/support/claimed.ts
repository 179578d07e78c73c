/** Files that wait to be copied, without a workflow. Without jest, so that a process of its own can have some too. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFiles } from '../../db/file-queue.ts';
import { claimFile, recordInspection, registerFile, type FileRow } from '../../db/files.ts';
import { withFile } from '../../platform/file-blocks.ts';
import { inspectContent } from '../../platform/file-inspection.ts';
import type { Sql } from '../../platform/postgres.ts';

/** Enters a file that lies in the data directory and claims it, as the steps before the copy do. */
export async function claimDroppedFile(sql: Sql, place: string, content: Buffer): Promise<FileRow> {
  const { fileId } = await registerFile(sql, {
    folderDate: '2026-11-21',
    sha256: createHash('sha256').update(content).digest('hex'),
    fileName: path.basename(place),
    path: path.posix.join('20261121', 'rec', path.basename(place)),
    sizeBytes: content.length,
  });
  await openFiles(sql, 1000);
  const location = path.join(await mkdtemp(path.join(tmpdir(), 'tain-inspect-')), 'file');
  await writeFile(location, content);
  const found = await withFile(location, null, (handle) =>
    inspectContent(
      handle,
      { name: path.basename(place), sizeBytes: content.length, sha256: null },
      { contentMaxBytes: Infinity, onBlock: () => undefined },
    ),
  );
  await rm(path.dirname(location), { recursive: true });
  await recordInspection(sql, fileId, found);
  return (await claimFile(sql, fileId))!;
}
