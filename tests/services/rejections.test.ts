import { describe, expect, it } from '@jest/globals';
import { copyFile } from '../../activities/file-copy.ts';
import { publishFile } from '../../db/files.ts';
import { readRejections } from '../../db/rejections.ts';
import { useDatabase } from '../support/database.ts';
import { badRow, claimDroppedFile, goodRow, HEADER, useDataDir } from '../support/files.ts';

const database = useDatabase();
const data = useDataDir();

async function publish(name: string, lines: readonly string[]) {
  const content = Buffer.from(`${[HEADER, ...lines].join('\n')}\n`);
  const location = await data.drop('20261121', name, content);
  const file = await claimDroppedFile(database.sql, location, content);
  await copyFile({
    sql: database.sql,
    file,
    location,
    chunkBytes: 1 << 20,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return (await publishFile(database.sql, file.file_id))!;
}

async function pagesOf(file: Awaited<ReturnType<typeof publish>>): Promise<number[][]> {
  const pages: number[][] = [];
  for await (const rows of readRejections(database.sql, file)) pages.push(rows.map((row) => row.record_no));
  return pages;
}

describe('reading the rejected records of a file', () => {
  it('gives them in file order, and none of the others', async () => {
    const file = await publish('mixed.csv', [badRow(1), goodRow(2), badRow(3), goodRow(4)]);

    expect(await pagesOf(file)).toEqual([[1, 3]]);
  });

  it('keeps a page of long records small, and takes one that is longer than a page alone', async () => {
    const long = (number: number, bytes: number): string => badRow(number) + 'x'.repeat(bytes);
    const sizes = [3, 3, 6, 1, 1].map((mebibytes) => mebibytes * 1024 * 1024);
    const file = await publish(
      'long.csv',
      sizes.map((bytes, number) => long(number, bytes)),
    );

    expect(await pagesOf(file)).toEqual([[1, 2], [3], [4, 5]]);
  });

  it('gives nothing when nothing was rejected', async () => {
    expect(await pagesOf(await publish('clean.csv', [goodRow(1)]))).toEqual([]);
  });
});
