/** Where in the files of send/ messages stand: asked of the files, which are what was sent. */
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { listMessageFiles, type MessageRow, type OutboxFileRow } from '../db/outbound-views.ts';
import { findLines } from '../platform/find-lines.ts';
import type { Sql } from '../platform/postgres.ts';

export type MessagePlace = {
  readonly file: OutboxFileRow;
  /** From 1 for the header; null when the file is not there any more, or cannot be read. */
  readonly line: number | null;
};

/** The file and line of each message, by its id. Reads a file once for all of its messages. */
export async function locateMessages(
  { sql, dataDir }: { readonly sql: Sql; readonly dataDir: string },
  messages: readonly MessageRow[],
): Promise<Map<string, MessagePlace>> {
  const places = new Map<string, MessagePlace>();
  const files = await listMessageFiles(
    sql,
    messages.flatMap(({ leavesOn }) => leavesOn ?? []),
  );
  for (const file of files) {
    const wanted = messages.filter(
      (one) => one.leavesOn === file.date && mayHold(file, one) && !places.has(one.id),
    );
    if (wanted.length === 0) continue;
    const lines = await findLines(
      path.resolve(dataDir, file.path),
      new Set(wanted.map(({ id }) => id)),
    ).catch(unreadable);
    for (const { id } of wanted) {
      const line = lines?.get(id) ?? null;
      if (line !== null || lines === null) places.set(id, { file, line });
    }
  }
  return places;
}

/** Files are by kind and, of transactions, by asset class; what is sent later has a file of its own. */
const mayHold = (file: OutboxFileRow, { kind, assetClass }: MessageRow): boolean =>
  file.name.includes(kind) &&
  (file.assetClass === null || assetClass === null || file.assetClass === assetClass);

function unreadable(error: unknown): null {
  if (error instanceof TainError) return null;
  throw error;
}
