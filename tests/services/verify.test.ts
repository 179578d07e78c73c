import { writeFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Difference, VerificationReport } from '../../contracts/verification.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import { refuseFile, type FileRow } from '../../db/files.ts';
import { proveStoredFile, selectDay, verifySelection } from '../../db/verify.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { openRawFile } from '../../platform/raw-file.ts';
import { useDatabase } from '../support/database.ts';
import { claimDroppedFile, goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';
import { publishDropped, type Published } from '../support/published.ts';

const database = useDatabase();
const data = useDataDir();
let made = 0;

/** A published file of forty records, every tenth of them rejected but the last. */
function publish(text?: string | Buffer): Promise<Published> {
  made += 1;
  const content = text ?? `${makeFile(39)}${goodRow(made, `file ${made}`)}\n`;
  return publishDropped(database.sql, data, `${made}.csv`, content);
}

const verify = (file: FileRow): Promise<VerificationReport> =>
  verifySelection(
    {
      sql: database.sql,
      openRaw: ({ path: place }) => openRawFile(path.join(data.dataDir, place)),
    },
    { folderDates: [], fileIds: [file.file_id] },
  );

const differences = async (file: FileRow): Promise<readonly Difference[]> =>
  (await verify(file)).files[0]!.differences;

/** Byte range of a record of the file, found in its bytes. */
function rangeOf(content: Buffer, record: number): { from: number; to: number } {
  let from = 0;
  for (let line = 0; line < record; line += 1) from = content.indexOf('\n', from) + 1;
  const end = content.indexOf('\n', from);
  return { from, to: end < 0 ? content.length : end + 1 };
}

const recordOf = ({ file_id }: FileRow, record: number) =>
  database.sql`file_id = ${file_id} and record_no = ${record}`;

describe('a published file', () => {
  it('is proven from its bytes, and from the stored slices when it has left the folder', async () => {
    const { file, location } = await publish();

    const here = await verify(file);
    await rm(location);
    const gone = await verify(file);

    const proof = {
      id: fileIdOf(file),
      state: 'published',
      counts: { read: 40, accepted: 37, rejected: 3 },
      differing: 0,
      unhashedBytes: 0,
    };
    expect(here.files).toEqual([expect.objectContaining({ ...proof, provenFrom: 'file' })]);
    expect(gone.files).toEqual([expect.objectContaining({ ...proof, provenFrom: 'slices' })]);
    expect(here.audit.breaks).toEqual([]);
    expect([here.holds, gone.holds]).toEqual([true, true]);
  });

  it('is proven with a byte order mark, blank lines, odd bytes and no line break at the end', async () => {
    const rows = [goodRow(1, 'größer'), `${goodRow(2)}\r`, '', '\r', `${goodRow(3)}\0`, 'ragged'];
    const odd = Buffer.from(`\ufeff${HEADER}\r\n\n${rows.join('\n')}\n${goodRow(6, 'é')}`);
    const { file, location } = await publish(odd);

    expect(await differences(file)).toEqual([]);
    await rm(location);
    expect(await differences(file)).toEqual([]);
  });

  it('names the record and the byte of a file that was changed in its folder, and still proves what is stored', async () => {
    const { file, location, content } = await publish();
    const range = rangeOf(content, 7);
    const changed = Buffer.from(content);
    changed[range.from + 5] = 'X'.charCodeAt(0);
    await writeFile(location, changed);

    const { holds, files } = await verify(file);

    expect(holds).toBe(false);
    expect(files[0]).toMatchObject({ provenFrom: 'slices', counts: { read: 40 }, differing: 1 });
    expect(files[0]!.differences).toEqual([
      {
        kind: 'disk',
        record: 7,
        line: 8,
        bytes: { from: range.from + 5, to: range.from + 6 },
        expected: content.toString('latin1', range.from + 5, range.from + 6),
        actual: 'X',
      },
    ]);
  });

  it.each([
    ['cut', (content: Buffer) => content.subarray(0, content.length - 10)],
    ['grown', (content: Buffer) => Buffer.concat([content, Buffer.from('more')])],
  ])('is said to be another one on disk when it was %s there', async (_, change) => {
    const { file, location, content } = await publish();
    await writeFile(location, change(content));

    expect((await differences(file)).map(({ kind }) => kind)).toEqual(['disk']);
  });
});

describe('a proof', () => {
  /** More records than are fetched at once. */
  const longFile = (): string => `${makeFile(4500)}${goodRow(made, `long ${made}`)}\n`;
  const raw = (content: Buffer, failAt: number, error: Error) => {
    let reads = 0;
    // The second reading stops behind the header: it has to fail within it, the third among the records.
    const cutAt = failAt === 2 ? 30 : 1500;
    return async function* () {
      reads += 1;
      yield content.subarray(0, cutAt);
      if (reads === failAt) throw error;
      yield content.subarray(cutAt);
    };
  };
  const rawFile = (bytes: () => AsyncGenerator<Buffer>) => ({
    compression: async () => 'none' as const,
    bytes,
    content: bytes,
  });
  const proveWith = (file: FileRow, bytes: () => AsyncGenerator<Buffer>) =>
    proveStoredFile({ sql: database.sql, openRaw: async () => rawFile(bytes) }, file.file_id);

  it.each([1, 2, 3])(
    'goes on from the slices when the file leaves its folder at its reading %d',
    async (at) => {
      const { file, content } = await publish(longFile());
      const gone = Object.assign(new Error('gone'), { code: 'ENOENT', syscall: 'open' });

      expect(await proveWith(file, raw(content, at, gone))).toMatchObject({
        provenFrom: 'slices',
        differing: 0,
      });
    },
  );

  it('names a file that cannot be read, and proves what is stored', async () => {
    const { file, content } = await publish(longFile());
    const broken = Object.assign(new Error('broken'), { code: 'EIO', syscall: 'read' });

    const { provenFrom, differences: found } = await proveWith(file, raw(content, 1, broken));

    expect(provenFrom).toBe('slices');
    expect(found).toMatchObject([{ kind: 'disk', actual: 'EIO' }]);
  });

  it.each([1, 2, 3])('ends when it is told to, at reading %d, and gives its connection back', async (at) => {
    const { file, content } = await publish(longFile());
    const pool = connectPostgres(database.url, 'one connection', 1);
    const bytes = raw(content, at, new Error('told to'));
    const openRaw = async () => rawFile(bytes);

    await expect(proveStoredFile({ sql: pool, openRaw }, file.file_id)).rejects.toThrow('told to');

    expect(await pool`select 1 as one`).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe.each([
  ['with the file in its folder', false],
  ['after the file has left', true],
])('%s', (_, isGone) => {
  async function tampered(tamper: (published: Published) => Promise<unknown>) {
    const published = await publish();
    if (isGone) await rm(published.location);
    await tamper(published);
    const report = await verify(published.file);
    return { ...published, report, found: report.files[0]!.differences };
  }

  it('a stored row that was deleted is named', async () => {
    const { content, report, found } = await tampered(
      ({ file }) => database.sql`delete from tb_bat_file_hist where ${recordOf(file, 12)}`,
    );

    expect(report.holds).toBe(false);
    expect(found).toEqual([
      { kind: 'missing', record: 12, line: 13, bytes: rangeOf(content, 12), expected: '1', actual: null },
    ]);
  });

  it('the first and the last row are missed as well', async () => {
    const { content, found } = await tampered(
      ({ file }) =>
        database.sql`delete from tb_bat_file_hist where file_id = ${file.file_id} and record_no in (1, 40)`,
    );

    expect(found).toMatchObject([
      { kind: 'missing', record: 1, bytes: rangeOf(content, 1) },
      { kind: 'missing', record: 40, bytes: rangeOf(content, 40) },
    ]);
  });

  it('a stored row that was doubled under another number is named', async () => {
    const { content, found } = await tampered(
      ({ file }) => database.sql`
        insert into tb_bat_file_hist
          (folder_date, file_id, revision, record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw)
        select folder_date, file_id, revision, 41, line_no, byte_offset, byte_length, verdict, record_key, issues, raw
        from tb_bat_file_hist where ${recordOf(file, 5)}`,
    );

    expect(found).toEqual([
      expect.objectContaining({ kind: 'extra', record: 41, line: 6, bytes: rangeOf(content, 5) }),
    ]);
  });

  it('a verdict that was flipped is named with what the bytes give', async () => {
    const { content, found } = await tampered(
      ({ file }) =>
        database.sql`update tb_bat_file_hist set verdict = 'accepted' where ${recordOf(file, 10)}`,
    );

    expect(found).toEqual([
      {
        kind: 'verdict',
        record: 10,
        line: 11,
        bytes: rangeOf(content, 10),
        expected: 'rejected',
        actual: 'accepted',
      },
    ]);
  });

  it('counts that were altered are named, also when they add up', async () => {
    const { found } = await tampered(
      ({ file }) => database.sql`
        update tb_bat_file_mst set accepted_count = 38, rejected_count = 2 where file_id = ${file.file_id}`,
    );

    expect(found.filter(({ kind }) => kind !== 'audit')).toMatchObject([
      { kind: 'accepted', expected: '37', actual: '38' },
      { kind: 'rejected', expected: '3', actual: '2' },
    ]);
    expect(found.filter(({ kind }) => kind === 'audit')).toHaveLength(2);
  });

  it('bytes of a stored slice that were altered are found', async () => {
    const { content, found } = await tampered(
      ({ file }) =>
        database.sql`update tb_bat_file_hist set raw = replace(raw, '1000000.50', '1000000.51') where ${recordOf(file, 3)}`,
    );

    const at = rangeOf(content, 3).from + content.subarray(rangeOf(content, 3).from).indexOf('.50') + 2;
    expect(found).toMatchObject(
      isGone
        ? [{ kind: 'hash', record: null }]
        : [{ kind: 'bytes', record: 3, bytes: { from: at, to: at + 1 }, expected: '0', actual: '1' }],
    );
  });
});

describe('a day', () => {
  const verifyDay = async (): Promise<VerificationReport> =>
    verifySelection(
      { sql: database.sql, openRaw: async () => null },
      await selectDay(database.sql, '2026-11-21'),
    );

  it('lists files that are not published with their state, and does not hold it against them', async () => {
    const content = Buffer.from(makeFile(3));
    const refused = await claimDroppedFile(database.sql, 'refused.csv', content);
    await refuseFile(database.sql, refused.file_id, { code: 'file.changed', params: {} });

    const { files } = await verifyDay();

    expect(files.find(({ name }) => name === 'refused.csv')).toMatchObject({
      state: 'refused',
      provenFrom: null,
      differing: 0,
    });
  });

  it('names stored rows without a file, and files of any state that are gone', async () => {
    const { file } = await publish();
    const { file: copied } = await publish();
    const waiting = await claimDroppedFile(database.sql, 'gone.csv', Buffer.from(makeFile(7)));
    expect((await verifyDay()).strays.differing).toBe(0);
    await database.sql`
      delete from tb_bat_file_mst where file_id in (${file.file_id}, ${waiting.file_id})`;
    await database.sql`
      insert into tb_bat_file_hist
        (folder_date, file_id, revision, record_no, line_no, byte_offset, byte_length, verdict, raw)
      select folder_date, file_id, 2, record_no, line_no, byte_offset, byte_length, verdict, raw
      from tb_bat_file_hist where ${recordOf(copied, 5)}`;

    const { holds, strays, files } = await verifyDay();

    expect(holds).toBe(false);
    const [stray, ...removed] = strays.differences;
    expect(stray).toMatchObject({
      kind: 'stray',
      expected: '40',
      actual: `folder date 2026-11-21, file_id ${file.file_id}, revision 1`,
    });
    expect(removed.map(({ kind, expected, actual }) => [kind, expected, actual])).toEqual(
      [
        ['removed', fileIdOf(file), 'file.published'],
        ['removed', fileIdOf(waiting), 'file.entered'],
      ].sort(([, one], [, other]) => (one! < other! ? -1 : 1)),
    );
    expect(files.find(({ id }) => id === fileIdOf(copied))!.differences).toMatchObject([
      { kind: 'stray', record: 5 },
    ]);
  });
});
