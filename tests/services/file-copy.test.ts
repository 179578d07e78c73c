import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
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

  it('stores a large file through its thread just as a small one', async () => {
    const content = Buffer.from(makeFile(100_000));
    expect(content.length).toBeGreaterThan(5 * 1024 ** 2);
    const { file, location } = await prepare('large.csv', content);

    const counts = await copy(file, location, { chunkBytes: 1024 ** 2 });

    expect(counts).toEqual({ read: 100_000, accepted: 90_000, rejected: 10_000 });
    expect(await publishFile(database.sql, file.file_id)).toMatchObject({ state: 'published' });
    expect((await storedBytes(file)).equals(content)).toBe(true);
  });

  it('refuses a large file that changed, and says so out of its thread', async () => {
    const content = Buffer.from(makeFile(100_001));
    const { file, location } = await prepare('large-changed.csv', content);
    content[content.length - 20] = content[content.length - 20]! ^ 1;
    await writeFile(location, content);

    await expect(copy(file, location)).rejects.toMatchObject({ code: 'file.changed' });
  });

  it('stores what is behind gzip, and goes on in the middle of it', async () => {
    const content = Buffer.from(makeFile(20_000));
    const { file, location } = await prepare('compressed.csv.gz', gzipSync(content));
    const abort = new AbortController();
    const cutOff = copy(file, location, {
      chunkBytes: 300_000,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(cutOff).rejects.toThrow();
    const again = (await claimFile(database.sql, file.file_id))!;
    expect(again.read_count).toBeGreaterThan(0);

    expect(await copy(again, location)).toEqual({ read: 20_000, accepted: 18_000, rejected: 2000 });
    expect(await publishFile(database.sql, file.file_id)).toMatchObject({ state: 'published' });
    expect((await storedBytes(file)).equals(content)).toBe(true);
  });

  it('keeps a record of 17 MiB as its place and hash, and the records around it', async () => {
    const long = Buffer.from(`${goodRow(2, 'x'.repeat(17 * 1024 ** 2))}\n`);
    const content = Buffer.concat([Buffer.from(`${HEADER}\n${goodRow(1)}\n`), long, Buffer.from(goodRow(3))]);
    const { file, location } = await prepare('long.csv', content);

    expect(await copy(file, location)).toEqual({ read: 3, accepted: 2, rejected: 1 });
    expect(await publishFile(database.sql, file.file_id)).toMatchObject({ state: 'published' });
    const rows = await listRecords(database.sql, file.file_id, { after: 0, limit: 10 });
    expect(rows[1]).toMatchObject({
      byte_length: long.length,
      raw: null,
      raw_bytes: null,
      raw_sha256: createHash('sha256').update(long).digest('hex'),
      issues: [{ ruleId: 'csv.record-too-long' }],
    });
  });

  it('refuses a file whose values the database does not take, instead of trying for ever', async () => {
    const { file, location } = await prepare('refused-values.csv', Buffer.from(makeFile(100)));
    await database.sql`alter table tb_bat_file_hist add constraint no_line_50 check (line_no <> 50) not valid`;
    try {
      await expect(copy(file, location)).rejects.toMatchObject({ code: 'file.values-refused' });
    } finally {
      await database.sql`alter table tb_bat_file_hist drop constraint no_line_50`;
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

  it.each([
    ['lacks a record', 'delete from tb_bat_file_hist where record_no = 7'],
    [
      'has a record at another place',
      'update tb_bat_file_hist set byte_offset = byte_offset + 1 where record_no = 7',
    ],
    ['has a record under another number', 'update tb_bat_file_hist set record_no = 1000 where record_no = 7'],
    ['has another verdict', "update tb_bat_file_hist set verdict = 'rejected' where record_no = 7"],
  ])('is not published when the store %s', async (fault, statement) => {
    const { file, location } = await prepare(
      `${fault.replaceAll(' ', '-')}.csv`,
      Buffer.from(makeFile(20 + fault.length)),
    );
    await copy(file, location);

    await database.sql.unsafe(`${statement} and file_id = ${file.file_id}`);

    expect(await publishFile(database.sql, file.file_id)).toBeNull();
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
