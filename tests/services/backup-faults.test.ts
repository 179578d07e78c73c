import { existsSync, utimesSync } from 'node:fs';
import {
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BackupManifest } from '../../contracts/backup.ts';
import { listStoredTables } from '../../db/backup.ts';
import { sealManifest } from '../../platform/backup/manifest.ts';
import { packLines } from '../../platform/backup/packed-file.ts';
import { backUp, restore, useBackupFolder } from '../support/backups.ts';
import { useDatabase, useEmptyDatabase } from '../support/database.ts';
import { makeFile, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';

const source = useDatabase();
const target = useEmptyDatabase();
const data = useDataDir();
const folder = useBackupFolder();
const good = () => folder.path('good');
const bad = () => folder.path('bad');
const targetDir = () => folder.path('target');
const PACKED = 'tables/tb_bat_file_mst.copy.zst';
let manifest: BackupManifest;

beforeAll(async () => {
  await publishDropped(source.sql, data, 'day.csv', makeFile(20));
  manifest = await backUp(source.url, data.dataDir, good());
});

/** Nothing is there but what was before. */
async function expectNothingRestored(): Promise<void> {
  expect(await listStoredTables(target.sql)).toEqual([]);
  expect(await readdir(targetDir()).catch(() => [])).toEqual([]);
}

describe('a backup that is not what was written is refused, with the file, what was expected and what was found', () => {
  const packed = () => manifest.tables.find(({ file }) => file === PACKED)!;

  beforeEach(async () => {
    await rm(bad(), { recursive: true, force: true });
    await cp(good(), bad(), { recursive: true });
  });

  /** Writes the manifest anew, as somebody who knows how would. */
  async function rewrite(change: (facts: BackupManifest) => Partial<BackupManifest>): Promise<void> {
    const { seal, ...facts } = { ...manifest, ...change(manifest) };
    const sealed = sealManifest(facts);
    expect(sealed.seal).not.toBe(seal);
    await writeFile(path.join(bad(), 'manifest.json'), sealed.text);
  }

  it.each<[name: string, damage: () => Promise<unknown>, expected: object]>([
    [
      'a changed byte',
      async () => {
        const bytes = await readFile(path.join(bad(), PACKED));
        bytes[bytes.length >> 1]! ^= 1;
        await writeFile(path.join(bad(), PACKED), bytes);
      },
      { code: 'backup.damaged', params: { file: PACKED, about: 'tb_bat_file_mst', what: 'content' } },
    ],
    [
      'a truncated file',
      () => truncate(path.join(bad(), PACKED), packed().sizeBytes - 1),
      { code: 'backup.damaged', params: { file: PACKED, what: 'size' } },
    ],
    [
      'a missing file',
      () => rm(path.join(bad(), 'data/20261121/rec/day.csv')),
      {
        code: 'backup.damaged',
        params: { file: 'data/20261121/rec/day.csv', what: 'missing', found: 'no file' },
      },
    ],
    [
      'a file of the data directory with other bytes of the same length',
      () => writeFile(path.join(bad(), 'data/20261121/rec/day.csv'), makeFile(20).replace('USD', 'EUR')),
      { code: 'backup.damaged', params: { about: '20261121/rec/day.csv', what: 'content' } },
    ],
    [
      'a figure of the manifest that was changed',
      async () => {
        const text = JSON.stringify({ ...manifest, audit: { ...manifest.audit, seq: 1 } });
        await writeFile(path.join(bad(), 'manifest.json'), text);
      },
      { code: 'backup.damaged', message: expect.stringContaining('SHA-256') },
    ],
    [
      'half a manifest',
      () => truncate(path.join(bad(), 'manifest.json'), 1000),
      { code: 'backup.damaged', params: { file: 'manifest.json' } },
    ],
    [
      'no manifest: a folder that is no backup',
      () => rm(path.join(bad(), 'manifest.json')),
      { code: 'backup.not-found' },
    ],
    [
      'a manifest of a later format',
      () => writeFile(path.join(bad(), 'manifest.json'), JSON.stringify({ format: 99, more: true })),
      { code: 'backup.newer', params: { what: 'format', theirs: 99 } },
    ],
    [
      'migrations that this version does not know',
      () =>
        rewrite(({ migrations }) => ({
          migrations: [...migrations, { version: 9999, name: '9999_x.sql', checksum: 'a'.repeat(64) }],
        })),
      { code: 'backup.newer', params: { what: 'migration', theirs: 9999 } },
    ],
    [
      'a migration of the same number with other content',
      () =>
        rewrite(({ migrations }) => ({
          migrations: migrations.with(-1, { ...migrations.at(-1)!, checksum: 'a'.repeat(64) }),
        })),
      { code: 'backup.migration-unknown' },
    ],
    [
      'a file that lies elsewhere',
      () => rewrite(({ files }) => ({ files: [{ ...files[0]!, path: '../outside' }] })),
      { code: 'backup.damaged', message: expect.stringContaining('leaves its folder') },
    ],
    [
      'a table that is left out',
      () => rewrite(({ tables }) => ({ tables: tables.filter(({ table }) => table !== 'verification') })),
      { code: 'backup.table-missing', params: { table: 'verification' } },
    ],
    [
      'a table with another column',
      () =>
        rewrite(({ tables }) => ({
          tables: tables.map((table) =>
            table.table === 'verification' ? { ...table, columns: ['entity'] } : table,
          ),
        })),
      { code: 'backup.table-unknown', params: { table: 'verification', columns: 'entity' } },
    ],
    [
      'another number of rows',
      () =>
        rewrite(({ tables }) => ({
          tables: tables.map((table) => (table.file === PACKED ? { ...table, rows: 7 } : table)),
        })),
      { code: 'backup.rows-differ', params: { table: 'tb_bat_file_mst', expected: 7, found: 1 } },
    ],
  ])('%s', async (_name, damage, expected) => {
    await damage();

    await expect(restore(target.url, targetDir(), bad())).rejects.toMatchObject(expected);

    await expectNothingRestored();
  });

  it('a row that the database refuses, with its line', async () => {
    const file = 'tables/inbox_unreadable.copy.zst';
    const lines = (async function* () {
      yield Buffer.from('a\tb\t2026-11-21 00:00:00+00\nc\td\tnever\n');
    })();
    const { sizeBytes, sha256 } = await packLines(path.join(bad(), file), lines);
    await rewrite(({ tables }) => ({
      tables: tables.map((table) => (table.file === file ? { ...table, rows: 2, sizeBytes, sha256 } : table)),
    }));

    await expect(restore(target.url, targetDir(), bad())).rejects.toMatchObject({
      code: 'backup.refused',
      params: { file, table: 'inbox_unreadable', line: '2', reason: expect.stringContaining('never') },
    });

    await expectNothingRestored();
  });

  it('a row whose key leads nowhere', async () => {
    const mst = 'tables/tb_bat_file_mst.copy.zst';
    const sighting = 'tables/inbox_sighting.copy.zst';
    const lines = (async function* () {
      yield Buffer.from('a\t2026-11-21\t1\t1\t1\t2026-11-21 00:00:00+00\t4711\t\\N\n');
    })();
    const { sizeBytes, sha256 } = await packLines(path.join(bad(), sighting), lines);
    await rewrite(({ tables }) => ({
      tables: tables.map((table) =>
        table.file === sighting ? { ...table, rows: 1, sizeBytes, sha256 } : table,
      ),
    }));
    expect(existsSync(path.join(bad(), mst))).toBe(true);

    await expect(restore(target.url, targetDir(), bad())).rejects.toMatchObject({ code: '23503' });

    await expectNothingRestored();
  });
});

describe('a restore', () => {
  const taken = useDatabase();

  it('goes into no database with tables and no folder with files, and names them', async () => {
    await expect(restore(taken.url, targetDir(), good())).rejects.toMatchObject({
      code: 'restore.database-taken',
      message: expect.stringMatching(/allocation_history, audit_log, .* and \d+ more tables/) as unknown,
    });
    await mkdir(path.join(targetDir(), '20261120', 'rec'), { recursive: true });

    await expect(restore(target.url, targetDir(), good())).rejects.toMatchObject({
      code: 'restore.data-taken',
      params: { folder: targetDir(), count: 1, names: '20261120' },
    });

    expect(await readdir(targetDir())).toEqual(['20261120']);
    await rm(targetDir(), { recursive: true });
  });

  it('that was killed while files took their places is undone by the next', async () => {
    await mkdir(path.join(targetDir(), '.restoring', 'files', '20261122'), { recursive: true });
    await writeFile(path.join(targetDir(), '.restoring', 'placed.json'), '["20261121", "20261122"]');
    await mkdir(path.join(targetDir(), '20261121', 'half'), { recursive: true });

    await restore(target.url, targetDir(), good());

    expect(await readdir(targetDir())).toEqual(['20261121']);
    expect(await readdir(path.join(targetDir(), '20261121'))).toEqual(['rec']);
    await target.sql.unsafe('drop schema public cascade; create schema public').simple();
    await rm(targetDir(), { recursive: true });
  });

  it('on a disk that is full leaves nothing', async () => {
    await mkdir(path.join(targetDir(), '.restoring', 'files'), { recursive: true });
    await expect(
      restore(target.url, targetDir(), good(), {
        onProgress: () => undefined,
        // Where its list of places would go there is no room any more.
        onTable: fullAt(path.join(targetDir(), '.restoring', '.placed.json.part')),
      }),
    ).rejects.toMatchObject({
      code: 'backup.unwritable',
      params: { path: targetDir(), reason: 'ENOSPC' },
    });

    await expectNothingRestored();
  });

  it('that is interrupted leaves nothing', async () => {
    const stop = new AbortController();

    await expect(
      restore(target.url, targetDir(), good(), { signal: stop.signal, onTable: () => stop.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });

    await expectNothingRestored();
  });
});

/** Fills the disk for a file, once: where it would be written no byte finds room. */
function fullAt(location: string): () => Promise<void> {
  let isFull = false;
  return async () => {
    if (isFull) return;
    isFull = true;
    await symlink('/dev/full', location);
  };
}

describe('making a backup', () => {
  const to = () => folder.path('next');
  const left = async (): Promise<string[]> =>
    (await readdir(folder.path())).filter((name) => name.startsWith('next'));

  it('on a disk that is full leaves nothing, and the next try makes it', async () => {
    const full = path.join(`${to()}.unfinished`, 'tables', '.verification.copy.zst.part');

    await expect(backUp(source.url, data.dataDir, to(), { onTable: fullAt(full) })).rejects.toMatchObject({
      code: 'backup.unwritable',
      params: { path: to(), reason: 'ENOSPC' },
    });

    expect(await left()).toEqual([]);
    await backUp(source.url, data.dataDir, to());
    expect(await left()).toEqual(['next']);
    await rm(to(), { recursive: true });
  });

  it('that is interrupted in the middle of a table leaves nothing', async () => {
    const stop = new AbortController();

    await expect(
      backUp(source.url, data.dataDir, to(), {
        signal: stop.signal,
        onProgress: (what) => void (what.startsWith('tb_bat_file_hist') && stop.abort()),
      }),
    ).rejects.toMatchObject({ name: 'AbortError' });

    expect(await left()).toEqual([]);
  });

  it('takes no place within the data directory, and needs none that is not there yet', async () => {
    await expect(backUp(source.url, data.dataDir, path.join(data.dataDir, 'b'))).rejects.toMatchObject({
      code: 'backup.within-data',
    });

    const { files } = await backUp(source.url, folder.path('not-yet'), to());
    expect(files).toEqual([]);
    await rm(to(), { recursive: true });
  });

  it('takes no place that is taken, and removes no folder that it did not make', async () => {
    await expect(backUp(source.url, data.dataDir, good())).rejects.toMatchObject({ code: 'backup.taken' });
    await mkdir(`${to()}.unfinished`);
    await writeFile(path.join(`${to()}.unfinished`, 'thesis.txt'), '');

    await expect(backUp(source.url, data.dataDir, to())).rejects.toMatchObject({
      code: 'backup.taken',
      params: { folder: `${to()}.unfinished` },
    });

    expect(await readdir(`${to()}.unfinished`)).toEqual(['thesis.txt']);
    await rm(`${to()}.unfinished`, { recursive: true });
  });

  it('leaves out what is still being written, and what is none of a data directory, and says so', async () => {
    const rec = path.join(data.dataDir, '20261121', 'rec');
    await copyFile(path.join(rec, 'day.csv'), path.join(rec, 'coming.csv'));
    await writeFile(path.join(rec, '.hidden.part'), '');
    await writeFile(Buffer.concat([Buffer.from(`${rec}/`), Buffer.from([0xe9])]), '');
    await symlink('..', path.join(rec, 'up'));
    await utimes(path.join(rec, 'day.csv'), 1, 1);

    const coming = path.join(rec, 'coming.csv');
    const writer = setInterval(() => utimesSync(coming, new Date(), new Date()), 20);
    const { files, omitted } = await backUp(source.url, data.dataDir, to(), { settleMs: 500 });
    clearInterval(writer);

    expect(files.map((file) => file.path)).toEqual(['20261121/rec/day.csv']);
    expect(omitted).toEqual([
      { path: '20261121/rec/\ufffd', why: 'name-not-utf8' },
      { path: '20261121/rec/coming.csv', why: 'still-written' },
    ]);
    expect(await readdir(path.join(to(), 'data', '20261121', 'rec'))).toEqual(['day.csv']);
  });
});
