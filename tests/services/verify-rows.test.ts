/** What a proof compares besides the bytes of a file: its row, the audit log, rows in other places. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Difference, VerificationReport } from '../../contracts/verification.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import { refuseFile, registerFile, type FileRow } from '../../db/files.ts';
import { verifySelection } from '../../db/verify.ts';
import { openRawFile } from '../../platform/raw-file.ts';
import { useDatabase } from '../support/database.ts';
import { claimDroppedFile, goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';
import { publishDropped, type Published } from '../support/published.ts';

const database = useDatabase();
const data = useDataDir();
let made = 0;

function publish(text?: string): Promise<Published> {
  made += 1;
  const content = text ?? `${makeFile(39)}${goodRow(made, `file ${made}`)}\n`;
  return publishDropped(database.sql, data, `${made}.csv`, content);
}

const verify = (file: FileRow): Promise<VerificationReport> =>
  verifySelection(
    { sql: database.sql, openRaw: ({ path: place }) => openRawFile(path.join(data.dataDir, place)) },
    { folderDates: [], fileIds: [file.file_id] },
  );

const differences = async (file: FileRow): Promise<readonly Difference[]> =>
  (await verify(file)).files[0]!.differences;

const recordOf = ({ file_id }: FileRow, record: number) =>
  database.sql`file_id = ${file_id} and record_no = ${record}`;

describe('a record without its bytes', () => {
  const long = `${goodRow(2, 'x'.repeat(17 * 1024 ** 2))}\n`;
  const lose = ({ file_id }: FileRow, record: number, change: string) =>
    database.sql`
      update tb_bat_file_hist set raw = null, raw_sha256 = ${'a'.repeat(64)}, ${database.sql.unsafe(change)}
      where file_id = ${file_id} and record_no = ${record}`;

  it('is proven where it is too long to be kept, and said to be not hashed once the file has left', async () => {
    const { file, location } = await publish(`${HEADER}\n${goodRow(1)}\n${long}${goodRow(3)}`);
    expect(await differences(file)).toEqual([]);
    await rm(location);

    const [proof] = (await verify(file)).files;
    expect(proof).toMatchObject({ provenFrom: 'slices', differing: 0, unhashedBytes: long.length });
  });

  it('is named where it is short, whatever verdict it is given', async () => {
    const { file, location } = await publish();
    await rm(location);
    await lose(file, 7, 'record_key = null');
    await lose(file, 10, 'record_key = null');

    const { differences: found, differing } = (await verify(file)).files[0]!;

    expect(found.filter(({ kind }) => kind === 'unkept').map(({ record }) => record)).toEqual([7, 10]);
    expect(found.filter(({ record }) => record === 7).map(({ kind }) => kind)).toContain('verdict');
    expect(found.filter(({ record }) => record === 10).map(({ kind }) => kind)).toContain('issues');
    expect(differing).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ['verdict', `verdict = 'accepted'`],
    ['key', `record_key = 'K'`],
    ['corrects', `corrects = 'X'`],
    ['issues', `issues = null`],
    ['issues', `issues = jsonb_set(issues, '{0,params,actual}', '5')`],
  ])('is only believed with the verdict of a long record: %s by %s', async (kind, change) => {
    const { file, location } = await publish(`${HEADER}\n${goodRow(1)}\n${long}${goodRow(made + 3)}`);
    await rm(location);
    await database.sql`update tb_bat_file_hist set ${database.sql.unsafe(change)} where ${recordOf(file, 2)}`;

    const found = await differences(file);
    expect(found.filter(({ record }) => record !== null)).toMatchObject([{ kind, record: 2 }]);
  });
});

/** Changes the audit log as only its owner can. */
const tamperLog = (statement: string) =>
  database.sql.begin(async (tx) => {
    await tx`alter table audit_log disable trigger audit_log_append_only`;
    await tx.unsafe(statement);
    await tx`alter table audit_log enable trigger audit_log_append_only`;
  });

