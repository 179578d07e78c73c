/** Published files for tests, without a workflow. */
import { copyFile } from '../../activities/file-copy.ts';
import { publishFile, type FileRow } from '../../db/files.ts';
import type { Sql } from '../../platform/postgres.ts';
import { claimDroppedFile } from './claimed.ts';
import type { useDataDir } from './files.ts';

export type Published = { readonly file: FileRow; readonly location: string; readonly content: Buffer };

/** Drops a file into the folder of 2026-11-21 and lets it through to publication. */
export async function publishDropped(
  sql: Sql,
  data: Pick<ReturnType<typeof useDataDir>, 'drop'>,
  name: string,
  text: string | Buffer,
): Promise<Published> {
  const content = Buffer.from(text);
  const location = await data.drop('20261121', name, content);
  const file = await claimDroppedFile(sql, location, content);
  const signal = new AbortController().signal;
  await copyFile({ sql, file, location, chunkBytes: 1000, signal, onProgress: () => undefined });
  return { file: (await publishFile(sql, file.file_id))!, location, content };
}
