import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { BackupManifest } from '../../contracts/backup.ts';
import { verifyAuditChain } from '../../db/audit.ts';
import { listStoredTables } from '../../db/backup.ts';
import { migrate, readMigrations } from '../../db/migrate.ts';
import { selectDay, verifySelection } from '../../db/verify.ts';
import { openRawFile } from '../../platform/raw-file.ts';
import { backUp, fingerprint, restore, tablesWithoutRows, useBackupFolder } from '../support/backups.ts';
import { useDatabase, useEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { AWKWARD, fillEveryTable } from '../support/every-table.ts';
import { makeFile, useDataDir } from '../support/files.ts';

const source = useDatabase();
const data = useDataDir();
const folder = useBackupFolder();
const target = useEmptyDatabase();
const targetDir = () => folder.path('target');
let manifest: BackupManifest;
let before: Record<string, string>;

beforeAll(async () => {
  await fillEveryTable(source.sql, data);
  await data.drop('20261124', 'waiting.csv', makeFile(3));
  manifest = await backUp(source.url, data.dataDir, folder.path('good'));
  before = await fingerprint(source.sql, manifest.audit.seq);
});

describe('a backup that is restored', () => {
  it('has every table with every row, every file, and the numbers go on behind the last', async () => {
    // A new table without rows would be in every backup that leaves it out: fillEveryTable gives it one.
    expect(tablesWithoutRows(before)).toEqual([]);

    const { open } = await restore(target.url, targetDir(), folder.path('good'));

    const after = await fingerprint(target.sql, manifest.audit.seq);
    // Reports under way are ended: the one table that differs.
    expect({ ...after, report: '' }).toEqual({ ...before, report: '' });
    expect(await target.sql`select state from report`).toEqual([{ state: 'cancelled' }]);
    expect(open).toEqual({ files: 1, days: 1, jobs: 1, reports: 1 });
    // The database waits for it, and it is not there.
    expect(manifest.omitted).toEqual([{ path: '20260102/rec/lost.csv', why: 'gone' }]);
    const notes = await target.sql`select note, noted_at::text as at from exception_note`;
    expect(notes).toEqual([{ note: AWKWARD, at: 'infinity' }]);

    expect(manifest.files.map((file) => file.path)).toEqual(
      expect.arrayContaining([
        '20261121/rec/day.csv',
        '20261124/rec/waiting.csv',
        '20261123/send/manifest.json',
      ]),
    );
    for (const { path: place, sha256, mtimeMs } of manifest.files) {
      const location = path.join(targetDir(), place);
      const found = createHash('sha256')
        .update(await readFile(location))
        .digest('hex');
      expect([place, found]).toEqual([place, sha256]);
      expect(Math.trunc((await stat(location)).mtimeMs)).toBe(Math.trunc(mtimeMs));
    }
    expect((await readdir(targetDir())).sort()).toEqual(['20261121', '20261123', '20261124']);

    for (const sequence of ['tb_bat_file_mst_file_id_seq', 'gpu_position']) {
      const [was] = await source.sql<[{ last: number }]>`
        select last_value as last from pg_sequences where sequencename = ${sequence}`;
      const [now] = await target.sql<[{ next: number }]>`select nextval(${sequence}) as next`;
      expect([sequence, now.next]).toEqual([sequence, was.last + 1]);
    }
  });

  it('has the schema that migrations make, with triggers on and keys in force', async () => {
    const schemaOf = async ({ sql }: TestDatabase) => [
      await sql`select conrelid::regclass::text as owner, conname, pg_get_constraintdef(oid) as text, convalidated
        from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`,
      await sql`select tgrelid::regclass::text as owner, tgname, tgenabled from pg_trigger
        where not tgisinternal order by 1, 2`,
      await sql`select indexdef from pg_indexes where schemaname = 'public' order by 1`,
    ];

    expect(await schemaOf(target)).toEqual(await schemaOf(source));
    await expect(target.sql`delete from audit_log`).rejects.toThrow(/audit_log/);
    expect(await migrate(target.sql)).toEqual([]);
  });

  it('proves the day as it was, and an audit log that says who made and who restored it', async () => {
    const report = await verifySelection(
      { sql: target.sql, openRaw: (file) => openRawFile(path.join(targetDir(), file.path)) },
      await selectDay(target.sql, '2026-11-21'),
      () => undefined,
      () => undefined,
    );

    expect(report).toMatchObject({ holds: true, files: [{ name: 'day.csv', provenFrom: 'file' }] });
    expect((await verifyAuditChain(target.sql)).broken).toBe(0);
    const noted = await target.sql`
      select action, subject, actor from audit_log where action like 'backup.%' order by seq`;
    const subject = `backup/${manifest.id}`;
    expect(noted).toEqual([
      { action: 'backup.begun', subject, actor: 'kim' },
      { action: 'backup.restored', subject, actor: 'kim' },
    ]);
    const made = await source.sql`select after from audit_log where action = 'backup.made'`;
    expect(made).toMatchObject([{ after: { seal: manifest.seal } }]);
  });

  it('holds nothing that opens the database or signs a token', async () => {
    const password = new URL(source.url).password;
    expect(password).not.toBe('');
    const text = await readFile(folder.path('good', 'manifest.json'), 'utf8');

    expect(text).not.toContain(password);
    const tops = await readdir(folder.path('good'));
    expect(tops.sort()).toEqual(['data', 'manifest.json', 'tables']);
  });
});

describe('a backup', () => {
  const other = useDatabase();
  const upgraded = useEmptyDatabase();

  it('has a table that a later migration makes, and says which table is not ours', async () => {
    await other.sql`create table somebody_elses (a int)`;
    const migrations = await readMigrations();
    const later = {
      version: 9999,
      name: '9999_later.sql',
      sql: 'create table later (a int); insert into later values (1);',
    };
    await migrate(other.sql, [...migrations, later]);

    await expect(backUp(other.url, data.dataDir, folder.path('later'))).rejects.toMatchObject({
      code: 'backup.newer',
      params: { what: 'migration', theirs: 9999, ours: migrations.at(-1)!.version },
    });

    const { tables, omitted } = await backUp(other.url, data.dataDir, folder.path('later'), {
      migrations: [...migrations, later],
    });
    const stored = await listStoredTables(other.sql);
    expect(omitted).toEqual([{ path: 'somebody_elses', why: 'not-ours' }]);
    expect(tables.map(({ table }) => table)).toEqual(
      stored.map(({ table }) => table).filter((table) => table !== 'somebody_elses'),
    );
    await expect(restore(upgraded.url, folder.path('down'), folder.path('later'))).rejects.toMatchObject({
      code: 'backup.newer',
    });
  });

  it('of an older schema is restored, and brought up to this one', async () => {
    const migrations = await readMigrations();
    const { sql } = other;
    await sql.unsafe('drop schema public cascade; create schema public').simple();
    await migrate(sql, migrations.slice(0, -2));
    await sql`insert into inbox_unreadable (place, reason) values ('a', 'b')`;
    await backUp(other.url, data.dataDir, folder.path('older'));

    const { migrated } = await restore(upgraded.url, folder.path('up'), folder.path('older'));

    expect(migrated).toEqual(migrations.slice(-2).map(({ name }) => name));
    expect(await upgraded.sql`select place from inbox_unreadable`).toEqual([{ place: 'a' }]);
    expect(await migrate(upgraded.sql)).toEqual([]);
  });

  it('is one state of everything while others write', async () => {
    const { sql } = source;
    let isOver = false;
    const writing = (async () => {
      for (let pair = 0; !isOver; pair += 1)
        await sql.begin(async (tx) => {
          await tx`insert into inbox_unreadable (place, reason) values (${`pair-${pair}`}, 'pair')`;
          await tx`insert into demo_file (folder_date, sha256, file_name, rows)
            values ('2026-01-01', ${`pair-${pair}`}, 'pair', 1)`;
          await tx`insert into tb_bat_file_mst (folder_date, sha256, file_name, path, size_bytes)
            values ('2026-01-01', ${String(pair).padStart(64, '0')}, 'pair', 'pair', 1)`;
        });
    })();
    let sawRows = 0;
    await backUp(source.url, data.dataDir, folder.path('beside'), {
      // Between two tables there is time for others: the later ones have more rows by now.
      async onTable() {
        const [row] = await sql<[{ rows: number }]>`select count(*) as rows from demo_file`;
        sawRows = Math.max(sawRows, row.rows);
      },
    });
    isOver = true;
    await writing;
    await upgraded.sql.unsafe('drop schema public cascade; create schema public').simple();

    await restore(upgraded.url, folder.path('pairs'), folder.path('beside'));

    const [sums] = await upgraded.sql<
      [{ places: number; files: number; entered: number; given: number; last: number }]
    >`
      select (select count(*) from inbox_unreadable where reason = 'pair') as places,
        (select count(*) from demo_file where file_name = 'pair') as files,
        (select count(*) from tb_bat_file_mst where file_name = 'pair') as entered,
        (select max(file_id) from tb_bat_file_mst) as given,
        (select last_value from pg_sequences where sequencename = 'tb_bat_file_mst_file_id_seq') as last`;
    expect(sums.places).toBe(sums.files);
    expect(sums.entered).toBe(sums.files);
    expect(sums.last).toBeGreaterThanOrEqual(sums.given);
    expect(sawRows).toBeGreaterThan(sums.files);
  });
});
