/** What a proof says of the links between corrected records and the rejected ones that they name. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { listAudit } from '../../db/audit.ts';
import { linkCorrections } from '../../db/corrections.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import type { FileRow } from '../../db/files.ts';
import { proveStoredFile } from '../../db/verify.ts';
import { useDatabase } from '../support/database.ts';
import { badRow, goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';

const database = useDatabase();
const data = useDataDir();
let made = 0;
let rejected: FileRow;
let corrected: FileRow;

const drop = async (lines: readonly string[]): Promise<FileRow> => {
  made += 1;
  const { file } = await publishDropped(database.sql, data, `${made}.csv`, `${lines.join('\n')}\n`);
  return file;
};

const returning = (...references: string[]): Promise<FileRow> =>
  drop([
    `${HEADER},tainRecord`,
    ...references.map((reference) => `${goodRow(made, `${made}`)},${reference}`),
  ]);

const prove = async (file: FileRow) =>
  (await proveStoredFile({ sql: database.sql, openRaw: async () => null }, file.file_id)).differences;

beforeEach(async () => {
  rejected = await drop([HEADER, badRow(1), badRow(2), goodRow(made + 5, `${made}`)]);
  const id = fileIdOf(rejected);
  corrected = await returning(`${id}/1`, `${id}/2`, `20261121-${'0'.repeat(32)}/1`);
});

describe('the links of a file', () => {
  it('are noted in the audit log once, and proven', async () => {
    expect(await prove(corrected)).toEqual([]);
    expect(await linkCorrections(database.sql, corrected.file_id)).toBe(3);
    expect(await linkCorrections(database.sql, corrected.file_id)).toBe(0);

    const subject = fileIdOf(corrected);
    const noted = await listAudit(database.sql, {
      action: 'file.linked',
      subject,
      timeZone: 'UTC',
      limit: 9,
    });
    expect(noted.map(({ after }) => after)).toMatchObject([{ records: 3 }]);
    expect(await prove(corrected)).toEqual([]);
  });

  it.each([
    [
      'deleted',
      (file: FileRow) => database.sql`delete from record_correction where file_id = ${file.file_id}`,
      [1, 2, 3],
    ],
    [
      'deleted one by one',
      (file: FileRow) =>
        database.sql`delete from record_correction where file_id = ${file.file_id} and record_no = 2`,
      [2],
    ],
    [
      'redirected',
      (file: FileRow) => database.sql`
        update record_correction set corrected_record_no = 2 where file_id = ${file.file_id} and record_no = 1`,
      [1],
    ],
    [
      'made to name nothing',
      (file: FileRow) => database.sql`
        update record_correction set outcome = 'unknown-file', corrected_file_id = null, corrected_revision = null,
          corrected_record_no = null
        where file_id = ${file.file_id} and record_no = 1`,
      [null],
    ],
  ])('are differences when they were %s', async (_, tamper, records) => {
    await linkCorrections(database.sql, corrected.file_id);
    await tamper(corrected);

    expect((await prove(corrected)).map(({ kind, record }) => [kind, record])).toEqual(
      records.map((record) => ['link', record]),
    );
  });

  it('are differences when they were made without an entry', async () => {
    await database.sql`
      insert into record_correction (file_id, revision, record_no, reference, outcome)
      values (${corrected.file_id}, 1, 3, ${`20261121-${'0'.repeat(32)}/1`}, 'unknown-file')`;

    expect((await prove(corrected)).map(({ kind, record }) => [kind, record])).toEqual([
      ['link', 1],
      ['link', 2],
    ]);
  });
});
