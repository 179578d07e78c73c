import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { copyFile } from '../../activities/file-copy.ts';
import { claimFile, findFile, publishFile, refuseFile, type FileRow } from '../../db/files.ts';
import { listRecords } from '../../db/records.ts';
import { useDatabase } from '../support/database.ts';
import { badRow, claimDroppedFile, goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';

const database = useDatabase();
const data = useDataDir();

type Overrides = { chunkBytes?: number; signal?: AbortSignal; onProgress?: () => void };

const copy = (file: FileRow, location: string, overrides: Overrides = {}) =>
  copyFile({
    sql: database.sql,
    file,
    location,
    chunkBytes: overrides.chunkBytes ?? 1024 * 1024,
    signal: overrides.signal ?? new AbortController().signal,
    onProgress: overrides.onProgress ?? (() => undefined),
  });

const prepare = async (name: string, content: Buffer): Promise<{ file: FileRow; location: string }> => {
  const location = await data.drop('20261121', name, content);
  return { file: await claimDroppedFile(database.sql, location, content), location };
};

const storedBytes = async (file: FileRow): Promise<Buffer> => {
  const rows = await listRecords(database.sql, file.file_id, { after: 0, limit: 1_000_000 });
  const stored = await findFile(database.sql, file.file_id);
  return Buffer.concat([
    stored!.header_raw!,
    ...rows.map((row) => row.raw_bytes ?? Buffer.from(row.raw!, 'utf8')),
  ]);
};

describe('copying a file into the history', () => {
  it('stores every record with its place and its bytes, so that the slices give the file back', async () => {
    const odd = [
      goodRow(2, '"a ""quoted"", remark\twith \\ tab"'),
      goodRow(3, 'größer'),
      `${goodRow(4)}\r`,
      '',
      badRow(5),
    ];
    const content = Buffer.concat([
      Buffer.from(`\ufeff${HEADER}\r\n${goodRow(1)}\n${odd.join('\n')}\n`),
      Buffer.from(`${goodRow(7, 'nul: \0')}\nno line break at the end`),
    ]);
    const { file, location } = await prepare('odd.csv', content);

    const counts = await copy(file, location);

    expect(counts).toEqual({ read: 7, accepted: 4, rejected: 3 });
    expect(await publishFile(database.sql, file.file_id)).toMatchObject({ state: 'published' });
    expect(await storedBytes(file)).toEqual(content);
    const rows = await listRecords(database.sql, file.file_id, { verdict: 'rejected', after: 0, limit: 10 });
    expect(rows.map((row) => [row.line_no, row.issues![0]!.ruleId])).toEqual([
      [7, 'code.currency'],
      [8, 'csv.nul-byte'],
      [9, 'csv.field-count'],
    ]);
    for (const row of rows) {
      const slice = content.subarray(row.byte_offset, row.byte_offset + row.byte_length);
      expect(row.raw_bytes ?? Buffer.from(row.raw!, 'utf8')).toEqual(slice);
    }
  });

  it('goes on from the last committed chunk after an attempt was cut off', async () => {
    const content = Buffer.from(makeFile(30_000));
    const { file, location } = await prepare('cut-off.csv', content);
    const abort = new AbortController();
    let chunks = 0;
    const cutOff = copy(file, location, {
      chunkBytes: 100_000,
      signal: abort.signal,
      onProgress: () => {
        chunks += 1;
        if (chunks === 3) abort.abort(new Error('cut off'));
      },
    });
    await expect(cutOff).rejects.toThrow('cut off');

    const second = (await claimFile(database.sql, file.file_id))!;
    const counts = await copy(second, location, { chunkBytes: 100_000 });

    expect(second.next_offset).toBeGreaterThan(0);
    expect(second.next_offset).toBeLessThan(content.length);
    expect(counts).toEqual({ read: 30_000, accepted: 27_000, rejected: 3_000 });
    expect(await publishFile(database.sql, file.file_id)).toMatchObject({
      read_count: 30_000,
      state: 'published',
    });
    expect(await storedBytes(file)).toEqual(content);
  });

  it('lets only the newest attempt write', async () => {
    const { file, location } = await prepare('zombie.csv', Buffer.from(makeFile(2_000)));
    const newer = (await claimFile(database.sql, file.file_id))!;

    await expect(copy(file, location)).rejects.toMatchObject({ code: 'ingest.superseded' });

    expect(await copy(newer, location)).toMatchObject({ read: 2_000 });
    // Its rows collide with those of the newer attempt: an error that the server finds at the end of the COPY.
    await expect(copy(file, location)).rejects.toMatchObject({ code: '23505' });
    expect(await publishFile(database.sql, file.file_id)).toMatchObject({
      state: 'published',
      read_count: 2_000,
    });
  });

  it('refuses bytes that are not the ones that were taken', async () => {
    const content = Buffer.from(makeFile(500));
    const { file, location } = await prepare('changed.csv', content);
    await writeFile(location, content.toString().replace('USD', 'EUR'));

    await expect(copy(file, location)).rejects.toMatchObject({ code: 'file.changed' });
  });

  it('refuses a file that has another size than when it was taken', async () => {
    const content = Buffer.from(makeFile(50));
    const { file, location } = await prepare('grown.csv', content);
    await writeFile(location, `${content.toString()}${goodRow(99)}\n`);

    await expect(copy(file, location)).rejects.toMatchObject({ code: 'file.changed' });
  });

  it('keeps nothing of a refused file but its reason', async () => {
    const { file, location } = await prepare('refused.csv', Buffer.from(makeFile(300)));
    await copy(file, location);

    await refuseFile(database.sql, file.file_id, { code: 'file.changed', params: {} });

    const [left] = await database.sql<{ rows: number }[]>`
      select count(*) as rows from tb_bat_file_hist where file_id = ${file.file_id}`;
    expect(left!.rows).toBe(0);
    expect(await findFile(database.sql, file.file_id)).toMatchObject({ state: 'refused', read_count: 0 });
    expect(await claimFile(database.sql, file.file_id)).toBeNull();
    await expect(copy(file, location)).rejects.toMatchObject({ code: 'ingest.superseded' });
  });

  it('does not publish a file whose stored records do not add up', async () => {
    const { file, location } = await prepare('short.csv', Buffer.from(makeFile(100)));
    await copy(file, location);
    await database.sql`delete from tb_bat_file_hist where file_id = ${file.file_id} and record_no = 50`;

    expect(await publishFile(database.sql, file.file_id)).toBeNull();
    expect(await findFile(database.sql, file.file_id)).toMatchObject({ state: 'ingesting' });
  });
});
