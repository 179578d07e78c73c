import { rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { VerificationReport } from '../../contracts/verification.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import { applyPublished } from '../support/applied.ts';
import { useDatabase, useEmptyDatabase } from '../support/database.ts';
import { makeFile, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { runCommand } from '../support/run-command.ts';

const database = useDatabase();
const empty = useEmptyDatabase();
const data = useDataDir();

const verify = (...args: string[]) =>
  runCommand(['verify', ...args], { DATABASE_URL: database.url, TAIN_DATA_DIR: data.dataDir });

describe('tain verify', () => {
  it('proves a day and a file by every name, exits 1 at a difference, and goes on after the file has left', async () => {
    const { file, location } = await publishDropped(database.sql, data, 'day.csv', makeFile(1200));

    const day = await verify('2026-11-21');
    expect(day.stderr).toBe('');
    expect(day.code).toBe(0);
    expect(day.stdout).toContain(`proven  day.csv (${fileIdOf(file)})`);
    expect(day.stdout).toContain('read 1,200 = accepted 1,080 + rejected 120');
    expect(day.stdout).toContain(file.sha256);
    expect(day.stdout).toContain('checked against the file');
    expect(day.stdout).toMatch(/proven {2}audit log: 2 rows, head 2 [0-9a-f]{64}/);

    expect(day.stdout).not.toContain('ledger');

    await applyPublished(database.sql, file);
    const applied = await verify('2026-11-21');
    expect(applied.stdout).toContain('    in the ledger: accepted 1,080 = applied 1,080 + duplicate 0 +');
    expect(applied.stdout).toContain(
      'proven  ledger: 1,080 swaps and portfolios, folded again from 1,080 events\n',
    );
    await database.sql`update tb_on_mst set state = replace(state, '"open"', '"none"')
      where subject_key = (select min(subject_key) from tb_on_mst)`;
    const altered = await verify('2026-11-21');
    expect(altered.code).toBe(1);
    expect(altered.stdout).toMatch(
      /differs {2}ledger: .*\n {4}ledger: the stored state of swap \S+ is not what its events give\.\n/,
    );
    await database.sql`update tb_on_mst set state = replace(state, '"none"', '"open"')`;

    await rm(location);
    for (const name of ['20261121', fileIdOf(file), 'day.csv', location]) {
      const gone = await verify(name);
      expect([name, gone.code, gone.stdout]).toEqual([
        name,
        0,
        expect.stringContaining('checked against the stored slices') as unknown,
      ]);
    }

    await database.sql`
      delete from tb_bat_file_hist where file_id = ${file.file_id} and record_no = 700`;
    const lost = await verify('20261121');
    expect(lost.code).toBe(1);
    expect(lost.stdout).toMatch(
      /differs {2}day\.csv .*\n(.*\n)* {4}day\.csv: record 700 \(line 701, bytes \d+–\d+\): the record is not stored\.\n/,
    );
    const json = await verify('day.csv', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout) as VerificationReport).toMatchObject({
      holds: false,
      files: [{ id: fileIdOf(file), differing: 1, differences: [{ kind: 'missing', record: 700 }] }],
    });
  });

  it('exits 1 and names the altered row of the audit log', async () => {
    expect((await verify('--audit')).code).toBe(0);
    await database.sql.begin(async (tx) => {
      await tx`alter table audit_log disable trigger audit_log_append_only`;
      await tx`update audit_log set actor = 'nobody' where seq = 1`;
      await tx`alter table audit_log enable trigger audit_log_append_only`;
    });

    const { code, stdout } = await verify('--audit');

    expect(code).toBe(1);
    expect(stdout).toContain('audit row 1: was altered');
  });

  it('exits 2 and says what to do when there is nothing to prove, or no database', async () => {
    const unknown = await verify('nothing.csv');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('nothing.csv') as unknown]);
    expect((await verify()).code).toBe(2);

    const unreachable = await runCommand(['verify', '20261121'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    });
    expect([unreachable.code, unreachable.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot be reached.*\n.*npm start/) as unknown,
    ]);
    const tableless = await runCommand(['verify', '20261121'], { DATABASE_URL: empty.url });
    expect([tableless.code, tableless.stderr]).toEqual([
      2,
      expect.stringContaining('no tables of this version') as unknown,
    ]);
  });

  it('proves every file that has the name, and names one whose row is gone', async () => {
    const { file: first } = await publishDropped(database.sql, data, 'twice.csv', makeFile(3));
    const { file: second } = await publishDropped(database.sql, data, 'twice.csv', makeFile(4));

    const both = await verify('twice.csv');

    expect(both.stdout).toContain(`differs  twice.csv (${fileIdOf(first)})`);
    expect(both.stdout).toContain(`proven  twice.csv (${fileIdOf(second)})`);
    expect(both.code).toBe(1);

    await database.sql`delete from tb_bat_file_mst where file_id = ${first.file_id}`;
    for (const name of [fileIdOf(first), 'twice.csv']) {
      const gone = await verify(name);
      expect([gone.code, gone.stdout]).toEqual([
        1,
        expect.stringContaining(`the audit log knows ${fileIdOf(first)} (file.published)`) as unknown,
      ]);
    }
  });
});
