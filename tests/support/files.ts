/** Small files of swap rows for tests. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { openFiles } from '../../db/file-queue.ts';
import { claimFile, recordInspection, registerFile, type FileRow } from '../../db/files.ts';
import { withFile } from '../../platform/file-blocks.ts';
import { inspectContent } from '../../platform/file-inspection.ts';
import type { Sql } from '../../platform/postgres.ts';
import { GOOD_COLUMNS, goodLine, LEI } from './good-record.ts';

export const HEADER = `${GOOD_COLUMNS.join(',')},Remark`;

/** A row that every rule accepts. */
export const goodRow = (number: number, remark = ''): string =>
  `${goodLine({ uniqueTransactionIdentifierUti: `${LEI}T${String(number).padStart(8, '0')}` })},${remark}`;

/** A row that breaks one rule: the currency is none. */
export const badRow = (number: number): string => goodRow(number).replace('USD', 'XQX');

/** A file of `rows` rows, every `badEvery`th of them broken. */
export function makeFile(rows: number, badEvery = 10): string {
  const lines = Array.from({ length: rows }, (_, index) =>
    (index + 1) % badEvery === 0 ? badRow(index) : goodRow(index),
  );
  return `${[HEADER, ...lines].join('\n')}\n`;
}

/** A data directory of its own for a test file, removed at the end. */
export function useDataDir(): {
  dataDir: string;
  drop: (folder: string, name: string, content: string | Buffer) => Promise<string>;
} {
  const context = {
    dataDir: '',
    async drop(folder: string, name: string, content: string | Buffer): Promise<string> {
      const place = path.join(context.dataDir, folder, 'rec', name);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, content);
      return place;
    },
  };
  beforeAll(async () => {
    context.dataDir = await mkdtemp(path.join(tmpdir(), 'tain-data-'));
  });
  afterAll(async () => {
    await rm(context.dataDir, { recursive: true, force: true });
  });
  return context;
}

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