describe('the row of a file', () => {
  it.each(['file.entered', 'file.published'])(
    'is not proven without its %s in the audit log',
    async (action) => {
      const { file } = await publish();
      await tamperLog(`
      create table kept as select * from audit_log;
      delete from audit_log where subject = '${fileIdOf(file)}' and action = '${action}'`);
      const found = await differences(file);
      await tamperLog('truncate audit_log; insert into audit_log select * from kept; drop table kept');

      expect(found).toMatchObject([{ kind: 'unaudited', expected: action, actual: 'published' }]);
    },
  );

  it.each([
    [`file_name = 'other.csv'`, ['audit']],
    [`size_bytes = size_bytes + 1`, ['size', 'size', 'audit']],
    [`compression = 'gzip'`, ['compression', 'audit']],
  ])('is compared with the file and its arrival: %s', async (change, kinds) => {
    const { file } = await publish();
    await database.sql`
      update tb_bat_file_mst set ${database.sql.unsafe(change)} where file_id = ${file.file_id}`;

    expect((await differences(file)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it.each([
    [`state = 'waiting', problem_code = null, finished_at = null`, ['state', 'problem']],
    [`state = 'held'`, ['state']],
    [`problem_code = 'file.vanished'`, ['problem']],
  ])('of a refused file is what the audit log says: %s', async (change, names) => {
    made += 1;
    const refused = await claimDroppedFile(
      database.sql,
      'no.csv',
      Buffer.from(`${makeFile(3)}${goodRow(made)}`),
    );
    await refuseFile(database.sql, refused.file_id, { code: 'file.changed', params: {} });
    expect(await differences(refused)).toEqual([]);
    await database.sql`
      update tb_bat_file_mst set ${database.sql.unsafe(change)} where file_id = ${refused.file_id}`;

    const found = await differences(refused);

    expect(found.map(({ kind, actual }) => [kind, actual!.split(' ')[0]])).toEqual(
      names.map((name) => ['audit', name]),
    );
  });

  it('of a held file is what the audit log says, also after it was held for another reason', async () => {
    const held = { folderDate: '2026-11-21', sha256: 'b'.repeat(64), fileName: 'h', path: 'h', sizeBytes: 1 };
    const hold = (code: 'file.changed' | 'file.vanished') =>
      registerFile(database.sql, { ...held, problem: { code, params: {} } });
    await hold('file.changed');
    const { fileId } = await hold('file.vanished');
    const [file] = await database.sql<FileRow[]>`select * from tb_bat_file_mst where file_id = ${fileId}`;
    expect(await differences(file!)).toEqual([]);

    await database.sql`update tb_bat_file_mst set problem_code = 'file.empty' where file_id = ${fileId}`;

    expect(await differences(file!)).toMatchObject([
      { kind: 'audit', expected: 'problem file.vanished', actual: 'problem file.empty' },
    ]);
  });
});

describe('rows of a file in another place', () => {
  it.each([
    ['revision', 'folder_date, 2', 'folder date 2026-11-21'],
    ['folder date', `date '2026-11-20', 1`, 'folder date 2026-11-20'],
  ])('are found from the file: under another %s', async (_, place, actual) => {
    const { file } = await publish();
    await database.sql`
      insert into tb_bat_file_hist
        (folder_date, revision, file_id, record_no, line_no, byte_offset, byte_length, verdict, raw)
      select ${database.sql.unsafe(place)}, file_id, record_no, line_no, byte_offset, byte_length, verdict, raw
      from tb_bat_file_hist where ${recordOf(file, 5)}`;

    const { holds, files } = await verify(file);

    expect(holds).toBe(false);
    expect(files[0]!.differences).toEqual([
      expect.objectContaining({
        kind: 'stray',
        record: 5,
        actual: expect.stringContaining(actual) as unknown,
      }),
    ]);
  });
});
